package gcptest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// Limits of backend services: 50 NEG backends (page "Quotas and limits" of load balancing), timeout
// 1 to 2,147,483,647 s, draining up to 3,600 s (page "Enable connection draining").
const (
	maxBackends = 50
	maxDraining = 3600
)

func backendServiceDefaults(doc document, _ key) {
	setDefault(doc, "protocol", "HTTP")
	setDefault(doc, "timeoutSec", number(30))
	setDefault(doc, "sessionAffinity", "NONE")
	setDefault(doc, "localityLbPolicy", "ROUND_ROBIN")
	setDefault(doc, "connectionDraining", map[string]any{"drainingTimeoutSec": number(0)})
	list, _ := doc["backends"].([]any)
	for _, b := range list {
		if b, ok := b.(map[string]any); ok {
			setDefault(b, "capacityScaler", number(1))
		}
	}
}

func backendServiceLinks(typed any) []string {
	b, _ := typed.(*compute.BackendService)
	out := slices.Clone(b.HealthChecks)
	for _, backend := range b.Backends {
		if k, ok := parseLink(backend.Group, ""); ok {
			out = append(out, k.link())
		}
	}
	return out
}

func checkBackendService(ch *change) *fault {
	b, _ := ch.typed.(*compute.BackendService)
	if err := checkScheme(b, ch.key.scope); err != nil {
		return err
	}
	switch b.Protocol {
	case "HTTP", "HTTPS", "HTTP2", "H2C":
	default:
		return invalid("resource.protocol", b.Protocol, "The protocol is not supported for the load balancing scheme.")
	}
	if b.TimeoutSec < 1 || b.TimeoutSec > 2147483647 {
		return invalid("resource.timeoutSec", b.TimeoutSec, "")
	}
	if d := b.ConnectionDraining; d != nil && (d.DrainingTimeoutSec < 0 || d.DrainingTimeoutSec > maxDraining) {
		return invalid("resource.connectionDraining.drainingTimeoutSec", d.DrainingTimeoutSec, "Must be within 0 and 3600.")
	}
	if b.SessionAffinity != "NONE" {
		return notEmulated("resource.sessionAffinity")
	}
	if b.LocalityLbPolicy != "ROUND_ROBIN" {
		return notEmulated("resource.localityLbPolicy")
	}
	if err := checkCustomHeaders(b); err != nil {
		return err
	}
	if err := checkServiceHealthChecks(ch, b); err != nil {
		return err
	}
	return checkBackends(ch, b)
}

// checkScheme accepts the schemes of Envoy-based application load balancers. The default, EXTERNAL,
// is the classic load balancer, which is not emulated.
func checkScheme(b *compute.BackendService, in scope) *fault {
	switch {
	case b.LoadBalancingScheme == "EXTERNAL_MANAGED":
		return nil
	case b.LoadBalancingScheme == "INTERNAL_MANAGED" && in.level == regional:
		return nil
	case b.LoadBalancingScheme == "":
		return notEmulated("resource.loadBalancingScheme (the default, EXTERNAL)")
	default:
		return notEmulated("resource.loadBalancingScheme")
	}
}

// checkCustomHeaders checks the form "name:value". Variables in braces are not emulated.
func checkCustomHeaders(b *compute.BackendService) *fault {
	for _, list := range [][]string{b.CustomRequestHeaders, b.CustomResponseHeaders} {
		for _, h := range list {
			name, value, ok := strings.Cut(h, ":")
			if !ok || !validHeaderName(name) {
				return invalid("resource.customRequestHeaders", h, "Custom header must have the form 'name:value'.")
			}
			if strings.ContainsAny(value, "{}") {
				return notEmulated("resource.customRequestHeaders (variables)")
			}
		}
	}
	return nil
}

func validHeaderName(name string) bool {
	return name != "" && http.CanonicalHeaderKey(name) != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("!#$%&'*+-.^_`|~", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// checkServiceHealthChecks allows one health check, and requires it for a service with NEGs
// (reference of BackendService.healthChecks).
func checkServiceHealthChecks(ch *change, b *compute.BackendService) *fault {
	if len(b.HealthChecks) > 1 {
		return invalid("resource.healthChecks", len(b.HealthChecks), "At most one health check can be specified.")
	}
	if len(b.HealthChecks) == 0 && len(b.Backends) > 0 {
		return required("resource.healthChecks")
	}
	for _, link := range b.HealthChecks {
		if _, err := ch.refHere("resource.healthChecks[0]", link, "healthChecks"); err != nil {
			return err
		}
	}
	return nil
}

func checkBackends(ch *change, b *compute.BackendService) *fault {
	if len(b.Backends) > maxBackends {
		return &fault{status: http.StatusBadRequest, reason: "limitExceeded", message: fmt.Sprintf("Exceeded limit '%d' on backends of a backend service.", maxBackends)}
	}
	groups := map[string]bool{}
	for i, backend := range b.Backends {
		at := fmt.Sprintf("resource.backends[%d]", i)
		if err := checkBackend(ch, at, backend, len(b.Backends)); err != nil {
			return err
		}
		k, _ := parseLink(backend.Group, ch.key.project)
		if groups[k.link()] {
			return invalid(at+".group", backend.Group, "Duplicate backend group.")
		}
		groups[k.link()] = true
	}
	return nil
}

// checkBackend requires the full URL of the group, and balancing mode RATE with a rate per
// endpoint, which is the mode of zonal NEGs with HTTP (page "Backend services overview", balancing
// modes).
func checkBackend(ch *change, at string, b *compute.Backend, of int) *fault {
	if !strings.HasPrefix(b.Group, "https://") {
		return invalid(at+".group", b.Group, "The URL is malformed. Must be a valid fully-qualified URL.")
	}
	neg, err := ch.ref(at+".group", b.Group, "networkEndpointGroups")
	if err != nil {
		return err
	}
	if ch.key.scope.level == regional && neg.key.scope.region() != ch.key.scope.place {
		return invalid(at+".group", b.Group, "The network endpoint group must be in the region of the backend service.")
	}
	if b.BalancingMode != "RATE" {
		return invalid(at+".balancingMode", b.BalancingMode, "Network endpoint groups of type GCE_VM_IP_PORT support balancing mode RATE for HTTP.")
	}
	if b.MaxRatePerEndpoint <= 0 {
		return invalid(at+".maxRatePerEndpoint", b.MaxRatePerEndpoint, "A max rate must be specified for balancing mode RATE.")
	}
	if s := b.CapacityScaler; s < 0 || s > 1 || (s > 0 && s < 0.1) || (s == 0 && of == 1) {
		return invalid(at+".capacityScaler", s, "The valid ranges are 0.0 and [0.1, 1.0]; 0 is not allowed for the only backend.")
	}
	return nil
}

// backendServicesOf returns the backend services that have a NEG as a backend.
func (s *state) backendServicesOf(neg key) []*object {
	all := s.inside(neg.project, "backendServices", func(scope) bool { return true })
	return slices.DeleteFunc(all, func(o *object) bool { return !o.refersTo(neg) })
}

// getHealth returns the health of the endpoints of one backend.
func getHealth(c *custom) (any, *fault) {
	request, err := body[compute.ResourceGroupReference](c)
	if err != nil {
		return nil, err
	}
	group, ok := parseLink(request.Group, c.old.key.project)
	if !ok || !c.old.refersTo(group) {
		return nil, invalid("resource.group", request.Group, "The group is not a backend of the backend service.")
	}
	out := map[string]any{"kind": "compute#backendServiceGroupHealth"}
	var list []any
	health := c.server.plane.health(c.old.key)
	if neg := c.server.state.objects[group]; neg != nil {
		for _, e := range neg.endpoints {
			if h, known := health[endpointAddress(e)]; known && h != dataplane.Unused {
				list = append(list, map[string]any{"instance": e.Instance, "ipAddress": e.IpAddress, "port": e.Port, "healthState": serviceHealth(h)})
			}
		}
	}
	if len(list) > 0 {
		out["healthStatus"] = list
	}
	return out, nil
}

// serviceHealth returns one of the two states of HealthStatus.healthState (reference).
func serviceHealth(h dataplane.Health) string {
	if h == dataplane.Healthy {
		return "HEALTHY"
	}
	return "UNHEALTHY"
}
