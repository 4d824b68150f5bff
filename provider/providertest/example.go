package providertest

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
)

// example is a pair of models that differ in the use of one feature.
type example struct {
	// feature is what the pair differs in. It is empty where every provider must support that.
	feature model.Feature
	// name is the name of the route, and the first label of its host.
	name string
	// with changes a model so that it uses the feature. Without changes the same model to make a
	// pair, and nil leaves the model unchanged.
	with, without func(*usage)
	// alone means that the example cannot share a load balancer with others.
	alone bool
	// spread means that each pod that may answer the first request must answer some of many.
	spread bool
	// requests show the effect of the feature. There are none if no request can show it.
	requests []model.Request
}

// usage is what an example may change: a load balancer with one route to a group of its own.
type usage struct {
	lb       *model.LoadBalancer
	listener *model.Listener
	route    *model.Route
	group    *model.Group
	cert     model.Certificate
}

// host is the host of the example's route.
func (x example) host() string { return x.name + ".example.com" }

// use returns the model of an example after a change.
func (x example) use(t *testing.T, s *stage, change func(*usage)) model.LoadBalancer {
	t.Helper()
	lb := model.LoadBalancer{
		ID: balancer, Origins: []model.Ref{ingress("shop", "")},
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Default: model.ForwardTo(web), Routes: []model.Route{prefix(x.name, x.host(), "/1", x.group())}}},
		Groups: []model.Group{
			group(web, "web", s.pods.endpoints("web", 0, 2)), group(blog, "blog", s.pods.endpoints("blog", 0, 1)),
			group(x.group(), x.name, s.pods.endpoints("api", 0, 2)),
		},
	}
	lb.Listeners[0].Routes[0].Origin = ingress(x.name, "")
	if change != nil {
		change(&usage{lb: &lb, listener: &lb.Listeners[0], route: &lb.Listeners[0].Routes[0], group: &lb.Groups[2], cert: certificate(t)})
	}
	return lb
}

func (x example) group() model.GroupID { return model.GroupID("default/" + x.name + ":80") }

// examples returns at least one example for each feature.
func examples() []example {
	return slices.Concat(plainExamples(), matchExamples(), filterExamples(), actionExamples(), groupExamples(), listenerExamples(), balancerExamples())
}

// paths adds requests for paths of the host of the example.
func (x example) paths(paths ...string) example {
	for _, p := range paths {
		x.requests = append(x.requests, get(x.host(), p))
	}
	return x
}

// hosts adds requests for a path that the route matches, and for other hosts. A host that begins
// with "~" stands for the host of the example, with the labels that follow in front.
func (x example) hosts(hosts ...string) example {
	for _, h := range hosts {
		if labels, ok := strings.CutPrefix(h, "~"); ok {
			h = labels + x.host()
		}
		x.requests = append(x.requests, get(h, "/1"))
	}
	return x
}

// sent adds a request with a method and headers.
func (x example) sent(method string, headers ...string) example {
	q := get(x.host(), "/1")
	q.Method, q.Headers = method, map[string][]string{}
	for i := 0; i+1 < len(headers); i += 2 {
		q.Headers[http.CanonicalHeaderKey(headers[i])] = []string{headers[i+1]}
	}
	x.requests = append(x.requests, q)
	return x
}

func onMatch(change func(*model.Match)) func(*usage) {
	return func(u *usage) { change(&u.route.Matches[0]) }
}

func onPath(t model.PathType, value string) func(*usage) {
	return onMatch(func(m *model.Match) { m.Path = model.PathMatch{Type: t, Value: value} })
}

func onHost(w model.Wildcard) func(*usage) {
	return func(u *usage) { u.route.Hosts[0].Wildcard = w }
}

// plainExamples returns examples of what every provider must support.
func plainExamples() []example {
	return []example{
		example{name: "prefix", spread: true}.paths("/1", "/1/", "/1/2", "/12", "/", "/2", "/1?page=2").hosts("unknown.test", "PREFIX.example.com", "~a."),
		example{name: "exact", with: onPath(model.PathExact, "/1/2")}.paths("/1/2", "/1/2/", "/1/2/3", "/1", "/1/22"),
		{name: "priority", with: func(u *usage) {
			first := prefix("priority-first", u.route.Hosts[0].Name, "/1/2", web)
			exact := prefix("priority-exact", u.route.Hosts[0].Name, "/1/2/3", blog)
			exact.Matches[0].Path.Type = model.PathExact
			u.listener.Routes = append(u.listener.Routes, first, exact)
		}, requests: []model.Request{get("priority.example.com", "/1"), get("priority.example.com", "/1/2"), get("priority.example.com", "/1/2/3"), get("priority.example.com", "/1/2/3/4")}},
		{name: "age", with: twins(2024, 2023), without: twins(2023, 2024), requests: []model.Request{get("age.example.com", "/1")}},
		{name: "target", with: func(u *usage) { u.route.Action = model.ForwardTo(blog) }, requests: []model.Request{get("target.example.com", "/1")}},
		{name: "default", alone: true, with: func(u *usage) { u.listener.Default = model.ForwardTo(blog) }, requests: []model.Request{get("default.example.com", "/2"), get("unknown.test", "/")}},
	}
}

// twins adds a route that matches the same requests. The older of the two decides.
func twins(own, other int) func(*usage) {
	return func(u *usage) {
		twin := *u.route
		twin.Name, twin.Action = u.route.Name+"-twin", model.ForwardTo(blog)
		u.route.Age, twin.Age = time.Date(own, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(other, 1, 1, 0, 0, 0, 0, time.UTC)
		u.listener.Routes = append(u.listener.Routes, twin)
	}
}

func matchExamples() []example {
	value := func(v model.ValueMatch) []model.ValueMatch { return []model.ValueMatch{v} }
	return []example{
		example{feature: model.FeatureWildcardOneLabel, name: "one-label", with: onHost(model.OneLabel)}.hosts("~", "~a.", "~a.b."),
		example{feature: model.FeatureWildcardAnyLabels, name: "any-labels", with: onHost(model.AnyLabels)}.hosts("~", "~a.", "~a.b.", "any-labels.test"),
		example{feature: model.FeatureExactRootPath, name: "exact-root", with: onPath(model.PathExact, "/"), without: onPath(model.PathPrefix, "/")}.paths("/", "/1", "/?page=1"),
		example{feature: model.FeatureCaseSensitivePath, name: "case", with: onPath(model.PathPrefix, "/abc")}.paths("/abc", "/ABC", "/abC/d", "/abcd"),
		example{feature: model.FeatureRegexpPath, name: "regexp-path", with: onPath(model.PathRegexp, "/[0-9]+/2")}.paths("/12/2", "/12/2/3", "/x/2", "/12/3"),
		example{feature: model.FeaturePathWildcardChars, name: "star", with: onPath(model.PathPrefix, "/1*")}.paths("/1*", "/12", "/1*/2"),
		example{feature: model.FeatureHeaderMatch, name: "header", with: onMatch(func(m *model.Match) { m.Headers = value(model.ValueMatch{Name: "X-Version", Value: "2"}) })}.
			sent("GET", "X-Version", "2").sent("GET", "X-Version", "3").sent("GET"),
		example{feature: model.FeatureQueryMatch, name: "query", with: onMatch(func(m *model.Match) { m.Query = value(model.ValueMatch{Name: "page", Value: "2"}) })}.
			paths("/1?page=2", "/1?page=3", "/1", "/1?pages=2"),
		example{feature: model.FeatureMethodMatch, name: "method", with: onMatch(func(m *model.Match) { m.Method = "POST" })}.
			sent("POST").sent("GET").sent("DELETE"),
		example{
			feature: model.FeatureRegexpValue, name: "regexp-value",
			with: onMatch(func(m *model.Match) {
				m.Headers = value(model.ValueMatch{Name: "X-Version", Type: model.ValueRegexp, Value: "[0-9]+"})
			}),
			without: onMatch(func(m *model.Match) { m.Headers = value(model.ValueMatch{Name: "X-Version", Value: "2"}) }),
		}.sent("GET", "X-Version", "12").sent("GET", "X-Version", "x"),
	}
}

func onGroup(change func(*model.Group)) func(*usage) {
	return func(u *usage) { change(u.group) }
}

func groupExamples() []example {
	protocol := func(p model.BackendProtocol) func(*usage) {
		return onGroup(func(g *model.Group) { g.Protocol = p })
	}
	affinity := func(a model.Affinity) func(*usage) {
		return onGroup(func(g *model.Group) { g.Affinity = a })
	}
	return []example{
		example{feature: model.FeatureBackendHTTPS, name: "backend-https", with: protocol(model.BackendHTTPS)}.paths("/1"),
		example{feature: model.FeatureBackendHTTP2, name: "backend-http2", with: protocol(model.BackendHTTP2)}.paths("/1"),
		{feature: model.FeatureBackendGRPC, name: "backend-grpc", with: protocol(model.BackendGRPC)},
		example{feature: model.FeatureAffinityCookie, name: "cookie", with: affinity(model.Affinity{Type: model.AffinityCookie, TTL: time.Hour})}.paths("/1"),
		example{feature: model.FeatureAffinityIP, name: "client-ip", with: affinity(model.Affinity{Type: model.AffinityClientIP})}.paths("/1"),
		example{feature: model.FeatureAffinityApp, name: "app-cookie", with: affinity(model.Affinity{Type: model.AffinityCookie, Cookie: "session"})}.paths("/1"),
		{feature: model.FeatureGroupTimeout, name: "group-timeout", with: onGroup(func(g *model.Group) { g.Timeout = 40 * time.Second })},
		{feature: model.FeatureSlowStart, name: "slow-start", with: onGroup(func(g *model.Group) { g.SlowStart = time.Minute })},
		example{feature: model.FeatureMixedPorts, name: "mixed-ports", spread: true, with: onGroup(func(g *model.Group) { g.Port, g.Endpoints[0].Port = 0, otherPort })}.paths(slices.Repeat([]string{"/1"}, 4)...),
		example{feature: model.FeatureHealthPort, name: "health-port", with: onGroup(func(g *model.Group) { g.Health.Port = healthPort })}.paths("/1"),
		example{feature: model.FeatureHealthHost, name: "health-host", with: onGroup(func(g *model.Group) { g.Health.Host = "health.example.com" })}.paths("/1"),
		{feature: model.FeatureTargetNode, name: "node", alone: true, with: onGroup(nodes)},
	}
}

// nodes makes the endpoints those of nodes. On some clouds nothing else differs.
func nodes(g *model.Group) {
	g.Target, g.Port = model.TargetNode, nodePort
	for i := range g.Endpoints {
		e := &g.Endpoints[i]
		e.Port, e.Pod = nodePort, ""
	}
}

func listenerExamples() []example {
	layer4 := func(p model.Protocol, b model.BackendProtocol, port int) func(*usage) {
		return func(u *usage) {
			u.group.Protocol, u.group.Health.Protocol = b, model.BackendTCP
			u.lb.Listeners = []model.Listener{{Port: port, Protocol: p, Default: model.ForwardTo(u.group.ID)}}
			u.lb.Groups = []model.Group{*u.group}
		}
	}
	secure := func(change func(*model.ListenerTLS, model.Certificate)) func(*usage) {
		return func(u *usage) {
			tls := &model.ListenerTLS{Certificates: []model.Certificate{u.cert}}
			change(tls, u.cert)
			u.listener.Port, u.listener.Protocol, u.listener.TLS = 443, model.HTTPS, tls
		}
	}
	plain := secure(func(*model.ListenerTLS, model.Certificate) {})
	return []example{
		{feature: model.FeatureHTTPS, name: "https", alone: true, with: plain},
		{feature: model.FeatureTLSPassthrough, name: "passthrough", alone: true, with: layer4(model.TLS, model.BackendTCP, 443)},
		{feature: model.FeatureTCP, name: "tcp", alone: true, with: layer4(model.TCP, model.BackendTCP, 5432)},
		{feature: model.FeatureUDP, name: "udp", alone: true, with: layer4(model.UDP, model.BackendUDP, 53)},
		{feature: model.FeatureBackendL4, name: "backend-layer-4", alone: true, with: layer4(model.TCP, model.BackendTCP, 5432)},
		{feature: model.FeatureListenerHostname, name: "listener-hostname", alone: true, with: func(u *usage) { u.listener.Hostname = u.route.Hosts[0] }},
		{feature: model.FeatureTLSPolicy, name: "tls-policy", alone: true, with: secure(func(t *model.ListenerTLS, _ model.Certificate) { t.Policy = model.TLS13 }), without: plain},
		{feature: model.FeatureCertificateRef, name: "certificate-reference", alone: true, with: secure(func(t *model.ListenerTLS, _ model.Certificate) {
			t.Certificates[0] = model.Certificate{Name: "reference", Reference: "reference"}
		}), without: plain},
		{feature: model.FeatureClientValidation, name: "client-validation", alone: true, with: secure(func(t *model.ListenerTLS, c model.Certificate) {
			t.Client = &model.ClientValidation{Authorities: c.PEM}
		}), without: plain},
	}
}

func balancerExamples() []example {
	scheme := func(s model.Scheme) func(*usage) { return func(u *usage) { u.lb.Scheme = s } }
	family := func(f model.Family) func(*usage) { return func(u *usage) { u.lb.Family = f } }
	return []example{
		{feature: model.FeatureInternal, name: "internal", alone: true, with: scheme(model.Internal)},
		{feature: model.FeatureInternetFacing, name: "internet-facing", alone: true, with: scheme(model.InternetFacing), without: scheme(model.Internal)},
		{feature: model.FeatureIPv6, name: "ipv6", alone: true, with: family(model.IPv6)},
		{feature: model.FeatureDualStack, name: "dual-stack", alone: true, with: family(model.DualStack)},
		{feature: model.FeatureStaticAddress, name: "static-address", alone: true, with: func(u *usage) { u.lb.Addresses = []string{"address-1"} }},
		{feature: model.FeatureStandalone, name: "standalone", alone: true, with: func(u *usage) { u.lb.Listeners = nil }},
	}
}
