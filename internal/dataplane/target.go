package dataplane

import (
	"context"

	"github.com/headgate-io/headgate/clock"
)

// target is one address of a pool. The lock of the pool guards the fields that change.
type target struct {
	pool    *Pool
	address string
	hops    *transports
	life    context.Context // ends when the target is removed from known
	end     context.CancelFunc

	verdict   verdict
	ramp      ramp
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

// unknown returns the verdict of a target that was not checked.
func (p *Pool) unknown() verdict {
	if p.referenced {
		return verdict{health: Initial}
	}
	return verdict{health: Unused}
}

// admit returns the serving target of an address, and whether it was not serving before.
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
	// Idle connections are closed with the target: another pod may get the address.
	context.AfterFunc(t.life, t.hops.close)
	return t
}

// recheck restarts the checks of a target with the current configuration. It only stops them if the
// pool is unreferenced.
func (p *Pool) recheck(t *target) {
	t.stopCheck()
	if !p.referenced || p.config.Check.Protocol == "" {
		return
	}
	ctx, stop := context.WithCancel(p.life)
	t.stopCheck = stop
	p.work.Go(func() { p.runChecks(ctx, t) })
}

// remove drains a target, or forgets it if it has no requests in flight.
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

// expire forgets a target after its draining time, unless it was added again.
func (p *Pool) expire(draining context.Context, t *target) bool {
	if draining.Err() != nil {
		return false
	}
	p.forget(t)
	return true
}

// forget removes a target and stops its goroutines.
func (p *Pool) forget(t *target) {
	t.stopCheck()
	t.stopDrain()
	t.end()
	delete(p.known, t.address)
}
