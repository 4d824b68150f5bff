package awstest

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// This file is how an Application Load Balancer decides whether a request satisfies a rule:
// "Condition types for listener rules". It knows nothing of proxying.

// request is what rules look at.
type request struct {
	host    string // the Host header as it came, with its port
	path    string // as it came, still percent-encoded
	query   string
	method  string
	headers http.Header
	source  netip.Addr
}

// requestOf reads a request off the wire. Unverified: that paths are compared as they came, without
// decoding them or resolving dot segments; no page says otherwise.
func requestOf(r *http.Request) request {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") {
		path = r.URL.EscapedPath()
	}
	source, _ := netip.ParseAddrPort(r.RemoteAddr)
	return request{
		host: r.Host, path: path, query: query, method: r.Method, headers: r.Header, source: source.Addr().Unmap(),
	}
}

// matcher tells whether a request satisfies one condition.
type matcher func(request) bool

// compileConditions makes one matcher of the conditions of a rule, all of which must hold.
func compileConditions(conditions []elbCondition) matcher {
	all := make([]matcher, 0, len(conditions))
	for _, c := range conditions {
		all = append(all, compileCondition(c))
	}
	return func(r request) bool {
		return !slices.ContainsFunc(all, func(m matcher) bool { return !m(r) })
	}
}

// compileCondition makes a matcher that holds when any of the condition's values does.
func compileCondition(c elbCondition) matcher {
	switch {
	case c.HostHeaderConfig != nil:
		// "Host names are case-insensitive." The port stays: Host is compared as it came.
		match := compileText(c.HostHeaderConfig.Values, c.HostHeaderConfig.RegexValues, false)
		return func(r request) bool { return match(r.host) }
	case c.PathPatternConfig != nil:
		// "A path pattern is case-sensitive." It is compared with the path only, not with the
		// query.
		match := compileText(c.PathPatternConfig.Values, c.PathPatternConfig.RegexValues, true)
		return func(r request) bool { return match(r.path) }
	case c.HttpHeaderConfig != nil:
		match := compileText(c.HttpHeaderConfig.Values, c.HttpHeaderConfig.RegexValues, false)
		name := c.HttpHeaderConfig.HttpHeaderName
		// "If the same header appears multiple times, we search them in order until a match is
		// found."
		return func(r request) bool { return slices.ContainsFunc(r.headers.Values(name), match) }
	case c.QueryStringConfig != nil:
		return compileQuery(c.QueryStringConfig.Values)
	case c.HttpRequestMethodConfig != nil:
		// "The comparison is case sensitive. Wildcards are not supported."
		return func(r request) bool { return slices.Contains(c.HttpRequestMethodConfig.Values, r.method) }
	case c.SourceIpConfig != nil:
		return compileSource(c.SourceIpConfig.Values)
	default:
		return func(request) bool { return false }
	}
}

// compileText makes a test of one text against patterns with wildcards and against regular
// expressions. Unverified: that a regular expression need not match the whole text, and that it
// heeds case in every field.
func compileText(values, regexes []string, caseSensitive bool) func(string) bool {
	var compiled []*regexp.Regexp
	for _, regex := range regexes {
		if re, err := regexp.Compile(regex); err == nil {
			compiled = append(compiled, re)
		}
	}
	return func(text string) bool {
		for _, value := range values {
			if caseSensitive && wildcardMatch(value, text) || !caseSensitive && wildcardMatch(lower(value), lower(text)) {
				return true
			}
		}
		return slices.ContainsFunc(compiled, func(re *regexp.Regexp) bool { return re.MatchString(text) })
	}
}

// lower folds ASCII only: "Rules apply only to visible ASCII characters".
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// wildcardMatch compares a text with a pattern in which "*" stands for any number of characters,
// dots and slashes among them, and "?" for exactly one.
func wildcardMatch(pattern, text string) bool { return glob(literals(pattern, false), []byte(text)) }

// escapedMatch is wildcardMatch with "\" before a wildcard that means itself
// (QueryStringConditionConfig).
func escapedMatch(pattern, text string) bool { return glob(literals(pattern, true), []byte(text)) }

// glyph is one element of a pattern: a character, or a wildcard.
type glyph struct {
	char     byte
	any, one bool
}

func literals(pattern string, escapes bool) []glyph {
	glyphs := make([]glyph, 0, len(pattern))
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case escapes && c == '\\' && i+1 < len(pattern) && strings.IndexByte(`*?\`, pattern[i+1]) >= 0:
			i++
			glyphs = append(glyphs, glyph{char: pattern[i]})
		case c == '*':
			glyphs = append(glyphs, glyph{any: true})
		case c == '?':
			glyphs = append(glyphs, glyph{one: true})
		default:
			glyphs = append(glyphs, glyph{char: c})
		}
	}
	return glyphs
}

// glob walks pattern and text side by side; at a mismatch it goes back to the last star and lets
// that take one character more. Time is at most the product of both lengths.
func glob(pattern []glyph, text []byte) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p].any:
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p].one || pattern[p].char == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p].any {
		p++
	}
	return p == len(pattern)
}

// compileQuery holds when one of the parameters of the query has the key and the value of one of
// the pairs; a pair without a key looks at values only. Case does not count
// (QueryStringConditionConfig). Unverified: that percent-encoded characters are decoded before the
// comparison.
func compileQuery(pairs []elbKeyValue) matcher {
	return func(r request) bool {
		for _, parameter := range strings.Split(r.query, "&") {
			key, value, _ := strings.Cut(parameter, "=")
			key, value = lower(decode(key)), lower(decode(value))
			found := slices.ContainsFunc(pairs, func(p elbKeyValue) bool {
				return (p.Key == "" || escapedMatch(lower(p.Key), key)) && escapedMatch(lower(p.Value), value)
			})
			if found && parameter != "" {
				return true
			}
		}
		return false
	}
}

func decode(s string) string {
	if decoded, err := url.PathUnescape(s); err == nil {
		return decoded
	}
	return s
}

// compileSource looks at the peer of the connection, never at X-Forwarded-For
// (SourceIpConditionConfig).
func compileSource(cidrs []string) matcher {
	var prefixes []netip.Prefix
	for _, cidr := range cidrs {
		if prefix, err := netip.ParsePrefix(cidr); err == nil {
			prefixes = append(prefixes, prefix)
		}
	}
	return func(r request) bool {
		return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(r.source) })
	}
}
