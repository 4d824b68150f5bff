package gcp

import (
	"context"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider"
)

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

// maxRatePerEndpoint is the declared capacity of each endpoint. The API requires one, and exceeds
// it if all groups have reached it (page "Backend services overview", target capacity). It is high,
// so that capacity never moves requests to another zone.
const maxRatePerEndpoint = 1_000_000

func (c backendServiceClient) of(w desired) *compute.BackendService {
	s := specOf[BackendServiceSpec](w)
	b := &compute.BackendService{Name: w.key.Name, Description: w.description, LoadBalancingScheme: s.Scheme, Protocol: s.Protocol, TimeoutSec: int64(s.Timeout),
		ConnectionDraining: &compute.ConnectionDraining{DrainingTimeoutSec: int64(s.Draining), ForceSendFields: []string{"DrainingTimeoutSec"}}}
	if s.HealthCheck != "" {
		b.HealthChecks = []string{c.link(w.key.Place, KindHealthCheck, s.HealthCheck)}
	}
	b.Backends = c.backends(w.key.Name, w.zones)
	return b
}

func (c backendServiceClient) backends(name string, zones []string) []*compute.Backend {
	var out []*compute.Backend
	for _, zone := range zones {
		group := c.link(zone, KindNetworkEndpointGroup, name)
		out = append(out, &compute.Backend{Group: group, BalancingMode: "RATE", MaxRatePerEndpoint: maxRatePerEndpoint, CapacityScaler: 1})
	}
	return out
}

func (c backendServiceClient) insert(ctx context.Context, w desired) error {
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.BackendServices.Insert(c.project, c.of(w)))
	}
	return write(ctx, c.Client, c.svc.RegionBackendServices.Insert(c.project, w.key.Place, c.of(w)))
}

func (c backendServiceClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return convertOne(backendServiceItem)(read(ctx, c.svc.BackendServices.Get(c.project, k.Name)))
	}
	return convertOne(backendServiceItem)(read(ctx, c.svc.RegionBackendServices.Get(c.project, k.Place, k.Name)))
}

// update patches the fields that the provider manages, except the backends. Other fields stay as
// they are.
func (c backendServiceClient) update(ctx context.Context, w desired, now item) error {
	b := c.of(w)
	b.Fingerprint = now.fingerprint
	b.ForceSendFields = []string{"HealthChecks"}
	return c.patch(ctx, w.key, b)
}

// setBackends replaces the backends by the endpoint groups in the given zones.
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

func (c backendServiceClient) delete(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.BackendServices.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionBackendServices.Delete(c.project, k.Place, k.Name))
}

func (c backendServiceClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.BackendServiceList) []*compute.BackendService { return l.Items }
	if place == "" {
		return listAll(ctx, c.svc.BackendServices.List(c.project).Filter(filter).Pages, items, backendServiceItem)
	}
	return listAll(ctx, c.svc.RegionBackendServices.List(c.project, place).Filter(filter).Pages, items, backendServiceItem)
}

// groupHealth returns the health of the endpoints in one group of a backend service.
func (c *Client) groupHealth(ctx context.Context, service provider.Key, zone string) ([]endpointState, error) {
	request := &compute.ResourceGroupReference{Group: c.link(zone, KindNetworkEndpointGroup, service.Name)}
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

// endpointState is the health of one endpoint as the API reports it.
type endpointState struct {
	endpoint NetworkEndpoint
	state    string
}
