package model

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// Request is the part of a request that a router looks at.
type Request struct {
	Scheme  string // http or https; tcp, tls or udp at layer 4; empty is whatever the port speaks
	Host    string // may have a port; the server name for tls
	Port    int    // of the listener; zero is 443 for https, else 80
	Method  string // empty is GET
	Path    string // as sent: escaped, without query; empty is "/"
	Query   map[string][]string
	Headers map[string][]string // under canonical names, as in net/http
	// RawQuery is the query as sent. A redirect preserves it. If Query is nil, it is parsed from
	// RawQuery.
	RawQuery string
}

// ActionKind is what happens to a request.
type ActionKind string

// The kinds of action.
const (
	ActionNone     ActionKind = "none" // no listener takes the request
	ActionForward  ActionKind = "forward"
	ActionRedirect ActionKind = "redirect"
	ActionFixed    ActionKind = "fixed"
)

// Decision is the result of routing a request.
type Decision struct {
	Listener string
	Route    string // empty for the default of the listener
	Action   ActionKind
	Groups   []Weighted // of a forward; no weight at all is 503
	Redirect *RedirectTo
	Fixed    *Fixed
	Match    *Entry // what decided; nil for the default
}

// RedirectTo is the answer of a redirect.
type RedirectTo struct {
	Location string
	Status   int
}

// Decide is the reference router. It selects the listener of the port with the most specific
// matching host name, and then the first entry of its total order that the request meets, else the
// default of the listener. A port with listeners for other host names only answers 404. A port
// without listeners returns ActionNone.
//
// Paths are compared byte by byte, as sent. A repeated header counts as one value joined by ", "
// (RFC 9110 section 5.3). Of a repeated query parameter the first value counts.
func Decide(s Sealed, r Request) Decision {
	name := hostName(r.Host)
	i, bound := s.listener(&r, name)
	switch {
	case !bound:
		return Decision{Action: ActionNone}
	case i < 0:
		return Decision{Action: ActionFixed, Fixed: &Fixed{Status: 404}}
	}
	l := &s.p.lb.Listeners[i]
	q := query{request: &r, name: name, regexps: s.p.regexps}
	path := requestPath(r.Path)
	for t := s.index(i).lookup(name); t != nil; t = t.Fallback {
		if e := t.find(path, s.p.regexps, q.meets); e != nil {
			d := Decision{Listener: l.Name, Route: e.Route.Name, Match: e}
			d.act(&e.Route.Action, l, &r, name)
			return d
		}
	}
	d := Decision{Listener: l.Name}
	d.act(&l.Default, l, &r, name)
	return d
}

// listener returns the most specific listener for a name. bound reports whether the port has any
// listener.
func (s Sealed) listener(r *Request, name string) (best int, bound bool) {
	best = -1
	port := r.Port
	if port == 0 {
		port = wellKnownPort(r.Scheme)
	}
	listeners := s.Listeners()
	for i := range listeners {
		l := &listeners[i]
		if l.Port != port || !l.Protocol.speaks(r.Scheme) {
			continue
		}
		bound = true
		if HostCovers(l.Hostname, name) && (best < 0 || l.Hostname.Compare(listeners[best].Hostname) < 0) {
			best = i
		}
	}
	return best, bound
}

func (p Protocol) speaks(scheme string) bool {
	return scheme == "" || strings.EqualFold(scheme, string(p))
}

func wellKnownPort(scheme string) int {
	if scheme == "https" {
		return 443
	}
	return 80
}

// act fills in the result of an action. The zero action of a listener at layer 4 has none.
func (d *Decision) act(a *Action, l *Listener, r *Request, name string) {
	switch {
	case a.Forward != nil:
		d.Action, d.Groups = ActionForward, a.Forward.Groups
	case a.Redirect != nil:
		d.Action, d.Redirect = ActionRedirect, redirectTo(a.Redirect, d.Match, l, r, name)
	case a.Fixed != nil:
		d.Action, d.Fixed = ActionFixed, a.Fixed
	default:
		d.Action = ActionNone
	}
}

// hostName returns the name in a Host header: lower case, without port and final dot.
func hostName(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.IndexByte(host[i:], ']') < 0 && strings.Trim(host[i+1:], "0123456789") == "" {
		host = host[:i]
	}
	host = strings.TrimSuffix(host, ".")
	if len(host) > 0 && host[0] == '[' {
		if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
			return "[" + a.String() + "]"
		}
	}
	return strings.ToLower(host)
}

// query compares one request with matches.
type query struct {
	request *Request
	name    string
	regexps expressions
	params  map[string][]string
}

func (q *query) meets(e *Entry) bool {
	m := &e.Match
	if m.Method != "" && m.Method != q.method() {
		return false
	}
	for i := range m.Headers {
		value, ok := q.header(m.Headers[i].Name)
		if !q.regexps.meets(&m.Headers[i], value, ok) {
			return false
		}
	}
	for i := range m.Query {
		value, ok := q.param(m.Query[i].Name)
		if !q.regexps.meets(&m.Query[i], value, ok) {
			return false
		}
	}
	return true
}

func (q *query) method() string {
	if q.request.Method == "" {
		return "GET"
	}
	return q.request.Method
}

func (q *query) header(name string) (string, bool) {
	values, ok := q.request.Headers[name]
	if !ok && name == "Host" {
		return q.request.Host, true
	}
	if len(values) == 1 {
		return values[0], true
	}
	return strings.Join(values, ", "), ok && len(values) > 0
}

func (q *query) param(name string) (string, bool) {
	if q.params == nil {
		q.params = q.request.Query
		if q.params == nil {
			q.params, _ = url.ParseQuery(q.request.RawQuery) // what does not parse is no parameter
		}
	}
	values := q.params[name]
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

// expressions are the compiled regular expressions of a model, by text.
type expressions map[string]*regexp.Regexp

func (x expressions) match(expr, text string) bool {
	re := x[expr]
	return re != nil && re.MatchString(text)
}

func (x expressions) meets(v *ValueMatch, value string, present bool) bool {
	switch v.Type {
	case ValueExact:
		return present && value == v.Value
	case ValueRegexp:
		return present && x.match(v.Value, value)
	case ValuePresent:
		return present
	default:
		return false
	}
}
