package gcp

import (
	"fmt"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// group adds the health check and the backend service of one group.
func (t *translation) group(g *model.Group) {
	check := healthCheck(&g.Health)
	checkKey := t.key(KindHealthCheck, t.p.healthCheckName(t.lb.ID(), t.scheme, check))
	t.add(provider.Resource{Key: checkKey, Spec: check})
	name := t.p.groupName(t.lb.ID(), t.scheme, g)
	t.services[g.ID] = name
	service := BackendServiceSpec{Scheme: lbScheme(t.scheme), Protocol: backendProtocol(g.Protocol), Timeout: seconds(g.Timeout, defaultTimeout),
		Draining: seconds(g.Draining, defaultDraining), HealthCheck: checkKey.Name}
	t.add(provider.Resource{Key: t.key(KindBackendService, name), Group: g.ID, Origin: g.Origins, Spec: service})
}

// misplaced returns why an endpoint cannot be in a zonal group, or nothing if it can. The zones of
// an internal load balancer are those of its region.
func (p *Provider) misplaced(scheme model.Scheme, e *model.Endpoint) string {
	switch {
	case e.Node == "":
		return "it names no node: want an address of a pod on a node of Google Cloud"
	case e.Zone == "":
		return "it has no zone: want the label topology.kubernetes.io/zone on node " + e.Node
	case !isZone(e.Zone):
		return fmt.Sprintf("%q is not a zone of Google Cloud: want one such as europe-west1-b", e.Zone)
	case !e.Address.Is4():
		return "only IPv4 addresses are supported"
	case scheme == model.Internal && !strings.HasPrefix(e.Zone, p.options.Region+"-"):
		return fmt.Sprintf("zone %s is outside %s, the region of the internal load balancer", e.Zone, p.options.Region)
	default:
		return ""
	}
}

// backendProtocol returns the API's name of a protocol. The model's HTTP2 is without TLS
// (appProtocol kubernetes.io/h2c), which is H2C.
func backendProtocol(p model.BackendProtocol) string {
	switch p {
	case model.BackendHTTPS:
		return "HTTPS"
	case model.BackendHTTP2:
		return "H2C"
	case model.BackendHTTP, model.BackendGRPC, model.BackendTCP, model.BackendUDP:
		return "HTTP"
	}
	return "HTTP"
}

// seconds returns d in seconds, rounded up, or otherwise if d is 0.
func seconds(d time.Duration, otherwise int) int {
	if d == 0 {
		return otherwise
	}
	return int((d + time.Second - 1) / time.Second)
}

func healthCheck(h *model.HealthCheck) HealthCheckSpec {
	out := HealthCheckSpec{Path: h.Path, Host: h.Host, Port: h.Port, Interval: seconds(h.Interval, 1), Timeout: seconds(h.Timeout, 1),
		Healthy: h.Healthy, Unhealthy: h.Unhealthy}
	switch h.Protocol {
	case model.BackendHTTPS:
		out.Type = "HTTPS"
	case model.BackendTCP:
		out.Type, out.Path, out.Host = "TCP", "", ""
	// Refuse rejects the protocols other than HTTP.
	case model.BackendHTTP, model.BackendHTTP2, model.BackendGRPC, model.BackendUDP:
		out.Type = "HTTP"
	}
	return out
}
