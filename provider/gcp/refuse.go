package gcp

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Refuse names the routes, defaults and groups that have values which the API has no words for, or
// does not take.
func (p *Provider) Refuse(lb model.Sealed) []provider.Refusal { return refusals(lb).out }

func refusals(lb model.Sealed) *refuser {
	r := &refuser{lb: lb}
	for i := range lb.Groups() {
		g := &lb.Groups()[i]
		r.add(checkHealth(&g.Health), model.Part{Group: g.ID}, g.Origins)
	}
	for i := range lb.Listeners() {
		r.listener(lb.Listeners()[:i], &lb.Listeners()[i])
	}
	return r
}

// refuser gathers what cannot be expressed.
type refuser struct {
	lb    model.Sealed
	out   []provider.Refusal
	first error // why the first of out cannot, with its name
}

// listener looks at one listener, given those before it.
func (r *refuser) listener(before []model.Listener, l *model.Listener) {
	if err := checkPolicy(before, l); err != nil {
		r.whole(err, l)
		return
	}
	r.add(checkAction(l, &l.Default, l.Hostname), model.Part{Listener: l.Name}, l.Origins)
	for i := range l.Routes {
		route := &l.Routes[i]
		r.add(checkRoute(l, route), model.Part{Listener: l.Name, Route: route.Name}, []model.Ref{route.Origin})
	}
}

// whole notes all that a listener serves.
func (r *refuser) whole(err error, l *model.Listener) {
	if f := l.Default.Fixed; f == nil || *f != (model.Fixed{Status: 404}) {
		r.add(err, model.Part{Listener: l.Name}, l.Origins)
	}
	for i := range l.Routes {
		r.add(err, model.Part{Listener: l.Name, Route: l.Routes[i].Name}, []model.Ref{l.Routes[i].Origin})
	}
}

// add notes a part and tells its objects, or those of the load balancer where it has none.
func (r *refuser) add(err error, part model.Part, origins []model.Ref) {
	if err == nil {
		return
	}
	if len(origins) == 0 || origins[0] == (model.Ref{}) {
		origins = r.lb.LoadBalancer().Origins
	}
	if r.first == nil {
		r.first = fmt.Errorf("%s: %w", named(part), err)
	}
	refusal := provider.Refusal{Part: part}
	for _, origin := range origins {
		refusal.Problems = append(refusal.Problems, model.Problem{Origin: origin, Reason: model.ReasonUnsupported, Message: err.Error()})
	}
	r.out = append(r.out, refusal)
}

func named(p model.Part) string {
	switch {
	case p.Group != "":
		return "group " + string(p.Group)
	case p.Route != "":
		return "listener " + p.Listener + ": route " + p.Route
	default:
		return "listener " + p.Listener + ": default"
	}
}

// The bounds of health checks (page "Health checks overview").
const (
	maxCheckSeconds   = 300
	maxCheckThreshold = 10
)

func checkHealth(h *model.HealthCheck) error {
	switch h.Protocol {
	case model.BackendHTTP, model.BackendHTTPS, model.BackendTCP:
	case model.BackendHTTP2, model.BackendGRPC, model.BackendUDP:
		return fmt.Errorf("health check by %s is not set by this plugin yet: want HTTP, HTTPS or TCP", h.Protocol)
	}
	if seconds(h.Interval, 0) > maxCheckSeconds { // no timeout is longer than its interval
		return fmt.Errorf("health check interval %s: want up to %d s", h.Interval, maxCheckSeconds)
	}
	if max(h.Healthy, h.Unhealthy) > maxCheckThreshold {
		return fmt.Errorf("health check thresholds %d and %d: want up to %d", h.Healthy, h.Unhealthy, maxCheckThreshold)
	}
	if strings.ContainsFunc(h.Path, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return fmt.Errorf("health check path %q: want a path without spaces and other characters that a URL escapes", h.Path)
	}
	return nil
}

// checkPolicy wants the listeners of one port to agree on a TLS policy: they share a proxy.
func checkPolicy(before []model.Listener, l *model.Listener) error {
	for i := range before {
		o := &before[i]
		if o.Port == l.Port && o.TLS != nil && l.TLS != nil && o.TLS.Policy != l.TLS.Policy {
			return fmt.Errorf("listener %s of port %d has another TLS policy, and they share a proxy", o.Name, l.Port)
		}
	}
	return nil
}

// checkRoute tells why a route cannot be expressed, if it cannot: all its hosts and matches can, or
// none is served.
func checkRoute(l *model.Listener, r *model.Route) error {
	for _, h := range r.Hosts {
		if err := checkAction(l, &r.Action, h); err != nil {
			return err
		}
	}
	for i := range r.Matches {
		if err := checkMatch(r, &r.Matches[i]); err != nil {
			return err
		}
	}
	if err := checkHeaders(r.Filters.Request); err != nil {
		return err
	}
	return checkHeaders(r.Filters.Response)
}

func checkAction(l *model.Listener, a *model.Action, host model.Host) error {
	switch {
	case a.Forward != nil:
		return checkWeights(a.Forward)
	case a.Redirect != nil:
		return checkRedirect(l, a.Redirect, host)
	default:
		return nil
	}
}

// checkWeights wants shares that can be told exactly.
func checkWeights(f *model.Forward) error {
	if len(f.Groups) < 2 {
		return nil
	}
	divisor := reduction(f)
	for _, w := range f.Groups {
		if w.Weight > maxWeight*divisor {
			return fmt.Errorf("weight %d of %s is over %d even when reduced", w.Weight, w.Group, maxWeight)
		}
	}
	return nil
}

// checkRedirect: a redirect can raise the scheme but not lower it, and has no port: it keeps that
// of the request, unless it names the host (reference of HttpRedirectAction).
func checkRedirect(l *model.Listener, r *model.Redirect, host model.Host) error {
	switch {
	case r.Scheme == "http" && l.Protocol == model.HTTPS:
		return errDowngrade
	case r.Scheme != "" && r.Host == "" && !standard(l) && !single(host):
		return fmt.Errorf("a redirect to %s from port %d keeps that port, unless it or the route names one host", r.Scheme, l.Port)
	case r.Path != nil && r.Path.Prefix:
		return checkBelow("prefix to redirect to", r.Path.Value)
	default:
		return nil
	}
}

// standard tells whether the scheme implies the port.
func standard(l *model.Listener) bool {
	return l.Port == 80 && l.Protocol == model.HTTP || l.Port == 443 && l.Protocol == model.HTTPS
}

// single tells whether a host is one name.
func single(h model.Host) bool { return !h.IsAny() && h.Wildcard == model.NoWildcard }

// The longest values that the API takes, in bytes (references of HttpRouteRuleMatch and
// UrlRewrite).
const (
	maxPathText        = 1024
	maxTemplateRewrite = 255
)

var (
	errDowngrade = errors.New("a URL map cannot redirect from HTTPS to HTTP")
	errEmpty     = errors.New("a header or query parameter cannot be matched with the empty value")
	errRegexp    = errors.New("regular expressions cannot be matched")
	errTemplate  = errors.New("a path with { } or * cannot be replaced as a whole below a prefix")
)

// checkMatch looks at one way to match a route, and at what becomes of the path then.
func checkMatch(r *model.Route, m *model.Match) error {
	switch {
	case slices.ContainsFunc(m.Headers, isEmptyValue) || slices.ContainsFunc(m.Query, isEmptyValue):
		return errEmpty
	case m.Path.Type == model.PathRegexp:
		return fmt.Errorf("path %q: %w", m.Path.Value, errRegexp)
	case m.Path.Type != model.PathPrefix:
		return nil
	}
	var rewrite *model.PathRewrite
	if r.Filters.Rewrite != nil {
		rewrite = r.Filters.Rewrite.Path
	}
	if rewrite != nil && !rewrite.Prefix {
		return checkTemplate(m.Path.Value, rewrite.Value)
	}
	if err := checkBelow("path prefix", m.Path.Value); err != nil || rewrite == nil {
		return err
	}
	return checkBelow("replaced prefix", rewrite.Value)
}

// checkBelow looks at a prefix, to which a slash is added for what is below it.
func checkBelow(what, prefix string) error {
	if most := maxPathText - 1; len(prefix) > most {
		return fmt.Errorf("%s of %d bytes: want up to %d", what, len(prefix), most)
	}
	return nil
}

// checkTemplate looks at a whole path that is replaced below a prefix.
func checkTemplate(path, by string) error {
	switch most := maxPathText - len("/"+templateRest); {
	case strings.ContainsAny(path+by, "{}*"):
		return fmt.Errorf("path %q: %w", path, errTemplate)
	case len(path) > most:
		return fmt.Errorf("path prefix of %d bytes: want up to %d where the whole path is replaced", len(path), most)
	case len(by) > maxTemplateRewrite:
		return fmt.Errorf("path replaced by %d bytes: want up to %d below a prefix", len(by), maxTemplateRewrite)
	default:
		return nil
	}
}

// isEmptyValue: the API cannot tell an exact match of nothing from no condition.
func isEmptyValue(v model.ValueMatch) bool { return v.Type == model.ValueExact && v.Value == "" }

// checkHeaders looks at what is done to headers. A value in braces is a variable of the load
// balancer (page "Create custom headers in URL maps").
func checkHeaders(c *model.HeaderChange) error {
	if c == nil {
		return nil
	}
	for _, list := range [][]model.Header{c.Set, c.Add} {
		for _, h := range list {
			if reserved(h.Name) {
				return fmt.Errorf("header %s cannot be changed", h.Name)
			}
			if strings.ContainsAny(h.Value, "{}") {
				return fmt.Errorf("header %s: a value with a brace would be read as a variable", h.Name)
			}
		}
	}
	for _, name := range c.Remove {
		if reserved(name) {
			return fmt.Errorf("header %s cannot be removed", name)
		}
	}
	return nil
}

// reserved tells which headers nobody may change: the host, those of one hop, and Google's own
// (page "Create custom headers in URL maps").
func reserved(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "host", "authority", "x-user-ip", "cdn-loop", "content-length",
		"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "proxy-connection", "trailer":
		return true
	}
	return slices.ContainsFunc([]string{"x-google", "x-goog-", "x-gfe", "x-amz-"}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}
