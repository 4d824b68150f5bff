package gcptest_test

import (
	"errors"
	"testing"

	"google.golang.org/api/compute/v1"
	"google.golang.org/api/googleapi"

	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// TestVariablesInHeadersAreRejected checks that a header value with a variable, which the cloud
// replaces, is not stored as text.
func TestVariablesInHeadersAreRejected(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	shop(c, newPod(t, "one", nil))
	for value, accepted := range map[string]bool{"text": true, "{client_region}": false, "}": false} {
		name := map[bool]string{true: "text", false: "variable"}[accepted]
		m := &compute.UrlMap{Name: name, DefaultService: "global/backendServices/web", HeaderAction: &compute.HttpHeaderAction{
			ResponseHeadersToAdd: []*compute.HttpHeaderOption{{HeaderName: "X-Where", HeaderValue: value}}}}
		_, err := c.api.UrlMaps.Insert(project, m).Do()
		if accepted {
			if err != nil {
				t.Errorf("%q: %v", value, err)
			}
			continue
		}
		wantFault(t, err, 400, "notEmulated")
	}
}

func TestURLMapIsChecked(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	s := c.service("web")
	rule := func(paths ...string) *compute.PathRule { return &compute.PathRule{Paths: paths, Service: s} }
	matcher := func(p compute.PathMatcher) *compute.UrlMap {
		p.Name, p.DefaultService = "m", s
		return &compute.UrlMap{Name: "map", DefaultService: s, HostRules: []*compute.HostRule{{Hosts: []string{"*"}, PathMatcher: "m"}}, PathMatchers: []*compute.PathMatcher{&p}}
	}
	hosts := func(hosts ...string) *compute.UrlMap {
		m := matcher(compute.PathMatcher{})
		m.HostRules = nil
		for _, h := range hosts {
			m.HostRules = append(m.HostRules, &compute.HostRule{Hosts: []string{h}, PathMatcher: "m"})
		}
		return m
	}
	route := func(r compute.HttpRouteRule) *compute.UrlMap {
		if r.MatchRules == nil {
			r.MatchRules = []*compute.HttpRouteRuleMatch{{PrefixMatch: "/"}}
		}
		return matcher(compute.PathMatcher{RouteRules: []*compute.HttpRouteRule{&r}})
	}
	match := func(m compute.HttpRouteRuleMatch) *compute.UrlMap {
		return route(compute.HttpRouteRule{Service: s, MatchRules: []*compute.HttpRouteRuleMatch{&m}})
	}
	action := func(a compute.HttpRouteAction) *compute.UrlMap {
		return route(compute.HttpRouteRule{Service: s, RouteAction: &a})
	}
	for name, m := range map[string]*compute.UrlMap{
		"no default":                 {Name: "map"},
		"two defaults":               {Name: "map", DefaultService: s, DefaultUrlRedirect: &compute.HttpRedirectAction{HttpsRedirect: true}},
		"unknown matcher":            {Name: "map", DefaultService: s, HostRules: []*compute.HostRule{{Hosts: []string{"*"}, PathMatcher: "none"}}},
		"unused matcher":             {Name: "map", DefaultService: s, PathMatchers: []*compute.PathMatcher{{Name: "m", DefaultService: s}}},
		"host twice":                 hosts("a.example", "A.example"),
		"host twice in two rules":    hosts("a.example", "a.example"),
		"wildcard inside":            hosts("a.*.example"),
		"wildcard without separator": hosts("*example"),
		"path without slash":         matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("a")}}),
		"star inside":                matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("/a*")}}),
		"star not at end":            matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("/*/a")}}),
		"query in path":              matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("/a?b")}}),
		"path twice":                 matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("/a"), rule("/a")}}),
		"no paths":                   matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule()}}),
		"both rules": matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("/a")},
			RouteRules: []*compute.HttpRouteRule{{Service: s, MatchRules: []*compute.HttpRouteRuleMatch{{PrefixMatch: "/"}}}}}),
		"priority twice": matcher(compute.PathMatcher{RouteRules: []*compute.HttpRouteRule{
			{Service: s, MatchRules: []*compute.HttpRouteRuleMatch{{PrefixMatch: "/"}}}, {Service: s, MatchRules: []*compute.HttpRouteRuleMatch{{PrefixMatch: "/"}}}}}),
		"no match":                          route(compute.HttpRouteRule{Service: s, MatchRules: []*compute.HttpRouteRuleMatch{}}),
		"match without path":                match(compute.HttpRouteRuleMatch{HeaderMatches: []*compute.HttpHeaderMatch{{HeaderName: "x", PresentMatch: true}}}),
		"two paths":                         match(compute.HttpRouteRuleMatch{PrefixMatch: "/", FullPathMatch: "/"}),
		"regex on global":                   match(compute.HttpRouteRuleMatch{RegexMatch: "/.*"}),
		"prefix without /":                  match(compute.HttpRouteRuleMatch{PrefixMatch: "a"}),
		"header without test":               match(compute.HttpRouteRuleMatch{PrefixMatch: "/", HeaderMatches: []*compute.HttpHeaderMatch{{HeaderName: "x"}}}),
		"no outcome":                        route(compute.HttpRouteRule{RouteAction: &compute.HttpRouteAction{Timeout: &compute.Duration{Seconds: 1}}}),
		"weight too big":                    route(compute.HttpRouteRule{RouteAction: &compute.HttpRouteAction{WeightedBackendServices: []*compute.WeightedBackendService{{BackendService: s, Weight: 1001}}}}),
		"all weights zero":                  route(compute.HttpRouteRule{RouteAction: &compute.HttpRouteAction{WeightedBackendServices: []*compute.WeightedBackendService{{BackendService: s, ForceSendFields: []string{"Weight"}}}}}),
		"bad abort status":                  action(compute.HttpRouteAction{FaultInjectionPolicy: &compute.HttpFaultInjection{Abort: &compute.HttpFaultAbort{HttpStatus: 99, Percentage: 100}}}),
		"template rewrite without template": action(compute.HttpRouteAction{UrlRewrite: &compute.UrlRewrite{PathTemplateRewrite: "/{x}"}}),
	} {
		if err := c.await(c.api.UrlMaps.Insert(project, m).Do()); err == nil {
			t.Errorf("%s: accepted", name)
			c.done(c.api.UrlMaps.Delete(project, "map").Do())
		} else if failed, ok := errors.AsType[*googleapi.Error](err); !ok || failed.Code != 400 {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.done(c.api.UrlMaps.Insert(project, match(compute.HttpRouteRuleMatch{PrefixMatch: "/"})).Do())
}
