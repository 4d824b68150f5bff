package gcp

import (
	"fmt"
	"slices"

	"google.golang.org/api/compute/v1"
)

// others collects the fields of a URL map that are set and that the provider never sets, so that a
// manual change is detected and undone. Defaults that the cloud fills in are not collected.
type others struct{ found []string }

// othersOf returns the paths of these fields, sorted.
func othersOf(m *compute.UrlMap) []string {
	o := &others{}
	o.note("headerAction", m.HeaderAction != nil)
	o.note("tests", len(m.Tests) > 0)
	o.note("defaultCustomErrorResponsePolicy", m.DefaultCustomErrorResponsePolicy != nil)
	o.action("defaultRouteAction", m.DefaultRouteAction)
	o.redirect("defaultUrlRedirect", m.DefaultUrlRedirect)
	for _, p := range m.PathMatchers {
		o.matcher("pathMatchers["+p.Name+"]", p)
	}
	slices.Sort(o.found)
	return o.found
}

func (o *others) note(path string, there bool) {
	if there {
		o.found = append(o.found, path)
	}
}

func (o *others) matcher(at string, p *compute.PathMatcher) {
	o.note(at+".headerAction", p.HeaderAction != nil)
	o.note(at+".pathRules", len(p.PathRules) > 0)
	o.note(at+".defaultCustomErrorResponsePolicy", p.DefaultCustomErrorResponsePolicy != nil)
	o.action(at+".defaultRouteAction", p.DefaultRouteAction)
	o.redirect(at+".defaultUrlRedirect", p.DefaultUrlRedirect)
	for _, r := range p.RouteRules {
		rule := fmt.Sprintf("%s.routeRules[%d]", at, r.Priority)
		o.note(rule+".customErrorResponsePolicy", r.CustomErrorResponsePolicy != nil)
		o.action(rule+".routeAction", r.RouteAction)
		o.redirect(rule+".urlRedirect", r.UrlRedirect)
		for i, m := range r.MatchRules {
			o.match(fmt.Sprintf("%s.matchRules[%d]", rule, i), m)
		}
	}
}

func (o *others) match(at string, m *compute.HttpRouteRuleMatch) {
	o.note(at+".regexMatch", m.RegexMatch != "")
	o.note(at+".ignoreCase", m.IgnoreCase)
	o.note(at+".metadataFilters", len(m.MetadataFilters) > 0)
	for _, h := range m.HeaderMatches {
		strange := h.PrefixMatch != "" || h.SuffixMatch != "" || h.RegexMatch != "" || h.RangeMatch != nil || h.InvertMatch
		o.note(at+".headerMatches["+h.HeaderName+"]", strange)
	}
	for _, q := range m.QueryParameterMatches {
		o.note(at+".queryParameterMatches["+q.Name+"]", q.RegexMatch != "")
	}
}

func (o *others) action(at string, a *compute.HttpRouteAction) {
	if a == nil {
		return
	}
	o.note(at+".corsPolicy", a.CorsPolicy != nil)
	o.note(at+".requestMirrorPolicy", a.RequestMirrorPolicy != nil)
	o.note(at+".retryPolicy", a.RetryPolicy != nil)
	o.note(at+".faultInjectionPolicy.delay", a.FaultInjectionPolicy != nil && a.FaultInjectionPolicy.Delay != nil)
	for _, w := range a.WeightedBackendServices {
		o.note(at+".weightedBackendServices["+lastPart(w.BackendService)+"].headerAction", w.HeaderAction != nil)
	}
}

func (o *others) redirect(at string, r *compute.HttpRedirectAction) {
	o.note(at+".stripQuery", r != nil && r.StripQuery)
}
