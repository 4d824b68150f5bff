package model_test

import (
	"maps"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
)

func inListener(f func(l *model.Listener)) breaker {
	return func(lb *model.LoadBalancer) { f(&lb.Listeners[0]) }
}

func path(t model.PathType, v string) breaker {
	return inMatch(func(m *model.Match) { m.Path = model.PathMatch{Type: t, Value: v} })
}

func route(hosts ...model.Host) breaker { return inRoute(func(r *model.Route) { r.Hosts = hosts }) }

func inFilters(f func(f *model.Filters)) breaker {
	return inRoute(func(r *model.Route) { f(&r.Filters) })
}

func standalone(lb *model.LoadBalancer) { lb.Listeners = nil }

// plain uses no feature but InternetFacing and NotFound.
func plain(testing.TB) model.LoadBalancer {
	return model.LoadBalancer{
		ID: "a/b", Origins: []model.Ref{{Kind: "Ingress", Name: "lb"}},
		Groups: []model.Group{
			{ID: "g", Endpoints: []model.Endpoint{{Address: netip.MustParseAddr("10.0.0.1"), Port: 80}}, Origins: []model.Ref{{Kind: "Service", Name: "g"}}},
			{ID: "h", Endpoints: []model.Endpoint{{Address: netip.MustParseAddr("10.0.0.2"), Port: 80}}, Origins: []model.Ref{{Kind: "Service", Name: "h"}}},
			{ID: "tcp", Members: model.MembersUnknown}, {ID: "udp", Members: model.MembersUnknown},
		},
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Origins: []model.Ref{{Kind: "Gateway", Name: "l"}}, Routes: []model.Route{
			{Name: "r", Matches: []model.Match{{}}, Action: model.ForwardTo("g"), Origin: model.Ref{Kind: "HTTPRoute", Name: "r", Field: "spec.rules[0]"}},
			{Name: "s", Matches: []model.Match{{}}, Action: model.ForwardTo("h"), Origin: model.Ref{Kind: "HTTPRoute", Name: "s"}},
		}}},
	}
}

func layer4(p model.Protocol, b model.BackendProtocol) breaker {
	return func(lb *model.LoadBalancer) {
		lb.Groups[2].Protocol = b
		lb.Listeners = append(lb.Listeners, model.Listener{Port: 1000, Protocol: p, Default: model.ForwardTo("tcp")})
	}
}

func https(tls model.ListenerTLS) breaker {
	if len(tls.Certificates) == 0 {
		tls.Certificates = []model.Certificate{{Name: "c", Reference: "arn"}}
	}
	return inListener(func(l *model.Listener) { l.Protocol, l.TLS = model.HTTPS, &tls })
}

// uses has, for every feature, a change that makes the plain model ask for it.
func uses() map[model.Feature]breaker {
	all := map[model.Feature]breaker{}
	for _, m := range []map[model.Feature]breaker{balancerUses(), matchUses(), filterUses(), actionUses(), groupUses()} {
		maps.Copy(all, m)
	}
	for _, s := range model.GroupSettings() {
		var g model.Group
		if s.Set(&g, s.Example); s.Uses(&g) != "" && all[s.Uses(&g)] == nil {
			all[s.Uses(&g)] = inGroup(func(g *model.Group) { s.Set(g, s.Example) })
		}
	}
	return all
}

func balancerUses() map[model.Feature]breaker {
	return map[model.Feature]breaker{
		model.FeatureInternetFacing:   func(*model.LoadBalancer) {},
		model.FeatureNotFound:         func(*model.LoadBalancer) {},
		model.FeatureInternal:         func(lb *model.LoadBalancer) { lb.Scheme = model.Internal },
		model.FeatureIPv6:             func(lb *model.LoadBalancer) { lb.Family = model.IPv6 },
		model.FeatureDualStack:        func(lb *model.LoadBalancer) { lb.Family = model.DualStack },
		model.FeatureStaticAddress:    func(lb *model.LoadBalancer) { lb.Addresses = []string{"ip"} },
		model.FeatureStandalone:       standalone,
		model.FeatureHTTPS:            https(model.ListenerTLS{}),
		model.FeatureCertificateRef:   https(model.ListenerTLS{}),
		model.FeatureTLSPolicy:        https(model.ListenerTLS{Policy: model.TLS13}),
		model.FeatureTLSPassthrough:   layer4(model.TLS, model.BackendTCP),
		model.FeatureTCP:              layer4(model.TCP, model.BackendTCP),
		model.FeatureBackendL4:        layer4(model.TCP, model.BackendTCP),
		model.FeatureUDP:              layer4(model.UDP, model.BackendUDP),
		model.FeatureListenerHostname: inListener(func(l *model.Listener) { l.Hostname.Name = "a.com" }),
		model.FeatureClientValidation: func(lb *model.LoadBalancer) {
			cert, err := modeltest.Certificate("c")
			if err != nil {
				panic(err)
			}
			https(model.ListenerTLS{Client: &model.ClientValidation{Authorities: cert.PEM}})(lb)
		},
	}
}

func matchUses() map[model.Feature]breaker {
	value := []model.ValueMatch{{Name: "a", Type: model.ValueRegexp, Value: "1"}}
	return map[model.Feature]breaker{
		model.FeatureWildcardOneLabel:  route(model.Host{Name: "a.com", Wildcard: model.OneLabel}),
		model.FeatureWildcardAnyLabels: route(model.Host{Name: "a.com", Wildcard: model.AnyLabels}),
		model.FeatureExactRootPath:     path(model.PathExact, "/"),
		model.FeatureCaseSensitivePath: path(model.PathPrefix, "/a"),
		model.FeatureRegexpPath:        path(model.PathRegexp, "/1"),
		model.FeaturePathWildcardChars: path(model.PathPrefix, "/*"),
		model.FeatureHeaderMatch:       inMatch(func(m *model.Match) { m.Headers = value }),
		model.FeatureQueryMatch:        inMatch(func(m *model.Match) { m.Query = value }),
		model.FeatureRegexpValue:       inMatch(func(m *model.Match) { m.Query = value }),
		model.FeatureMethodMatch:       inMatch(func(m *model.Match) { m.Method = "GET" }),
	}
}

func filterUses() map[model.Feature]breaker {
	change := &model.HeaderChange{Remove: []string{"a"}}
	return map[model.Feature]breaker{
		model.FeatureRequestHeaders:  inFilters(func(f *model.Filters) { f.Request = change }),
		model.FeatureResponseHeaders: inFilters(func(f *model.Filters) { f.Response = change }),
		model.FeatureHostRewrite:     inFilters(func(f *model.Filters) { f.Rewrite = &model.Rewrite{Host: "b.com"} }),
		model.FeaturePathRewrite:     inFilters(func(f *model.Filters) { f.Rewrite = &model.Rewrite{Path: &model.PathRewrite{Value: "/"}} }),
		model.FeatureMirror:          inFilters(func(f *model.Filters) { f.Mirrors = []model.Mirror{{Group: "h"}} }),
		model.FeatureCORS:            inFilters(func(f *model.Filters) { f.CORS = &model.CORS{} }),
		model.FeatureRequestTimeout:  inRoute(func(r *model.Route) { r.Timeouts.Request = 1 }),
		model.FeatureBackendTimeout:  inRoute(func(r *model.Route) { r.Timeouts.Backend = 1 }),
		model.FeatureRetry:           inRoute(func(r *model.Route) { r.Retry = &model.Retry{Attempts: 1} }),
		model.FeatureBackendFilters:  inRoute(func(r *model.Route) { r.Action.Forward.Groups[0].Filters.Request = change }),
	}
}

func actionUses() map[model.Feature]breaker {
	act := func(a model.Action) breaker { return inRoute(func(r *model.Route) { r.Action = a }) }
	return map[model.Feature]breaker{
		model.FeatureWeights:        act(model.Action{Forward: &model.Forward{Groups: []model.Weighted{{Group: "g", Weight: 1}, {Group: "h"}}}}),
		model.FeatureNoBackend:      act(model.Action{Forward: &model.Forward{Groups: []model.Weighted{{Group: "g"}}}}),
		model.FeatureUnavailable:    act(model.Respond(503)),
		model.FeatureFixedResponse:  act(model.Respond(200)),
		model.FeatureFixedBody:      fixed(model.Fixed{Status: 200, Body: "x"}),
		model.FeatureRedirectHTTPS:  redirect(model.Redirect{Scheme: "https", Status: 301}),
		model.FeatureRedirect:       redirect(model.Redirect{Host: "b.com"}),
		model.FeatureRedirectPath:   redirect(model.Redirect{Path: &model.PathRewrite{Value: "/"}}),
		model.FeatureRedirectPort:   redirect(model.Redirect{Port: 8443}),
		model.FeatureRedirectStatus: redirect(model.Redirect{Scheme: "https", Status: 308}),
	}
}

func groupUses() map[model.Feature]breaker {
	backend := func(p model.BackendProtocol) breaker { return inGroup(func(g *model.Group) { g.Protocol = p }) }
	return map[model.Feature]breaker{
		model.FeatureTargetNode:     inGroup(func(g *model.Group) { g.Target = model.TargetNode }),
		model.FeatureBackendHTTPS:   backend(model.BackendHTTPS),
		model.FeatureBackendHTTP2:   backend(model.BackendHTTP2),
		model.FeatureBackendGRPC:    backend(model.BackendGRPC),
		model.FeatureAffinityCookie: inGroup(func(g *model.Group) { g.Affinity.Type = model.AffinityCookie }),
		model.FeatureAffinityIP:     inGroup(func(g *model.Group) { g.Affinity.Type = model.AffinityClientIP }),
		model.FeatureAffinityApp:    inGroup(func(g *model.Group) { g.Affinity = model.Affinity{Type: model.AffinityCookie, Cookie: "c"} }),
		model.FeatureGroupTimeout:   inGroup(func(g *model.Group) { g.Timeout = time.Second }),
		model.FeatureHealthPort:     inGroup(func(g *model.Group) { g.Health.Port = 1 }),
		model.FeatureHealthHost:     inGroup(func(g *model.Group) { g.Health.Host = "a.com" }),
		model.FeatureMixedPorts: inGroup(func(g *model.Group) {
			g.Endpoints = append(g.Endpoints, model.Endpoint{Address: g.Endpoints[0].Address, Port: 81})
		}),
	}
}

// capable supports everything but the features given.
func capable(without ...model.Feature) model.Capabilities {
	c := model.Capabilities{Features: map[model.Feature]model.Support{}}
	for _, f := range model.AllFeatures() {
		c.Features[f] = model.Support{Level: model.Supported}
	}
	for _, f := range without {
		c.Features[f] = model.Support{Reason: "the cloud has no such thing"}
	}
	return c
}

func TestEveryFeatureIsFoundWhereItIsUsed(t *testing.T) {
	all := uses()
	for _, f := range model.AllFeatures() {
		t.Run(string(f), func(t *testing.T) {
			use := all[f]
			if use == nil {
				t.Fatal("no model uses it")
			}
			lb := plain(t)
			before := features(seal(t, lb))
			use(&lb)
			s := seal(t, lb)
			always := f == model.FeatureInternetFacing || f == model.FeatureNotFound
			if before[f] != always || !features(s)[f] {
				t.Errorf("used before: %t, after: %t", before[f], features(s)[f])
			}
			findings := model.Check(s, capable(f))
			if len(findings) == 0 || findings[0].Feature != f || findings[0].Problem.Reason != model.ReasonUnsupported ||
				!strings.Contains(findings[0].Problem.Message, "no such thing") || findings[0].Problem.Origin.Name == "" {
				t.Errorf("findings: %+v", findings)
			}
			if findings := model.Check(s, capable()); len(findings) > 0 {
				t.Errorf("findings although all is supported: %+v", findings)
			}
		})
	}
	if len(all) != len(model.AllFeatures()) {
		t.Errorf("%d features are used, %d are listed", len(all), len(model.AllFeatures()))
	}
}

func features(s model.Sealed) map[model.Feature]bool {
	all := map[model.Feature]bool{}
	for _, u := range model.Features(s) {
		all[u.Feature] = true
	}
	return all
}

func TestAGroupWithoutEndpointsIsNoBackend(t *testing.T) {
	for members, want := range map[model.Membership]bool{model.MembersKnown: true, model.MembersUnknown: false} {
		lb := plain(t)
		lb.Groups[0].Endpoints, lb.Groups[0].Members = nil, members
		if got := features(seal(t, lb))[model.FeatureNoBackend]; got != want {
			t.Errorf("%s members: got %t", members, got)
		}
	}
}

func TestCheckReportsOncePerObjectAndFeature(t *testing.T) {
	lb := plain(t)
	routes := lb.Listeners[0].Routes
	for i := range routes {
		routes[i].Matches = []model.Match{{Method: "GET"}, {Method: "PUT"}}
	}
	third := routes[0]
	third.Name, third.Origin.Field = "t", "spec.rules[1]"
	routes = append(routes, third)
	lb.Listeners[0].Routes = routes
	c := capable(model.FeatureMethodMatch)
	c.Features[model.FeatureInternetFacing] = model.Support{Level: model.Differs, Reason: "slowly"}
	var got []string
	for _, f := range model.Check(seal(t, lb), c) {
		got = append(got, f.Route+": "+string(f.Problem.Reason)+" "+f.Problem.String())
	}
	want := []string{
		`: Differs Ingress lb: InternetFacing (found "internet-facing"): slowly`,
		`r: Unsupported HTTPRoute r spec.rules[0]: MethodMatch (found "GET"): the cloud has no such thing`,
		`s: Unsupported HTTPRoute s: MethodMatch (found "GET"): the cloud has no such thing`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func names(s model.Sealed) (all []string) {
	for _, l := range s.Listeners() {
		all = append(all, l.Name)
		for _, r := range l.Routes {
			all = append(all, l.Name+"/"+r.Name)
		}
	}
	for _, g := range s.Groups() {
		all = append(all, string(g.ID))
	}
	return all
}

func TestAcceptLeavesOutOnlyWhatIsRefused(t *testing.T) {
	tests := []struct {
		name     string
		change   breaker
		without  []model.Feature
		want     []string
		problems []string
	}{
		{"nothing", func(*model.LoadBalancer) {}, nil, []string{"http-80", "http-80/r", "http-80/s", "g", "h", "tcp", "udp"}, nil},
		{
			"a route and the group that it alone needed", inMatch(func(m *model.Match) { m.Method = "GET" }), []model.Feature{model.FeatureMethodMatch},
			[]string{"http-80", "http-80/s", "h", "tcp", "udp"}, []string{"HTTPRoute r spec.rules[0]"},
		},
		{
			"a group and the routes that need it", inGroup(func(g *model.Group) { g.Timeout = time.Second }), []model.Feature{model.FeatureGroupTimeout},
			[]string{"http-80", "http-80/s", "h", "tcp", "udp"}, []string{"Service g", "HTTPRoute r spec.rules[0]"},
		},
		{
			"a listener", layer4(model.TCP, model.BackendTCP), []model.Feature{model.FeatureTCP},
			[]string{"http-80", "http-80/r", "http-80/s", "g", "h", "udp"}, []string{"Ingress lb"},
		},
		{
			"a default", inListener(func(l *model.Listener) { l.Default = model.Respond(200) }), []model.Feature{model.FeatureFixedResponse},
			[]string{"http-80", "http-80/r", "http-80/s", "g", "h", "tcp", "udp"}, []string{"Gateway l"},
		},
		{
			"a listener whose default cannot be a 404", func(lb *model.LoadBalancer) {
				lb.Listeners = append(lb.Listeners, model.Listener{Name: "other", Port: 81, Protocol: model.HTTP, Default: model.ForwardTo("g")})
			}, []model.Feature{model.FeatureNotFound},
			[]string{"other", "g", "tcp", "udp"}, []string{"Gateway l"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lb := plain(t)
			tt.change(&lb)
			accepted, problems, ok := model.Accept(seal(t, lb), capable(tt.without...))
			if !ok {
				t.Fatalf("nothing is accepted: %v", problems)
			}
			if diff := cmp.Diff(tt.want, names(accepted)); diff != "" {
				t.Errorf("accepted (-want +got):\n%s", diff)
			}
			var origins []string
			for _, p := range problems {
				origins = append(origins, p.Origin.String())
			}
			if diff := cmp.Diff(tt.problems, origins); diff != "" {
				t.Errorf("origins of problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAcceptRefusesTheWhole(t *testing.T) {
	tests := map[string]struct {
		change  breaker
		without model.Feature
	}{
		"scheme":            {func(lb *model.LoadBalancer) { lb.Scheme = model.Internal }, model.FeatureInternal},
		"standalone":        {standalone, model.FeatureStandalone},
		"the only listener": {https(model.ListenerTLS{}), model.FeatureHTTPS},
		"all the standalone": {func(lb *model.LoadBalancer) {
			standalone(lb)
			lb.Groups = lb.Groups[:1]
			lb.Groups[0].Target = model.TargetNode
		}, model.FeatureTargetNode},
		"the only default": {func(*model.LoadBalancer) {}, model.FeatureNotFound},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			lb := plain(t)
			tt.change(&lb)
			s, problems, ok := model.Accept(seal(t, lb), capable(tt.without))
			if ok || s.Valid() || len(problems) == 0 {
				t.Errorf("got %v, %v, %t", names(s), problems, ok)
			}
		})
	}
	if _, _, ok := model.Accept(model.Sealed{}, capable()); ok {
		t.Error("the zero Sealed is accepted")
	}
}

func TestWhatIsAcceptedHasOnlyWhatIsSupported(t *testing.T) {
	g := modeltest.LoadBalancers(modeltest.Options{})
	rapid.Check(t, func(t *rapid.T) {
		s := drawSealed(t, g)
		c := capable(rapid.SliceOfN(rapid.SampledFrom(model.AllFeatures()), 1, 3).Draw(t, "without")...)
		accepted, problems, ok := model.Accept(s, c)
		if !ok {
			if len(problems) == 0 {
				t.Fatal("refused without a problem")
			}
			return
		}
		for _, f := range model.Check(accepted, c) {
			if f.Support.Level == model.Unsupported {
				t.Fatalf("accepted, but %+v", f)
			}
		}
		again, err := model.Seal(*accepted.LoadBalancer())
		if err != nil || again.Digest() != accepted.Digest() {
			t.Fatalf("what is accepted does not seal to the same: %v", err)
		}
		if (len(problems) == 0) != (accepted.Digest() == s.Digest()) {
			t.Fatalf("%d problems, changed %t", len(problems), accepted.Digest() != s.Digest())
		}
	})
}

func TestGeneratedModelsUseOnlyTheFeaturesAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		without := rapid.SliceOfN(rapid.SampledFrom(model.AllFeatures()), 1, 5).Draw(t, "without")
		o := modeltest.Options{Features: modeltest.Supported(capable(append(without, model.FeatureInternal)...))}
		s := drawSealed(t, modeltest.LoadBalancers(o))
		if findings := model.Check(s, capable(without...)); len(findings) > 0 && findings[0].Feature != model.FeatureInternetFacing {
			t.Fatalf("found %+v", findings[0])
		}
	})
}

func TestGeneratedModelsUseEveryFeature(t *testing.T) {
	g := modeltest.LoadBalancers(modeltest.Options{MaxRoutes: 12})
	seen := map[model.Feature]bool{}
	for seed := range 400 {
		s, err := model.Seal(g.Example(seed))
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(seen, features(s))
	}
	for _, f := range model.AllFeatures() {
		if !seen[f] {
			t.Errorf("%s is never generated", f)
		}
	}
}
