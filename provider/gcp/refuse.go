package gcp

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/internal/refusal"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Refuse names the routes, defaults, groups and certificates with values that the API cannot
// express or rejects. A refusal that names no part only reports a problem.
func (p *Provider) Refuse(lb model.Sealed) []provider.Refusal {
	r := p.refusals(lb)
	r.endpoints()
	r.sizes()
	return r.refused.Refusals()
}

// refusals refuses the parts that Translate cannot express.
func (p *Provider) refusals(lb model.Sealed) *refuser {
	r := &refuser{p: p, lb: lb, refused: refusal.NewCollector(lb), name: func(g *model.Group) string { return p.groupName(lb.ID(), lb.LoadBalancer().Scheme, g) }}
	r.groups()
	for i := range lb.Listeners() {
		r.listener(lb.Listeners()[:i], &lb.Listeners()[i])
	}
	r.certificates()
	return r
}

// groups checks the health checks of the groups and the names of their backend services. Two groups
// with one name would share endpoints.
func (r *refuser) groups() {
	byName := map[string]model.GroupID{}
	for i := range r.lb.Groups() {
		g := &r.lb.Groups()[i]
		err := checkHealth(&g.Health)
		name := r.name(g)
		if other, used := byName[name]; used {
			err = fmt.Errorf("its name in Google Cloud is that of group %s: rename one of the two Services", other)
		} else {
			byName[name] = g.ID
		}
		r.refused.Group(g, err)
	}
}

// refuser finds what cannot be expressed.
type refuser struct {
	p       *Provider
	lb      model.Sealed
	name    func(*model.Group) string // of the backend service of a group
	refused *refusal.Collector
}

// listener checks one listener, given those before it.
func (r *refuser) listener(before []model.Listener, l *model.Listener) {
	if err := checkPolicy(before, l); err != nil {
		r.refused.Listener(l, err)
		return
	}
	r.refused.Default(l, checkAction(l, &l.Default, l.Hostname))
	for i := range l.Routes {
		r.refused.Route(l, &l.Routes[i], checkRoute(l, &l.Routes[i]))
	}
}

func describePart(p model.Part) string {
	switch {
	case p.Group != "":
		return "group " + string(p.Group)
	case p.Certificate != "":
		return "certificate " + p.Certificate
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
		return fmt.Errorf("the health check protocol %s is not supported yet: want HTTP, HTTPS or TCP", h.Protocol)
	}
	if seconds(h.Interval, 0) > maxCheckSeconds { // the timeout does not exceed the interval
		return fmt.Errorf("health check interval %s: want up to %d s", h.Interval, maxCheckSeconds)
	}
	if max(h.Healthy, h.Unhealthy) > maxCheckThreshold {
		return fmt.Errorf("health check thresholds %d and %d: want up to %d", h.Healthy, h.Unhealthy, maxCheckThreshold)
	}
	if strings.ContainsFunc(h.Path, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return fmt.Errorf("health check path %q: want only printable ASCII characters without spaces", h.Path)
	}
	return nil
}

// checkPolicy returns an error if an earlier listener of the port has another TLS policy. Listeners
// of one port share a proxy.
func checkPolicy(before []model.Listener, l *model.Listener) error {
	for i := range before {
		o := &before[i]
		if o.Port == l.Port && o.TLS != nil && l.TLS != nil && o.TLS.Policy != l.TLS.Policy {
			return fmt.Errorf("listener %s has another TLS policy: want the same policy on all listeners of port %d, which share a proxy", o.Name, l.Port)
		}
	}
	return nil
}

// checkRoute returns why a route cannot be expressed. One host or match that cannot be expressed
// refuses the whole route.
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

// checkWeights checks that the ratio of the weights is within the API's limit.
func checkWeights(f *model.Forward) error {
	if len(f.Groups) < 2 {
		return nil
	}
	divisor := reduction(f)
	for _, w := range f.Groups {
		if w.Weight > maxWeight*divisor {
			return fmt.Errorf("weight %d of %s: want weights up to %d after division by their greatest common divisor", w.Weight, w.Group, maxWeight)
		}
	}
	return nil
}

// checkRedirect checks a redirect. The API can redirect to HTTPS but not to HTTP. It has no field
// for the port: the port is that of the request unless the redirect names the host (reference of
// HttpRedirectAction).
func checkRedirect(l *model.Listener, r *model.Redirect, host model.Host) error {
	switch {
	case r.Scheme == "http" && l.Protocol == model.HTTPS:
		return errDowngrade
	case r.Scheme != "" && r.Host == "" && !standard(l) && !single(host):
		return fmt.Errorf("a redirect to %s from port %d would not change the port: want one hostname in the redirect or the route", r.Scheme, l.Port)
	case r.Path != nil && r.Path.Prefix:
		return checkPrefix("path prefix of the redirect", r.Path.Value)
	default:
		return nil
	}
}

// standard reports whether the scheme of a listener implies its port.
func standard(l *model.Listener) bool {
	return l.Port == 80 && l.Protocol == model.HTTP || l.Port == 443 && l.Protocol == model.HTTPS
}

// single reports whether a host matches one name only.
func single(h model.Host) bool { return !h.IsAny() && h.Wildcard == model.NoWildcard }

// The maximum lengths of values, in bytes (references of HttpRouteRuleMatch and UrlRewrite).
const (
	maxPathText        = 1024
	maxTemplateRewrite = 255
)

var (
	errDowngrade = errors.New("a URL map cannot redirect from HTTPS to HTTP")
	errEmpty     = errors.New("a header or query parameter cannot be matched with the empty value")
	errRegexp    = errors.New("regular expressions are not supported")
	errTemplate  = errors.New("a path with {, } or * cannot be replaced as a whole below a prefix")
)

// checkMatch checks one match of a route together with the rewrite of its path.
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
	if err := checkPrefix("path prefix", m.Path.Value); err != nil || rewrite == nil {
		return err
	}
	return checkPrefix("path prefix of the rewrite", rewrite.Value)
}

// checkPrefix checks the length of a prefix, which gets a slash appended for the paths below it.
func checkPrefix(what, prefix string) error {
	if limit := maxPathText - 1; len(prefix) > limit {
		return fmt.Errorf("%s of %d bytes: want up to %d", what, len(prefix), limit)
	}
	return nil
}

// checkTemplate checks a rewrite of the whole path below a prefix.
func checkTemplate(path, by string) error {
	switch limit := maxPathText - len("/"+templateRest); {
	case strings.ContainsAny(path+by, "{}*"):
		return fmt.Errorf("path %q: %w", path, errTemplate)
	case len(path) > limit:
		return fmt.Errorf("path prefix of %d bytes: want up to %d if the whole path is replaced", len(path), limit)
	case len(by) > maxTemplateRewrite:
		return fmt.Errorf("replacement path of %d bytes: want up to %d below a prefix", len(by), maxTemplateRewrite)
	default:
		return nil
	}
}

// isEmptyValue reports whether v is an exact match of the empty value. The API takes an empty
// exactMatch for no condition.
func isEmptyValue(v model.ValueMatch) bool { return v.Type == model.ValueExact && v.Value == "" }
