package awstest

import (
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"
)

func TestConditionsMatchAsDocumented(t *testing.T) {
	host := func(v ...string) elbCondition { return elbCondition{HostHeaderConfig: &elbPatterns{Values: v}} }
	hostRegex := func(v ...string) elbCondition { return elbCondition{HostHeaderConfig: &elbPatterns{RegexValues: v}} }
	path := func(v ...string) elbCondition { return elbCondition{PathPatternConfig: &elbPatterns{Values: v}} }
	header := func(name string, v ...string) elbCondition {
		return elbCondition{HttpHeaderConfig: &elbHeaderPatterns{HttpHeaderName: name, Values: v}}
	}
	query := func(kv ...elbKeyValue) elbCondition {
		return elbCondition{QueryStringConfig: &elbQueryPatterns{Values: kv}}
	}
	method := func(v ...string) elbCondition { return elbCondition{HttpRequestMethodConfig: &elbValues{Values: v}} }
	source := func(v ...string) elbCondition { return elbCondition{SourceIpConfig: &elbValues{Values: v}} }
	headers := func(kv ...string) request {
		h := http.Header{}
		for i := 0; i < len(kv); i += 2 {
			h.Add(kv[i], kv[i+1])
		}
		return request{headers: h}
	}
	for name, c := range map[string]struct {
		condition elbCondition
		request   request
		want      bool
	}{
		"host is equal":                             {host("shop.example.com"), request{host: "shop.example.com"}, true},
		"host ignores case":                         {host("shop.Example.com"), request{host: "SHOP.example.COM"}, true},
		"host is compared with its port":            {host("shop.example.com"), request{host: "shop.example.com:8080"}, false},
		"host wildcard matches one label":           {host("*.example.com"), request{host: "a.example.com"}, true},
		"host wildcard spans dots":                  {host("*.example.com"), request{host: "a.b.example.com"}, true},
		"host wildcard needs the dot":               {host("*.example.com"), request{host: "example.com"}, false},
		"host question mark is one character":       {host("a?.example.com"), request{host: "ab.example.com"}, true},
		"host question mark is not none":            {host("a?.example.com"), request{host: "a.example.com"}, false},
		"any of the values suffices":                {host("a.example.com", "b.example.com"), request{host: "b.example.com"}, true},
		"host regular expression":                   {hostRegex(`^[^.]+\.example\.com$`), request{host: "a.example.com"}, true},
		"host regular expression matches one label": {hostRegex(`^[^.]+\.example\.com$`), request{host: "a.b.example.com"}, false},
		"path is equal":                             {path("/img"), request{path: "/img"}, true},
		"path is case-sensitive":                    {path("/img"), request{path: "/IMG"}, false},
		"path star spans slashes":                   {path("/img/*"), request{path: "/img/a/b"}, true},
		"path star may be empty":                    {path("/img/*"), request{path: "/img/"}, true},
		"path star needs the slash":                 {path("/img/*"), request{path: "/img"}, false},
		"path in the middle":                        {path("/img/*/pics"), request{path: "/img/a/pics"}, true},
		"path ignores the query":                    {path("/img"), request{path: "/img", query: "a=b"}, true},
		"path slash matches only the root":          {path("/"), request{path: "/a"}, false},
		"path is compared encoded":                  {path("/a b"), request{path: "/a%20b"}, false},
		"header value ignores case":                 {header("X-Version", "BETA"), headers("X-Version", "beta"), true},
		"header name ignores case":                  {header("x-version", "beta"), headers("X-Version", "beta"), true},
		"header wildcard":                           {header("User-Agent", "*Chrome*"), headers("User-Agent", "Mozilla Chrome/1"), true},
		"header is absent":                          {header("X-Version", "*"), headers(), false},
		"header is present with a star":             {header("X-Version", "*"), headers("X-Version", ""), true},
		"header lines are compared one by one":      {header("X-Version", "b"), headers("X-Version", "a", "X-Version", "b"), true},
		"query pair":                                {query(elbKeyValue{"version", "v1"}), request{query: "x=1&version=v1"}, true},
		"query ignores case":                        {query(elbKeyValue{"Version", "V1"}), request{query: "version=v1"}, true},
		"query value of any key":                    {query(elbKeyValue{"", "*example*"}), request{query: "q=an+example+b"}, true},
		"query key differs":                         {query(elbKeyValue{"version", "v1"}), request{query: "other=v1"}, false},
		"query escaped star is literal":             {query(elbKeyValue{"q", `\*`}), request{query: "q=abc"}, false},
		"query escaped star matches a star":         {query(elbKeyValue{"q", `\*`}), request{query: "q=*"}, true},
		"query is absent":                           {query(elbKeyValue{"", "*"}), request{}, false},
		"method is equal":                           {method("GET"), request{method: "GET"}, true},
		"method is case-sensitive":                  {method("GET"), request{method: "get"}, false},
		"source in range":                           {source("10.0.0.0/8"), request{source: netip.MustParseAddr("10.1.2.3")}, true},
		"source out of range":                       {source("10.0.0.0/8"), request{source: netip.MustParseAddr("192.0.2.1")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := compileCondition(c.condition)(c.request); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestAllConditionsOfARuleMustMatch(t *testing.T) {
	match := compileConditions([]elbCondition{
		{HostHeaderConfig: &elbPatterns{Values: []string{"a.example.com"}}}, {PathPatternConfig: &elbPatterns{Values: []string{"/x"}}},
	})
	for _, c := range []struct {
		r    request
		want bool
	}{
		{request{host: "a.example.com", path: "/x"}, true},
		{request{host: "a.example.com", path: "/y"}, false},
		{request{host: "b.example.com", path: "/x"}, false},
	} {
		if got := match(c.r); got != c.want {
			t.Errorf("%s%s: got %v, want %v", c.r.host, c.r.path, got, c.want)
		}
	}
}

// FuzzWildcardMatch compares the matcher with a regular expression for the same pattern.
func FuzzWildcardMatch(f *testing.F) {
	for _, seed := range [][2]string{{"/img/*", "/img/a"}, {"a*b*c", "abbc"}, {"?*?", "ab"}, {"***", ""}, {"*a", "aab"}, {"", "x"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 64 || len(text) > 256 {
			t.Skip("longer than a rule allows")
		}
		ascii := func(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r > 126 || r < ' ' }) < 0 }
		if !ascii(pattern) || !ascii(text) {
			t.Skip("not visible ASCII")
		}
		expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
		want := regexp.MustCompile("^(?s:" + expression + ")$").MatchString(text)
		if got := wildcardMatch(pattern, text); got != want {
			t.Errorf("%q on %q: got %v, want %v", pattern, text, got, want)
		}
	})
}
