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

// hosts checks that hosts are unique, and that every path matcher exists and is used.
func (c *mapCheck) hosts(m *compute.UrlMap) *fault {
	if len(m.HostRules) > maxHostRules || len(m.PathMatchers) > maxPathMatchers {
		return invalid("resource.hostRules", len(m.HostRules), "Too many host rules or path matchers.")
	}
	matchers, used, hosts := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, p := range m.PathMatchers {
		if !validName(p.Name) || matchers[p.Name] {
			return invalid(fmt.Sprintf("resource.pathMatchers[%d].name", i), p.Name, "The name must be valid and unique.")
		}
		matchers[p.Name] = true
	}
	for i, r := range m.HostRules {
		at := fmt.Sprintf("resource.hostRules[%d]", i)
		if !matchers[r.PathMatcher] {
			return invalid(at+".pathMatcher", r.PathMatcher, "The path matcher does not exist.")
		}
		used[r.PathMatcher] = true
		if err := checkHosts(at, r.Hosts, hosts); err != nil {
			return err
		}
	}
	for i, p := range m.PathMatchers {
		if !used[p.Name] {
			return invalid(fmt.Sprintf("resource.pathMatchers[%d].name", i), p.Name, "The path matcher is not used by any host rule.")
		}
	}
	return nil
}

func checkHosts(at string, hosts []string, seen map[string]bool) *fault {
	if len(hosts) == 0 {
		return required(at + ".hosts")
	}
	for i, h := range hosts {
		field := fmt.Sprintf("%s.hosts[%d]", at, i)
		if err := checkHost(field, h); err != nil {
			return err
		}
		if seen[strings.ToLower(h)] {
			return invalid(field, h, "Duplicate host in host rules.")
		}
		seen[strings.ToLower(h)] = true
	}
	return nil
}

// checkHost requires a hostname, or a star that is alone or followed by "-" or "." (reference of
// HostRule.hosts). Ports are not emulated.
func checkHost(field, host string) *fault {
	if host == "*" {
		return nil
	}
	name := host
	if rest, ok := strings.CutPrefix(host, "*"); ok {
		if rest[0] != '.' && rest[0] != '-' {
			return invalid(field, host, "A wildcard must be followed by '-' or '.'.")
		}
		name = "x" + rest
	}
	if strings.Contains(name, ":") {
		return notEmulated(field + " (port)")
	}
	if len(host) > 255 || strings.ContainsFunc(name, func(r rune) bool { return !hostRune(r) }) || strings.Contains(name, "..") || strings.HasSuffix(name, ".") || strings.HasPrefix(name, ".") {
		return invalid(field, host, "Must be a valid hostname.")
	}
	return nil
}

// hostRune reports whether a host may contain r. Unverified: upper case is rejected. The reference
// only lists the characters that a star matches, which are in lower case.
func hostRune(r rune) bool {
	return r == '-' || r == '.' || (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z')
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

// fronts checks that the forwarding rules of the map have the scheme of its backend services.
func (c *mapCheck) fronts() *fault {
	if c.scheme == "" {
		return nil
	}
	for _, fr := range c.ch.server.state.frontsOf(c.ch.key) {
		if rule, ok := fr.typed.(*compute.ForwardingRule); ok && rule.LoadBalancingScheme != c.scheme {
			return invalid("resource.defaultService", c.scheme, "The load balancing scheme does not match that of forwarding rule '"+fr.key.path()+"'.")
		}
	}
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

// frontsOf returns the forwarding rules whose proxy uses a URL map.
func (s *state) frontsOf(urlMap key) []*object {
	proxies := map[string]bool{}
	for o := range s.everything() {
		if o.key.project == urlMap.project && o.refersTo(urlMap) {
			proxies[o.key.link()] = true
		}
	}
	if len(proxies) == 0 {
		return nil
	}
	var out []*object
	for o := range s.everything() {
		if fr, ok := o.typed.(*compute.ForwardingRule); ok && proxies[fr.Target] {
			out = append(out, o)
		}
	}
	return out
}

// urlMapLinks returns the backend services to which a URL map refers.
func urlMapLinks(typed any) []string {
	m, _ := typed.(*compute.UrlMap)
	seen := map[string]bool{}
	eachService(m, func(link string) { seen[link] = true })
	out := make([]string, 0, len(seen))
	for link := range seen {
		out = append(out, link)
	}
	return out
}

// eachService calls visit for every reference to a backend service.
func eachService(m *compute.UrlMap, visit func(link string)) {
	outcome := func(service string, action *compute.HttpRouteAction) {
		if service != "" {
			visit(service)
		}
		if action != nil {
			for _, w := range action.WeightedBackendServices {
				visit(w.BackendService)
			}
		}
	}
	outcome(m.DefaultService, m.DefaultRouteAction)
	for _, p := range m.PathMatchers {
		outcome(p.DefaultService, p.DefaultRouteAction)
		for _, r := range p.PathRules {
			outcome(r.Service, r.RouteAction)
		}
		for _, r := range p.RouteRules {
			outcome(r.Service, r.RouteAction)
		}
	}
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
