package gcptest

import (
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/api/compute/v1"
)

// Limits of URL maps. The size is documented (page "Routing configuration size and quota units").
// The counts are unverified: the documentation has none for EXTERNAL_MANAGED, and users report
// 1,000.
const (
	maxMapSize      = 1 << 20
	maxHostRules    = 1000
	maxPathMatchers = 1000
	maxRules        = 1000
)

// mapCheck checks one URL map.
type mapCheck struct {
	ch *change
	// scheme is the load balancing scheme of the backend services checked so far.
	scheme string
}

func checkURLMap(ch *change) *fault {
	m, _ := ch.typed.(*compute.UrlMap)
	if size := len(encodeRaw(ch.doc)); size > maxMapSize {
		return &fault{status: http.StatusRequestEntityTooLarge, reason: "uploadTooLarge", message: fmt.Sprintf("URL map is too large: %d bytes, limit %d.", size, maxMapSize)}
	}
	c := &mapCheck{ch: ch}
	if err := c.hosts(m); err != nil {
		return err
	}
	if err := c.fallback("resource", m.DefaultService, m.DefaultUrlRedirect, m.DefaultRouteAction); err != nil {
		return err
	}
	if err := checkHeaderAction("resource.headerAction", m.HeaderAction); err != nil {
		return err
	}
	for i, p := range m.PathMatchers {
		if err := c.matcher(fmt.Sprintf("resource.pathMatchers[%d]", i), p); err != nil {
			return err
		}
	}
	return c.fronts()
}

// matcher checks one path matcher.
func (c *mapCheck) matcher(at string, p *compute.PathMatcher) *fault {
	if err := c.fallback(at, p.DefaultService, p.DefaultUrlRedirect, p.DefaultRouteAction); err != nil {
		return err
	}
	if len(p.PathRules) > 0 && len(p.RouteRules) > 0 {
		return invalid(at, p.Name, "Only one of pathRules or routeRules can be set.")
	}
	if len(p.PathRules) > maxRules || len(p.RouteRules) > maxRules {
		return invalid(at, p.Name, "Too many rules in one path matcher.")
	}
	if err := checkHeaderAction(at+".headerAction", p.HeaderAction); err != nil {
		return err
	}
	paths := map[string]bool{}
	for i, r := range p.PathRules {
		if err := c.pathRule(fmt.Sprintf("%s.pathRules[%d]", at, i), r, paths); err != nil {
			return err
		}
	}
	priorities := map[int64]bool{}
	for i, r := range p.RouteRules {
		if err := c.routeRule(fmt.Sprintf("%s.routeRules[%d]", at, i), r, priorities); err != nil {
			return err
		}
	}
	return nil
}

// fallback checks a default, which has exactly one of service, redirect and weighted services.
// Unverified: a default is required. The reference allows at most one.
func (c *mapCheck) fallback(at, service string, redirect *compute.HttpRedirectAction, action *compute.HttpRouteAction) *fault {
	return c.outcome(at, "default", service, redirect, action, nil)
}

// outcome checks the action of a rule or default.
func (c *mapCheck) outcome(at, prefix, service string, redirect *compute.HttpRedirectAction, action *compute.HttpRouteAction, rewrites *matchShape) *fault {
	member := func(name string) string {
		if prefix == "" {
			return at + "." + name
		}
		return at + "." + prefix + strings.ToUpper(name[:1]) + name[1:]
	}
	weighted := action != nil && len(action.WeightedBackendServices) > 0
	if count(service != "", redirect != nil, weighted) != 1 {
		return invalid(member("service"), service, "Exactly one of a service, a URL redirect or weighted backend services must be specified.")
	}
	if redirect != nil && action != nil {
		return invalid(member("urlRedirect"), "", "A URL redirect cannot be combined with a route action.")
	}
	if service != "" {
		if err := c.service(member("service"), service); err != nil {
			return err
		}
	}
	if err := c.redirect(member("urlRedirect"), redirect, rewrites); err != nil {
		return err
	}
	return c.action(member("routeAction"), action, rewrites)
}

func count(conditions ...bool) int {
	n := 0
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// service checks that a backend service exists in the same scope, and has the scheme of the others.
func (c *mapCheck) service(field, link string) *fault {
	o, err := c.ch.refHere(field, link, "backendServices")
	if err != nil {
		return err
	}
	b, _ := o.typed.(*compute.BackendService)
	if c.scheme != "" && c.scheme != b.LoadBalancingScheme {
		return invalid(field, link, "All backend services of a URL map must have the same load balancing scheme.")
	}
	c.scheme = b.LoadBalancingScheme
	return nil
}

// pathRule checks the paths of a rule. Each starts with a slash, has a star only at the end after a
// slash, has no query or fragment, and is unique in the path matcher (reference of PathRule.paths).
func (c *mapCheck) pathRule(at string, r *compute.PathRule, seen map[string]bool) *fault {
	if len(r.Paths) == 0 {
		return required(at + ".paths")
	}
	for i, p := range r.Paths {
		field := fmt.Sprintf("%s.paths[%d]", at, i)
		star := strings.IndexByte(p, '*')
		if !strings.HasPrefix(p, "/") || len(p) > 1024 || strings.ContainsAny(p, "?# ") || (star >= 0 && (star != len(p)-1 || p[star-1] != '/')) {
			return invalid(field, p, "Path must start with '/', and '*' is only allowed at the end following '/'.")
		}
		if seen[p] {
			return invalid(field, p, "Duplicate path in path matcher.")
		}
		seen[p] = true
	}
	return c.outcome(at, "", r.Service, r.UrlRedirect, r.RouteAction, &matchShape{prefix: true})
}

// routeRule checks the priority, matches and action of one rule.
func (c *mapCheck) routeRule(at string, r *compute.HttpRouteRule, seen map[int64]bool) *fault {
	if r.Priority < 0 || r.Priority > 2147483647 || seen[r.Priority] {
		return invalid(at+".priority", r.Priority, "Priority must be unique and from 0 to 2147483647.")
	}
	seen[r.Priority] = true
	if len(r.Description) > 1024 {
		return invalid(at+".description", len(r.Description), "")
	}
	if len(r.MatchRules) == 0 {
		return required(at + ".matchRules")
	}
	shape := &matchShape{}
	for i, m := range r.MatchRules {
		if err := c.match(fmt.Sprintf("%s.matchRules[%d]", at, i), m, shape); err != nil {
			return err
		}
	}
	if err := checkHeaderAction(at+".headerAction", r.HeaderAction); err != nil {
		return err
	}
	return c.outcome(at, "", r.Service, r.UrlRedirect, r.RouteAction, shape)
}

// validateURLMap checks a URL map without storing it.
func validateURLMap(c *custom) (any, *fault) {
	var request struct {
		Resource map[string]any `json:"resource"`
	}
	if err := unmarshal(c.call.body, &request); err != nil {
		return nil, &fault{status: http.StatusBadRequest, reason: "parseError", message: "Parse Error"}
	}
	result := map[string]any{"loadSucceeded": true, "testPassed": true}
	doc, err := conformKind(request.Resource, c.kind)
	if err == nil {
		ch := &change{server: c.server, kind: c.kind, key: c.call.target.key(), doc: doc}
		if err = ch.resolve(); err == nil {
			err = checkURLMap(ch)
		}
	}
	if err != nil {
		result = map[string]any{"loadSucceeded": false, "loadErrors": []any{err.message}}
	}
	return map[string]any{"result": result}, nil
}
