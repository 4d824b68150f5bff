package gcp

import (
	"context"
	"slices"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider"
)

type healthCheckClient struct{ *Client }

func healthCheckItem(h *compute.HealthCheck) item {
	spec := HealthCheckSpec{Type: h.Type, Interval: int(h.CheckIntervalSec), Timeout: int(h.TimeoutSec), Healthy: int(h.HealthyThreshold), Unhealthy: int(h.UnhealthyThreshold)}
	switch {
	case h.HttpHealthCheck != nil:
		spec.Path, spec.Host, spec.Port = h.HttpHealthCheck.RequestPath, h.HttpHealthCheck.Host, int(h.HttpHealthCheck.Port)
	case h.HttpsHealthCheck != nil:
		spec.Path, spec.Host, spec.Port = h.HttpsHealthCheck.RequestPath, h.HttpsHealthCheck.Host, int(h.HttpsHealthCheck.Port)
	case h.TcpHealthCheck != nil:
		spec.Port = int(h.TcpHealthCheck.Port)
	}
	return item{key: provider.Key{Kind: KindHealthCheck, Name: h.Name, Place: placeOf(h.Region)}, spec: spec, description: h.Description}
}

func healthCheckOf(w wish) *compute.HealthCheck {
	s := as[HealthCheckSpec](w)
	h := &compute.HealthCheck{Name: w.key.Name, Description: w.description, Type: s.Type, CheckIntervalSec: int64(s.Interval),
		TimeoutSec: int64(s.Timeout), HealthyThreshold: int64(s.Healthy), UnhealthyThreshold: int64(s.Unhealthy)}
	port := "USE_SERVING_PORT"
	if s.Port != 0 {
		port = "USE_FIXED_PORT"
	}
	switch s.Type {
	case "HTTPS":
		h.HttpsHealthCheck = &compute.HTTPSHealthCheck{RequestPath: s.Path, Host: s.Host, Port: int64(s.Port), PortSpecification: port}
	case "TCP":
		h.TcpHealthCheck = &compute.TCPHealthCheck{Port: int64(s.Port), PortSpecification: port}
	default:
		h.HttpHealthCheck = &compute.HTTPHealthCheck{RequestPath: s.Path, Host: s.Host, Port: int64(s.Port), PortSpecification: port}
	}
	return h
}

func (c healthCheckClient) insert(ctx context.Context, w wish) error {
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.HealthChecks.Insert(c.project, healthCheckOf(w)))
	}
	return write(ctx, c.Client, c.svc.RegionHealthChecks.Insert(c.project, w.key.Place, healthCheckOf(w)))
}

func (c healthCheckClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return one(healthCheckItem)(read(ctx, c.svc.HealthChecks.Get(c.project, k.Name)))
	}
	return one(healthCheckItem)(read(ctx, c.svc.RegionHealthChecks.Get(c.project, k.Place, k.Name)))
}

// update mends what somebody else changed: the name holds the settings, so the plugin itself never
// changes one.
func (c healthCheckClient) update(ctx context.Context, w wish, _ item) error {
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.HealthChecks.Update(c.project, w.key.Name, healthCheckOf(w)))
	}
	return write(ctx, c.Client, c.svc.RegionHealthChecks.Update(c.project, w.key.Place, w.key.Name, healthCheckOf(w)))
}

func (c healthCheckClient) remove(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.HealthChecks.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionHealthChecks.Delete(c.project, k.Place, k.Name))
}

func (c healthCheckClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.HealthCheckList) []*compute.HealthCheck { return l.Items }
	if place == "" {
		return pages(ctx, c.svc.HealthChecks.List(c.project).Filter(filter).Pages, items, healthCheckItem)
	}
	return pages(ctx, c.svc.RegionHealthChecks.List(c.project, place).Filter(filter).Pages, items, healthCheckItem)
}

type backendServiceClient struct{ *Client }

func backendServiceItem(b *compute.BackendService) item {
	spec := BackendServiceSpec{Scheme: b.LoadBalancingScheme, Protocol: b.Protocol, Timeout: int(b.TimeoutSec)}
	if b.ConnectionDraining != nil {
		spec.Draining = int(b.ConnectionDraining.DrainingTimeoutSec)
	}
	if len(b.HealthChecks) > 0 {
		spec.HealthCheck = lastPart(b.HealthChecks[0])
	}
	var zones []string
	for _, g := range b.Backends {
		if zone, name := zoneAndName(g.Group); name == b.Name {
			zones = append(zones, zone)
		}
	}
	return item{zones: zones, key: provider.Key{Kind: KindBackendService, Name: b.Name, Place: placeOf(b.Region)}, spec: spec, description: b.Description,
		fingerprint: b.Fingerprint}
}

// maxRatePerEndpoint is the capacity that each endpoint is said to have. The API asks for one; the
// balancer goes beyond it when all groups are at it (page "Backend services overview", target
// capacity), and it is high so that zones fill evenly by proximity.
const maxRatePerEndpoint = 1_000_000

func (c backendServiceClient) of(w wish) *compute.BackendService {
	s := as[BackendServiceSpec](w)
	b := &compute.BackendService{Name: w.key.Name, Description: w.description, LoadBalancingScheme: s.Scheme, Protocol: s.Protocol, TimeoutSec: int64(s.Timeout),
		ConnectionDraining: &compute.ConnectionDraining{DrainingTimeoutSec: int64(s.Draining), ForceSendFields: []string{"DrainingTimeoutSec"}}}
	if s.HealthCheck != "" {
		b.HealthChecks = []string{c.beside(w.key, KindHealthCheck, s.HealthCheck)}
	}
	b.Backends = c.backends(w.key.Name, w.zones)
	return b
}

func (c backendServiceClient) backends(name string, zones []string) []*compute.Backend {
	var out []*compute.Backend
	for _, zone := range zones {
		group := c.beside(provider.Key{Place: zone}, KindNetworkEndpointGroup, name)
		out = append(out, &compute.Backend{Group: group, BalancingMode: "RATE", MaxRatePerEndpoint: maxRatePerEndpoint, CapacityScaler: 1})
	}
	return out
}

func (c backendServiceClient) insert(ctx context.Context, w wish) error {
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.BackendServices.Insert(c.project, c.of(w)))
	}
	return write(ctx, c.Client, c.svc.RegionBackendServices.Insert(c.project, w.key.Place, c.of(w)))
}

func (c backendServiceClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return one(backendServiceItem)(read(ctx, c.svc.BackendServices.Get(c.project, k.Name)))
	}
	return one(backendServiceItem)(read(ctx, c.svc.RegionBackendServices.Get(c.project, k.Place, k.Name)))
}

// update patches the members that the plugin knows, but not the backends; all else that was set on
// the service stays.
func (c backendServiceClient) update(ctx context.Context, w wish, now item) error {
	b := c.of(w)
	b.Fingerprint = now.fingerprint
	b.ForceSendFields = []string{"HealthChecks"}
	return c.patch(ctx, w.key, b)
}

// setBackends makes the endpoint groups of these zones the backends.
func (c backendServiceClient) setBackends(ctx context.Context, k provider.Key, zones []string, now item) error {
	b := &compute.BackendService{Backends: c.backends(k.Name, zones), Fingerprint: now.fingerprint, ForceSendFields: []string{"Backends"}}
	return c.patch(ctx, k, b)
}

func (c backendServiceClient) patch(ctx context.Context, k provider.Key, b *compute.BackendService) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.BackendServices.Patch(c.project, k.Name, b))
	}
	return write(ctx, c.Client, c.svc.RegionBackendServices.Patch(c.project, k.Place, k.Name, b))
}

func (c backendServiceClient) remove(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.BackendServices.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionBackendServices.Delete(c.project, k.Place, k.Name))
}

func (c backendServiceClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.BackendServiceList) []*compute.BackendService { return l.Items }
	if place == "" {
		return pages(ctx, c.svc.BackendServices.List(c.project).Filter(filter).Pages, items, backendServiceItem)
	}
	return pages(ctx, c.svc.RegionBackendServices.List(c.project, place).Filter(filter).Pages, items, backendServiceItem)
}

// groupHealth is the health of the endpoints of one group in a backend service.
func (c *Client) groupHealth(ctx context.Context, service provider.Key, zone string) ([]endpointState, error) {
	request := &compute.ResourceGroupReference{Group: c.beside(provider.Key{Place: zone}, KindNetworkEndpointGroup, service.Name)}
	var got *compute.BackendServiceGroupHealth
	var err error
	if service.Place == "" {
		got, err = read(ctx, c.svc.BackendServices.GetHealth(c.project, service.Name, request))
	} else {
		got, err = read(ctx, c.svc.RegionBackendServices.GetHealth(c.project, service.Place, service.Name, request))
	}
	if err != nil {
		return nil, err
	}
	out := make([]endpointState, 0, len(got.HealthStatus))
	for _, h := range got.HealthStatus {
		e := NetworkEndpoint{Instance: lastPart(h.Instance), Address: h.IpAddress, Port: int(h.Port)}
		out = append(out, endpointState{endpoint: e, state: h.HealthState})
	}
	return out, nil
}

// endpointState is the cloud's word on one endpoint.
type endpointState struct {
	endpoint NetworkEndpoint
	state    string
}

type negClient struct{ *Client }

func negItem(n *compute.NetworkEndpointGroup) item {
	return item{key: provider.Key{Kind: KindNetworkEndpointGroup, Name: n.Name, Place: placeOf(n.Zone)}, description: n.Description}
}

func (c negClient) insert(ctx context.Context, w wish) error {
	region := w.key.Place[:len(w.key.Place)-2]
	return write(ctx, c.Client, c.svc.NetworkEndpointGroups.Insert(c.project, w.key.Place, &compute.NetworkEndpointGroup{Name: w.key.Name,
		Description: w.description, NetworkEndpointType: "GCE_VM_IP_PORT", Network: c.networkLink(c.network), Subnetwork: c.subnetworkLink(region, c.subnetwork)}))
}

func (c negClient) get(ctx context.Context, k provider.Key) (item, error) {
	return one(negItem)(read(ctx, c.svc.NetworkEndpointGroups.Get(c.project, k.Place, k.Name)))
}

func (negClient) update(context.Context, wish, item) error { return errImmutable }

func (c negClient) remove(ctx context.Context, k provider.Key) error {
	return write(ctx, c.Client, c.svc.NetworkEndpointGroups.Delete(c.project, k.Place, k.Name))
}

// list finds groups in all zones.
func (c negClient) list(ctx context.Context, _, filter string) ([]item, error) {
	items := func(l *compute.NetworkEndpointGroupAggregatedList) []*compute.NetworkEndpointGroup {
		var out []*compute.NetworkEndpointGroup
		for _, inZone := range l.Items {
			out = append(out, inZone.NetworkEndpointGroups...)
		}
		return out
	}
	return pages(ctx, c.svc.NetworkEndpointGroups.AggregatedList(c.project).Filter(filter).Pages, items, negItem)
}

// endpoints lists the members of a group, in order.
func (c *Client) endpoints(ctx context.Context, zone, name string) ([]NetworkEndpoint, error) {
	var out []NetworkEndpoint
	call := c.svc.NetworkEndpointGroups.ListNetworkEndpoints(c.project, zone, name, &compute.NetworkEndpointGroupsListEndpointsRequest{})
	err := call.Pages(ctx, func(page *compute.NetworkEndpointGroupsListNetworkEndpoints) error {
		for _, e := range page.Items {
			out = append(out, NetworkEndpoint{Instance: lastPart(e.NetworkEndpoint.Instance), Address: e.NetworkEndpoint.IpAddress, Port: int(e.NetworkEndpoint.Port)})
		}
		return nil
	})
	slices.SortFunc(out, compareEndpoints)
	return out, plainError(err)
}

func endpointsOf(list []NetworkEndpoint) []*compute.NetworkEndpoint {
	out := make([]*compute.NetworkEndpoint, 0, len(list))
	for _, e := range list {
		out = append(out, &compute.NetworkEndpoint{Instance: e.Instance, IpAddress: e.Address, Port: int64(e.Port)})
	}
	return out
}

func (c *Client) attach(ctx context.Context, zone, name string, list []NetworkEndpoint) error {
	return write(ctx, c, c.svc.NetworkEndpointGroups.AttachNetworkEndpoints(c.project, zone, name,
		&compute.NetworkEndpointGroupsAttachEndpointsRequest{NetworkEndpoints: endpointsOf(list)}))
}

func (c *Client) detach(ctx context.Context, zone, name string, list []NetworkEndpoint) error {
	return write(ctx, c, c.svc.NetworkEndpointGroups.DetachNetworkEndpoints(c.project, zone, name,
		&compute.NetworkEndpointGroupsDetachEndpointsRequest{NetworkEndpoints: endpointsOf(list)}))
}
