package gcp

import (
	"context"
	"net/http"
	"slices"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider"
)

type urlMapClient struct{ *Client }

func (c urlMapClient) insert(ctx context.Context, w desired) error {
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.UrlMaps.Insert(c.project, c.of(w)))
	}
	return write(ctx, c.Client, c.svc.RegionUrlMaps.Insert(c.project, w.key.Place, c.of(w)))
}

func (c urlMapClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return convertOne(urlMapItem)(read(ctx, c.svc.UrlMaps.Get(c.project, k.Name)))
	}
	return convertOne(urlMapItem)(read(ctx, c.svc.RegionUrlMaps.Get(c.project, k.Place, k.Name)))
}

// update replaces the whole map.
func (c urlMapClient) update(ctx context.Context, w desired, now item) error {
	m := c.of(w)
	m.Fingerprint = now.fingerprint
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.UrlMaps.Update(c.project, w.key.Name, m))
	}
	return write(ctx, c.Client, c.svc.RegionUrlMaps.Update(c.project, w.key.Place, w.key.Name, m))
}

func (c urlMapClient) delete(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.UrlMaps.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionUrlMaps.Delete(c.project, k.Place, k.Name))
}

func (c urlMapClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.UrlMapList) []*compute.UrlMap { return l.Items }
	if place == "" {
		return listAll(ctx, c.svc.UrlMaps.List(c.project).Filter(filter).Pages, items, urlMapItem)
	}
	return listAll(ctx, c.svc.RegionUrlMaps.List(c.project, place).Filter(filter).Pages, items, urlMapItem)
}

// outcome is the three fields in which the API states the action of a rule or default.
type outcome struct {
	service  string
	redirect *compute.HttpRedirectAction
	action   *compute.HttpRouteAction
}

func (c urlMapClient) of(w desired) *compute.UrlMap {
	s := specOf[URLMapSpec](w)
	o := c.outcome(w.key, s.Default)
	m := &compute.UrlMap{Name: w.key.Name, Description: w.description, DefaultService: o.service, DefaultUrlRedirect: o.redirect, DefaultRouteAction: o.action}
	for _, matcher := range s.Matchers {
		m.HostRules = append(m.HostRules, &compute.HostRule{Hosts: matcher.Hosts, PathMatcher: matcher.Name})
		m.PathMatchers = append(m.PathMatchers, c.matcher(w.key, matcher))
	}
	return m
}

func (c urlMapClient) matcher(k provider.Key, s Matcher) *compute.PathMatcher {
	o := c.outcome(k, s.Default)
	p := &compute.PathMatcher{Name: s.Name, DefaultService: o.service, DefaultUrlRedirect: o.redirect, DefaultRouteAction: o.action}
	for i, r := range s.Rules {
		o := c.outcome(k, r.Outcome)
		rule := &compute.HttpRouteRule{Priority: int64(i), ForceSendFields: []string{"Priority"}, Service: o.service, UrlRedirect: o.redirect, RouteAction: o.action,
			HeaderAction: headerActionOf(r.Headers)}
		for _, m := range r.Matches {
			rule.MatchRules = append(rule.MatchRules, matchOf(m))
		}
		p.RouteRules = append(p.RouteRules, rule)
	}
	return p
}

func matchOf(m Match) *compute.HttpRouteRuleMatch {
	out := &compute.HttpRouteRuleMatch{FullPathMatch: m.Full, PrefixMatch: m.Prefix, PathTemplateMatch: m.Template}
	for _, h := range m.Headers {
		out.HeaderMatches = append(out.HeaderMatches, &compute.HttpHeaderMatch{HeaderName: h.Name, ExactMatch: h.Exact, PresentMatch: h.Present})
	}
	for _, q := range m.Query {
		out.QueryParameterMatches = append(out.QueryParameterMatches, &compute.HttpQueryParameterMatch{Name: q.Name, ExactMatch: q.Exact, PresentMatch: q.Present})
	}
	return out
}

func (c urlMapClient) outcome(k provider.Key, s Outcome) outcome {
	if s.Redirect != nil {
		return outcome{redirect: redirectOf(s.Redirect)}
	}
	var out outcome
	action := &compute.HttpRouteAction{}
	if len(s.Services) == 1 {
		out.service = c.link(k.Place, KindBackendService, s.Services[0].Service)
	} else {
		for _, share := range s.Services {
			action.WeightedBackendServices = append(action.WeightedBackendServices, &compute.WeightedBackendService{
				BackendService: c.link(k.Place, KindBackendService, share.Service), Weight: int64(share.Weight), ForceSendFields: []string{"Weight"}})
		}
	}
	if s.Fault != 0 {
		action.FaultInjectionPolicy = &compute.HttpFaultInjection{Abort: &compute.HttpFaultAbort{HttpStatus: int64(s.Fault), Percentage: 100}}
	}
	if s.rewrites() {
		action.UrlRewrite = &compute.UrlRewrite{HostRewrite: s.Host, PathPrefixRewrite: s.Prefix, PathTemplateRewrite: s.Template}
	}
	if s.Millis != 0 {
		action.Timeout = &compute.Duration{Seconds: s.Millis / 1000, Nanos: s.Millis % 1000 * 1e6}
	}
	if len(s.Services) != 1 || s.Fault != 0 || s.rewrites() || s.Millis != 0 {
		out.action = action
	}
	return out
}

func (o Outcome) rewrites() bool { return o.Host != "" || o.Prefix != "" || o.Template != "" }

// redirectCodes maps HTTP statuses to the API's names for them.
func redirectCodes() map[int]string {
	return map[int]string{http.StatusMovedPermanently: "MOVED_PERMANENTLY_DEFAULT", http.StatusFound: "FOUND", http.StatusSeeOther: "SEE_OTHER",
		http.StatusTemporaryRedirect: "TEMPORARY_REDIRECT", http.StatusPermanentRedirect: "PERMANENT_REDIRECT"}
}

func redirectOf(r *Redirect) *compute.HttpRedirectAction {
	return &compute.HttpRedirectAction{HttpsRedirect: r.HTTPS, HostRedirect: r.Host, PathRedirect: r.Path, PrefixRedirect: r.Prefix,
		RedirectResponseCode: redirectCodes()[r.Status]}
}

func headerActionOf(a *HeaderAction) *compute.HttpHeaderAction {
	if a == nil {
		return nil
	}
	options := func(list []Header) []*compute.HttpHeaderOption {
		var out []*compute.HttpHeaderOption
		for _, h := range list {
			out = append(out, &compute.HttpHeaderOption{HeaderName: h.Name, HeaderValue: h.Value, Replace: h.Replace})
		}
		return out
	}
	return &compute.HttpHeaderAction{RequestHeadersToAdd: options(a.RequestAdd), RequestHeadersToRemove: a.RequestRemove,
		ResponseHeadersToAdd: options(a.ResponseAdd), ResponseHeadersToRemove: a.ResponseRemove}
}

// urlMapItem reads the fields that the provider manages, and lists others that are set.
func urlMapItem(m *compute.UrlMap) item {
	spec := URLMapSpec{Default: outcomeFrom(outcome{m.DefaultService, m.DefaultUrlRedirect, m.DefaultRouteAction}), Others: othersOf(m)}
	hosts := map[string][]string{}
	for _, h := range m.HostRules {
		hosts[h.PathMatcher] = append(hosts[h.PathMatcher], h.Hosts...)
	}
	for _, p := range m.PathMatchers {
		spec.Matchers = append(spec.Matchers, matcherFrom(p, hosts[p.Name]))
	}
	slices.SortFunc(spec.Matchers, compareMatchers)
	return item{key: provider.Key{Kind: KindURLMap, Name: m.Name, Place: placeOf(m.Region)}, spec: spec, description: m.Description, fingerprint: m.Fingerprint}
}

func matcherFrom(p *compute.PathMatcher, hosts []string) Matcher {
	out := Matcher{Name: p.Name, Hosts: hosts, Default: outcomeFrom(outcome{p.DefaultService, p.DefaultUrlRedirect, p.DefaultRouteAction})}
	rules := slices.Clone(p.RouteRules)
	slices.SortStableFunc(rules, func(a, b *compute.HttpRouteRule) int { return int(a.Priority - b.Priority) })
	for _, r := range rules {
		rule := Rule{Outcome: outcomeFrom(outcome{r.Service, r.UrlRedirect, r.RouteAction}), Headers: headerActionFrom(r.HeaderAction)}
		for _, m := range r.MatchRules {
			rule.Matches = append(rule.Matches, matchFrom(m))
		}
		out.Rules = append(out.Rules, rule)
	}
	return out
}

func matchFrom(m *compute.HttpRouteRuleMatch) Match {
	out := Match{Full: m.FullPathMatch, Prefix: m.PrefixMatch, Template: m.PathTemplateMatch}
	for _, h := range m.HeaderMatches {
		out.Headers = append(out.Headers, Value{Name: h.HeaderName, Exact: h.ExactMatch, Present: h.PresentMatch})
	}
	for _, q := range m.QueryParameterMatches {
		out.Query = append(out.Query, Value{Name: q.Name, Exact: q.ExactMatch, Present: q.PresentMatch})
	}
	return out
}

func outcomeFrom(o outcome) Outcome {
	var out Outcome
	if o.redirect != nil {
		out.Redirect = redirectFrom(o.redirect)
	}
	if o.service != "" {
		out.Services = []Share{{Service: lastPart(o.service), Weight: 1}}
	}
	if a := o.action; a != nil {
		for _, w := range a.WeightedBackendServices {
			out.Services = append(out.Services, Share{Service: lastPart(w.BackendService), Weight: int(w.Weight)})
		}
		if f := a.FaultInjectionPolicy; f != nil && f.Abort != nil {
			out.Fault = int(f.Abort.HttpStatus)
		}
		if a.UrlRewrite != nil {
			out.Host, out.Prefix, out.Template = a.UrlRewrite.HostRewrite, a.UrlRewrite.PathPrefixRewrite, a.UrlRewrite.PathTemplateRewrite
		}
		if a.Timeout != nil {
			out.Millis = a.Timeout.Seconds*1000 + a.Timeout.Nanos/1e6
		}
	}
	return out
}

func redirectFrom(r *compute.HttpRedirectAction) *Redirect {
	out := &Redirect{HTTPS: r.HttpsRedirect, Host: r.HostRedirect, Path: r.PathRedirect, Prefix: r.PrefixRedirect, Status: http.StatusMovedPermanently}
	for status, code := range redirectCodes() {
		if code == r.RedirectResponseCode {
			out.Status = status
		}
	}
	return out
}

func headerActionFrom(a *compute.HttpHeaderAction) *HeaderAction {
	if a == nil {
		return nil
	}
	list := func(options []*compute.HttpHeaderOption) []Header {
		var out []Header
		for _, o := range options {
			out = append(out, Header{Name: o.HeaderName, Value: o.HeaderValue, Replace: o.Replace})
		}
		return out
	}
	return &HeaderAction{RequestAdd: list(a.RequestHeadersToAdd), RequestRemove: a.RequestHeadersToRemove,
		ResponseAdd: list(a.ResponseHeadersToAdd), ResponseRemove: a.ResponseHeadersToRemove}
}

// observed returns the spec with which a later Observe returns an applied resource.
func (c *Client) observed(want *provider.Resource) any {
	switch s := want.Spec.(type) {
	case URLMapSpec:
		return urlMapItem(urlMapClient{c}.of(desired{key: want.Key, spec: s})).spec
	case SSLCertificateSpec:
		return SSLCertificateSpec{Name: s.Name, PEM: s.PEM}
	case ForwardingRuleSpec:
		s.Static = ""
		return s
	default:
		return want.Spec
	}
}
