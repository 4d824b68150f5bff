package model

import "strings"

// The bounds of durations, in seconds.
const (
	hour        = 3600
	day         = 24 * hour
	maxInterval = 300
	minDraining = 30 // [MinDraining]
)

// GroupSettings returns the settings of a group, each declared once.
func GroupSettings() []Setting[Group] {
	const room = 16 // saves growing in steps
	all := addBackendSettings(make([]Setting[Group], 0, room))
	return addHealthCountSettings(addHealthRequestSettings(addAffinitySettings(all)))
}

func addBackendSettings(all []Setting[Group]) []Setting[Group] {
	return append(all,
		Setting[Group]{
			Name: "target-mode", Field: "target", Example: "node", Unset: "pod",
			Meaning: "Whether packets go to the pods, or to the NodePort of the Service.",
			Bounds:  Bounds{OneOf: string(TargetPod + " " + TargetNode)},
			At:      func(g *Group) Value { return (*Text)(&g.Target) },
			Feature: func(g *Group) Feature { return onlyIf(g.Target == TargetNode, FeatureTargetNode) },
		},
		Setting[Group]{
			Name: "backend-protocol", Field: "protocol", Example: "HTTP2",
			Unset:   "the appProtocol of the Service port (https, kubernetes.io/h2c, grpc), else HTTP",
			Meaning: "The protocol between the load balancer and the backend.",
			Bounds:  Bounds{OneOf: requestProtocols},
			Wider:   Bounds{OneOf: requestProtocols + " " + string(BackendTCP+" "+BackendUDP)},
			At:      func(g *Group) Value { return (*Text)(&g.Protocol) },
			Feature: func(g *Group) Feature { return g.Protocol.feature() },
		},
		Setting[Group]{
			Name: "request-timeout", Field: "timeout", Example: "45s", Unset: "the default of the cloud",
			Meaning: "How long one request may take.",
			Bounds:  Bounds{Min: 1, Max: day},
			At:      func(g *Group) Value { return (*Seconds)(&g.Timeout) },
			Feature: func(*Group) Feature { return FeatureGroupTimeout },
		},
		Setting[Group]{
			Name: "draining-time", Field: "draining", Example: "90s", Unset: "the default of the provider, at least 30s",
			Meaning: "How long requests in flight may continue after their pod is removed.",
			Bounds:  Bounds{Min: minDraining, Max: hour},
			Wider:   Bounds{Min: 1, Max: hour},
			At:      func(g *Group) Value { return (*Seconds)(&g.Draining) },
		},
		Setting[Group]{
			Name: "slow-start", Field: "slowStart", Example: "60s", Unset: "the full share immediately",
			Meaning: "How long the share of a new pod grows until it gets as many requests as the others.",
			Bounds:  Bounds{Min: 30, Max: 900},
			Wider:   Bounds{Min: 1, Max: hour},
			At:      func(g *Group) Value { return (*Seconds)(&g.SlowStart) },
			Feature: func(*Group) Feature { return FeatureSlowStart },
		},
	)
}

func addAffinitySettings(all []Setting[Group]) []Setting[Group] {
	return append(all,
		Setting[Group]{
			Name: "session-affinity", Field: "affinity.type", Example: "client-ip", Unset: "none",
			Meaning: "How the load balancer recognizes a client, to send its requests to one pod.",
			Bounds:  Bounds{OneOf: string(NoAffinity + " " + AffinityCookie + " " + AffinityClientIP)},
			At:      func(g *Group) Value { return (*Text)(&g.Affinity.Type) },
			Feature: func(g *Group) Feature { return g.Affinity.feature() },
		},
		Setting[Group]{
			Name: "session-affinity-ttl", Field: "affinity.ttl", Example: "2h", Unset: "the session",
			Meaning: "How long the requests of a client go to one pod.",
			Bounds:  Bounds{Min: 1, Max: 7 * day},
			Wider:   Bounds{Min: 1, Max: 14 * day},
			At:      func(g *Group) Value { return (*Seconds)(&g.Affinity.TTL) },
		},
		Setting[Group]{
			Name: "session-cookie", Field: "affinity.cookie", Example: "SESSION", Unset: "a cookie of the load balancer",
			Allowed: "the name of a cookie, up to 256 bytes",
			Meaning: "The cookie of the application that identifies a client; needs session-affinity: cookie.",
			Bounds:  Bounds{Check: isCookieName},
			At:      func(g *Group) Value { return (*Text)(&g.Affinity.Cookie) },
			Feature: func(*Group) Feature { return FeatureAffinityApp },
		},
	)
}

func addHealthRequestSettings(all []Setting[Group]) []Setting[Group] {
	return append(all,
		Setting[Group]{
			Name: "health-check-protocol", Field: "health.protocol", Example: "HTTPS", Unset: "that of the readiness probe, else of the backend",
			Meaning: "The protocol of the health check.",
			Bounds:  Bounds{OneOf: string(BackendHTTP + " " + BackendHTTPS + " " + BackendGRPC + " " + BackendTCP)},
			At:      func(g *Group) Value { return (*Text)(&g.Health.Protocol) },
		},
		Setting[Group]{
			Name: "health-check-path", Field: "health.path", Example: "/healthz", Unset: "that of the readiness probe, else /",
			Allowed: "a path that begins with /, up to 1024 bytes",
			Meaning: "The path that the health check requests.",
			Bounds:  Bounds{Check: IsHealthPath},
			Wider:   Bounds{Check: func(s string) bool { return strings.HasPrefix(s, "/") && len(s) <= maxPath && isText(s) }},
			At:      func(g *Group) Value { return (*Text)(&g.Health.Path) },
		},
		Setting[Group]{
			Name: "health-check-port", Field: "health.port", Example: "9090", Unset: "the port that serves requests",
			Meaning: "The port of the health check.",
			Bounds:  Bounds{Min: 1, Max: maxPort},
			At:      func(g *Group) Value { return (*Number)(&g.Health.Port) },
			Feature: func(*Group) Feature { return FeatureHealthPort },
		},
		Setting[Group]{
			Name: "health-check-host", Field: "health.host", Example: "health.example.com", Unset: "the default of the cloud",
			Allowed: "a host name",
			Meaning: "The Host header of the health check.",
			Bounds:  Bounds{Check: isHostName},
			At:      func(g *Group) Value { return (*Text)(&g.Health.Host) },
			Feature: func(*Group) Feature { return FeatureHealthHost },
		},
	)
}

func addHealthCountSettings(all []Setting[Group]) []Setting[Group] {
	return append(all,
		Setting[Group]{
			Name: "health-check-interval", Field: "health.interval", Example: "20s", Unset: "15s",
			Meaning: "The time between two health checks.",
			Bounds:  Bounds{Min: 1, Max: maxInterval},
			Wider:   Bounds{Min: 1, Max: day},
			At:      func(g *Group) Value { return (*Seconds)(&g.Health.Interval) },
		},
		Setting[Group]{
			Name: "health-check-timeout", Field: "health.timeout", Example: "3s", Unset: "5s, or less for a short interval",
			Meaning: "How long one health check may take; not more than the interval.",
			Bounds:  Bounds{Min: 1, Max: maxInterval},
			Wider:   Bounds{Min: 1, Max: day},
			At:      func(g *Group) Value { return (*Seconds)(&g.Health.Timeout) },
		},
		Setting[Group]{
			Name: "health-check-healthy-threshold", Field: "health.healthy", Example: "3", Unset: "2",
			Meaning: "How many health checks in a row must succeed before a pod is healthy.",
			Bounds:  Bounds{Min: 1, Max: 10},
			Wider:   Bounds{Min: 1, Max: 20},
			At:      func(g *Group) Value { return (*Number)(&g.Health.Healthy) },
		},
		Setting[Group]{
			Name: "health-check-unhealthy-threshold", Field: "health.unhealthy", Example: "4", Unset: "2",
			Meaning: "How many health checks in a row must fail before a pod is unhealthy.",
			Bounds:  Bounds{Min: 1, Max: 10},
			Wider:   Bounds{Min: 1, Max: 20},
			At:      func(g *Group) Value { return (*Number)(&g.Health.Unhealthy) },
		},
		Setting[Group]{
			Name: "health-check-statuses", Field: "health.statuses", Example: "200-299", Unset: "200-399; for GRPC 0",
			Allowed: "a status such as 200, or a range such as 200-399, from 100 to 599; for GRPC from 0 to 99",
			Meaning: "The statuses of a successful health check.",
			Bounds:  Bounds{Min: 0, Max: 599},
			At:      func(g *Group) Value { return &g.Health.Statuses },
		},
	)
}

// requestProtocols are the protocols of a backend that serves requests.
const requestProtocols = string(BackendHTTP + " " + BackendHTTPS + " " + BackendHTTP2 + " " + BackendGRPC)

func onlyIf(needed bool, f Feature) Feature {
	if needed {
		return f
	}
	return ""
}

// feature returns the feature that a backend protocol needs. Plain HTTP needs none.
func (p BackendProtocol) feature() Feature {
	switch p {
	case BackendHTTPS:
		return FeatureBackendHTTPS
	case BackendHTTP2:
		return FeatureBackendHTTP2
	case BackendGRPC:
		return FeatureBackendGRPC
	case BackendTCP, BackendUDP:
		return FeatureBackendL4
	case BackendHTTP:
		return ""
	default:
		return ""
	}
}

// feature returns the feature that an affinity type needs. The setting of a cookie names its own.
func (a Affinity) feature() Feature {
	switch {
	case a.Type == AffinityCookie && a.Cookie == "":
		return FeatureAffinityCookie
	case a.Type == AffinityClientIP:
		return FeatureAffinityIP
	default:
		return ""
	}
}

// IsHealthPath reports whether s may be the path of a health check: printable ASCII that begins
// with "/". It may have a query.
func IsHealthPath(s string) bool {
	return strings.HasPrefix(s, "/") && len(s) <= maxPath && isPrintable(s)
}

// isPrintable reports whether s is visible ASCII without blanks, and not empty.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

// isCookieName follows RFC 6265 section 4.1.1, which refers to the token of HTTP.
func isCookieName(s string) bool { return len(s) <= maxTag && isToken(s) }

func isHostName(s string) bool { return s != "" && (Host{Name: strings.ToLower(s)}).check() == nil }
