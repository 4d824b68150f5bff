package model

import (
	"strconv"
	"time"
)

// The bounds of a route.
const (
	maxMatches = 100 // headers, or query parameters, of one match
	maxTimeout = 24 * time.Hour
	maxRetries = 100
)

func (v *validator) routes(w *where, i int) {
	l := &v.lb.Listeners[i]
	first := make(map[string]int, len(l.Routes))
	for j := range l.Routes {
		r := &l.Routes[j]
		v.part = part{kind: partRoute, listener: i, route: j}
		v.origin = v.routeOrigin(l, r)
		at := w.at("routes", j)
		v.route(&at, r)
		if k, ok := first[r.Name]; ok {
			first[r.Name] = v.sameName(w, i, k, j)
		} else {
			first[r.Name] = j
		}
	}
}

func (v *validator) routeOrigin(l *Listener, r *Route) Ref {
	if r.Origin != (Ref{}) {
		return r.Origin
	}
	return v.originOf(firstRef(l.Origins))
}

// sameName rejects the younger of two routes with one name, and returns the other.
func (v *validator) sameName(w *where, listener, a, b int) int {
	l := &v.lb.Listeners[listener]
	x, y := &l.Routes[a], &l.Routes[b]
	if c := compareAges(x.Age, y.Age); c > 0 || c == 0 && compareNames(x.Origin, y.Origin) > 0 {
		a, b = b, a
	}
	v.part = part{kind: partRoute, listener: listener, route: b}
	v.origin = v.routeOrigin(l, &l.Routes[b])
	at := w.at("routes", b)
	v.rejectField(&at, "name", quote(l.Routes[b].Name), "a name that no other route of the listener has")
	return a
}

func (v *validator) route(w *where, r *Route) {
	v.text(w, "name", r.Name, 1, 2*maxText)
	origin := w.field("origin")
	v.ref(&origin, &r.Origin)
	for i, h := range r.Hosts {
		at := w.at("hosts", i)
		v.routeHost(&at, h)
	}
	for i := range r.Matches {
		at := w.at("matches", i)
		v.match(&at, &r.Matches[i])
	}
	v.filters(w, &r.Filters, r.Matches)
	v.timeouts(w, r)
	if r.Action.Redirect != nil && r.Filters.Rewrite != nil {
		v.rejectField(w, "filters.rewrite", "a rewrite", "none beside a redirect")
	}
	at := w.field("action")
	v.action(&at, &r.Action, r.Matches)
	if !v.listening.Protocol.IsHTTP() {
		v.layer4(w, r)
	}
}

func (v *validator) routeHost(w *where, h Host) {
	v.host(w, h)
	if _, ok := h.Intersect(v.listening.Hostname); !ok {
		v.reject(w, quote(h.String()), "a host that the host name of the listener covers: "+v.listening.Hostname.String())
	}
	if p := v.listening.Protocol; (p == TCP || p == UDP) && !h.IsAny() {
		v.reject(w, quote(h.String()), "none: "+string(p)+" has no host names")
	}
}

// layer4 allows only what a connection shows without its requests.
func (v *validator) layer4(w *where, r *Route) {
	plain := len(r.Matches) == 1 && r.Matches[0].Path == PathMatch{PathPrefix, "/"} &&
		r.Matches[0].Method == "" && len(r.Matches[0].Headers)+len(r.Matches[0].Query) == 0
	if !plain {
		v.rejectField(w, "matches", "matches", "none: "+string(v.listening.Protocol)+" has no requests")
	}
	if !r.Filters.isZero() || r.Timeouts != (Timeouts{}) || r.Retry != nil {
		v.rejectField(w, "filters", "filters, timeouts or retries", "none: "+string(v.listening.Protocol)+" has no requests")
	}
}

func (v *validator) match(w *where, m *Match) {
	at := w.field("path")
	v.pathMatch(&at, &m.Path)
	if m.Method != "" {
		v.token(w, "method", m.Method)
	}
	if len(m.Headers) > maxMatches || len(m.Query) > maxMatches {
		v.reject(w, strconv.Itoa(max(len(m.Headers), len(m.Query)))+" values", "up to "+strconv.Itoa(maxMatches))
		return
	}
	for i := range m.Headers {
		h := w.at("headers", i)
		v.token(&h, "name", m.Headers[i].Name)
		v.valueMatch(&h, &m.Headers[i])
	}
	for i := range m.Query {
		q := w.at("query", i)
		v.text(&q, "name", m.Query[i].Name, 1, maxTag)
		v.valueMatch(&q, &m.Query[i])
	}
}

func (v *validator) pathMatch(w *where, p *PathMatch) {
	switch p.Type {
	case PathExact, PathPrefix:
		v.path(w, "value", p.Value)
	case PathRegexp:
		v.regexp(w, "value", p.Value)
	default:
		v.unknown(w, "type", string(p.Type), "Exact, Prefix or RegularExpression")
	}
}

func (v *validator) valueMatch(w *where, m *ValueMatch) {
	switch m.Type {
	case ValueExact:
		v.text(w, "value", m.Value, 0, maxHeader)
	case ValueRegexp:
		v.regexp(w, "value", m.Value)
	case ValuePresent:
	default:
		v.unknown(w, "type", string(m.Type), "Exact, RegularExpression or Present")
	}
}

func (v *validator) timeouts(w *where, r *Route) {
	at := w.field("timeouts")
	v.duration(&at, "request", r.Timeouts.Request, maxTimeout)
	v.duration(&at, "backend", r.Timeouts.Backend, maxTimeout)
	if r.Timeouts.Request > 0 && r.Timeouts.Backend > r.Timeouts.Request {
		v.rejectField(&at, "backend", r.Timeouts.Backend.String(), "no longer than the request may take")
	}
	if r.Retry == nil {
		return
	}
	retry := w.field("retry")
	v.number(&retry, "attempts", r.Retry.Attempts, 1, maxRetries)
	v.duration(&retry, "backoff", r.Retry.Backoff, maxTimeout)
	for i, c := range r.Retry.Codes {
		code := retry.at("codes", i)
		v.number(&code, "", c, 400, 599)
	}
}
