package gcptest

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/api/compute/v1"
)

// request is the part of a request that is matched.
type request struct {
	host   string
	path   string // as received, without query and fragment
	method string
	header http.Header
	query  url.Values
}

// newRequest returns the part of r that is matched. The path is not decoded (Unverified).
func newRequest(r *http.Request) request {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") {
		path = r.URL.EscapedPath()
	}
	return request{host: r.Host, path: path, method: r.Method, header: r.Header, query: r.URL.Query()}
}

func (r *routeRule) match(q request) (verdict, bool) {
	for _, m := range r.matches {
		prefix, vars, ok := m.matchPath(q.path)
		if !ok || !m.matchHeaders(q) || !m.matchQuery(q.query) {
			continue
		}
		s := r.source
		return verdict{service: s.Service, redirect: s.UrlRedirect, action: s.RouteAction, prefix: prefix, vars: vars, headers: headers(s.HeaderAction)}, true
	}
	return verdict{}, false
}

// matchPath returns the matched part of the path and the values of template variables. A prefix is
// a string prefix: "/foo" matches "/foobar" (reference of HttpRouteRuleMatch.prefixMatch).
func (m *routeMatch) matchPath(path string) (string, map[string]string, bool) {
	s := m.source
	fold := func(v string) string {
		if s.IgnoreCase {
			return strings.ToLower(v)
		}
		return v
	}
	switch {
	case s.PrefixMatch != "":
		ok := strings.HasPrefix(fold(path), fold(s.PrefixMatch))
		if !ok {
			return "", nil, false
		}
		return path[:len(s.PrefixMatch)], nil, true
	case s.FullPathMatch != "":
		return path, nil, fold(path) == fold(s.FullPathMatch)
	case m.template != nil:
		vars, ok := m.template.match(path)
		return path, vars, ok
	default:
		return path, nil, m.regex != nil && m.regex.MatchString(path)
	}
}

func (m *routeMatch) matchHeaders(q request) bool {
	for i, h := range m.source.HeaderMatches {
		value, present := q.headerValue(h.HeaderName)
		if matchHeader(h, m.headers[i], value, present) == h.InvertMatch {
			return false
		}
	}
	return true
}

// headerValue returns the value of a header. Several lines are joined by commas (RFC 9110, 5.3).
// ":method" and ":authority" are the method and the host.
func (q request) headerValue(name string) (string, bool) {
	switch strings.ToLower(name) {
	case ":method":
		return q.method, true
	case ":authority", "host":
		return q.host, true
	}
	values := q.header.Values(name)
	return strings.Join(values, ","), len(values) > 0
}

func matchHeader(h *compute.HttpHeaderMatch, re *regexp.Regexp, value string, present bool) bool {
	switch {
	case !present:
		return false
	case h.PresentMatch:
		return true
	case h.ExactMatch != "":
		return value == h.ExactMatch
	case h.PrefixMatch != "":
		return strings.HasPrefix(value, h.PrefixMatch)
	case h.SuffixMatch != "":
		return strings.HasSuffix(value, h.SuffixMatch)
	case h.RangeMatch != nil:
		n, err := strconv.ParseInt(value, 10, 64)
		return err == nil && n >= h.RangeMatch.RangeStart && n < h.RangeMatch.RangeEnd
	default:
		return re != nil && re.MatchString(value)
	}
}

// matchQuery compares the first value of each parameter.
func (m *routeMatch) matchQuery(query url.Values) bool {
	for i, q := range m.source.QueryParameterMatches {
		value, present := query.Get(q.Name), query.Has(q.Name)
		ok := present && (q.PresentMatch || q.ExactMatch != "" && value == q.ExactMatch || m.queries[i] != nil && m.queries[i].MatchString(value))
		if !ok {
			return false
		}
	}
	return true
}
