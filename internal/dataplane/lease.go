package dataplane

import (
	"context"
	"sync/atomic"
)

// Lease permits one request to a target. The request is in flight until Release.
type Lease struct {
	target   *target
	released atomic.Bool
}

// Pick leases the next target whose health is eligible, in round-robin order. Targets in slow start
// miss some of their turns, unless all eligible targets are in slow start. ok is false if there is
// none. Draining targets are never picked. Pick calls eligible with the pool locked: it must not
// block or call methods of the pool.
func (p *Pool) Pick(eligible func(Health) bool) (l *Lease, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	missed := -1
	for i := range p.serving {
		at := (p.next + i) % len(p.serving)
		t := p.serving[at]
		switch {
		case !eligible(t.verdict.health):
		case p.admits(t):
			return p.lease(at), true
		case missed < 0:
			missed = at
		}
	}
	if missed < 0 {
		return nil, false
	}
	return p.lease(missed), true
}

func (p *Pool) lease(at int) *Lease {
	p.next = at + 1
	p.serving[at].inFlight++
	return &Lease{target: p.serving[at]}
}

// Address returns the address of the target ("ip:port").
func (l *Lease) Address() string { return l.target.address }

// Context returns a child of ctx. It ends with the cause ErrDrained if the target is removed before
// the lease is released.
func (l *Lease) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	stop := context.AfterFunc(l.target.life, func() { end(ErrDrained) })
	return ctx, func() {
		stop()
		end(context.Canceled)
	}
}

// Release ends the lease. A draining target is removed when its last lease ends. Further calls have
// no effect.
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
