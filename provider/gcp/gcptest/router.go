package gcptest

import (
	"net"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/api/compute/v1"
)

// verdict is the result of matching: the action of the rule, the matched part of the path, and the
// header actions.
type verdict struct {
	service  string
	redirect *compute.HttpRedirectAction
	action   *compute.HttpRouteAction
	// prefix is the part of the path that a prefix rewrite replaces. It is the whole path after a
	// full match.
	prefix string
	vars   map[string]string
	// headers are the header actions of the rule, the path matcher and the URL map, in this order.
	headers []*compute.HttpHeaderAction
}

// router is a URL map prepared for matching.
type router struct {
	source    *compute.UrlMap
	exact     map[string]*matcher
	wildcards []wildcard // longest first
	any       *matcher
}

type wildcard struct {
	suffix string
	to     *matcher
}

// matcher is a path matcher with its rules in the order of evaluation.
type matcher struct {
	source *compute.PathMatcher
	exact  map[string]*compute.PathRule
	prefix []pathPrefix // longest first
	routes []*routeRule // by priority
}

type pathPrefix struct {
	prefix string
	rule   *compute.PathRule
}

type routeRule struct {
	source  *compute.HttpRouteRule
	matches []*routeMatch
}

// routeMatch is a matchRule with compiled expressions.
type routeMatch struct {
	source   *compute.HttpRouteRuleMatch
	regex    *regexp.Regexp
	template template
	headers  []*regexp.Regexp
	queries  []*regexp.Regexp
}

// newRouter prepares a valid URL map.
func newRouter(m *compute.UrlMap) *router {
	matchers := map[string]*matcher{}
	for _, p := range m.PathMatchers {
		matchers[p.Name] = newMatcher(p)
	}
	r := &router{source: m, exact: map[string]*matcher{}}
	for _, rule := range m.HostRules {
		for _, host := range rule.Hosts {
			r.addHost(strings.ToLower(host), matchers[rule.PathMatcher])
		}
	}
	slices.SortStableFunc(r.wildcards, func(a, b wildcard) int { return len(b.suffix) - len(a.suffix) })
	return r
}

func (r *router) addHost(host string, to *matcher) {
	switch {
	case host == "*":
		r.any = to
	case strings.HasPrefix(host, "*"):
		r.wildcards = append(r.wildcards, wildcard{host[1:], to})
	default:
		r.exact[host] = to
	}
}

func newMatcher(p *compute.PathMatcher) *matcher {
	m := &matcher{source: p, exact: map[string]*compute.PathRule{}}
	for _, rule := range p.PathRules {
		for _, path := range rule.Paths {
			if prefix, ok := strings.CutSuffix(path, "*"); ok {
				m.prefix = append(m.prefix, pathPrefix{prefix, rule})
			} else {
				m.exact[path] = rule
			}
		}
	}
	slices.SortStableFunc(m.prefix, func(a, b pathPrefix) int { return len(b.prefix) - len(a.prefix) })
	for _, rule := range p.RouteRules {
		m.routes = append(m.routes, newRouteRule(rule))
	}
	slices.SortStableFunc(m.routes, func(a, b *routeRule) int { return int(a.source.Priority - b.source.Priority) })
	return m
}

func newRouteRule(rule *compute.HttpRouteRule) *routeRule {
	out := &routeRule{source: rule}
	for _, m := range rule.MatchRules {
		rm := &routeMatch{source: m, regex: compileWhole(m.RegexMatch)}
		if m.PathTemplateMatch != "" {
			rm.template, _ = parseTemplate(m.PathTemplateMatch) // validated when it was stored
		}
		for _, h := range m.HeaderMatches {
			rm.headers = append(rm.headers, compileWhole(h.RegexMatch))
		}
		for _, q := range m.QueryParameterMatches {
			rm.queries = append(rm.queries, compileWhole(q.RegexMatch))
		}
		out.matches = append(out.matches, rm)
	}
	return out
}

// compileWhole compiles an expression that must match the whole value. It returns nil for an empty
// one.
func compileWhole(pattern string) *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	re, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		return nil // validated when it was stored
	}
	return re
}

// route returns what a URL map does with a request (page "URL maps overview"). The host selects one
// path matcher. If no rule of it matches, its default applies, never another path matcher.
func (r *router) route(q request) verdict {
	m := r.matcherOf(q.host)
	if m == nil {
		s := r.source
		return verdict{service: s.DefaultService, redirect: s.DefaultUrlRedirect, action: s.DefaultRouteAction, prefix: "/", headers: headers(s.HeaderAction)}
	}
	v := m.route(q)
	v.headers = append(v.headers, headers(m.source.HeaderAction, r.source.HeaderAction)...)
	return v
}

func headers(actions ...*compute.HttpHeaderAction) []*compute.HttpHeaderAction {
	return slices.DeleteFunc(actions, func(a *compute.HttpHeaderAction) bool { return a == nil })
}

// matcherOf selects the path matcher: that of the exact host, else of the longest wildcard, else of
// "*". It ignores case and port of the host. A star matches any number of labels.
func (r *router) matcherOf(host string) *matcher {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(host)
	if m, ok := r.exact[host]; ok {
		return m
	}
	for _, w := range r.wildcards {
		if strings.HasSuffix(host, w.suffix) && wildcardText(strings.TrimSuffix(host, w.suffix)) {
			return w.to
		}
	}
	return r.any
}

// wildcardText reports whether a star matches s: any string of [a-z0-9-.] (reference of
// HostRule.hosts).
func wildcardText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !hostRune(r) })
}

func (m *matcher) route(q request) verdict {
	for _, r := range m.routes {
		if v, ok := r.match(q); ok {
			return v
		}
	}
	if v, ok := m.pathRule(q.path); ok {
		return v
	}
	s := m.source
	return verdict{service: s.DefaultService, redirect: s.DefaultUrlRedirect, action: s.DefaultRouteAction, prefix: "/"}
}

// pathRule returns the rule with the longest matching path. A path without a star matches only
// itself. "/video/*" matches "/video/" and all paths below it, but not "/video". Unverified: for
// the path "/a/", "/a/" has precedence over "/a/*".
func (m *matcher) pathRule(path string) (verdict, bool) {
	if r, ok := m.exact[path]; ok {
		return verdict{service: r.Service, redirect: r.UrlRedirect, action: r.RouteAction, prefix: path}, true
	}
	for _, p := range m.prefix {
		if strings.HasPrefix(path, p.prefix) {
			r := p.rule
			return verdict{service: r.Service, redirect: r.UrlRedirect, action: r.RouteAction, prefix: p.prefix}, true
		}
	}
	return verdict{}, false
}
