package gcp

import (
	"context"

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

func healthCheckOf(w desired) *compute.HealthCheck {
	s := specOf[HealthCheckSpec](w)
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

func (c healthCheckClient) insert(ctx context.Context, w desired) error {
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.HealthChecks.Insert(c.project, healthCheckOf(w)))
	}
	return write(ctx, c.Client, c.svc.RegionHealthChecks.Insert(c.project, w.key.Place, healthCheckOf(w)))
}

func (c healthCheckClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return convertOne(healthCheckItem)(read(ctx, c.svc.HealthChecks.Get(c.project, k.Name)))
	}
	return convertOne(healthCheckItem)(read(ctx, c.svc.RegionHealthChecks.Get(c.project, k.Place, k.Name)))
}

// update repairs a change from outside. The name contains a hash of the settings, so the provider
// itself never changes them.
func (c healthCheckClient) update(ctx context.Context, w desired, _ item) error {
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.HealthChecks.Update(c.project, w.key.Name, healthCheckOf(w)))
	}
	return write(ctx, c.Client, c.svc.RegionHealthChecks.Update(c.project, w.key.Place, w.key.Name, healthCheckOf(w)))
}

func (c healthCheckClient) delete(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.HealthChecks.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionHealthChecks.Delete(c.project, k.Place, k.Name))
}

func (c healthCheckClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.HealthCheckList) []*compute.HealthCheck { return l.Items }
	if place == "" {
		return listAll(ctx, c.svc.HealthChecks.List(c.project).Filter(filter).Pages, items, healthCheckItem)
	}
	return listAll(ctx, c.svc.RegionHealthChecks.List(c.project, place).Filter(filter).Pages, items, healthCheckItem)
}
