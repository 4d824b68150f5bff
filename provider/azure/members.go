package azure

import (
	"net/netip"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Members returns the addresses of a group's pool, which are empty if no endpoint is ready.
func (p *Provider) Members(lb model.Sealed, group model.GroupID, endpoints []model.Endpoint) ([]provider.Resource, error) {
	g, ok := lb.Group(group)
	name := p.gatewayName(lb)
	if !ok {
		return nil, errorf(provider.Invalid, "members", p.key(KindMembers, string(group), name), "the load balancer has no such group")
	}
	addresses := make([]string, 0, len(endpoints))
	for i := range endpoints {
		if endpoints[i].State.IsReady() {
			addresses = append(addresses, endpoints[i].Address.Unmap().String())
		}
	}
	slices.Sort(addresses)
	r := p.membersOf(p.groupName(lb.ID(), g), name, slices.Compact(addresses))
	r.Owner, r.Group, r.Origin = p.owner(lb.ID()), group, g.Origins
	if n := len(addresses); n > maxPoolMembers {
		return nil, errorf(provider.Quota, "members", r.Key, "%d members, but a pool has at most %d", n, maxPoolMembers)
	}
	return []provider.Resource{r}, nil
}

// membersOf returns the members of a pool, without an owner.
func (p *Provider) membersOf(pool, gateway string, addresses []string) provider.Resource {
	k := p.key(KindMembers, pool, gateway)
	return provider.Resource{
		Key: k, WriteScope: writeScope(k), Needs: []provider.Key{p.key(KindPool, pool, gateway)}, Member: true, Spec: MembersSpec{Addresses: addresses},
	}
}

// Registered returns the endpoints of an observed pool. They have addresses only.
func (p *Provider) Registered(have provider.Resource) []model.Endpoint {
	m, ok := have.Spec.(MembersSpec)
	if !ok {
		return nil
	}
	endpoints := make([]model.Endpoint, 0, len(m.Addresses))
	for _, a := range m.Addresses {
		if address, err := netip.ParseAddr(a); err == nil {
			endpoints = append(endpoints, model.Endpoint{Address: address, State: model.Ready})
		}
	}
	return endpoints
}
