package azure

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Members returns the addresses of a group's pool, which are empty if no endpoint is ready.
// Endpoints that a pool cannot have are left out; Refuse reports them.
func (p *Provider) Members(lb model.Sealed, group model.GroupID, endpoints []model.Endpoint) ([]provider.Resource, error) {
	g, ok := lb.Group(group)
	name := p.gatewayName(lb)
	if !ok {
		return nil, errorf(provider.Invalid, "members", p.key(KindMembers, string(group), name), "the load balancer has no such group")
	}
	in, _ := poolMembers(g, endpoints)
	addresses := make([]string, len(in))
	for i, a := range in {
		addresses[i] = a.String()
	}
	slices.Sort(addresses)
	r := p.membersOf(p.groupName(lb.ID(), g), name, addresses)
	r.Owner, r.Group, r.Origin = p.owner(lb.ID()), group, g.Origins
	return []provider.Resource{r}, nil
}

// omittedEndpoint is a ready endpoint that is not in the pool of its group, and the reason.
type omittedEndpoint struct {
	endpoint model.Endpoint
	reason   string
}

// poolMembers returns the addresses in the pool of a group, in order and each once, and the ready
// endpoints that cannot be in it. Of too many endpoints it selects the first by address and port,
// so that the same ones stay. An endpoint whose port is zero was read from a pool.
func poolMembers(g *model.Group, endpoints []model.Endpoint) (in []netip.Addr, omitted []omittedEndpoint) {
	ready := slices.Clone(endpoints)
	ready = slices.DeleteFunc(ready, func(e model.Endpoint) bool { return !e.State.IsReady() })
	slices.SortStableFunc(ready, func(a, b model.Endpoint) int { return a.AddrPort().Compare(b.AddrPort()) })
	port := settingsOf(g, "").Port
	for _, e := range ready {
		var reason string
		address := e.Address.Unmap()
		switch {
		case !address.Is4():
			reason = "Application Gateway reaches backends over IPv4 only"
		case e.Port != 0 && e.Port != port:
			reason = fmt.Sprintf("the other endpoints have port %d, and a pool of Application Gateway has one port", port)
		case len(in) > 0 && in[len(in)-1] == address:
			continue
		case len(in) == maxPoolMembers:
			reason = fmt.Sprintf("a pool of Application Gateway has at most %d members", maxPoolMembers)
		default:
			in = append(in, address)
			continue
		}
		omitted = append(omitted, omittedEndpoint{e, reason})
	}
	return in, omitted
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
