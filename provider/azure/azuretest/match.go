package azuretest

import (
	"net"
	"strings"
)

// site is the listeners of one address and port, in the order in which they are evaluated.
type site struct{ listeners []listener }

// listener is a listener with its rule.
type listener struct {
	name  string
	hosts []string // a basic listener, for any host, has none
	rule  rule
}

// rule is where the requests of a listener go. A basic rule has no paths.
type rule struct {
	paths    []pathEntry
	fallback target
}

// pathEntry is one path pattern of a path map, in the order of the map.
type pathEntry struct {
	pattern string
	to      target
}

// target is where a request goes: a pool with settings, or a redirect. All names are in lower case.
type target struct {
	pool, settings string
	redirect       string
	rewrites       string
	pathBased      bool
	pattern        string // the path pattern that matched; empty for a default
}

// listenerFor returns the first listener that serves a host, or nil. Listeners are evaluated by the
// priority of their rules, including the basic listener: "if a basic listener is listed first and
// matches an incoming request, it gets processed by that listener" (Application Gateway multi-site
// hosting).
func (s site) listenerFor(host string) *listener {
	for i := range s.listeners {
		if s.listeners[i].serves(host) {
			return &s.listeners[i]
		}
	}
	return nil
}

func (l listener) serves(host string) bool {
	if len(l.hosts) == 0 {
		return true
	}
	for _, pattern := range l.hosts {
		if matchHost(pattern, host) {
			return true
		}
	}
	return false
}

// matchHost reports whether the Host of a request matches the host name of a listener. The port is
// ignored: the server variable host of a request for contoso.com:8080 is contoso.com (Rewrite HTTP
// headers and URL, server variables). A wildcard spans labels: "*.contoso.com" matches
// customer1.b2b.contoso.com (multi-site hosting, wildcard host names).
func matchHost(pattern, host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return glob(strings.ToLower(pattern), strings.ToLower(host))
}

// glob reports whether s matches a pattern in which '*' is one or more characters of a host name
// and '?' is one. Unverified: that '*' does not match an empty string.
func glob(pattern, s string) bool {
	for i := range len(pattern) {
		switch {
		case pattern[i] == '*':
			for n := 1; n <= len(s) && hostCharacter(s[n-1]); n++ {
				if glob(pattern[i+1:], s[n:]) {
					return true
				}
			}
			return false
		case s == "" || pattern[i] == '?' && !hostCharacter(s[0]) || pattern[i] != '?' && pattern[i] != s[0]:
			return false
		}
		s = s[1:]
	}
	return s == ""
}

func hostCharacter(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.'
}

// targetFor returns the target of a path: that of the first pattern in the map that matches,
// whatever its length (URL path-based routing overview).
func (r rule) targetFor(path string) target {
	for _, e := range r.paths {
		if matchPath(e.pattern, path) {
			return e.to
		}
	}
	return r.fallback
}

// matchPath reports whether a path matches a pattern, without case. '*' at the end of a pattern
// matches anything, so that "/images*" matches "/imagesandmore" (URL path-based routing overview,
// path pattern). The path is that of the request line, without its query. Unverified: that the
// service neither decodes nor normalizes the path.
func matchPath(pattern, path string) bool {
	pattern, path = strings.ToLower(pattern), strings.ToLower(path)
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, prefix)
	}
	return path == pattern
}

// overridePath returns the path to a backend whose settings override the path. The override
// replaces what the pattern of the path rule has matched, or precedes the whole path if nothing was
// matched (HTTP settings configuration, override backend path).
func overridePath(path, override string, t target) string {
	if override == "" {
		return path
	}
	matched := ""
	if t.pathBased && t.pattern != "" && matchPath(t.pattern, path) {
		matched = path[:len(strings.TrimSuffix(t.pattern, "*"))]
	}
	rest := strings.TrimPrefix(path[len(matched):], "/")
	return strings.TrimSuffix(override, "/") + "/" + rest
}
