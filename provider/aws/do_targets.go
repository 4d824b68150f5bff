package aws

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// putTargets registers what is new before it deregisters what goes, unless the quota leaves no room
// for both.
func (p *Provider) putTargets(ctx context.Context, b provider.Batch, op provider.Op) (provider.Resource, error) {
	carrier := op.Want.Needs[0]
	arn, err := idOf(b, carrier)
	if err != nil {
		return provider.Resource{}, err
	}
	want := op.Want.Spec.(TargetsSpec)
	var have []netip.AddrPort
	if op.Have != nil {
		have = op.Have.Spec.(TargetsSpec).Targets
	}
	add, gone := differences(want.Targets, have)
	done, err := p.client.register(ctx, arn, p.options.VPCID, add)
	made := func(targets []netip.AddrPort) provider.Resource {
		return targetsResource(groupRecord{name: carrier.Name, arn: arn}, op.Want.Owner, op.Want.Group, targets)
	}
	if is(err, provider.Quota) {
		x := exchange{p: p, arn: arn, add: add[done:], gone: gone, leaving: want.Leaving, full: err}
		without, err := x.run(ctx)
		return made(remaining(want.Targets, without)), err
	}
	if err != nil {
		return provider.Resource{}, err
	}
	return made(slices.Clone(want.Targets)), p.client.deregister(ctx, arn, gone)
}

// remaining are the targets without some of them.
func remaining(targets, without []netip.AddrPort) []netip.AddrPort {
	return slices.DeleteFunc(slices.Clone(targets), func(t netip.AddrPort) bool { return slices.Contains(without, t) })
}

// exchange registers targets at the quota: as many go first as come.
type exchange struct {
	p       *Provider
	arn     string
	add     []netip.AddrPort // what is to be registered
	gone    []netip.AddrPort // what is registered and not wanted
	leaving []netip.AddrPort // what is wanted until others can serve
	full    error            // what the cloud said
}

// fill registers what there is room for already, and leaves the rest in add: all at once is too
// much, so it tries ever smaller portions.
func (x *exchange) fill(ctx context.Context) error {
	for size := len(x.add); size > 1; {
		size = (size + 1) / 2
		done, err := x.p.client.register(ctx, x.arn, x.p.options.VPCID, x.add[:min(size, len(x.add))])
		x.add = x.add[done:]
		if err != nil && !is(err, provider.Quota) {
			return err
		}
	}
	return nil
}

// run uses the room that there is, then makes room and uses that. Of what is wanted it returns what
// is not registered in the end; the error is InProgress if there is something that could not come
// yet.
func (x *exchange) run(ctx context.Context) (without []netip.AddrPort, err error) {
	if err := x.fill(ctx); err != nil {
		return nil, err
	}
	if len(x.add) == 0 { // somebody else has made room
		return nil, x.p.client.deregister(ctx, x.arn, x.gone)
	}
	registered, err := x.p.client.targets(ctx, x.arn)
	if err != nil {
		return nil, err
	}
	going := makeRoom(registered, x.gone, x.leaving)
	going = going[:min(len(going), len(x.add))]
	if len(going) == 0 && !draining(registered, nil) {
		return nil, x.full
	}
	if err := x.p.client.deregister(ctx, x.arn, going); err != nil {
		return nil, err
	}
	coming := x.add[:len(going)]
	done, err := x.p.client.register(ctx, x.arn, x.p.options.VPCID, coming)
	switch {
	case is(err, provider.Quota):
		return slices.Concat(going, x.add[done:]), x.wait(ctx, going[done:], err)
	case err != nil:
		return nil, err
	case len(coming) < len(x.add):
		return slices.Concat(going, x.add[len(coming):]), x.later()
	default:
		return going, x.p.client.deregister(ctx, x.arn, remaining(x.gone, going))
	}
}

// later says that targets wait for room.
func (x *exchange) later() error {
	return &provider.Error{Code: provider.InProgress, Op: "RegisterTargets", Err: fmt.Errorf("targets wait for room: %w", x.full)}
}

// wait tells why there is no room yet: what went still drains, or somebody else took its place.
// Then it is registered again, so that a group does not dwindle.
func (x *exchange) wait(ctx context.Context, went []netip.AddrPort, cause error) error {
	registered, err := x.p.client.targets(ctx, x.arn)
	if err != nil {
		return err
	}
	if draining(registered, went) {
		return x.later()
	}
	// Those that are not wanted have to go in any case. If there is no room for the others either,
	// the next look at the group tells.
	_, _ = x.p.client.register(ctx, x.arn, x.p.options.VPCID, remaining(went, x.gone))
	return cause
}

// draining tells whether one of some targets drains, or one of all if none are named.
func draining(registered []targetRecord, some []netip.AddrPort) bool {
	return slices.ContainsFunc(registered, func(t targetRecord) bool {
		return t.state == stateDraining && (len(some) == 0 || slices.Contains(some, t.address))
	})
}

// makeRoom are the registered targets that may go before others come, the least useful first. Those
// that drain have gone before, and their room may not be free yet: until it is, no healthy ones
// follow them beyond the quarter.
func makeRoom(registered []targetRecord, gone, leaving []netip.AddrPort) []netip.AddrPort {
	states, left := map[netip.AddrPort]string{}, 0
	for _, t := range registered {
		if t.state == stateDraining {
			left++
		} else {
			states[t.address] = t.state
		}
	}
	serving := func(t netip.AddrPort) bool { return states[t] == stateHealthy }
	absent := func(t netip.AddrPort) bool { return states[t] == "" }
	room, staying := slices.DeleteFunc(slices.Clone(gone), absent), slices.DeleteFunc(slices.Clone(leaving), absent)
	for _, t := range room {
		delete(states, t)
	}
	healthy := 0
	for t := range states {
		if serving(t) {
			healthy++
		}
	}
	room = append(room, slices.DeleteFunc(slices.Clone(staying), serving)...)
	staying = slices.DeleteFunc(staying, func(t netip.AddrPort) bool { return !serving(t) })
	quarter := max(1, (healthy+left)/4)
	most := max(0, min(len(staying), quarter-left, healthy-1))
	return append(room, staying[:most]...)
}
