package dataplane

import (
	"context"

	"github.com/headgate-io/headgate/clock"
)

// target is one address of a pool. The lock of the pool guards all but what never changes.
type target struct {
	pool    *Pool
	address string
	hops    *transports
	life    context.Context // ends when the target is gone
	end     context.CancelFunc

	verdict   verdict
	draining  bool
	inFlight  int
	stopCheck context.CancelFunc
	stopDrain context.CancelFunc
}

func (t *target) health() Health {
	if t.draining {
		return Draining
	}
	return t.verdict.health
}

// unknown is the verdict on a target that was never checked.
func (p *Pool) unknown() verdict {
	if p.referenced {
		return verdict{health: Initial}
	}
	return verdict{health: Unused}
}

// admit returns the target of an address as one that serves, and whether it did not before.
func (p *Pool) admit(address string) (t *target, added bool) {
	t, known := p.known[address]
	switch {
	case !known:
		t = p.newTarget(address)
		p.known[address] = t
	case !t.draining:
		return t, false
	}
	t.draining = false
	t.stopDrain()
	if t.verdict.health != Healthy {
		t.verdict = p.unknown()
	}
	p.recheck(t)
	return t, true
}

func (p *Pool) newTarget(address string) *target {
	t := &target{pool: p, address: address, hops: newTransports(p, true), stopCheck: func() {}, stopDrain: func() {}}
	t.life, t.end = context.WithCancel(context.Background())
	// Its idle connections must not outlive it: the address may belong to another pod next.
	context.AfterFunc(t.life, t.hops.close)
	return t
}

// recheck ends the checks of a target and starts them as they are configured now, if the pool is
// referenced.
func (p *Pool) recheck(t *target) {
	t.stopCheck()
	if !p.referenced || p.config.Check.Protocol == "" {
		return
	}
	ctx, stop := context.WithCancel(p.life)
	t.stopCheck = stop
	p.work.Go(func() { p.keepChecking(ctx, t) })
}

// remove takes a target out of service.
func (p *Pool) remove(t *target) {
	t.stopCheck()
	if t.inFlight == 0 || p.config.Draining <= 0 {
		p.forget(t)
		return
	}
	t.draining = true
	ctx, stop := context.WithCancel(p.life)
	t.stopDrain = stop
	draining := p.config.Draining
	p.work.Go(func() {
		if clock.Wait(ctx, p.clock, draining) == nil {
			p.update(func() bool { return p.expire(ctx, t) })
		}
	})
}

// expire forgets a target whose draining time is over, unless it came back in the meantime.
func (p *Pool) expire(draining context.Context, t *target) bool {
	if draining.Err() != nil {
		return false
	}
	p.forget(t)
	return true
}

// forget ends a target and all that belongs to it.
func (p *Pool) forget(t *target) {
	t.stopCheck()
	t.stopDrain()
	t.end()
	delete(p.known, t.address)
}
