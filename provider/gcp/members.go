package gcp

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Members returns the membership of a group as one resource. It has an endpoint group for each zone
// with an endpoint, ready or not, so that zones do not change with the readiness of a pod.
// Endpoints without a zone, a node or an IPv4 address cannot be in a zonal group. They are omitted,
// and Refuse reports them.
func (p *Provider) Members(lb model.Sealed, group model.GroupID, endpoints []model.Endpoint) ([]provider.Resource, error) {
	g, ok := lb.Group(group)
	if !ok {
		return nil, &provider.Error{Code: provider.NotFound, Op: "members of " + string(group), Err: errNoGroup}
	}
	scheme := lb.LoadBalancer().Scheme
	var spec NetworkEndpointsSpec
	for i := range endpoints {
		if e := &endpoints[i]; p.misplaced(scheme, e) == "" {
			spec.add(e)
		}
	}
	spec.sort()
	k := provider.Key{Kind: KindNetworkEndpoints, Name: p.groupName(lb.ID(), scheme, g), Place: p.place(scheme)}
	owner := provider.Owner{Cluster: p.options.ClusterID, LoadBalancer: lb.ID()}
	return []provider.Resource{{Key: k, WriteScope: writeScope(k, owner), Needs: []provider.Key{serviceKey(k)}, Origin: g.Origins, Group: g.ID, Member: true, Owner: owner,
		DrainDelay: time.Duration(seconds(g.Draining, defaultDraining)) * time.Second, Spec: spec}}, nil
}

func (s *NetworkEndpointsSpec) add(e *model.Endpoint) {
	at := slices.IndexFunc(s.Zones, func(z ZoneEndpoints) bool { return z.Zone == e.Zone })
	if at < 0 {
		at = len(s.Zones)
		s.Zones = append(s.Zones, ZoneEndpoints{Zone: e.Zone})
	}
	if e.State.IsReady() {
		z := &s.Zones[at]
		z.Members = append(z.Members, NetworkEndpoint{Instance: e.Node, Address: e.Address.String(), Port: e.Port})
	}
}

// sort sorts zones and endpoints, and removes duplicate endpoints.
func (s *NetworkEndpointsSpec) sort() {
	for i := range s.Zones {
		slices.SortFunc(s.Zones[i].Members, compareEndpoints)
		s.Zones[i].Members = slices.Compact(s.Zones[i].Members)
	}
	slices.SortFunc(s.Zones, func(a, b ZoneEndpoints) int { return strings.Compare(a.Zone, b.Zone) })
}

// zoneNames returns the zones in order.
func (s *NetworkEndpointsSpec) zoneNames() []string {
	var out []string
	for _, z := range s.Zones {
		out = append(out, z.Zone)
	}
	return out
}

// zone returns the group in one zone. It is false if there is none.
func (s *NetworkEndpointsSpec) zone(name string) (ZoneEndpoints, bool) {
	for _, z := range s.Zones {
		if z.Zone == name {
			return z, true
		}
	}
	return ZoneEndpoints{Zone: name}, false
}

// Registered returns the endpoints of an observed membership.
func (p *Provider) Registered(have provider.Resource) []model.Endpoint {
	spec, ok := have.Spec.(NetworkEndpointsSpec)
	if !ok {
		return nil
	}
	var out []model.Endpoint
	for _, z := range spec.Zones {
		for _, m := range z.Members {
			address, err := netip.ParseAddr(m.Address)
			if err != nil {
				continue // the API returns valid addresses only
			}
			out = append(out, model.Endpoint{Address: address, Port: m.Port, Zone: z.Zone, Node: m.Instance, State: model.Ready})
		}
	}
	return out
}

func compareEndpoints(a, b NetworkEndpoint) int {
	return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Instance, b.Instance))
}
