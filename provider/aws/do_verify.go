package aws

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"

	"github.com/headgate-io/headgate/provider"
)

var errListing = errors.New("the load balancer has other listeners or rules than the tagging API listed; it is observed again")

// listing is the listeners and rules of a load balancer as listed by the tagging API. The API lags,
// so the listing is verified before the first write that relies on it.
type listing struct {
	balancer string            // ARN
	parts    map[string]string // owners and names of the listeners and rules, by ARN

	mu       sync.Mutex
	verified bool
	err      error // of the verification
}

// setListing records the listing of a load balancer. Nil removes it.
func (c *Client) setListing(balancer string, l *listing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l == nil {
		delete(c.listings, balancer)
	} else {
		c.listings[balancer] = l
	}
}

// listing returns the listing of a load balancer, or nil.
func (c *Client) listing(balancer string) *listing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.listings[balancer]
}

// verifyListing makes sure, before listeners or rules of a load balancer are written, that the plan
// is based on those that exist. The tagging API may lack some, and tags may have been removed. It
// reads them once for each load balancer, and only if the first observation did not.
func (p *Provider) verifyListing(ctx context.Context, b provider.Batch) error {
	if len(b.Ops) == 0 || b.Ops[0].Key.Kind != KindListener && b.Ops[0].Key.Kind != KindRule {
		return nil
	}
	name, _, _ := strings.Cut(b.Ops[0].Key.Place, "/")
	l := p.client.listing(name)
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.verified {
		l.err = p.compareListing(ctx, l)
		l.verified = l.err == nil || errors.Is(l.err, errListing)
	}
	return l.err
}

// compareListing reads the listeners and rules of a load balancer. It returns errListing if they
// differ from the listing.
func (p *Provider) compareListing(ctx context.Context, l *listing) error {
	lb := &observedLoadBalancer{loadBalancerRecord: loadBalancerRecord{arn: l.balancer}}
	o := &observation{p: p, balancers: []*observedLoadBalancer{lb}, tags: map[string]map[string]string{}}
	if err := ignoreNotFound(o.readListeners(ctx, lb)); err != nil {
		return err
	}
	if err := o.selectParts(ctx); err != nil {
		return err
	}
	if !maps.Equal(l.parts, o.partsOf(lb)) {
		return &provider.Error{Code: provider.Conflict, Op: "verify listeners and rules", Err: errListing}
	}
	return nil
}
