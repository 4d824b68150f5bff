package aws

import (
	"net/netip"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Members returns what is to be registered with the target group of a group: its ready endpoints.
func (p *Provider) Members(lb model.Sealed, group model.GroupID, endpoints []model.Endpoint) ([]provider.Resource, error) {
	g, ok := lb.Group(group)
	if !ok {
		return nil, &provider.Error{Code: provider.NotFound, Op: "members of " + string(lb.ID()) + " " + string(group), Err: errNoGroup}
	}
	targets := make([]netip.AddrPort, 0, len(endpoints))
	for i := range endpoints {
		if endpoints[i].State == model.Ready || endpoints[i].State == "" {
			targets = append(targets, endpoints[i].AddrPort())
		}
	}
	slices.SortFunc(targets, netip.AddrPort.Compare)
	targets = slices.Compact(targets)
	carrier := groupKey(p, p.balancerKey(lb.LoadBalancer()).Name, g)
	r := membership(carrier, provider.Owner{Cluster: p.options.ClusterID, LoadBalancer: lb.ID()}, group, targets)
	r.Spec = TargetsSpec{Targets: targets, Leaving: leaving(endpoints)}
	return []provider.Resource{r}, nil
}

// leaving are the ready endpoints that are there only until others can serve. Such a one was read
// back from the cloud: it is given a second time, as what it has become, or knows neither pod nor
// node nor zone, where others of the group do.
func leaving(endpoints []model.Endpoint) []netip.AddrPort {
	var bare []netip.AddrPort
	going, known := map[netip.AddrPort]bool{}, false
	for i := range endpoints {
		e := &endpoints[i]
		switch ready := e.State == model.Ready || e.State == ""; {
		case !ready:
			going[e.AddrPort()] = true
		case e.Pod == "" && e.Node == "" && e.Zone == "":
			bare = append(bare, e.AddrPort())
		default:
			known = true
		}
	}
	bare = slices.DeleteFunc(bare, func(t netip.AddrPort) bool { return !known && !going[t] })
	slices.SortFunc(bare, netip.AddrPort.Compare)
	return slices.Compact(bare)
}

// membership is the targets of a target group, wanted or observed.
func membership(carrier provider.Key, owner provider.Owner, group model.GroupID, targets []netip.AddrPort) provider.Resource {
	k := targetsKey(carrier.Name)
	return provider.Resource{
		Key: k, WriteScope: unit(k), Needs: []provider.Key{carrier}, Owner: owner, Group: group, Member: true, Spec: TargetsSpec{Targets: targets},
	}
}

// Registered is the endpoints that an observed membership holds. AWS keeps neither zone nor node.
func (p *Provider) Registered(have provider.Resource) []model.Endpoint {
	spec, ok := have.Spec.(TargetsSpec)
	if !ok {
		return nil
	}
	endpoints := make([]model.Endpoint, 0, len(spec.Targets))
	for _, t := range spec.Targets {
		endpoints = append(endpoints, model.Endpoint{Address: t.Addr(), Port: int(t.Port()), State: model.Ready})
	}
	return endpoints
}
