package awstest

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// request is the part of a request that conditions match ("Condition types for listener rules").
type request struct {
	host    string // the Host header as received, with its port
	path    string // as received, percent-encoded
	query   string
	method  string
	headers http.Header
	source  netip.Addr
}

// requestOf returns the part of r that conditions match. Unverified: that paths are compared as
// received, without decoding them or resolving dot segments.
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

// matcher reports whether a request matches a condition.
type matcher func(request) bool

// compileConditions returns a matcher for all conditions of a rule together.
func compileConditions(conditions []elbCondition) matcher {
	all := make([]matcher, 0, len(conditions))
	for _, c := range conditions {
		all = append(all, compileCondition(c))
	}
	return func(r request) bool {
		return !slices.ContainsFunc(all, func(m matcher) bool { return !m(r) })
	}
}

// compileCondition returns a matcher for any of the values of a condition.
func compileCondition(c elbCondition) matcher {
	switch {
	case c.HostHeaderConfig != nil:
		// "Host names are case-insensitive." The header is compared as received, with its port.
		match := compileText(c.HostHeaderConfig.Values, c.HostHeaderConfig.RegexValues, false)
		return func(r request) bool { return match(r.host) }
	case c.PathPatternConfig != nil:
		// "A path pattern is case-sensitive." It matches the path without the query.
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

// compileText returns a function that matches a text with patterns and regular expressions.
// Unverified: that a regular expression need not match the whole text, and that it is
// case-sensitive in every field.
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

// lower converts ASCII letters only: "Rules apply only to visible ASCII characters".
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// wildcardMatch matches a pattern in which "*" stands for any number of characters, including dots
// and slashes, and "?" for exactly one.
func wildcardMatch(pattern, text string) bool { return glob(literals(pattern, false), []byte(text)) }

// escapedMatch is like wildcardMatch, but "\" before a wildcard makes it a literal character
// (QueryStringConditionConfig).
func escapedMatch(pattern, text string) bool { return glob(literals(pattern, true), []byte(text)) }

// glyph is a character or a wildcard of a pattern.
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

// glob matches pattern and text from left to right. At a mismatch it goes back to the last star,
// which then matches one more character. The time is at most the product of both lengths.
func glob(pattern []glyph, text []byte) bool {
	p, t, star, next := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p].any:
			star, next = p, t
			p++
		case p < len(pattern) && (pattern[p].one || pattern[p].char == text[t]):
			p++
			t++
		case star >= 0:
			next++
			p, t = star+1, next
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p].any {
		p++
	}
	return p == len(pattern)
}

// compileQuery returns a matcher for queries in which a parameter has the key and the value of a
// pair. A pair without a key matches the value of any parameter. Case is ignored
// (QueryStringConditionConfig). Unverified: that percent-encoded characters are decoded before.
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

// compileSource returns a matcher for the peer of the connection. It ignores X-Forwarded-For
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
