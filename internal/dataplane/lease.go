package dataplane

import (
	"context"
	"sync/atomic"
)

// Lease is the right to send one request to a target. The request counts as in flight until
// Release.
type Lease struct {
	target   *target
	released atomic.Bool
}

// Pick leases the next target, in turn, whose health is eligible; ok is false when there is none.
// Draining targets are never picked. Eligible is called under the pool's lock: it must be quick and
// leave the pool alone.
func (p *Pool) Pick(eligible func(Health) bool) (l *Lease, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.serving {
		at := (p.next + i) % len(p.serving)
		if t := p.serving[at]; eligible(t.verdict.health) {
			p.next = at + 1
			t.inFlight++
			return &Lease{target: t}, true
		}
	}
	return nil, false
}

// Address is the target's ("ip:port").
func (l *Lease) Address() string { return l.target.address }

// Context is ctx, and ends with the cause ErrDrained when the target is gone before the lease is
// released.
func (l *Lease) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	stop := context.AfterFunc(l.target.life, func() { end(ErrDrained) })
	return ctx, func() {
		stop()
		end(context.Canceled)
	}
}

// Release gives the lease back. The last one of a draining target ends its draining. More than one
// call is as good as one.
func (l *Lease) Release() {
	if l.released.Swap(true) {
		return
	}
	t := l.target
	t.pool.update(func() bool {
		t.inFlight--
		if !t.draining || t.inFlight > 0 {
			return false
		}
		t.pool.forget(t)
		return true
	})
}
