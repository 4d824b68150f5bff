package azuretest

import (
	"strings"
	"testing"
)

// Sources: Application Gateway multi-site hosting, wildcard host names and conditions for using
// them.
func TestHostMatches(t *testing.T) {
	tests := []struct {
		pattern, host string
		want          bool
	}{
		{"shop.contoso.com", "shop.contoso.com", true},
		{"shop.contoso.com", "SHOP.Contoso.com", true},
		{"shop.contoso.com", "shop.contoso.com:8080", true},
		{"shop.contoso.com", "shop.contoso.com.", false},
		{"shop.contoso.com", "xshop.contoso.com", false},
		{"*.contoso.com", "ecom.contoso.com", true},
		{"*.contoso.com", "customer1.b2b.contoso.com", true},
		{"*.contoso.com", "contoso.com", false},
		{"*.contoso.com", ".contoso.com", false},
		{"*.contoso.*", "a.contoso.net", true},
		{"????.contoso.com", "shop.contoso.com", true},
		{"????.contoso.com", "sho.contoso.com", false},
		{"w??.contoso*.edu.*", "www.contoso1.edu.us", true},
		{"*.contoso.com", "a_b.contoso.com", false},
		{"[::1]", "[::1]:80", false},
	}
	for _, tc := range tests {
		if got := matchHost(tc.pattern, tc.host); got != tc.want {
			t.Errorf("matchHost(%q, %q) = %v", tc.pattern, tc.host, got)
		}
	}
}

// Sources: URL path-based routing overview, path pattern.
func TestPathMatches(t *testing.T) {
	tests := []struct {
		pattern, path string
		want          bool
	}{
		{"/images", "/images", true},
		{"/images", "/IMAGES", true},
		{"/images", "/images/", false},
		{"/images/*", "/images/", true},
		{"/images/*", "/images/a/b", true},
		{"/images/*", "/images", false},
		{"/images*", "/images", true},
		{"/images*", "/imagesandmore", true},
		{"/Images/*", "/images/x", true},
		{"/*", "/", true},
		{"/a", "/a?b", false},
	}
	for _, tc := range tests {
		if got := matchPath(tc.pattern, tc.path); got != tc.want {
			t.Errorf("matchPath(%q, %q) = %v", tc.pattern, tc.path, got)
		}
	}
}

// "Rules are processed in the order they are listed": the first path that matches wins.
func TestFirstPathWins(t *testing.T) {
	r := rule{
		paths:    []pathEntry{{"/app/*", target{pool: "app"}}, {"/app/testing", target{pool: "testing"}}},
		fallback: target{pool: "default"},
	}
	for path, want := range map[string]string{"/app/testing": "app", "/app/x": "app", "/app": "default", "/": "default"} {
		if got := r.targetFor(path).pool; got != want {
			t.Errorf("%s goes to %s, want %s", path, got, want)
		}
	}
}

func TestListenersAreEvaluatedInOrder(t *testing.T) {
	s := site{listeners: []listener{
		{name: "wild", hosts: []string{"*.contoso.com"}}, {name: "exact", hosts: []string{"shop.contoso.com"}}, {name: "basic"}, {name: "late", hosts: []string{"late.com"}},
	}}
	for host, want := range map[string]string{"shop.contoso.com": "wild", "other.org": "basic", "late.com": "basic"} {
		if got := s.listenerFor(host).name; got != want {
			t.Errorf("%s is served by %s, want %s", host, got, want)
		}
	}
	s.listeners = s.listeners[:2]
	if got := s.listenerFor("other.org"); got != nil {
		t.Errorf("other.org is served by %s", got.name)
	}
}

// Source: the tables of HTTP settings configuration, override backend path.
func TestPathOverride(t *testing.T) {
	tests := []struct{ path, pattern, want string }{
		{"/home/", "", "/override/home/"},
		{"/home/secondhome/", "", "/override/home/secondhome/"},
		{"/pathrule/home/", "/pathrule*", "/override/home/"},
		{"/pathrule/home/secondhome/", "/pathrule*", "/override/home/secondhome/"},
		{"/home/", "/pathrule*", "/override/home/"},
		{"/pathrule/home/", "/pathrule/home*", "/override/"},
		{"/pathrule/home/secondhome/", "/pathrule/home*", "/override/secondhome/"},
		{"/pathrule/", "/pathrule/", "/override/"},
	}
	for _, tc := range tests {
		got := overridePath(tc.path, "/override/", target{pathBased: tc.pattern != "", pattern: tc.pattern})
		if got != tc.want {
			t.Errorf("%s by %q becomes %s, want %s", tc.path, tc.pattern, got, tc.want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("*.contoso.com", "a.contoso.com", "/images/*", "/images/a")
	f.Add("w??.contoso*.edu.*", "www.contoso1.edu.us", "/a*", "/A")
	f.Fuzz(func(t *testing.T, pattern, host, pathPattern, path string) {
		if validHost(pattern) && len(host) <= 253 {
			if matchHost(pattern, host) && matchHost(pattern, strings.ToUpper(host)) != true {
				t.Errorf("%q matches %q in one case only", pattern, host)
			}
			if !strings.ContainsAny(pattern, "*?") && !matchHost(pattern, pattern) {
				t.Errorf("%q does not match itself", pattern)
			}
		}
		if checkPath("r", pathPattern) == nil && !matchPath(pathPattern, strings.TrimSuffix(pathPattern, "*")) {
			t.Errorf("%q does not match itself", pathPattern)
		}
		if matchPath(pathPattern, path) != matchPath(strings.ToUpper(pathPattern), strings.ToUpper(path)) && isASCII(pathPattern+path) {
			t.Errorf("%q and %q match in one case only", pathPattern, path)
		}
	})
}

func isASCII(s string) bool { return !strings.ContainsFunc(s, func(c rune) bool { return c > 0x7f }) }
