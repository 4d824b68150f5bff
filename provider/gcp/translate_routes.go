package gcp

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// urlMap returns the URL map of the listeners of one port. Each host has its own path matcher, with
// the entries of the host and of its fallbacks: Google Cloud tries only one path matcher.
func (t *translation) urlMap(listeners []int) URLMapSpec {
	out := URLMapSpec{Default: t.fault(http.StatusNotFound)}
	for _, i := range listeners {
		l := &t.lb.Listeners()[i]
		fallback := t.outcome(&l.Default, l, l.Hostname, nil)
		if l.Hostname.IsAny() {
			out.Default = fallback
		}
		for _, table := range t.lb.Tables(i) {
			if m, ok := t.matcher(table, i, listeners, fallback); ok {
				out.Matchers = append(out.Matchers, m)
			}
		}
	}
	slices.SortFunc(out.Matchers, compareMatchers)
	return out
}

func compareMatchers(a, b Matcher) int {
	return strings.Compare(strings.Join(a.Hosts, ","), strings.Join(b.Hosts, ","))
}

// matcher returns the path matcher of one table. It is false if the table needs none: the default
// of the map serves any host without a rule, and a more specific listener may serve the host.
func (t *translation) matcher(table *model.Table, listener int, all []int, fallback Outcome) (Matcher, bool) {
	host, ok := t.matcherHost(table, listener, all)
	if !ok {
		return Matcher{}, false
	}
	l := &t.lb.Listeners()[listener]
	out := t.emptyMatcher(host, fallback)
	for e := range table.All() {
		out.Rules = append(out.Rules, t.rules(&e, l, host)...)
	}
	return out, !host.IsAny() || len(out.Rules) > 0
}

// emptyMatcher returns the path matcher of a host without rules.
func (t *translation) emptyMatcher(host model.Host, fallback Outcome) Matcher {
	return Matcher{Name: "h" + hash(host.String()), Hosts: []string{host.String()}, Default: fallback}
}

// matcherHost returns the host of the path matcher of a table. It is false if another table or
// another listener serves that host.
func (t *translation) matcherHost(table *model.Table, listener int, all []int) (model.Host, bool) {
	l := &t.lb.Listeners()[listener]
	host := table.Host
	if host.IsAny() {
		host = l.Hostname
		named := func(x *model.Table) bool { return x.Host == host }
		if !host.IsAny() && slices.ContainsFunc(t.lb.Tables(listener), named) {
			return host, false
		}
	}
	return host, !t.shadowed(host, l, all)
}

// shadowed reports whether another listener of the port, with a more specific hostname, serves all
// requests for a host.
func (t *translation) shadowed(host model.Host, l *model.Listener, all []int) bool {
	for _, i := range all {
		other := &t.lb.Listeners()[i]
		if other != l && other.Hostname.Compare(l.Hostname) < 0 && other.Hostname.Contains(host) {
			return true
		}
	}
	return false
}

// rules returns the rules of one entry. The model matches a prefix by path elements, the cloud as a
// string. The prefix /foo therefore becomes the full path /foo and the prefix /foo/. If the path is
// rewritten, the two need different rewrites and are two rules.
func (t *translation) rules(e *model.Entry, l *model.Listener, host model.Host) []Rule {
	matches := t.matches(e)
	if !replacesPath(e.Route) {
		return []Rule{t.rule(e, l, host, matches...)}
	}
	out := make([]Rule, 0, len(matches))
	for _, m := range matches {
		out = append(out, t.rule(e, l, host, m))
	}
	return out
}

// replacesPath reports whether the action of a route depends on how the path was matched.
func replacesPath(r *model.Route) bool {
	redirect := r.Action.Redirect
	return r.Filters.Rewrite != nil && r.Filters.Rewrite.Path != nil || redirect != nil && redirect.Path != nil && redirect.Path.Prefix
}

// matches returns the matches of an entry: the path itself, and for a prefix the paths below it. If
// the whole path is rewritten, a template matches the paths below: only the rewrite of a template
// replaces the part of the path that a prefix does not match.
func (t *translation) matches(e *model.Entry) []Match {
	full, below := t.match(e), t.match(e)
	path, under := e.Match.Path.Value, strings.TrimSuffix(e.Match.Path.Value, "/")+"/"
	full.Full, below.Prefix = path, under
	if e.Match.Path.Type == model.PathExact {
		return []Match{full}
	}
	if rw := e.Route.Filters.Rewrite; rw != nil && rw.Path != nil && !rw.Path.Prefix {
		below.Prefix, below.Template = "", under+templateRest
		return []Match{full, below}
	}
	if path == "/" {
		return []Match{below}
	}
	return []Match{full, below}
}

// templateRest is a template of all paths below a path.
const templateRest = "{rest=**}"

func (t *translation) rule(e *model.Entry, l *model.Listener, host model.Host, matches ...Match) Rule {
	o := t.outcome(&e.Route.Action, l, host, &matches[0])
	if o.Redirect == nil && o.Fault == 0 {
		o.Millis = e.Route.Timeouts.Request.Milliseconds()
		rewrite(&o, e, &matches[0])
	}
	return Rule{Matches: matches, Outcome: o, Headers: headerAction(&e.Route.Filters)}
}

// rewrite adds the rewrites of host and path to an outcome.
func rewrite(o *Outcome, e *model.Entry, matched *Match) {
	rw := e.Route.Filters.Rewrite
	if rw == nil {
		return
	}
	o.Host = rw.Host
	switch {
	case rw.Path == nil:
	case matched.Template != "":
		o.Template = rw.Path.Value
	case matched.Full != "":
		o.Prefix = model.RewritePath(*rw.Path, e.Match.Path, matched.Full)
	default:
		o.Prefix = strings.TrimSuffix(rw.Path.Value, "/") + "/"
	}
}

// match returns the conditions of an entry except its path.
func (t *translation) match(e *model.Entry) Match {
	var m Match
	if e.Match.Method != "" {
		m.Headers = append(m.Headers, Value{Name: ":method", Exact: e.Match.Method})
	}
	for _, h := range e.Match.Headers {
		v := value(h)
		if h.Name == "Host" {
			v.Name = ":authority"
		}
		m.Headers = append(m.Headers, v)
	}
	for _, q := range e.Match.Query {
		m.Query = append(m.Query, value(q))
	}
	return m
}

func value(v model.ValueMatch) Value {
	return Value{Name: v.Name, Exact: v.Value, Present: v.Type == model.ValuePresent}
}

// outcome returns the outcome of an action. matched is the path match of its rule, or nil for a
// default.
func (t *translation) outcome(a *model.Action, l *model.Listener, host model.Host, matched *Match) Outcome {
	switch {
	case a.Forward != nil:
		return t.forward(a.Forward)
	case a.Redirect != nil:
		return Outcome{Redirect: redirect(a.Redirect, l, host, matched)}
	case a.Fixed != nil:
		return t.fault(a.Fixed.Status)
	default:
		return t.fault(http.StatusNotFound)
	}
}

// fault returns an outcome that responds with a status. The API requires a service, which gets no
// request.
func (t *translation) fault(status int) Outcome {
	return Outcome{Services: []Share{{Service: t.faultService, Weight: 1}}, Fault: status}
}

// maxWeight is the largest weight of a service (reference of WeightedBackendService.weight).
const maxWeight = 1000

func (t *translation) forward(f *model.Forward) Outcome {
	divisor := reduction(f)
	if divisor == 0 {
		return t.fault(http.StatusServiceUnavailable)
	}
	o := Outcome{Services: make([]Share, 0, len(f.Groups))}
	for _, w := range f.Groups {
		o.Services = append(o.Services, Share{Service: t.services[w.Group], Weight: w.Weight / divisor})
	}
	if len(o.Services) == 1 {
		o.Services[0].Weight = 1
	}
	slices.SortFunc(o.Services, func(a, b Share) int { return strings.Compare(a.Service, b.Service) })
	return o
}

// reduction returns the divisor of the weights: 1 if all are within the API's limit, else their
// greatest common divisor. It is 0 if all weights are 0.
func reduction(f *model.Forward) int {
	most := 0
	for _, w := range f.Groups {
		most = max(most, w.Weight)
	}
	if most > maxWeight {
		return f.WeightDivisor()
	}
	return min(most, 1)
}

// redirect returns a redirect. Unless a field is set, the cloud uses scheme, host and port of the
// request. The model uses the port of the listener unless the scheme implies it.
func redirect(r *model.Redirect, l *model.Listener, host model.Host, matched *Match) *Redirect {
	out := &Redirect{HTTPS: r.Scheme == "https" && l.Protocol == model.HTTP, Host: r.Host, Status: r.Status}
	switch {
	case standard(l):
	case out.Host != "" && r.Scheme == "":
		out.Host += ":" + strconv.Itoa(l.Port)
	case out.Host == "" && r.Scheme != "":
		out.Host = host.Name
	}
	redirectPath(out, r.Path, matched)
	return out
}

// redirectPath sets the new path, or the replacement of the matched prefix.
func redirectPath(out *Redirect, rw *model.PathRewrite, matched *Match) {
	switch {
	case rw == nil:
	case !rw.Prefix || matched.Full != "":
		out.Path = rw.Value
	default:
		out.Prefix = strings.TrimSuffix(rw.Value, "/") + "/"
	}
}

// headerAction returns the header changes of a route, or nil if there are none.
func headerAction(f *model.Filters) *HeaderAction {
	if f.Request == nil && f.Response == nil {
		return nil
	}
	out := &HeaderAction{}
	if f.Request != nil {
		out.RequestAdd, out.RequestRemove = headers(f.Request), f.Request.Remove
	}
	if f.Response != nil {
		out.ResponseAdd, out.ResponseRemove = headers(f.Response), f.Response.Remove
	}
	return out
}

func headers(c *model.HeaderChange) []Header {
	var out []Header
	for _, h := range c.Set {
		out = append(out, Header{h.Name, h.Value, true})
	}
	for _, h := range c.Add {
		out = append(out, Header{h.Name, h.Value, false})
	}
	return out
}
