package gcptest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/api/compute/v1"
)

// serviceOf returns the service to which a URL map routes a request.
func serviceOf(m *compute.UrlMap, method, url string, header http.Header) string {
	r := httptest.NewRequest(method, url, nil)
	for k, v := range header {
		r.Header[k] = v
	}
	return newRouter(m).route(newRequest(r)).service
}

// TestHostRules covers the reference of HostRule.hosts and the page "URL maps overview".
func TestHostRules(t *testing.T) {
	t.Parallel()
	m := &compute.UrlMap{DefaultService: "map"}
	for _, host := range []string{"shop.example", "*.shop.example", "*.eu.shop.example", "*-dev.example", "*"} {
		name := "m" + host
		m.HostRules = append(m.HostRules, &compute.HostRule{Hosts: []string{host}, PathMatcher: name})
		m.PathMatchers = append(m.PathMatchers, &compute.PathMatcher{Name: name, DefaultService: host})
	}
	for host, want := range map[string]string{
		"shop.example":          "shop.example",
		"shop.example:8080":     "shop.example",
		"SHOP.example":          "shop.example",
		"a.shop.example":        "*.shop.example",
		"a.b.shop.example":      "*.shop.example", // a star matches several labels
		"a.eu.shop.example":     "*.eu.shop.example",
		"a.b.eu.shop.example":   "*.eu.shop.example",
		"eu.shop.example":       "*.shop.example",
		"team-dev.example":      "*-dev.example",
		"other.example":         "*",
		"shop.example.attacker": "*",
	} {
		if got := serviceOf(m, "GET", "http://"+host+"/", nil); got != want {
			t.Errorf("host %s: %s, want %s", host, got, want)
		}
	}
	m.HostRules = m.HostRules[:len(m.HostRules)-1]
	if got := serviceOf(m, "GET", "http://other.example/", nil); got != "map" {
		t.Errorf("no host rule: %s, want the map's default", got)
	}
}

// TestPathRules covers the reference of PathRule.paths and PathMatcher.pathRules.
func TestPathRules(t *testing.T) {
	t.Parallel()
	m := oneMatcher(&compute.PathMatcher{PathRules: []*compute.PathRule{
		{Paths: []string{"/*"}, Service: "root"},
		{Paths: []string{"/video"}, Service: "video"},
		{Paths: []string{"/video/*"}, Service: "videos"},
		{Paths: []string{"/video/hd/*"}, Service: "hd"},
		{Paths: []string{"/video/hd/one"}, Service: "one"},
	}})
	for path, want := range map[string]string{
		"/": "root", "/video": "video", "/video/": "videos", "/video/x": "videos", "/videos": "root", "/Video": "root",
		"/video/hd": "videos", "/video/hd/": "hd", "/video/hd/one": "one", "/video/hd/one/": "hd", "/video?x=/video/hd/one": "video",
	} {
		if got := serviceOf(m, "GET", "http://a.example"+path, nil); got != want {
			t.Errorf("path %s: %s, want %s", path, got, want)
		}
	}
}

func oneMatcher(p *compute.PathMatcher) *compute.UrlMap {
	p.Name, p.DefaultService = "m", "default"
	return &compute.UrlMap{DefaultService: "map", PathMatchers: []*compute.PathMatcher{p},
		HostRules: []*compute.HostRule{{Hosts: []string{"*"}, PathMatcher: "m"}}}
}

// TestRouteRulesHavePriorities covers the reference of HttpRouteRule.priority: the lowest number
// comes first, the first match applies, and the order of the list does not matter.
func TestRouteRulesHavePriorities(t *testing.T) {
	t.Parallel()
	m := oneMatcher(&compute.PathMatcher{RouteRules: []*compute.HttpRouteRule{
		{Priority: 20, Service: "late", MatchRules: []*compute.HttpRouteRuleMatch{{PrefixMatch: "/"}}},
		{Priority: 3, Service: "early", MatchRules: []*compute.HttpRouteRuleMatch{{PrefixMatch: "/a"}}},
	}})
	for path, want := range map[string]string{"/a": "early", "/ab": "early", "/b": "late"} {
		if got := serviceOf(m, "GET", "http://a.example"+path, nil); got != want {
			t.Errorf("path %s: %s, want %s", path, got, want)
		}
	}
}

// TestRouteMatches covers the reference of HttpRouteRuleMatch, HttpHeaderMatch and
// HttpQueryParameterMatch.
func TestRouteMatches(t *testing.T) {
	t.Parallel()
	h := func(kv ...string) http.Header {
		out := http.Header{}
		for i := 0; i < len(kv); i += 2 {
			out.Add(kv[i], kv[i+1])
		}
		return out
	}
	header := func(m compute.HttpHeaderMatch) *compute.HttpRouteRuleMatch {
		return &compute.HttpRouteRuleMatch{PrefixMatch: "/", HeaderMatches: []*compute.HttpHeaderMatch{&m}}
	}
	query := func(m compute.HttpQueryParameterMatch) *compute.HttpRouteRuleMatch {
		return &compute.HttpRouteRuleMatch{PrefixMatch: "/", QueryParameterMatches: []*compute.HttpQueryParameterMatch{&m}}
	}
	for _, c := range []struct {
		name   string
		match  *compute.HttpRouteRuleMatch
		method string
		url    string
		header http.Header
		want   bool
	}{
		{"prefix is a string prefix", &compute.HttpRouteRuleMatch{PrefixMatch: "/foo"}, "GET", "/foobar", nil, true},
		{"prefix is case-sensitive", &compute.HttpRouteRuleMatch{PrefixMatch: "/foo"}, "GET", "/Foo", nil, false},
		{"prefix ignores case", &compute.HttpRouteRuleMatch{PrefixMatch: "/foo", IgnoreCase: true}, "GET", "/FOObar", nil, true},
		{"star in prefix is literal", &compute.HttpRouteRuleMatch{PrefixMatch: "/foo*"}, "GET", "/foox", nil, false},
		{"full path", &compute.HttpRouteRuleMatch{FullPathMatch: "/foo"}, "GET", "/foo?q=1", nil, true},
		{"full path is whole", &compute.HttpRouteRuleMatch{FullPathMatch: "/foo"}, "GET", "/foo/", nil, false},
		{"regex is whole", &compute.HttpRouteRuleMatch{RegexMatch: "/a+"}, "GET", "/aab", nil, false},
		{"regex", &compute.HttpRouteRuleMatch{RegexMatch: "/a+b"}, "GET", "/aab", nil, true},
		{"template", &compute.HttpRouteRuleMatch{PathTemplateMatch: "/a/{x}/{rest=**}"}, "GET", "/a/b/c/d", nil, true},
		{"template needs its segments", &compute.HttpRouteRuleMatch{PathTemplateMatch: "/a/*/b"}, "GET", "/a/b", nil, false},
		{"template ends", &compute.HttpRouteRuleMatch{PathTemplateMatch: "/a/*"}, "GET", "/a/b/c", nil, false},
		{"header exact", header(compute.HttpHeaderMatch{HeaderName: "x-v", ExactMatch: "1"}), "GET", "/", h("X-V", "1"), true},
		{"header other value", header(compute.HttpHeaderMatch{HeaderName: "x-v", ExactMatch: "1"}), "GET", "/", h("X-V", "2"), false},
		{"header lines are joined", header(compute.HttpHeaderMatch{HeaderName: "x-v", ExactMatch: "1,2"}), "GET", "/", h("X-V", "1", "X-V", "2"), true},
		{"header present", header(compute.HttpHeaderMatch{HeaderName: "x-v", PresentMatch: true}), "GET", "/", h("X-V", ""), true},
		{"header absent", header(compute.HttpHeaderMatch{HeaderName: "x-v", PresentMatch: true}), "GET", "/", nil, false},
		{"header inverted", header(compute.HttpHeaderMatch{HeaderName: "x-v", PresentMatch: true, InvertMatch: true}), "GET", "/", nil, true},
		{"header prefix", header(compute.HttpHeaderMatch{HeaderName: "x-v", PrefixMatch: "ab"}), "GET", "/", h("X-V", "abc"), true},
		{"header suffix", header(compute.HttpHeaderMatch{HeaderName: "x-v", SuffixMatch: "bc"}), "GET", "/", h("X-V", "abc"), true},
		{"header range", header(compute.HttpHeaderMatch{HeaderName: "x-v", RangeMatch: &compute.Int64RangeMatch{RangeStart: -5, RangeEnd: 1}}), "GET", "/", h("X-V", "0"), true},
		{"header range of no number", header(compute.HttpHeaderMatch{HeaderName: "x-v", RangeMatch: &compute.Int64RangeMatch{RangeStart: -5, RangeEnd: 1}}), "GET", "/", h("X-V", "-3someString"), false},
		{"method", header(compute.HttpHeaderMatch{HeaderName: ":method", ExactMatch: "POST"}), "POST", "/", nil, true},
		{"other method", header(compute.HttpHeaderMatch{HeaderName: ":method", ExactMatch: "POST"}), "GET", "/", nil, false},
		{"authority", header(compute.HttpHeaderMatch{HeaderName: ":authority", PrefixMatch: "a."}), "GET", "/", nil, true},
		{"query exact", query(compute.HttpQueryParameterMatch{Name: "v", ExactMatch: "1"}), "GET", "/?v=1", nil, true},
		{"query first value counts", query(compute.HttpQueryParameterMatch{Name: "v", ExactMatch: "1"}), "GET", "/?v=2&v=1", nil, false},
		{"query present", query(compute.HttpQueryParameterMatch{Name: "v", PresentMatch: true}), "GET", "/?v", nil, true},
		{"query absent", query(compute.HttpQueryParameterMatch{Name: "v", PresentMatch: true}), "GET", "/?w=1", nil, false},
	} {
		m := oneMatcher(&compute.PathMatcher{RouteRules: []*compute.HttpRouteRule{{Service: "hit", MatchRules: []*compute.HttpRouteRuleMatch{c.match}}}})
		if got := serviceOf(m, c.method, "http://a.example"+c.url, c.header) == "hit"; got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestMatchRulesAreAlternatives covers the reference of HttpRouteRule.matchRules: a rule matches if
// all conditions of one of them do.
func TestMatchRulesAreAlternatives(t *testing.T) {
	t.Parallel()
	m := oneMatcher(&compute.PathMatcher{RouteRules: []*compute.HttpRouteRule{{Service: "hit", MatchRules: []*compute.HttpRouteRuleMatch{
		{FullPathMatch: "/a"}, {PrefixMatch: "/b", HeaderMatches: []*compute.HttpHeaderMatch{{HeaderName: "x", PresentMatch: true}}},
	}}}})
	if serviceOf(m, "GET", "http://a.example/a", nil) != "hit" || serviceOf(m, "GET", "http://a.example/b", http.Header{"X": {"1"}}) != "hit" {
		t.Error("an alternative does not match")
	}
	if got := serviceOf(m, "GET", "http://a.example/b", nil); got != "default" {
		t.Errorf("half of an alternative matches: %s", got)
	}
}

func TestTemplateVariables(t *testing.T) {
	t.Parallel()
	parsed, err := parseTemplate("/{country}/{format}/{rest=**}")
	if err != nil {
		t.Fatal(err)
	}
	vars, ok := parsed.match("/de/hd/a/b")
	if got := fillTemplate("/content/{format}/{country}/{rest}", vars); !ok || got != "/content/hd/de/a/b" {
		t.Errorf("rewrite = %q", got)
	}
	for _, bad := range []string{"a", "/{", "/{x", "/**/a", "/*a", "/{x}/{x}", "/{1}", "/*/*/*/*/*/*", "/{x=***}"} {
		if _, err := parseTemplate(bad); err == nil {
			t.Errorf("template %q is accepted", bad)
		}
	}
}

// FuzzRoute checks that matching does not panic and finds a service for every request.
func FuzzRoute(f *testing.F) {
	f.Add("a.example", "/video/x?y=1", "/{a}/{b=**}")
	f.Add("", "*", "/**")
	f.Fuzz(func(t *testing.T, host, uri, pattern string) {
		m := oneMatcher(&compute.PathMatcher{RouteRules: []*compute.HttpRouteRule{{Service: "hit", MatchRules: []*compute.HttpRouteRuleMatch{{PathTemplateMatch: pattern}}}}})
		if _, err := parseTemplate(pattern); err != nil {
			return
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host, r.RequestURI = host, uri
		if got := newRouter(m).route(newRequest(r)).service; got != "hit" && got != "default" && got != "map" {
			t.Errorf("service = %q", got)
		}
	})
}

func TestFilters(t *testing.T) {
	t.Parallel()
	doc := document{"name": "web-1", "description": `{"cluster":"demo"}`, "labels": map[string]any{"owner": "me"}, "size": number(7)}
	for text, want := range map[string]bool{
		"": true, "name = web-1": true, `name = "web-1"`: true, "name=web-2": false, "name != web-2": true, "name eq web-.*": true,
		"name eq web": false, "name ne web": true, "name eq 'web-[0-9]'": true, "name:web*": true, "name:b-1": true, "name:x*": false,
		"labels.owner = me": true, "labels.owner:*": true, "labels.none:*": false, "(name = web-1) (labels.owner = you)": false,
		"(name = web-1) AND (labels.owner = me)": true, "name = x OR name = web-1": true, "NOT name = x": true, "size > 6": true, "size <= 6": false,
		`description:"\"cluster"`: false, `description:cluster`: true,
	} {
		f, err := parseFilter(text)
		if err != nil {
			if text != `description:"\"cluster"` {
				t.Errorf("filter %q: %v", text, err)
			}
			continue
		}
		if got := f.match(doc); got != want {
			t.Errorf("filter %q: %v, want %v", text, got, want)
		}
	}
	for _, bad := range []string{"name", "name =", "= x", "(name = x", "name = x)", "name ~ x", "name eq [", `name = "x`, strings.Repeat("(", 1000)} {
		if _, err := parseFilter(bad); err == nil {
			t.Errorf("filter %q is accepted", bad)
		}
	}
}

func FuzzFilter(f *testing.F) {
	f.Add(`(name = "x") AND NOT labels.a:b* OR size >= 3`)
	f.Fuzz(func(_ *testing.T, text string) {
		if got, err := parseFilter(text); err == nil {
			got.match(document{"name": "x"})
		}
	})
}
