package aws

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// updateTargets registers targets before it deregisters others, unless the quota leaves no room for
// both.
func (p *Provider) updateTargets(ctx context.Context, b provider.Batch, op provider.Op, have TargetsSpec) (*provider.Resource, error) {
	targetGroup := op.Want.Needs[0]
	arn, err := idOf(b, targetGroup)
	if err != nil {
		return nil, err
	}
	want := op.Want.Spec.(TargetsSpec)
	observed := func(targets []netip.AddrPort) *provider.Resource {
		r := targetsResource(targetGroupRecord{name: targetGroup.Name, arn: arn}, op.Want.Owner, op.Want.Group, targets)
		return &r
	}
	add, remove := differences(want.Targets, have.Targets)
	done, err := p.client.registerTargets(ctx, arn, p.options.VPCID, add)
	switch {
	case provider.IsCode(err, provider.Quota):
		x := exchange{p: p, arn: arn, add: add[done:], remove: remove, retained: want.Retained, quota: err}
		missing, err := x.run(ctx)
		return observed(without(want.Targets, missing)), err
	case err != nil:
		return nil, err
	default:
		return observed(slices.Clone(want.Targets)), p.client.deregisterTargets(ctx, arn, remove)
	}
}

// deleteTargets deregisters all targets. It is pending until the last one has drained.
func (p *Provider) deleteTargets(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	have := *op.Have
	if err := p.client.deregisterTargets(ctx, have.Output.ID, have.Spec.(TargetsSpec).Targets); err != nil {
		return nil, ignoreNotFound(err)
	}
	left, err := p.client.targets(ctx, have.Output.ID)
	if err != nil || len(left) == 0 {
		return nil, ignoreNotFound(err)
	}
	have.Spec = TargetsSpec{Targets: []netip.AddrPort{}}
	return &have, &provider.Error{Code: provider.InProgress, Op: "DeregisterTargets", Err: fmt.Errorf("%d targets are draining", len(left))}
}

// exchange replaces targets at the quota: it deregisters as many as are waiting to be registered.
type exchange struct {
	p        *Provider
	arn      string
	add      []netip.AddrPort // to be registered
	remove   []netip.AddrPort // registered and not wanted
	retained []netip.AddrPort // wanted only until their replacements are healthy
	quota    error            // from AWS
}

// run registers the targets that fit, then makes room for others and registers those. It returns
// the wanted targets that are not registered in the end. The error is InProgress if some of them
// must wait.
func (x *exchange) run(ctx context.Context) (missing []netip.AddrPort, err error) {
	if err := x.fill(ctx); err != nil {
		return nil, err
	}
	if len(x.add) == 0 { // there was room after all
		return nil, x.deregister(ctx, x.remove)
	}
	registered, err := x.p.client.targets(ctx, x.arn)
	if err != nil {
		return nil, err
	}
	removable := removableTargets(registered, x.remove, x.retained)
	removable = removable[:min(len(removable), len(x.add))]
	if len(removable) == 0 && !draining(registered, nil) {
		return nil, x.quota
	}
	if err := x.deregister(ctx, removable); err != nil {
		return nil, err
	}
	next := x.add[:len(removable)]
	done, err := x.register(ctx, next)
	switch {
	case provider.IsCode(err, provider.Quota):
		return slices.Concat(removable, x.add[done:]), x.noRoom(ctx, removable[done:], err)
	case err != nil:
		return nil, err
	case len(next) < len(x.add):
		return slices.Concat(removable, x.add[len(next):]), x.inProgress()
	default:
		return removable, x.deregister(ctx, without(x.remove, removable))
	}
}

// fill registers as many targets as there is room for, and leaves the rest in add. AWS registers
// all targets of a call or none, so fill tries ever smaller calls.
func (x *exchange) fill(ctx context.Context) error {
	for size := len(x.add); size > 1; {
		size = (size + 1) / 2
		done, err := x.register(ctx, x.add[:min(size, len(x.add))])
		x.add = x.add[done:]
		if err != nil && !provider.IsCode(err, provider.Quota) {
			return err
		}
	}
	return nil
}

// register returns how many of the targets, from the first on, it has registered.
func (x *exchange) register(ctx context.Context, targets []netip.AddrPort) (done int, err error) {
	return x.p.client.registerTargets(ctx, x.arn, x.p.options.VPCID, targets)
}

func (x *exchange) deregister(ctx context.Context, targets []netip.AddrPort) error {
	return x.p.client.deregisterTargets(ctx, x.arn, targets)
}

func (x *exchange) inProgress() error {
	return &provider.Error{Code: provider.InProgress, Op: "RegisterTargets", Err: fmt.Errorf("targets wait for room: %w", x.quota)}
}

// noRoom returns the error of an exchange that found no room although targets were removed. It is
// InProgress while these drain. Otherwise someone else has used the room, and noRoom registers the
// removed targets again, so that the group does not shrink.
func (x *exchange) noRoom(ctx context.Context, removed []netip.AddrPort, cause error) error {
	registered, err := x.p.client.targets(ctx, x.arn)
	if err != nil {
		return err
	}
	if draining(registered, removed) {
		return x.inProgress()
	}
	// Targets that are not wanted must go in any case. If there is no room for the others either,
	// the next observation shows it.
	_, _ = x.register(ctx, without(removed, x.remove))
	return cause
}

// draining reports whether any of the targets in some is draining, or any target if some is empty.
func draining(registered []targetRecord, some []netip.AddrPort) bool {
	return slices.ContainsFunc(registered, func(t targetRecord) bool {
		return t.state == stateDraining && (len(some) == 0 || slices.Contains(some, t.address))
	})
}

// removableTargets returns the registered targets that may be deregistered before others are
// registered, the least useful first. Draining targets may still count against the quota. They are
// therefore part of the quarter of healthy targets that may go at once.
func removableTargets(registered []targetRecord, remove, retained []netip.AddrPort) []netip.AddrPort {
	states, drain := map[netip.AddrPort]string{}, 0
	for _, t := range registered {
		if t.state == stateDraining {
			drain++
		} else {
			states[t.address] = t.state
		}
	}
	healthy := func(t netip.AddrPort) bool { return states[t] == stateHealthy }
	absent := func(t netip.AddrPort) bool { return states[t] == "" }
	first, last := slices.DeleteFunc(slices.Clone(remove), absent), slices.DeleteFunc(slices.Clone(retained), absent)
	for _, t := range first {
		delete(states, t)
	}
	serving := 0
	for t := range states {
		if healthy(t) {
			serving++
		}
	}
	first = append(first, slices.DeleteFunc(slices.Clone(last), healthy)...)
	last = slices.DeleteFunc(last, func(t netip.AddrPort) bool { return !healthy(t) })
	quarter := max(1, (serving+drain)/4)
	limit := max(0, min(len(last), quarter-drain, serving-1))
	return append(first, last[:limit]...)
}
