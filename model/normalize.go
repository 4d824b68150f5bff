package model

import (
	"cmp"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// The defaults of a health check, as [HealthCheck] states them.
const (
	defaultInterval  = 15 * time.Second
	defaultTimeout   = 5 * time.Second
	defaultThreshold = 2
	grpcHealthMethod = "/grpc.health.v1.Health/Check"
)

// normalize sets defaults and gives every value its canonical form. It preserves the order and
// number of all elements, so that validation can name them by the caller's indexes.
func normalize(lb *LoadBalancer) {
	lb.Scheme = cmp.Or(lb.Scheme, InternetFacing)
	lb.Family = cmp.Or(lb.Family, IPv4)
	for i := range lb.Listeners {
		normalizeListener(&lb.Listeners[i])
	}
	for i := range lb.Groups {
		normalizeGroup(&lb.Groups[i])
	}
}

func normalizeListener(l *Listener) {
	l.Hostname.Name = strings.ToLower(l.Hostname.Name)
	if l.Name == "" {
		l.Name = strings.ToLower(string(l.Protocol)) + "-" + strconv.Itoa(l.Port)
		if !l.Hostname.IsAny() {
			l.Name += "-" + strings.Repeat("*.", int(min(l.Hostname.Wildcard, AnyLabels))) + l.Hostname.Name
		}
	}
	normalizeAction(&l.Default, !l.Protocol.IsHTTP())
	for i := range l.Routes {
		normalizeRoute(&l.Routes[i], !l.Protocol.IsHTTP())
	}
}

func normalizeRoute(r *Route, layer4 bool) {
	if len(r.Hosts) == 0 {
		r.Hosts = []Host{{}}
	}
	for i := range r.Hosts {
		r.Hosts[i].Name = strings.ToLower(r.Hosts[i].Name)
	}
	if len(r.Matches) == 0 {
		r.Matches = []Match{{}}
	}
	for i := range r.Matches {
		normalizeMatch(&r.Matches[i])
	}
	normalizeFilters(&r.Filters)
	normalizeAction(&r.Action, layer4)
	if !r.Age.IsZero() {
		r.Age = r.Age.UTC().Round(0)
	} else {
		r.Age = time.Time{}
	}
}

func normalizeMatch(m *Match) {
	if m.Path == (PathMatch{}) {
		m.Path = PathMatch{Type: PathPrefix, Value: "/"}
	}
	m.Path.Type = cmp.Or(m.Path.Type, PathPrefix)
	if m.Path.Type == PathPrefix {
		m.Path.Value = withoutSlash(m.Path.Value)
	}
	for i := range m.Headers {
		m.Headers[i].Name = textproto.CanonicalMIMEHeaderKey(m.Headers[i].Name)
		normalizeValue(&m.Headers[i])
	}
	for i := range m.Query {
		normalizeValue(&m.Query[i])
	}
}

// withoutSlash removes the final slash of a prefix, but not one of two, since validation must see
// an empty segment.
func withoutSlash(prefix string) string {
	if len(prefix) < 2 || strings.HasSuffix(prefix, "//") {
		return prefix
	}
	return strings.TrimSuffix(prefix, "/")
}

func normalizeValue(v *ValueMatch) {
	v.Type = cmp.Or(v.Type, ValueExact)
	if v.Type == ValuePresent {
		v.Value = ""
	}
}

// normalizeAction turns the zero action into a bare 404. At layer 4 it stays zero and closes the
// connection.
func normalizeAction(a *Action, layer4 bool) {
	if *a == (Action{}) && !layer4 {
		*a = Respond(404)
	}
	if a.Forward != nil {
		for i := range a.Forward.Groups {
			normalizeFilters(&a.Forward.Groups[i].Filters)
		}
	}
	if a.Redirect != nil {
		normalizeRedirect(a.Redirect)
	}
}

// normalizeRedirect removes a port that the scheme implies.
func normalizeRedirect(r *Redirect) {
	r.Status = cmp.Or(r.Status, 302)
	r.Scheme, r.Host = strings.ToLower(r.Scheme), strings.ToLower(r.Host)
	if r.Scheme != "" && r.Port == wellKnownPort(r.Scheme) {
		r.Port = 0
	}
	if r.Path != nil {
		r.Path.Value = requestPath(r.Path.Value)
	}
}

func normalizeFilters(f *Filters) {
	f.Request, f.Response = normalizeChange(f.Request), normalizeChange(f.Response)
	for i := range f.Mirrors {
		normalizeMirror(&f.Mirrors[i])
	}
	if f.Rewrite != nil {
		f.Rewrite.Host = strings.ToLower(f.Rewrite.Host)
		if f.Rewrite.Path != nil {
			f.Rewrite.Path.Value = requestPath(f.Rewrite.Path.Value)
		}
		if *f.Rewrite == (Rewrite{}) {
			f.Rewrite = nil
		}
	}
}

// normalizeChange gives header names their canonical case, and returns nil for a change of nothing.
func normalizeChange(h *HeaderChange) *HeaderChange {
	if h == nil || len(h.Set)+len(h.Add)+len(h.Remove) == 0 {
		return nil
	}
	for i := range h.Set {
		h.Set[i].Name = textproto.CanonicalMIMEHeaderKey(h.Set[i].Name)
	}
	for i := range h.Add {
		h.Add[i].Name = textproto.CanonicalMIMEHeaderKey(h.Add[i].Name)
	}
	for i := range h.Remove {
		h.Remove[i] = textproto.CanonicalMIMEHeaderKey(h.Remove[i])
	}
	return h
}

// normalizeMirror reduces the fraction, so that 50 of 100 is 1 of 2.
func normalizeMirror(m *Mirror) {
	if m.Numerator == 0 && m.Denominator == 0 {
		m.Numerator, m.Denominator = 1, 1
	}
	a, b := m.Numerator, m.Denominator
	if a < 0 || b <= 0 {
		return
	}
	for b != 0 {
		a, b = b, a%b
	}
	m.Numerator, m.Denominator = m.Numerator/a, m.Denominator/a
}

func normalizeGroup(g *Group) {
	g.Target = cmp.Or(g.Target, TargetPod)
	g.Protocol = cmp.Or(g.Protocol, BackendHTTP)
	g.Members = cmp.Or(g.Members, MembersKnown)
	g.Affinity.Type = cmp.Or(g.Affinity.Type, NoAffinity)
	normalizeHealth(&g.Health, g.Protocol)
	for i := range g.Endpoints {
		e := &g.Endpoints[i]
		e.Address = e.Address.Unmap()
		e.State = cmp.Or(e.State, Ready)
	}
}

func normalizeHealth(h *HealthCheck, p BackendProtocol) {
	h.Protocol = cmp.Or(h.Protocol, healthProtocol(p))
	h.Host = strings.ToLower(h.Host)
	h.Interval = cmp.Or(h.Interval, defaultInterval)
	h.Timeout = cmp.Or(h.Timeout, min(defaultTimeout, max(h.Interval-time.Second, time.Second)))
	h.Healthy = cmp.Or(h.Healthy, defaultThreshold)
	h.Unhealthy = cmp.Or(h.Unhealthy, defaultThreshold)
	switch h.Protocol {
	case BackendHTTP, BackendHTTPS:
		h.Path = requestPath(h.Path)
		h.Statuses = cmp.Or(h.Statuses, StatusRange{From: 200, To: 399})
	case BackendGRPC:
		h.Path = cmp.Or(h.Path, grpcHealthMethod)
	case BackendHTTP2, BackendTCP, BackendUDP:
	}
}

func healthProtocol(p BackendProtocol) BackendProtocol {
	switch p {
	case BackendHTTP, BackendHTTP2:
		return BackendHTTP
	case BackendHTTPS:
		return BackendHTTPS
	case BackendGRPC:
		return BackendGRPC
	case BackendTCP, BackendUDP:
		return BackendTCP
	default:
		return BackendTCP
	}
}
