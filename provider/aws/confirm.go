package aws

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"

	"github.com/headgate-io/headgate/provider"
)

var errHearsay = errors.New("the load balancer has other listeners or rules than the tagging API told of, and is looked at again")

// hearsay is what the tagging API told of a load balancer: which listeners and rules it has. It is
// held against the load balancer before the first write that rests on it.
type hearsay struct {
	balancer string            // ARN
	parts    map[string]string // names and owners by ARN

	mu      sync.Mutex
	settled bool
	err     error // why it cannot be relied upon
}

// believe keeps what is known of a load balancer by hearsay; nil is nothing.
func (c *Client) believe(balancer string, h *hearsay) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h == nil {
		delete(c.hearsay, balancer)
	} else {
		c.hearsay[balancer] = h
	}
}

func (c *Client) believed(balancer string) *hearsay {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hearsay[balancer]
}

// confirm makes sure, before listeners or rules of a load balancer are written, that they are those
// which were planned for: the tagging API may have missed some, and tags may have been taken away.
// It reads once what the first look did not.
func (p *Provider) confirm(ctx context.Context, b provider.Batch) error {
	if len(b.Ops) == 0 || b.Ops[0].Key.Kind != KindListener && b.Ops[0].Key.Kind != KindRule {
		return nil
	}
	name, _, _ := strings.Cut(b.Ops[0].Key.Place, "/")
	h := p.client.believed(name)
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.settled {
		h.err = p.hold(ctx, h)
		h.settled = h.err == nil || errors.Is(h.err, errHearsay)
	}
	return h.err
}

// hold holds hearsay against what is so. Where it is not, whoever planned by it has to look again.
func (p *Provider) hold(ctx context.Context, h *hearsay) error {
	lb := &balancerReading{balancerRecord: balancerRecord{arn: h.balancer}}
	o := &observation{p: p, balancers: []*balancerReading{lb}, tags: map[string]map[string]string{}}
	if err := unlessGone(o.readListeners(ctx, lb)); err != nil {
		return err
	}
	if err := o.siftParts(ctx); err != nil {
		return err
	}
	if !maps.Equal(h.parts, o.partsOf(lb)) {
		return &provider.Error{Code: provider.Conflict, Op: "confirm listeners and rules", Err: errHearsay}
	}
	return nil
}
