package kube

import (
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// prefix is the domain of Headgate's annotations.
const prefix = "headgate.io/"

// objects is a set of kinds that an annotation may stand on.
type objects uint8

const (
	onIngress objects = 1 << iota
	onService
)

// String names the kinds.
func (o objects) String() string {
	switch o {
	case onIngress:
		return "Ingress"
	case onService:
		return "Service"
	default:
		return "Ingress or Service"
	}
}

// annotation declares one annotation: what it says, where, and what it may hold. ANNOTATIONS.md is
// this table.
type annotation struct {
	name     string
	on       objects
	allowed  string
	fallback string // what holds without it
	meaning  string
	// parse reads a value. What it sets with a value that is not allowed holds too; nil leaves
	// things as they are.
	parse func(value string) (set setter, ok bool)
}

// annotations is the one table of all annotations.
func annotations() []annotation {
	return slices.Concat(loadBalancerAnnotations(), ingressAnnotations(), backendTable(), healthTable())
}

func loadBalancerAnnotations() []annotation {
	return []annotation{
		{prefix + "group", onIngress, "a DNS label: lower case letters, digits and '-', 63 at most", "a load balancer of its own",
			"The Ingresses that name the same group share one load balancer, across namespaces.", parseGroup},
		{prefix + "scheme", onIngress, "internet-facing or internal", "internet-facing",
			"From where the load balancer can be reached. A value that is not allowed makes it internal, so that a slip exposes nothing.",
			parseScheme},
		{prefix + "ip-family", onIngress, "ipv4, ipv6 or dualstack", "ipv4",
			"The IP family of the load balancer's own addresses.",
			oneOf(func(s *settings, v model.Family) { s.family = v }, model.IPv4, model.IPv6, model.DualStack)},
		{prefix + "static-addresses", onIngress, "names or values of reserved addresses, separated by commas, 16 at most", "the cloud chooses",
			"Addresses that the load balancer gets.",
			list(16, func(s *settings, v []string) { s.addresses = v })},
		{prefix + "tls-policy", onIngress, "TLS1.2 or TLS1.3", "what the cloud recommends",
			"The least version of TLS that a client may speak.",
			oneOf(func(s *settings, v model.TLSPolicy) { s.policy = v }, model.TLS12, model.TLS13)},
		{prefix + "tags", onIngress, "key=value pairs separated by commas, 40 at most", "no tags but Headgate's own",
			"Tags or labels for what the cloud holds of this load balancer.", parseTags},
	}
}

func ingressAnnotations() []annotation {
	return []annotation{
		{prefix + "http", onIngress, "on or off", "on",
			"Whether port 80 serves the routes of this Ingress.",
			oneOf(func(s *settings, v string) { s.httpOff = v == "off" }, "on", "off")},
		{prefix + "tls-redirect", onIngress, "true, false, or the status 301, 302, 307 or 308", "false",
			"Port 80 redirects the hosts that port 443 covers, with 301 or the given status.", parseRedirect},
		{prefix + "certificates", onIngress, "names that the cloud gives to certificates (an ARN, a self-link, a Key Vault secret), separated by commas, 25 at most", "the Secrets of spec.tls",
			"Certificates that the cloud already holds. They serve the hosts of every spec.tls entry without a Secret, or all hosts where spec.tls is empty.",
			list(25, func(s *settings, v []string) { s.certificates = v })},
		{prefix + "wildcard-hosts", onIngress, "one-label or any-depth", "one-label",
			"How many labels the \"*\" of a wildcard host stands for.",
			oneOf(func(s *settings, v string) { s.wildcard = wildcards(v) }, "one-label", "any-depth")},
	}
}

func wildcards(v string) model.Wildcard {
	if v == "any-depth" {
		return model.AnyLabels
	}
	return model.OneLabel
}

func backendTable() []annotation {
	const both = onIngress | onService
	return []annotation{
		{prefix + "target-mode", both, "pod or node", "pod",
			"Whether packets go to pods, or to the NodePort of the Service.",
			oneOf(func(s *settings, v model.TargetMode) { s.backend.target = v }, model.TargetPod, model.TargetNode)},
		{prefix + "backend-protocol", both, "HTTP, HTTPS, HTTP2 or GRPC", "what appProtocol of the Service port says (https, kubernetes.io/h2c, grpc), else HTTP",
			"What the load balancer speaks with the backend.",
			oneOf(func(s *settings, v model.BackendProtocol) { s.backend.protocol = v },
				model.BackendHTTP, model.BackendHTTPS, model.BackendHTTP2, model.BackendGRPC)},
		{prefix + "request-timeout", both, "whole seconds, such as 30s or 30, 1s to 24h", "the cloud's",
			"How long one request may take.",
			duration(minTimeout, maxTimeout, func(s *settings) durationField { return &s.backend.timeout })},
		{prefix + "draining-time", both, "whole seconds, such as 30s or 30, 30s to 1h", "the provider's, never under 30s",
			"How long requests in flight may go on after a pod left.",
			duration(model.MinDraining, maxDraining, func(s *settings) durationField { return &s.backend.draining })},
		{prefix + "session-affinity", both, "none, cookie or client-ip", "none",
			"How a client is kept with a pod.",
			oneOf(func(s *settings, v model.AffinityType) { s.backend.affinity.Type = v },
				model.NoAffinity, model.AffinityCookie, model.AffinityClientIP)},
		{prefix + "session-affinity-ttl", both, "whole seconds, such as 1h or 3600, 1s to 168h", "the session",
			"How long a client is kept with a pod.",
			duration(minTimeout, maxAffinity, func(s *settings) durationField { return &s.backend.affinity.TTL })},
		{prefix + "session-cookie", both, "the name of a cookie", "a cookie that the load balancer makes",
			"The cookie of the application that tells clients apart; needs session-affinity: cookie.", parseCookie},
	}
}

func healthTable() []annotation {
	const both = onIngress | onService
	return []annotation{
		{prefix + "health-check-protocol", both, "HTTP, HTTPS, GRPC or TCP", "the readiness probe's, else the backend's",
			"What the health check speaks.",
			oneOf(func(s *settings, v model.BackendProtocol) { s.backend.health.Protocol = v },
				model.BackendHTTP, model.BackendHTTPS, model.BackendGRPC, model.BackendTCP)},
		{prefix + "health-check-path", both, "a path that begins with /, 1024 bytes at most", "the readiness probe's, else /",
			"The path that the health check asks for.", parseHealthPath},
		{prefix + "health-check-port", both, "a port, 1 to 65535", "the port that serves",
			"The port that the health check asks.",
			number(1, 65535, func(s *settings) *int { return &s.backend.health.Port })},
		{prefix + "health-check-host", both, "a host name", "the cloud's",
			"The Host header of the health check.", parseHealthHost},
		{prefix + "health-check-interval", both, "whole seconds, such as 15s or 15, 1s to 5m", "15s",
			"The time between two health checks.",
			duration(minTimeout, maxInterval, func(s *settings) durationField { return &s.backend.health.Interval })},
		{prefix + "health-check-timeout", both, "whole seconds, such as 5s or 5, 1s to 5m", "5s",
			"How long one health check may take; not more than the interval.",
			duration(minTimeout, maxInterval, func(s *settings) durationField { return &s.backend.health.Timeout })},
		{prefix + "health-check-healthy-threshold", both, "a number, 1 to 10", "2",
			"How many good results in a row make a pod healthy.",
			number(1, 10, func(s *settings) *int { return &s.backend.health.Healthy })},
		{prefix + "health-check-unhealthy-threshold", both, "a number, 1 to 10", "2",
			"How many bad results in a row make a pod unhealthy.",
			number(1, 10, func(s *settings) *int { return &s.backend.health.Unhealthy })},
		{prefix + "health-check-statuses", both, "a status such as 200, or a range such as 200-399, within 100 to 599; for GRPC within 0 to 99", "200-399; for GRPC 0",
			"The statuses that count as healthy.", parseStatuses},
	}
}

// nearest suggests the declared name that is least far from an unknown one.
func nearest(name string, table map[string]annotation) string {
	const far = 4
	best, least := "", far
	for n := range table {
		d := distance(strings.TrimPrefix(name, prefix), strings.TrimPrefix(n, prefix))
		if d < least || (d == least && d < far && n < best) {
			best, least = n, d
		}
	}
	if best == "" {
		return ""
	}
	return "; nearest is " + best
}

// distance is how many letters must change, come or go. Names that are too long to be a slip are
// infinitely far.
func distance(a, b string) int {
	if len(a) > 2*len(b)+8 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
