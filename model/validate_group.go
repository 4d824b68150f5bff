package model

import (
	"net/netip"
	"time"
)

// The bounds of a group, each the widest of the clouds.
const (
	maxThreshold = 20
	maxInterval  = 24 * time.Hour
	maxDraining  = time.Hour
	maxAffinity  = 14 * 24 * time.Hour
)

func (v *validator) group(w *where, i int) {
	g := &v.lb.Groups[i]
	v.part = part{kind: partGroup, group: i}
	v.origin = v.originOf(firstRef(g.Origins))
	v.text(w, "id", string(g.ID), 1, maxText)
	if v.groups[g.ID] != nil {
		v.rejectField(w, "id", quote(string(g.ID)), "a name that no other group has")
	} else {
		v.groups[g.ID] = g
	}
	v.groupKinds(w, g)
	v.number(w, "port", g.Port, 0, maxPort)
	v.health(w, &g.Health)
	v.affinity(w, &g.Affinity)
	v.seconds(w, "draining", g.Draining, 0, maxDraining)
	v.seconds(w, "timeout", g.Timeout, 0, maxTimeout)
	v.refs(w, g.Origins)
	for i := range g.Endpoints {
		at := w.at("endpoints", i)
		v.endpoint(&at, &g.Endpoints[i])
	}
}

func (v *validator) groupKinds(w *where, g *Group) {
	switch g.Target {
	case TargetPod, TargetNode:
	default:
		v.unknown(w, "target", string(g.Target), "pod or node")
	}
	switch g.Protocol {
	case BackendHTTP, BackendHTTPS, BackendHTTP2, BackendGRPC, BackendTCP, BackendUDP:
	default:
		v.unknown(w, "protocol", string(g.Protocol), "HTTP, HTTPS, HTTP2, GRPC, TCP or UDP")
	}
	switch g.Members {
	case MembersKnown, MembersUnknown:
	default:
		v.unknown(w, "members", string(g.Members), "known or unknown")
	}
}

func (v *validator) health(w *where, h *HealthCheck) {
	at := w.field("health")
	v.exactHost(&at, "host", h.Host)
	v.number(&at, "port", h.Port, 0, maxPort)
	v.seconds(&at, "interval", h.Interval, time.Second, maxInterval)
	v.seconds(&at, "timeout", h.Timeout, time.Second, max(time.Second, h.Interval))
	v.number(&at, "healthy", h.Healthy, 1, maxThreshold)
	v.number(&at, "unhealthy", h.Unhealthy, 1, maxThreshold)
	switch h.Protocol {
	case BackendHTTP, BackendHTTPS:
		v.checkedPath(&at, h.Path)
		v.statuses(&at, h.Statuses, 100, 599)
	case BackendGRPC:
		v.checkedPath(&at, h.Path)
		v.statuses(&at, h.Statuses, 0, 99)
	case BackendTCP:
		if h.Path != "" || h.Host != "" || h.Statuses != (StatusRange{}) {
			v.reject(&at, "a path, host or statuses", "none for TCP")
		}
	case BackendHTTP2, BackendUDP:
		v.unknown(&at, "protocol", string(h.Protocol), "HTTP, HTTPS, GRPC or TCP")
	default:
		v.unknown(&at, "protocol", string(h.Protocol), "HTTP, HTTPS, GRPC or TCP")
	}
}

// checkedPath is what a health check asks for: a path, which may have a query.
func (v *validator) checkedPath(w *where, path string) {
	v.text(w, "path", path, 1, maxPath)
	if path == "" || path[0] != '/' {
		v.rejectField(w, "path", quote(path), `a path that begins with "/"`)
	}
}

func (v *validator) statuses(w *where, s StatusRange, least, most int) {
	at := w.field("statuses")
	v.number(&at, "from", s.From, least, most)
	v.number(&at, "to", s.To, s.From, most)
}

func (v *validator) affinity(w *where, a *Affinity) {
	at := w.field("affinity")
	switch a.Type {
	case NoAffinity, AffinityClientIP:
		if a.Cookie != "" {
			v.rejectField(&at, "cookie", quote(a.Cookie), "none but for cookies")
		}
	case AffinityCookie:
		if a.Cookie != "" {
			v.token(&at, "cookie", a.Cookie)
		}
	default:
		v.unknown(&at, "type", string(a.Type), "none, cookie or client-ip")
	}
	v.seconds(&at, "ttl", a.TTL, 0, maxAffinity)
}

func (v *validator) endpoint(w *where, e *Endpoint) {
	if !isEndpointAddress(e.Address) {
		v.rejectField(w, "address", quote(e.Address.String()), "an address that a pod or node can have")
	}
	v.number(w, "port", e.Port, 1, maxPort)
	switch e.State {
	case Ready, Draining, NotReady:
	default:
		v.unknown(w, "state", string(e.State), "ready, draining or not-ready")
	}
	v.text(w, "zone", e.Zone, 0, maxText)
	v.text(w, "node", e.Node, 0, maxText)
	v.text(w, "pod", e.Pod, 0, maxText)
}

func isEndpointAddress(a netip.Addr) bool {
	return a.IsValid() && a.Zone() == "" && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLinkLocalUnicast()
}
