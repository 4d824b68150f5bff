package aws

import (
	"net/netip"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Members returns the targets of a group: its ready endpoints.
func (p *Provider) Members(lb model.Sealed, group model.GroupID, endpoints []model.Endpoint) ([]provider.Resource, error) {
	g, ok := lb.Group(group)
	if !ok {
		return nil, &provider.Error{Code: provider.NotFound, Op: "members of " + string(lb.ID()) + " " + string(group), Err: errNoGroup}
	}
	targets := make([]netip.AddrPort, 0, len(endpoints))
	for i := range endpoints {
		if endpoints[i].State.IsReady() {
			targets = append(targets, endpoints[i].AddrPort())
		}
	}
	slices.SortFunc(targets, netip.AddrPort.Compare)
	targets = slices.Compact(targets)
	targetGroup := p.targetGroupKey(p.loadBalancerKey(lb.LoadBalancer()).Name, g)
	r := membership(targetGroup, provider.Owner{Cluster: p.options.ClusterID, LoadBalancer: lb.ID()}, group, targets)
	r.Spec = TargetsSpec{Targets: targets, Retained: retained(endpoints)}
	return []provider.Resource{r}, nil
}

// retained returns the ready endpoints that are wanted only until their replacements are healthy.
// These were read back from the cloud, so that they have neither pod nor node nor zone. To be
// retained, such an endpoint must also appear in another state, or some endpoint of the group must
// have a pod, node or zone.
func retained(endpoints []model.Endpoint) []netip.AddrPort {
	var bare []netip.AddrPort
	draining, known := map[netip.AddrPort]bool{}, false
	for i := range endpoints {
		switch e := &endpoints[i]; {
		case !e.State.IsReady():
			draining[e.AddrPort()] = true
		case e.Pod == "" && e.Node == "" && e.Zone == "":
			bare = append(bare, e.AddrPort())
		default:
			known = true
		}
	}
	bare = slices.DeleteFunc(bare, func(t netip.AddrPort) bool { return !known && !draining[t] })
	slices.SortFunc(bare, netip.AddrPort.Compare)
	return slices.Compact(bare)
}

// membership returns the targets of a target group as a resource, wanted or observed.
func membership(targetGroup provider.Key, owner provider.Owner, group model.GroupID, targets []netip.AddrPort) provider.Resource {
	k := targetsKey(targetGroup.Name)
	return provider.Resource{
		Key: k, WriteScope: writeScope(k), Needs: []provider.Key{targetGroup}, DeletedWith: targetGroup, Owner: owner, Group: group, Member: true,
		Spec: TargetsSpec{Targets: targets},
	}
}

// Registered returns the endpoints of an observed membership. AWS stores neither their zone nor
// their node.
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
