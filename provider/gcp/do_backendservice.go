package gcp

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// createGroup creates a backend service and its membership: first the endpoint groups, then the
// service with these groups as backends, then the endpoints.
func (p *Provider) createGroup(ctx context.Context, service, members provider.Op) []provider.Outcome {
	have, err := p.createNetworkEndpointGroups(ctx, members.Want, NetworkEndpointsSpec{})
	if err != nil {
		return []provider.Outcome{p.outcome(ctx, service, nil, err), {Key: members.Key, State: provider.Blocked}}
	}
	created, err := p.createBackendService(ctx, service, have)
	if err != nil {
		return []provider.Outcome{p.outcome(ctx, service, nil, err), {Key: members.Key, State: provider.Blocked}}
	}
	err = p.converge(ctx, members, have)
	return []provider.Outcome{p.outcome(ctx, service, created, nil), p.outcome(ctx, members, p.applied(members.Want, ""), err)}
}

// createBackendService inserts a backend service with the groups in have as backends, and records
// that in have. It adopts a service that exists and is owned, and leaves its backends unchanged.
func (p *Provider) createBackendService(ctx context.Context, op provider.Op, have NetworkEndpointsSpec) (*provider.Resource, error) {
	w := desiredOf(op.Want)
	w.zones = have.zoneNames()
	err := p.client.kind(KindBackendService).insert(ctx, w)
	if provider.IsCode(err, provider.Conflict) {
		return p.adopt(ctx, op)
	}
	if err != nil {
		return nil, err
	}
	for i := range have.Zones {
		have.Zones[i].Unused = false
	}
	return p.applied(op.Want, ""), nil
}

// updateBackends makes the wanted groups the backends of the service, unless they are already.
func (p *Provider) updateBackends(ctx context.Context, op provider.Op, want, have NetworkEndpointsSpec) error {
	backends := NetworkEndpointsSpec{Zones: slices.DeleteFunc(slices.Clone(have.Zones), func(z ZoneEndpoints) bool { return z.Unused })}
	if slices.Equal(want.zoneNames(), backends.zoneNames()) {
		return nil
	}
	r := op.Want
	if r == nil {
		r = op.Have
	}
	service := *r
	service.Key = serviceKey(r.Key)
	now, _, err := p.owned(ctx, &service)
	if op.Action == provider.Delete && provider.IsCode(err, provider.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return backendServiceClient{p.client}.setBackends(ctx, service.Key, want.zoneNames(), now)
}
