package model_test

import (
	"errors"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
)

// valid is a model with a place for every kind of fault.
func valid(t testing.TB) model.LoadBalancer {
	t.Helper()
	cert, err := modeltest.Certificate("c", "example.com")
	if err != nil {
		t.Fatal(err)
	}
	return model.LoadBalancer{
		ID: "a/b", Tags: map[string]string{"team": "web"}, Addresses: []string{"ip"},
		Groups: []model.Group{
			{ID: "g", Endpoints: []model.Endpoint{{Address: netip.MustParseAddr("10.0.0.1"), Port: 80}}},
			{ID: "tcp", Protocol: model.BackendTCP}, {ID: "udp", Protocol: model.BackendUDP},
		},
		Listeners: []model.Listener{
			{Name: "http", Port: 80, Protocol: model.HTTP, Routes: []model.Route{{
				Name: "r", Hosts: []model.Host{{Name: "a.com"}}, Action: model.ForwardTo("g"),
				Matches: []model.Match{{
					Headers: []model.ValueMatch{{Name: "X-A", Value: "1"}}, Query: []model.ValueMatch{{Name: "q", Value: "1"}},
				}},
				Filters: model.Filters{
					Request: &model.HeaderChange{Set: []model.Header{{Name: "X-B", Value: "1"}}}, Rewrite: &model.Rewrite{Host: "b.com"},
					Mirrors: []model.Mirror{{Group: "g"}}, CORS: &model.CORS{Origins: []string{"*"}},
				},
				Retry: &model.Retry{Attempts: 1, Codes: []int{503}},
			}}},
			{Name: "https", Port: 443, Protocol: model.HTTPS, TLS: &model.ListenerTLS{
				Certificates: []model.Certificate{cert}, Client: &model.ClientValidation{Authorities: cert.PEM},
			}},
			{Name: "tcp", Port: 5432, Protocol: model.TCP, Default: model.ForwardTo("tcp"), Routes: []model.Route{{Name: "r", Action: model.ForwardTo("tcp")}}},
		},
	}
}

type breaker func(lb *model.LoadBalancer)

func inRoute(f func(r *model.Route)) breaker {
	return func(lb *model.LoadBalancer) { f(&lb.Listeners[0].Routes[0]) }
}

func inMatch(f func(m *model.Match)) breaker {
	return inRoute(func(r *model.Route) { f(&r.Matches[0]) })
}

func inGroup(f func(g *model.Group)) breaker {
	return func(lb *model.LoadBalancer) { f(&lb.Groups[0]) }
}

func inCertificate(f func(c *model.Certificate)) breaker {
	return func(lb *model.LoadBalancer) { f(&lb.Listeners[1].TLS.Certificates[0]) }
}

func redirect(r model.Redirect) breaker {
	return inRoute(func(route *model.Route) {
		route.Action, route.Filters = model.Action{Redirect: &r}, model.Filters{}
	})
}

func fixed(f model.Fixed) breaker {
	return inRoute(func(r *model.Route) { r.Action = model.Action{Fixed: &f} })
}

func faults() map[string]map[string]breaker {
	return map[string]map[string]breaker{
		"balancer": balancerFaults(), "listener": listenerFaults(), "tls": tlsFaults(), "route": routeFaults(),
		"match": matchFaults(), "action": actionFaults(), "filters": filterFaults(), "group": groupFaults(), "endpoint": endpointFaults(),
	}
}

// Each fault is under the path at which it must be found. What follows a space distinguishes faults
// of one path.
func balancerFaults() map[string]breaker {
	return map[string]breaker{
		"id":                 func(lb *model.LoadBalancer) { lb.ID = "" },
		"id control":         func(lb *model.LoadBalancer) { lb.ID = "a\nb" },
		"id long":            func(lb *model.LoadBalancer) { lb.ID = model.ID(strings.Repeat("a", 1000)) },
		"id utf8":            func(lb *model.LoadBalancer) { lb.ID = "a\xff" },
		"scheme":             func(lb *model.LoadBalancer) { lb.Scheme = "public" },
		"family":             func(lb *model.LoadBalancer) { lb.Family = "ipv5" },
		"addresses[0]":       func(lb *model.LoadBalancer) { lb.Addresses[0] = "" },
		"origins[0].name":    func(lb *model.LoadBalancer) { lb.Origins = []model.Ref{{Name: "\x00"}} },
		`tags."team"`:        func(lb *model.LoadBalancer) { lb.Tags["team"] = "a\r\nb" },
		`tags.""`:            func(lb *model.LoadBalancer) { lb.Tags[""] = "x" },
		`tags."team" length`: func(lb *model.LoadBalancer) { lb.Tags["team"] = strings.Repeat("a", 300) },
		"tags": func(lb *model.LoadBalancer) {
			for i := range 51 {
				lb.Tags[strings.Repeat("k", i+1)] = ""
			}
		},
	}
}

func listenerFaults() map[string]breaker {
	return map[string]breaker{
		"listeners[0].port":         func(lb *model.LoadBalancer) { lb.Listeners[0].Port = 65536 },
		"listeners[0].port zero":    func(lb *model.LoadBalancer) { lb.Listeners[0].Port = 0 },
		"listeners[1].name":         func(lb *model.LoadBalancer) { lb.Listeners[1].Name = "http" },
		"listeners[0].protocol":     func(lb *model.LoadBalancer) { lb.Listeners[0].Protocol = "SPDY" },
		"listeners[1].protocol":     func(lb *model.LoadBalancer) { lb.Listeners[1].Port = 80 },
		"listeners[0].hostname":     func(lb *model.LoadBalancer) { lb.Listeners[0].Hostname.Name = "a:80" },
		"listeners[0].hostname any": func(lb *model.LoadBalancer) { lb.Listeners[0].Hostname.Wildcard = 7 },
		"listeners[2].hostname":     func(lb *model.LoadBalancer) { lb.Listeners[2].Hostname.Name = "a.com" },
		"listeners[3].hostname": func(lb *model.LoadBalancer) {
			lb.Listeners = append(lb.Listeners, model.Listener{Port: 80, Protocol: model.HTTP})
		},
		"listeners[0].tls":               func(lb *model.LoadBalancer) { lb.Listeners[0].TLS = &model.ListenerTLS{} },
		"listeners[2].routes[0].matches": func(lb *model.LoadBalancer) { lb.Listeners[2].Routes[0].Matches = []model.Match{{Method: "GET"}} },
		"listeners[2].routes[0].filters": func(lb *model.LoadBalancer) { lb.Listeners[2].Routes[0].Timeouts.Request = time.Second },
		"listeners[2].routes[0].hosts[0]": func(lb *model.LoadBalancer) {
			lb.Listeners[2].Routes[0].Hosts = []model.Host{{Name: "a.com"}}
		},
		"listeners[2].default":                         func(lb *model.LoadBalancer) { lb.Listeners[2].Default = model.Respond(404) },
		"listeners[2].default.forward.groups[0].group": func(lb *model.LoadBalancer) { lb.Listeners[2].Default = model.ForwardTo("udp") },
	}
}

func tlsFaults() map[string]breaker {
	const at = "listeners[1].tls"
	return map[string]breaker{
		at + ".certificates none":    func(lb *model.LoadBalancer) { lb.Listeners[1].TLS.Certificates = nil },
		at + ".certificates no tls":  func(lb *model.LoadBalancer) { lb.Listeners[1].TLS = nil },
		at + ".policy":               func(lb *model.LoadBalancer) { lb.Listeners[1].TLS.Policy = "SSL3" },
		at + ".client.authorities":   func(lb *model.LoadBalancer) { lb.Listeners[1].TLS.Client.Authorities = []byte("x") },
		at + ".certificates[0].name": inCertificate(func(c *model.Certificate) { c.Name = "" }),
		at + ".certificates[0].pem":  inCertificate(func(c *model.Certificate) { c.PEM = nil }),
		at + ".certificates[0].key":  inCertificate(func(c *model.Certificate) { c.Key = model.Secret{} }),
		at + ".certificates[0].key other": inCertificate(func(c *model.Certificate) {
			other, err := modeltest.Certificate("other")
			if err != nil {
				panic(err)
			}
			c.Key = other.Key
		}),
		at + ".certificates[0].reference": inCertificate(func(c *model.Certificate) { c.Reference = "arn" }),
		at + ".certificates[1].name": func(lb *model.LoadBalancer) {
			lb.Listeners[1].TLS.Certificates = append(lb.Listeners[1].TLS.Certificates, model.Certificate{Name: "c", Reference: "arn"})
		},
	}
}

func routeFaults() map[string]breaker {
	const at = "listeners[0].routes[0]"
	return map[string]breaker{
		at + ".name":             inRoute(func(r *model.Route) { r.Name = "" }),
		at + ".origin.namespace": inRoute(func(r *model.Route) { r.Origin.Namespace = "\x7f" }),
		at + ".hosts[0]":         inRoute(func(r *model.Route) { r.Hosts[0].Name = "a_b" }),
		at + ".hosts[0] outside": func(lb *model.LoadBalancer) { lb.Listeners[0].Hostname.Name = "b.com" },
		at + ".timeouts.request": inRoute(func(r *model.Route) { r.Timeouts.Request = -1 }),
		at + ".timeouts.backend": inRoute(func(r *model.Route) { r.Timeouts = model.Timeouts{Request: 1, Backend: 2} }),
		at + ".retry.attempts":   inRoute(func(r *model.Route) { r.Retry.Attempts = 0 }),
		at + ".retry.backoff":    inRoute(func(r *model.Route) { r.Retry.Backoff = -1 }),
		at + ".retry.codes[0]":   inRoute(func(r *model.Route) { r.Retry.Codes[0] = 200 }),
		"listeners[0].routes[1].name": func(lb *model.LoadBalancer) {
			lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, model.Route{Name: "r"})
		},
		at + ".name older": func(lb *model.LoadBalancer) {
			lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, model.Route{Name: "r", Age: time.Unix(1, 0)})
		},
	}
}

func matchFaults() map[string]breaker {
	const at = "listeners[0].routes[0].matches[0]"
	path := func(t model.PathType, v string) breaker {
		return inMatch(func(m *model.Match) { m.Path = model.PathMatch{Type: t, Value: v} })
	}
	return map[string]breaker{
		at + ".path.type":                path("Glob", "/"),
		at + ".path.value":               path(model.PathExact, "a"),
		at + ".path.value empty":         path(model.PathExact, ""),
		at + ".path.value query":         path(model.PathPrefix, "/a?b"),
		at + ".path.value regexp":        path(model.PathRegexp, "("),
		at + ".path.value regexp halves": path(model.PathRegexp, "a)(b"),
		at + ".path.value regexp long":   path(model.PathRegexp, strings.Repeat("a", 1025)),
		at + ".path.value regexp text":   path(model.PathRegexp, "/\n"),
		at + ".method":                   inMatch(func(m *model.Match) { m.Method = "GE T" }),
		at + ".headers[0].name":          inMatch(func(m *model.Match) { m.Headers[0].Name = "a:" }),
		at + ".headers[0].name empty":    inMatch(func(m *model.Match) { m.Headers[0].Name = "" }),
		at + ".headers[0].value":         inMatch(func(m *model.Match) { m.Headers[0].Value = "a\r\nb" }),
		at + ".headers[0].type":          inMatch(func(m *model.Match) { m.Headers[0].Type = "Like" }),
		at + ".query[0].name":            inMatch(func(m *model.Match) { m.Query[0].Name = "" }),
		at + ".query[0].value": inMatch(func(m *model.Match) {
			m.Query[0] = model.ValueMatch{Name: "q", Type: model.ValueRegexp, Value: "["}
		}),
		at: inMatch(func(m *model.Match) { m.Headers = make([]model.ValueMatch, 101) }),
	}
}

func actionFaults() map[string]breaker {
	const at = "listeners[0].routes[0].action"
	forward := func(w ...model.Weighted) breaker {
		return inRoute(func(r *model.Route) { r.Action.Forward.Groups = w })
	}
	return map[string]breaker{
		at:                                   inRoute(func(r *model.Route) { r.Action.Fixed = &model.Fixed{Status: 200} }),
		at + ".forward.groups":               forward(),
		at + ".forward.groups[0].group":      forward(model.Weighted{Group: "none", Weight: 1}),
		at + ".forward.groups[0].group l4":   forward(model.Weighted{Group: "tcp", Weight: 1}),
		at + ".forward.groups[0].weight":     forward(model.Weighted{Group: "g", Weight: -1}),
		at + ".forward.groups[0].weight big": forward(model.Weighted{Group: "g", Weight: 1_000_001}),
		at + ".forward.groups[0].weight sum": forward(model.Weighted{Group: "g", Weight: 1_000_000}, model.Weighted{Group: "g", Weight: 1}),
		at + ".redirect":                     redirect(model.Redirect{}),
		at + ".redirect.scheme":              redirect(model.Redirect{Scheme: "ftp"}),
		at + ".redirect.host":                redirect(model.Redirect{Host: "a\r\nSet-Cookie: b"}),
		at + ".redirect.port":                redirect(model.Redirect{Port: -1}),
		at + ".redirect.status":              redirect(model.Redirect{Host: "b.com", Status: 300}),
		at + ".redirect.path.value":          redirect(model.Redirect{Path: &model.PathRewrite{Value: "x"}}),
		at + ".fixed.status":                 fixed(model.Fixed{Status: 199}),
		at + ".fixed.body":                   fixed(model.Fixed{Status: 200, Body: "a\x00"}),
		at + ".fixed.body long":              fixed(model.Fixed{Status: 200, Body: strings.Repeat("a", 1025)}),
		at + ".fixed.contentType":            fixed(model.Fixed{Status: 200, ContentType: "a\r\nb"}),
		at + ".redirect.path.prefix": func(lb *model.LoadBalancer) {
			redirect(model.Redirect{Path: &model.PathRewrite{Prefix: true, Value: "/x"}})(lb)
			inMatch(func(m *model.Match) { m.Path = model.PathMatch{Type: model.PathExact, Value: "/a"} })(lb)
		},
		"listeners[0].default.redirect.path.prefix": func(lb *model.LoadBalancer) {
			lb.Listeners[0].Default = model.Action{Redirect: &model.Redirect{Path: &model.PathRewrite{Prefix: true}}}
		},
	}
}

func filterFaults() map[string]breaker {
	const at = "listeners[0].routes[0].filters"
	in := func(f func(f *model.Filters)) breaker { return inRoute(func(r *model.Route) { f(&r.Filters) }) }
	return map[string]breaker{
		at + ".request.set[0].name":  in(func(f *model.Filters) { f.Request.Set[0].Name = "" }),
		at + ".request.set[0].value": in(func(f *model.Filters) { f.Request.Set[0].Value = "a\nb" }),
		at + ".request.set[1].name":  in(func(f *model.Filters) { f.Request.Set = append(f.Request.Set, model.Header{Name: "x-b"}) }),
		at + ".request.add[0].name":  in(func(f *model.Filters) { f.Request.Add = []model.Header{{Name: "a b"}} }),
		at + ".response.remove[0]":   in(func(f *model.Filters) { f.Response = &model.HeaderChange{Remove: []string{"a b"}} }),
		at + ".rewrite.host":         in(func(f *model.Filters) { f.Rewrite.Host = "a b" }),
		at + ".rewrite.path.value": in(func(f *model.Filters) {
			f.Rewrite.Path = &model.PathRewrite{Value: "/a//b"}
		}),
		at + ".mirrors[0].group":        in(func(f *model.Filters) { f.Mirrors[0].Group = "none" }),
		at + ".mirrors[0].numerator":    in(func(f *model.Filters) { f.Mirrors[0].Numerator, f.Mirrors[0].Denominator = 3, 2 }),
		at + ".mirrors[0].denominator":  in(func(f *model.Filters) { f.Mirrors[0].Denominator = -1 }),
		at + ".cors.maxAge":             in(func(f *model.Filters) { f.CORS.MaxAge = -time.Second }),
		at + ".cors.maxAge part":        in(func(f *model.Filters) { f.CORS.MaxAge = time.Millisecond }),
		at + ".cors.origins[0]":         in(func(f *model.Filters) { f.CORS.Origins[0] = "\n" }),
		at + ".cors.methods[0]":         in(func(f *model.Filters) { f.CORS.Methods = []string{""} }),
		at + ".rewrite beside redirect": inRoute(func(r *model.Route) { r.Action = model.Action{Redirect: &model.Redirect{Host: "b.com"}} }),
		"listeners[0].routes[0].action.forward.groups[0].filters.rewrite.host": inRoute(func(r *model.Route) {
			r.Action.Forward.Groups[0].Filters.Rewrite = &model.Rewrite{Host: "*.a"}
		}),
	}
}

func groupFaults() map[string]breaker {
	const at = "groups[0]"
	health := func(f func(h *model.HealthCheck)) breaker { return inGroup(func(g *model.Group) { f(&g.Health) }) }
	return map[string]breaker{
		at + ".id":                   inGroup(func(g *model.Group) { g.ID = "" }),
		"groups[1].id":               func(lb *model.LoadBalancer) { lb.Groups[1].ID = "g" },
		at + ".target":               inGroup(func(g *model.Group) { g.Target = "vm" }),
		at + ".protocol":             inGroup(func(g *model.Group) { g.Protocol = "FTP" }),
		at + ".members":              inGroup(func(g *model.Group) { g.Members = "some" }),
		at + ".port":                 inGroup(func(g *model.Group) { g.Port = 70000 }),
		at + ".draining":             inGroup(func(g *model.Group) { g.Draining = -time.Second }),
		at + ".draining long":        inGroup(func(g *model.Group) { g.Draining = 2 * time.Hour }),
		at + ".draining part":        inGroup(func(g *model.Group) { g.Draining = time.Millisecond }),
		at + ".timeout":              inGroup(func(g *model.Group) { g.Timeout = -time.Second }),
		at + ".affinity.type":        inGroup(func(g *model.Group) { g.Affinity.Type = "luck" }),
		at + ".affinity.cookie":      inGroup(func(g *model.Group) { g.Affinity = model.Affinity{Type: model.AffinityCookie, Cookie: "a b"} }),
		at + ".affinity.cookie none": inGroup(func(g *model.Group) { g.Affinity.Cookie = "a" }),
		at + ".affinity.ttl":         inGroup(func(g *model.Group) { g.Affinity.TTL = -time.Second }),
		at + ".health.protocol":      health(func(h *model.HealthCheck) { h.Protocol = model.BackendUDP }),
		at + ".health.protocol any":  health(func(h *model.HealthCheck) { h.Protocol = "ICMP" }),
		at + ".health.path":          health(func(h *model.HealthCheck) { h.Path = "x" }),
		at + ".health.path control":  health(func(h *model.HealthCheck) { h.Path = "/\r\n" }),
		at + ".health.host":          health(func(h *model.HealthCheck) { h.Host = "a:80" }),
		at + ".health.port":          health(func(h *model.HealthCheck) { h.Port = -1 }),
		at + ".health.interval":      health(func(h *model.HealthCheck) { h.Interval = time.Millisecond }),
		at + ".health.timeout":       health(func(h *model.HealthCheck) { h.Timeout = time.Minute }),
		at + ".health.healthy":       health(func(h *model.HealthCheck) { h.Healthy = -1 }),
		at + ".health.unhealthy":     health(func(h *model.HealthCheck) { h.Unhealthy = 21 }),
		at + ".health.statuses.from": health(func(h *model.HealthCheck) { h.Statuses = model.StatusRange{From: 99, To: 200} }),
		at + ".health.statuses.to":   health(func(h *model.HealthCheck) { h.Statuses = model.StatusRange{From: 300, To: 200} }),
		at + ".health":               health(func(h *model.HealthCheck) { h.Protocol, h.Path = model.BackendTCP, "/x" }),
	}
}

func endpointFaults() map[string]breaker {
	const at = "groups[0].endpoints[0]"
	in := func(f func(e *model.Endpoint)) breaker { return inGroup(func(g *model.Group) { f(&g.Endpoints[0]) }) }
	all := map[string]breaker{
		at + ".address": in(func(e *model.Endpoint) { e.Address = netip.Addr{} }),
		at + ".port":    in(func(e *model.Endpoint) { e.Port = 0 }),
		at + ".state":   in(func(e *model.Endpoint) { e.State = "gone" }),
		at + ".zone":    in(func(e *model.Endpoint) { e.Zone = "\x00" }),
		at + ".node":    in(func(e *model.Endpoint) { e.Node = "\x00" }),
		at + ".pod":     in(func(e *model.Endpoint) { e.Pod = strings.Repeat("a", 1000) }),
	}
	for _, a := range []string{"0.0.0.0", "::", "224.0.0.1", "ff02::1", "169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "2001:db8::1%eth0"} {
		all[at+".address "+a] = in(func(e *model.Endpoint) { e.Address = netip.MustParseAddr(a) })
	}
	return all
}

func TestEachFaultIsReportedAtItsPath(t *testing.T) {
	seal(t, valid(t))
	for kind, all := range faults() {
		for name, broken := range all {
			t.Run(kind+" "+name, func(t *testing.T) {
				lb := valid(t)
				broken(&lb)
				_, err := model.Seal(lb)
				var invalid *model.InvalidError
				if !errors.As(err, &invalid) {
					t.Fatalf("error %v", err)
				}
				want, _, _ := strings.Cut(name, " ")
				for _, issue := range invalid.Issues {
					if issue.Found == "" || issue.Allowed == "" || !strings.Contains(err.Error(), issue.String()) {
						t.Errorf("issue %+v", issue)
					}
					if issue.Path == want {
						return
					}
				}
				t.Errorf("no issue at %s: %v", want, err)
			})
		}
	}
}

func TestAllFaultsAreReportedAtOnce(t *testing.T) {
	lb := valid(t)
	lb.Scheme, lb.Listeners[0].Port, lb.Groups[0].Port = "x", -1, -1
	_, err := model.Seal(lb)
	var invalid *model.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Issues) != 3 || invalid.LoadBalancer != "a/b" {
		t.Errorf("error %v", err)
	}
}

// hostile puts unexpected values into a few places of a model.
func hostile(t *rapid.T, lb *model.LoadBalancer) {
	var places []reflect.Value
	leaves(reflect.ValueOf(lb).Elem(), "", func(_ string, v reflect.Value) {
		if v.Kind() != reflect.Map {
			places = append(places, v)
		}
	})
	for range rapid.IntRange(1, 5).Draw(t, "changes") {
		spoil(t, places[rapid.IntRange(0, len(places)-1).Draw(t, "place")])
	}
}

func spoil(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(
			rapid.String(),
			rapid.SampledFrom([]string{
				"", "/", "//", "*", "\x00", "%", "/%", "(", "(?m)$", "a.b", "*.a", "[::1]:80", "Ⅷ",
				strings.Repeat("/a", 600),
			}),
		).Draw(t, "string"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, math.MinInt64, math.MaxInt64})).Draw(t, "number"))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Byte().Draw(t, "byte")))
	case reflect.Slice:
		if n := v.Len(); n > 0 && rapid.Bool().Draw(t, "double") {
			v.Set(reflect.AppendSlice(v.Slice3(0, n, n), v))
			return
		}
		v.SetZero()
	case reflect.Bool:
		v.SetBool(!v.Bool())
	default:
		v.SetZero()
	}
}

func TestHostileModelsAreRefusedOrServed(t *testing.T) {
	g := modeltest.LoadBalancers(modeltest.Options{})
	rapid.Check(t, func(t *rapid.T) {
		lb := g.Draw(t, "load balancer")
		hostile(t, &lb)
		s, err := model.Seal(lb)
		left, problems, validErr := model.SealValid(lb)
		if err == nil && (validErr != nil || len(problems) > 0 || left.Digest() != s.Digest()) {
			t.Fatalf("what seals is not sealed as valid: %v, %v", problems, validErr)
		}
		if err != nil && len(problems) == 0 {
			t.Fatalf("no problem for %v", err)
		}
		if validErr == nil {
			again, err := model.Seal(*left.LoadBalancer())
			if err != nil || again.Digest() != left.Digest() {
				t.Fatalf("what is left does not seal to the same: %v", err)
			}
			model.Decide(left, modeltest.Requests(left).Draw(t, "request"))
		}
	})
}
