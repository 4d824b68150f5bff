package fake

import (
	"cmp"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Members returns the members of a group: the ready endpoints, sorted.
func (p *Provider) Members(lb model.Sealed, id model.GroupID, endpoints []model.Endpoint) ([]provider.Resource, error) {
	g, ok := lb.Group(id)
	if !ok {
		return nil, &provider.Error{Code: provider.NotFound, Op: "members of " + string(id), Err: errNotFound}
	}
	group := p.groupKey(lb.LoadBalancer(), g)
	spec := MembersSpec{Group: group, Members: make([]Member, 0, len(endpoints))}
	for i := range endpoints {
		if e := &endpoints[i]; e.State.IsReady() {
			spec.Members = append(spec.Members, Member{Address: e.AddrPort(), Zone: e.Zone, Node: e.Node})
		}
	}
	spec.Members = sortMembers(spec.Members)
	k := membersKey(group)
	return []provider.Resource{{
		Key: k, WriteScope: p.writeScope(k), Needs: spec.refs(), Owner: p.owner(lb.ID()), Origin: g.Origins, Group: id, Member: true, Spec: spec,
	}}, nil
}

// sortMembers sorts members by address and removes duplicates.
func sortMembers(ms []Member) []Member {
	slices.SortFunc(ms, func(a, b Member) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Node, b.Node))
	})
	return slices.CompactFunc(ms, func(a, b Member) bool { return a.Address == b.Address })
}

// Registered returns the endpoints of observed members.
func (p *Provider) Registered(have provider.Resource) []model.Endpoint {
	spec, ok := have.Spec.(MembersSpec)
	if !ok {
		return nil
	}
	out := make([]model.Endpoint, 0, len(spec.Members))
	for _, m := range spec.Members {
		out = append(out, model.Endpoint{Address: m.Address.Addr(), Port: int(m.Address.Port()), Zone: m.Zone, Node: m.Node, State: model.Ready})
	}
	return out
}
