package azure

import (
	"context"
	"errors"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

// maxPoll is the longest wait between two polls if the service names no time.
const maxPoll = 10 * time.Second

// maxWrite bounds a call that is finished although the caller's context has ended.
const maxWrite = 2 * time.Minute

// Do carries out the ops of one write scope. The ops of a gateway are one write of its document.
func (p *Provider) Do(ctx context.Context, batch provider.Batch) []provider.Outcome {
	if len(batch.Ops) > 0 && batch.Ops[0].Key.Kind == KindPublicIP {
		return p.doPublicIPs(ctx, batch.Ops)
	}
	w := p.newDocumentWrite(batch)
	if w.deletesGateway() {
		w.deleteGateway(ctx)
		return w.outcomes
	}
	err := w.write(ctx, w.allOps())
	if !provider.IsCode(err, provider.Invalid, provider.Quota) || len(w.loadBalancers()) < 2 {
		return w.outcomes
	}
	// Azure refuses the whole document for one fault. The load balancers are written one by one, so
	// that only the one at fault fails.
	for _, lb := range w.loadBalancers() {
		_ = w.write(ctx, w.opsOf(lb)) // the outcomes have the error
	}
	return w.outcomes
}

func failed(key provider.Key, err error) provider.Outcome {
	return provider.Outcome{Key: key, State: provider.Failed, Err: err}
}

// detached returns a context for a write that is finished even if ctx ends.
func detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), maxWrite)
}

// wait waits before poll n, counted from 0. It waits as long as the service asks for. If the
// service names no time, it waits for a second, and twice as long each time.
func (p *Provider) wait(ctx context.Context, r reply, n int) error {
	// The service counts in real time, whatever clock the caller follows.
	c, wait := clock.System(), r.wait
	if wait == 0 {
		c, wait = p.clock, min(time.Second<<min(n, 10), maxPoll)
	}
	if err := clock.Wait(ctx, c, wait); err != nil {
		return &provider.Error{Code: provider.InProgress, Op: "wait", Err: errors.Join(errInProgress, err)}
	}
	return nil
}

var errInProgress = errors.New("the operation is still in progress")
