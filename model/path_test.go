package model_test

import (
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model"
)

// Every row of the table "Examples" in the Ingress documentation
// (concepts/services-networking/ingress, path types) that has one path, and what lies between the
// rows.
func TestPathMatches(t *testing.T) {
	tests := []struct {
		kind        model.PathType
		value, path string
		want        bool
	}{
		{model.PathPrefix, "/", "/anything/at/all", true},
		{model.PathPrefix, "/", "", true},
		{model.PathExact, "/foo", "/foo", true},
		{model.PathExact, "/foo", "/bar", false},
		{model.PathExact, "/foo", "/foo/", false},
		{model.PathExact, "/foo/", "/foo", false},
		{model.PathPrefix, "/foo", "/foo", true},
		{model.PathPrefix, "/foo", "/foo/", true},
		{model.PathPrefix, "/foo/", "/foo", true},
		{model.PathPrefix, "/foo/", "/foo/", true},
		{model.PathPrefix, "/aaa/bb", "/aaa/bbb", false},
		{model.PathPrefix, "/aaa/bbb", "/aaa/bbb", true},
		{model.PathPrefix, "/aaa/bbb/", "/aaa/bbb", true},
		{model.PathPrefix, "/aaa/bbb", "/aaa/bbb/", true},
		{model.PathPrefix, "/aaa/bbb", "/aaa/bbb/ccc", true},
		{model.PathPrefix, "/aaa/bbb", "/aaa/bbbxyz", false},
		{model.PathPrefix, "/aaa", "/ccc", false},
		{model.PathPrefix, "/Foo", "/foo", false},
		{model.PathPrefix, "/foo", "/foo//bar", true},
		{model.PathExact, "/", "/", true},
		{model.PathExact, "/", "", true},
		{model.PathExact, "/a", "/%61", false},
		{model.PathRegexp, "/a+", "/aaa", true},
		{model.PathRegexp, "/a+", "/aaab", false},
		{model.PathRegexp, "/a|/b", "/bc", false},
		{model.PathRegexp, "(", "(", false},
		{"", "", "/x", true},
		{"Other", "/x", "/x", false},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+" "+tt.value+" on "+tt.path, func(t *testing.T) {
			if got := model.PathMatches(model.PathMatch{Type: tt.kind, Value: tt.value}, tt.path); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

// The rows of that table that have several paths.
func TestTheLongestPathWins(t *testing.T) {
	tests := []struct {
		paths []model.PathMatch
		path  string
		want  string
	}{
		{prefixes("/", "/aaa"), "/aaa/ccc", "Prefix /aaa"},
		{prefixes("/", "/aaa", "/aaa/bbb"), "/aaa/bbb", "Prefix /aaa/bbb"},
		{prefixes("/", "/aaa", "/aaa/bbb"), "/ccc", "Prefix /"},
		{prefixes("/aaa"), "/ccc", ""},
		{append(prefixes("/foo"), model.PathMatch{Type: model.PathExact, Value: "/foo"}), "/foo", "Exact /foo"},
		{append(prefixes("/foo"), model.PathMatch{Type: model.PathExact, Value: "/foo"}), "/foo/", "Prefix /foo"},
		{append(prefixes("/foo"), model.PathMatch{Type: model.PathRegexp, Value: "/foo.*"}), "/foo/x", "Prefix /foo"},
		{append(prefixes("/foo"), model.PathMatch{Type: model.PathRegexp, Value: "/foo.*"}), "/foox", "RegularExpression /foo.*"},
	}
	for _, tt := range tests {
		t.Run(tt.path+" "+tt.want, func(t *testing.T) {
			l := model.Listener{Port: 80, Protocol: model.HTTP}
			for _, p := range tt.paths {
				l.Routes = append(l.Routes, model.Route{
					Name: string(p.Type) + " " + p.Value, Matches: []model.Match{{Path: p}}, Action: model.Respond(200),
				})
			}
			s := seal(t, model.LoadBalancer{ID: "a/b", Listeners: []model.Listener{l}})
			if d := model.Decide(s, model.Request{Path: tt.path}); d.Route != tt.want {
				t.Errorf("got %q, want %q", d.Route, tt.want)
			}
		})
	}
}

func prefixes(paths ...string) []model.PathMatch {
	var all []model.PathMatch
	for _, p := range paths {
		all = append(all, model.PathMatch{Type: model.PathPrefix, Value: p})
	}
	return all
}

// The rows of the table of ReplacePrefixMatch in the Gateway API reference (HTTPPathModifier).
func TestRewritePath(t *testing.T) {
	tests := []struct{ path, prefix, replacement, want string }{
		{"/foo/bar", "/foo", "/xyz", "/xyz/bar"},
		{"/foo/bar", "/foo", "/xyz/", "/xyz/bar"},
		{"/foo/bar", "/foo/", "/xyz", "/xyz/bar"},
		{"/foo/bar", "/foo/", "/xyz/", "/xyz/bar"},
		{"/foo", "/foo", "/xyz", "/xyz"},
		{"/foo/", "/foo", "/xyz", "/xyz/"},
		{"/foo/bar", "/foo", "", "/bar"},
		{"/foo/", "/foo", "", "/"},
		{"/foo", "/foo", "", "/"},
		{"/foo/", "/foo", "/", "/"},
		{"/foo", "/foo", "/", "/"},
		{"/foo/bar", "/", "/xyz", "/xyz/foo/bar"},
		{"", "/", "/xyz", "/xyz/"},
	}
	for _, tt := range tests {
		m := model.PathMatch{Type: model.PathPrefix, Value: tt.prefix}
		if got := model.RewritePath(model.PathRewrite{Prefix: true, Value: tt.replacement}, m, tt.path); got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
	if got := model.RewritePath(model.PathRewrite{Value: "/whole"}, model.PathMatch{Type: model.PathExact, Value: "/a"}, "/a"); got != "/whole" {
		t.Errorf("whole path: got %s", got)
	}
}

func TestPathsThatServersReadDifferentlyAreRefused(t *testing.T) {
	tests := map[string]string{
		"":                               "begin with",
		"foo":                            "begin with",
		"/a?b":                           "character",
		"/a#b":                           "character",
		"/a b":                           "character",
		"/a\r\nb":                        "character",
		"/ü":                             "character",
		"/a\\b":                          "character",
		"/a//b":                          "empty segment",
		"//":                             "empty segment",
		"/./a":                           "dot segment",
		"/a/..":                          "dot segment",
		"/a/../b":                        "dot segment",
		"/a%2Fb":                         "escaped slash",
		"/a%2fb":                         "escaped slash",
		"/a%":                            "percent",
		"/a%zz":                          "percent",
		"/" + strings.Repeat("a", 1024):  "longer",
		"/a.b/.well-known/..c/%20*!$&'@": "",
		"/":                              "",
		"/a/":                            "",
	}
	for path, want := range tests {
		err := model.CheckPath(path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %s", path, err, want)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"/", "/a/b", "/a//b", "/a//", "//", "/%2f", "/..", "a", "/a?b"} {
		f.Add(s, "/a/b/c")
	}
	f.Fuzz(func(t *testing.T, value, path string) {
		lb := model.LoadBalancer{ID: "a/b", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
			{Name: "prefix", Matches: []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: value}}}},
		}}}}
		s, err := model.Seal(lb)
		if (err == nil) != (model.CheckPath(value) == nil) && value != "" {
			t.Fatalf("seal: %v, check: %v", err, model.CheckPath(value))
		}
		if err != nil {
			return
		}
		got := model.Decide(s, model.Request{Path: path}).Route == "prefix"
		if want := model.PathMatches(s.Listeners()[0].Routes[0].Matches[0].Path, path); got != want {
			t.Errorf("prefix %q on %q: got %t, want %t", value, path, got, want)
		}
	})
}
