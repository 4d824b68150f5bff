package gcp

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/headgate-io/headgate/provider"
)

// createNetworkEndpointGroups creates the endpoint groups that are missing, and returns all that
// exist then.
func (p *Provider) createNetworkEndpointGroups(ctx context.Context, r *provider.Resource, have NetworkEndpointsSpec) (NetworkEndpointsSpec, error) {
	want, _ := r.Spec.(NetworkEndpointsSpec)
	out := NetworkEndpointsSpec{Zones: slices.Clone(have.Zones)}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	for _, z := range want.Zones {
		if _, ok := have.zone(z.Zone); ok {
			continue
		}
		g.Go(func() error {
			members, err := p.createNetworkEndpointGroup(ctx, r, z.Zone)
			mu.Lock()
			defer mu.Unlock()
			out.Zones = append(out.Zones, ZoneEndpoints{Zone: z.Zone, Members: members, Unused: true})
			return err
		})
	}
	err := g.Wait()
	out.sort()
	return out, err
}

// createNetworkEndpointGroup inserts one endpoint group, or adopts an existing one, and returns its
// endpoints.
func (p *Provider) createNetworkEndpointGroup(ctx context.Context, r *provider.Resource, zone string) ([]NetworkEndpoint, error) {
	k := provider.Key{Kind: KindNetworkEndpointGroup, Name: r.Key.Name, Place: zone}
	err := p.client.kind(KindNetworkEndpointGroup).insert(ctx, desired{key: k, description: describe(r)})
	if provider.IsCode(err, provider.Conflict) {
		return p.adoptNetworkEndpointGroup(ctx, k, r)
	}
	return nil, err
}

func (p *Provider) adoptNetworkEndpointGroup(ctx context.Context, k provider.Key, members *provider.Resource) ([]NetworkEndpoint, error) {
	if err := p.checkGroupOwner(ctx, k, members); err != nil {
		return nil, err
	}
	return p.client.endpoints(ctx, k.Place, k.Name)
}

// checkGroupOwner fails with ErrNotOwned if an endpoint group does not belong to a membership.
func (p *Provider) checkGroupOwner(ctx context.Context, k provider.Key, members *provider.Resource) error {
	now, err := p.client.kind(KindNetworkEndpointGroup).get(ctx, k)
	if err != nil {
		return err
	}
	rec, ok := p.owner(now.description)
	if !ok || rec.LoadBalancer != members.Owner.LoadBalancer || rec.Group != members.Group || rec.Place != members.Key.Place {
		return notOwned(k, now.description)
	}
	return nil
}

// deleteNetworkEndpointGroups deletes the groups of zones that are no longer wanted.
func (p *Provider) deleteNetworkEndpointGroups(ctx context.Context, op provider.Op, want, have NetworkEndpointsSpec) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, z := range have.Zones {
		if _, ok := want.zone(z.Zone); ok {
			continue
		}
		k := provider.Key{Kind: KindNetworkEndpointGroup, Name: op.Key.Name, Place: z.Zone}
		g.Go(func() error { return p.deleteNetworkEndpointGroup(ctx, k, op.Have) })
	}
	return g.Wait()
}

// deleteNetworkEndpointGroup deletes an owned group. A group that no longer exists is not an error.
func (p *Provider) deleteNetworkEndpointGroup(ctx context.Context, k provider.Key, members *provider.Resource) error {
	err := p.checkGroupOwner(ctx, k, members)
	if err == nil {
		err = p.client.kind(KindNetworkEndpointGroup).delete(ctx, k)
	}
	if provider.IsCode(err, provider.NotFound) {
		return nil
	}
	return err
}
