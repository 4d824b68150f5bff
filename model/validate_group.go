package model

import "net/netip"

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
	checkSettings(v, w, v.tables.group, g)
	v.memberships(w, g)
	v.number(w, "port", g.Port, 0, maxPort)
	v.health(w, &g.Health)
	v.affinity(w, &g.Affinity)
	v.refs(w, g.Origins)
	for i := range g.Endpoints {
		at := w.at("endpoints", i)
		v.endpoint(&at, &g.Endpoints[i])
	}
}

func (v *validator) memberships(w *where, g *Group) {
	switch g.Members {
	case MembersKnown, MembersUnknown:
	default:
		v.unknown(w, "members", string(g.Members), "known or unknown")
	}
}

// health checks the settings that depend on each other.
func (v *validator) health(w *where, h *HealthCheck) {
	at := w.field("health")
	if h.Timeout > h.Interval {
		v.rejectField(&at, "timeout", h.Timeout.String(), "up to the interval, "+h.Interval.String())
	}
	switch h.Protocol {
	case BackendHTTP, BackendHTTPS:
		v.statuses(&at, h.Statuses, 100, 599)
	case BackendGRPC:
		v.statuses(&at, h.Statuses, 0, 99)
	case BackendTCP:
		if h.Path != "" || h.Host != "" || h.Statuses != (StatusRange{}) {
			v.reject(&at, "a path, host or statuses", "none for TCP")
		}
	case BackendHTTP2, BackendUDP:
	}
}

func (v *validator) statuses(w *where, s StatusRange, least, most int) {
	at := w.field("statuses")
	v.number(&at, "from", s.From, least, most)
	v.number(&at, "to", s.To, least, most)
}

func (v *validator) affinity(w *where, a *Affinity) {
	if a.Cookie != "" && a.Type != AffinityCookie {
		v.rejectField(w, "affinity.cookie", quote(a.Cookie), "none, unless the affinity is cookie")
	}
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
