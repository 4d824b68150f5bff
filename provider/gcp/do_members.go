package gcp

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/headgate-io/headgate/provider"
)

// maxEndpointsPerCall is the largest batch that the API takes (reference of
// attachNetworkEndpoints).
const maxEndpointsPerCall = 500

// createGroup makes a backend service and its membership: endpoint groups, then the service over
// them, then the endpoints.
func (p *Provider) createGroup(ctx context.Context, service, members provider.Op) []provider.Outcome {
	have, err := p.ensureGroups(ctx, members.Want, NetworkEndpointsSpec{})
	if err != nil {
		return []provider.Outcome{p.outcome(ctx, service, nil, err), {Key: members.Key, State: provider.Blocked}}
	}
	made, err := p.createService(ctx, service, have)
	if err != nil {
		return []provider.Outcome{p.outcome(ctx, service, nil, err), {Key: members.Key, State: provider.Blocked}}
	}
	err = p.converge(ctx, members, have)
	return []provider.Outcome{p.outcome(ctx, service, made, nil), p.outcome(ctx, members, p.made(members.Want, ""), err)}
}

// createService inserts a backend service over the groups that are there, and notes them as its
// backends. One that is there already is adopted, without its backends.
func (p *Provider) createService(ctx context.Context, op provider.Op, have NetworkEndpointsSpec) (*provider.Resource, error) {
	w := wish{key: op.Key, spec: op.Want.Spec, description: describe(op.Want), zones: zoneNames(have)}
	err := p.client.kind(KindBackendService).insert(ctx, w)
	if isCode(err, provider.Conflict) {
		return p.adopt(ctx, op)
	}
	if err != nil {
		return nil, err
	}
	for i := range have.Zones {
		have.Zones[i].Loose = false
	}
	return p.made(op.Want, ""), nil
}

func zoneNames(e NetworkEndpointsSpec) []string {
	var out []string
	for _, z := range e.Zones {
		out = append(out, z.Zone)
	}
	return out
}

// doMembers brings the membership of a service that is there to what is wanted.
func (p *Provider) doMembers(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	var have NetworkEndpointsSpec
	if op.Have != nil {
		have, _ = op.Have.Spec.(NetworkEndpointsSpec)
	}
	if op.Action == provider.Delete {
		return nil, p.converge(ctx, op, have)
	}
	have, err := p.ensureGroups(ctx, op.Want, have)
	if err != nil {
		return nil, err
	}
	return p.made(op.Want, ""), p.converge(ctx, op, have)
}

// ensureGroups inserts the endpoint groups that are missing and returns what is there then.
func (p *Provider) ensureGroups(ctx context.Context, r *provider.Resource, have NetworkEndpointsSpec) (NetworkEndpointsSpec, error) {
	want, _ := r.Spec.(NetworkEndpointsSpec)
	out := NetworkEndpointsSpec{Zones: slices.Clone(have.Zones)}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	for _, z := range want.Zones {
		if _, ok := have.zone(z.Zone); ok {
			continue
		}
		g.Go(func() error {
			members, err := p.ensureGroup(ctx, r, z.Zone)
			mu.Lock()
			defer mu.Unlock()
			out.Zones = append(out.Zones, ZoneEndpoints{Zone: z.Zone, Members: members, Loose: true})
			return err
		})
	}
	err := g.Wait()
	out.sort()
	return out, err
}

// ensureGroup inserts one endpoint group, or adopts the one that is there with its members.
func (p *Provider) ensureGroup(ctx context.Context, r *provider.Resource, zone string) ([]NetworkEndpoint, error) {
	k := provider.Key{Kind: KindNetworkEndpointGroup, Name: r.Key.Name, Place: zone}
	err := p.client.kind(KindNetworkEndpointGroup).insert(ctx, wish{key: k, description: describe(r)})
	if !isCode(err, provider.Conflict) {
		return nil, err
	}
	if err := p.ownedGroup(ctx, k, r.Owner); err != nil {
		return nil, err
	}
	return p.client.endpoints(ctx, zone, k.Name)
}

// ownedGroup checks that an endpoint group is its load balancer's.
func (p *Provider) ownedGroup(ctx context.Context, k provider.Key, owner provider.Owner) error {
	now, err := p.client.kind(KindNetworkEndpointGroup).get(ctx, k)
	if err != nil {
		return err
	}
	if rec, ok := p.owner(now.description); !ok || rec.LoadBalancer != owner.LoadBalancer {
		return &provider.Error{Code: provider.Conflict, Op: "check the owner of", Key: k, Err: errForeign}
	}
	return nil
}

// converge attaches what is missing, makes the wanted groups the service's backends, then detaches
// what is too much and deletes the groups of zones that have none any more: nothing leaves before
// what replaces it is there.
func (p *Provider) converge(ctx context.Context, op provider.Op, have NetworkEndpointsSpec) error {
	want := NetworkEndpointsSpec{}
	if op.Want != nil {
		want, _ = op.Want.Spec.(NetworkEndpointsSpec)
	}
	if err := p.eachZone(ctx, want, have, p.attach, difference, op.Key.Name); err != nil {
		return err
	}
	if err := p.connect(ctx, op, want, have); err != nil {
		return err
	}
	if err := p.eachZone(ctx, want, have, p.detach, surplus, op.Key.Name); err != nil {
		return err
	}
	return p.deleteGroups(ctx, op, want, have)
}

// surplus is what is there and not wanted.
func surplus(want, have []NetworkEndpoint) []NetworkEndpoint { return difference(have, want) }

// eachZone makes one change in every wanted zone, side by side, in batches as large as the API
// takes. What fails in one zone stops no other.
func (p *Provider) eachZone(ctx context.Context, want, have NetworkEndpointsSpec, change func(ctx context.Context, zone, name string, list []NetworkEndpoint) error,
	pick func(want, have []NetworkEndpoint) []NetworkEndpoint, name string,
) error {
	var g errgroup.Group
	for _, z := range want.Zones {
		there, _ := have.zone(z.Zone)
		list := pick(z.Members, there.Members)
		g.Go(func() error {
			for chunk := range slices.Chunk(list, maxEndpointsPerCall) {
				if err := change(ctx, z.Zone, name, chunk); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// detach takes endpoints out. The API refuses a call that names one which is not there, so what is
// really there is read then.
func (p *Provider) detach(ctx context.Context, zone, name string, list []NetworkEndpoint) error {
	err := p.client.detach(ctx, zone, name, list)
	if !isCode(err, provider.NotFound) {
		return err
	}
	there, err := p.client.endpoints(ctx, zone, name)
	if err != nil {
		return err
	}
	if left := difference(list, difference(list, there)); len(left) > 0 {
		return p.client.detach(ctx, zone, name, left)
	}
	return nil
}

// connect makes the wanted groups the backends of the service, if they are not.
func (p *Provider) connect(ctx context.Context, op provider.Op, want, have NetworkEndpointsSpec) error {
	connected := NetworkEndpointsSpec{Zones: slices.DeleteFunc(slices.Clone(have.Zones), func(z ZoneEndpoints) bool { return z.Loose })}
	if slices.Equal(zoneNames(want), zoneNames(connected)) {
		return nil
	}
	r := op.Want
	if r == nil {
		r = op.Have
	}
	service := *r
	service.Key = serviceKey(r.Key)
	now, _, err := p.owned(ctx, &service)
	if op.Action == provider.Delete && isCode(err, provider.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return backendServiceClient{p.client}.setBackends(ctx, service.Key, zoneNames(want), now)
}

// deleteGroups deletes the groups of zones that are not wanted any more. One that is gone is done.
func (p *Provider) deleteGroups(ctx context.Context, op provider.Op, want, have NetworkEndpointsSpec) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, z := range have.Zones {
		if _, ok := want.zone(z.Zone); ok {
			continue
		}
		g.Go(func() error {
			k := provider.Key{Kind: KindNetworkEndpointGroup, Name: op.Key.Name, Place: z.Zone}
			err := p.ownedGroup(ctx, k, op.Have.Owner)
			if err == nil {
				err = p.client.kind(KindNetworkEndpointGroup).remove(ctx, k)
			}
			if isCode(err, provider.NotFound) {
				return nil
			}
			return err
		})
	}
	return g.Wait()
}
