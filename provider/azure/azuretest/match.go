package azuretest

import (
	"net"
	"strings"
)

// site is what answers at one address and port: its listeners in the order in which they are asked.
type site struct{ listeners []listener }

// listener is a listener with the rule that belongs to it.
type listener struct {
	name  string
	hosts []string // none: any host, a basic listener
	rule  rule
}

// rule tells where a listener's requests go. A basic rule has no paths.
type rule struct {
	paths    []pathEntry
	fallback target
}

// pathEntry is one path pattern of a path map, in the order of the map.
type pathEntry struct {
	pattern string
	to      target
}

// target is where a request goes: a pool with settings, or a redirect; all by lower-case name.
type target struct {
	pool, settings string
	redirect       string
	rewrites       string
	pathBased      bool
	pattern        string // the path pattern that matched; empty for a default
}

// listenerFor returns the first listener that serves the host, nil if none does. Rules are asked by
// priority, the basic listener in its turn: "if a basic listener is listed first and matches an
// incoming request, it gets processed by that listener" (Application Gateway multi-site hosting).
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

// matchHost tells whether the Host of a request fits the host name of a listener. The port does not
// count: the server variable host of a request for contoso.com:8080 is contoso.com (Rewrite HTTP
// headers and URL, server variables). A wildcard spans labels: "*.contoso.com" fits
// customer1.b2b.contoso.com (multi-site hosting, wildcard host names).
func matchHost(pattern, host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return glob(strings.ToLower(pattern), strings.ToLower(host))
}

// glob matches '*' with one or more characters and '?' with one, of those that a host name may
// have. Unverified: whether '*' could match nothing.
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

// targetFor returns where a path goes. Paths are asked in the order of the map, the first that
// matches wins, whatever its length (URL path-based routing overview).
func (r rule) targetFor(path string) target {
	for _, e := range r.paths {
		if matchPath(e.pattern, path) {
			return e.to
		}
	}
	return r.fallback
}

// matchPath compares without regard to case; '*' at the end of a pattern stands for anything, so
// that "/images*" fits "/imagesandmore" (URL path-based routing overview, path pattern). The path
// is that of the request line, without its query. Unverified: whether the service decodes or
// normalizes the path before it compares.
func matchPath(pattern, path string) bool {
	pattern, path = strings.ToLower(pattern), strings.ToLower(path)
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, prefix)
	}
	return path == pattern
}

// overridePath is the path that the backend sees when its settings override the path: what the
// pattern of the path rule has matched is replaced; where nothing was matched the override goes
// before the whole path (HTTP settings configuration, override backend path).
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
