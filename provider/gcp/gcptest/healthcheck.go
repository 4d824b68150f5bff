package gcptest

import (
	"strings"
	"time"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// healthCheckDefaults sets the defaults (reference of healthChecks).
func healthCheckDefaults(doc document, _ key) {
	setDefault(doc, "checkIntervalSec", number(5))
	setDefault(doc, "timeoutSec", number(5))
	setDefault(doc, "healthyThreshold", number(2))
	setDefault(doc, "unhealthyThreshold", number(2))
	for _, member := range []string{"httpHealthCheck", "httpsHealthCheck", "http2HealthCheck"} {
		if sub, ok := doc[member].(map[string]any); ok {
			setDefault(sub, "requestPath", "/")
			setDefault(sub, "proxyHeader", "NONE")
		}
	}
}

// probe is the common part of the protocol-specific checks.
type probe struct {
	member, protocol, spec, path, host, proxy string
	port                                      int64
}

// probesOf returns the protocol-specific parts of a health check.
func probesOf(h *compute.HealthCheck) []probe {
	var out []probe
	if p := h.HttpHealthCheck; p != nil {
		out = append(out, probe{"httpHealthCheck", "HTTP", p.PortSpecification, p.RequestPath, p.Host, p.ProxyHeader, p.Port})
	}
	if p := h.HttpsHealthCheck; p != nil {
		out = append(out, probe{"httpsHealthCheck", "HTTPS", p.PortSpecification, p.RequestPath, p.Host, p.ProxyHeader, p.Port})
	}
	if p := h.Http2HealthCheck; p != nil {
		out = append(out, probe{"http2HealthCheck", "HTTP2", p.PortSpecification, p.RequestPath, p.Host, p.ProxyHeader, p.Port})
	}
	if p := h.TcpHealthCheck; p != nil {
		out = append(out, probe{"tcpHealthCheck", "TCP", p.PortSpecification, "/", "", p.ProxyHeader, p.Port})
	}
	return out
}

func checkHealthCheck(ch *change) *fault {
	h, _ := ch.typed.(*compute.HealthCheck)
	bounds := []struct {
		field    string
		value    int64
		min, max int64
	}{
		{"resource.checkIntervalSec", h.CheckIntervalSec, 1, 300}, {"resource.timeoutSec", h.TimeoutSec, 1, 300},
		{"resource.healthyThreshold", h.HealthyThreshold, 1, 10}, {"resource.unhealthyThreshold", h.UnhealthyThreshold, 1, 10},
	}
	for _, b := range bounds {
		if b.value < b.min || b.value > b.max {
			return invalid(b.field, b.value, "Must be within the documented range.")
		}
	}
	if h.TimeoutSec > h.CheckIntervalSec {
		return invalid("resource.timeoutSec", h.TimeoutSec, "Timeout must be less than or equal to the check interval.")
	}
	if h.Type == "" {
		return required("resource.type")
	}
	parts := probesOf(h)
	if len(parts) != 1 || parts[0].protocol != h.Type {
		return invalid("resource.type", h.Type, "Exactly one of the protocol-specific health check fields must be specified, and it must match the type.")
	}
	return checkProbe(parts[0])
}

func checkProbe(p probe) *fault {
	at := "resource." + p.member
	switch p.spec {
	case "USE_SERVING_PORT":
		if p.port != 0 {
			return invalid(at+".port", p.port, "Port must not be specified with USE_SERVING_PORT.")
		}
	case "", "USE_FIXED_PORT":
		if p.port < 1 || p.port > 65535 {
			return invalid(at+".port", p.port, "Valid values are 1 through 65535.")
		}
	default:
		return notEmulated(at + ".portSpecification")
	}
	if p.proxy == "PROXY_V1" {
		return notEmulated(at + ".proxyHeader")
	}
	if !strings.HasPrefix(p.path, "/") || len(p.path) > 1024 || strings.ContainsAny(p.path, " \t\n") {
		return invalid(at+".requestPath", p.path, "Must comply with RFC3986.")
	}
	return nil
}

// checkOf returns the check that the data plane runs. Only status 200 is healthy (page "Health
// checks overview", success criteria for HTTP).
func checkOf(h *compute.HealthCheck) dataplane.Check {
	p := probesOf(h)[0]
	protocol := map[string]string{"HTTP": "http", "HTTPS": "https", "HTTP2": "h2", "TCP": "tcp"}[p.protocol]
	return dataplane.Check{Protocol: protocol, Port: int(p.port), Path: p.path, Host: p.host, UserAgent: "GoogleHC/1.0",
		Interval: time.Duration(h.CheckIntervalSec) * time.Second, Timeout: time.Duration(h.TimeoutSec) * time.Second,
		Healthy: int(h.HealthyThreshold), Unhealthy: int(h.UnhealthyThreshold)}
}
