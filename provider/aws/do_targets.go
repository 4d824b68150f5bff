package aws

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// putTargets registers what is new before it deregisters what goes, unless the quota leaves no room for both.
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

// run makes room and uses it. Of what is wanted it returns what is not registered in the end; the error is InProgress if there is something
// that could not come yet.
func (x exchange) run(ctx context.Context) (without []netip.AddrPort, err error) {
	registered, err := x.p.client.targets(ctx, x.arn)
	if err != nil {
		return nil, err
	}
	going := makeRoom(registered, x.gone, x.leaving)
	going = going[:min(len(going), len(x.add))]
	if len(going) == 0 {
		return nil, x.full
	}
	if err := x.p.client.deregister(ctx, x.arn, going); err != nil {
		return nil, err
	}
	coming := x.add[:len(going)]
	if done, err := x.p.client.register(ctx, x.arn, x.p.options.VPCID, coming); err != nil {
		return nil, x.putBack(ctx, going[done:], err)
	}
	later := x.add[len(going):]
	if len(later) > 0 {
		return slices.Concat(going, later), &provider.Error{
			Code: provider.InProgress, Op: "RegisterTargets", Err: fmt.Errorf("%d targets wait for room: %w", len(later), x.full),
		}
	}
	return going, x.p.client.deregister(ctx, x.arn, remaining(x.gone, going))
}

// putBack registers again what made room that somebody else took.
func (x exchange) putBack(ctx context.Context, targets []netip.AddrPort, cause error) error {
	// Those that are not wanted have to go in any case. If there is no room for the others either, the next look at the group tells.
	_, _ = x.p.client.register(ctx, x.arn, x.p.options.VPCID, remaining(targets, x.gone))
	return cause
}

// makeRoom are the registered targets that may go before others come, the least useful first.
func makeRoom(registered []targetRecord, gone, leaving []netip.AddrPort) []netip.AddrPort {
	states := map[netip.AddrPort]string{}
	for _, t := range registered {
		if t.state != stateDraining {
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
	most := min(len(staying), max(1, healthy/4), max(0, healthy-1))
	return append(room, staying[:most]...)
}
