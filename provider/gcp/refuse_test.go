package gcp_test

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// object returns a reference to an Ingress.
func object(name string) model.Ref {
	return model.Ref{Kind: "Ingress", Namespace: "default", Name: name}
}

// shared returns a load balancer of two objects, good and bad. Each has a route and a group.
func shared(t testing.TB, port int, protocol model.Protocol) model.LoadBalancer {
	t.Helper()
	group := func(name string, last byte) model.Group {
		at := model.Endpoint{Address: netip.AddrFrom4([4]byte{10, 0, 0, last}), Port: 8080, Zone: "us-central1-a", Node: "node-1"}
		return model.Group{ID: model.GroupID("default/" + name + ":80"), Endpoints: []model.Endpoint{at}, Origins: []model.Ref{object(name)}}
	}
	route := func(name, path string) model.Route {
		return model.Route{Name: name, Origin: object(name), Hosts: []model.Host{{Name: "shop.example.com"}}, Matches: prefixed(path), Action: model.ForwardTo(model.GroupID("default/" + name + ":80"))}
	}
	l := model.Listener{Name: "front", Port: port, Protocol: protocol, Origins: []model.Ref{object("bad")}, Routes: []model.Route{route("good", "/"), route("bad", "/bad")}}
	if protocol == model.HTTPS {
		l.TLS = &model.ListenerTLS{Certificates: []model.Certificate{pair(t)}}
	}
	return model.LoadBalancer{ID: "default/web", Origins: []model.Ref{object("good"), object("bad")}, Groups: []model.Group{group("good", 1), group("bad", 2)}, Listeners: []model.Listener{l}}
}

func pair(t testing.TB) model.Certificate {
	t.Helper()
	cert, err := modeltest.Certificate("default/tls", "shop.example.com")
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func prefixed(path string) []model.Match {
	return []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: path}}}
}

// unfit is a load balancer with a value that the API rejects, and a part of the reason.
type unfit struct {
	lb   model.LoadBalancer
	want string
}

// unfits returns one for each reason. The second route, or the group of that route, has the bad
// value.
func unfits(t *testing.T) map[string]unfit {
	t.Helper()
	all := map[string]unfit{}
	route := func(name, want string, change func(*model.Route)) {
		lb := shared(t, 80, model.HTTP)
		change(&lb.Listeners[0].Routes[1])
		all[name] = unfit{lb, want}
	}
	health := func(name, want string, h model.HealthCheck) {
		lb := shared(t, 80, model.HTTP)
		lb.Groups[1].Health = h
		all[name] = unfit{lb, want}
	}
	unfitMatches(route)
	unfitFilters(route)
	health("rare check", "interval 5m1s", model.HealthCheck{Interval: 301 * time.Second, Timeout: time.Second})
	health("slow to be healthy", "thresholds 11 and", model.HealthCheck{Healthy: 11})
	health("check of a path with a space", `"/a b"`, model.HealthCheck{Path: "/a b"})
	health("check by gRPC", "protocol GRPC", model.HealthCheck{Protocol: model.BackendGRPC})
	down := shared(t, 443, model.HTTPS)
	down.Listeners[0].Routes[1].Action = model.Action{Redirect: &model.Redirect{Scheme: "http"}}
	all["redirect to HTTP"] = unfit{down, "from HTTPS to HTTP"}
	down = shared(t, 443, model.HTTPS)
	down.Listeners[0].Routes = down.Listeners[0].Routes[:1]
	down.Listeners[0].Default = model.Action{Redirect: &model.Redirect{Scheme: "http"}}
	all["default that redirects to HTTP"] = unfit{down, "from HTTPS to HTTP"}
	ports := shared(t, 8080, model.HTTP)
	ports.Listeners[0].Routes[1].Hosts = []model.Host{{Name: "example.com", Wildcard: model.AnyLabels}}
	ports.Listeners[0].Routes[1].Action = model.Action{Redirect: &model.Redirect{Scheme: "https"}}
	all["redirect of a wildcard host from another port"] = unfit{ports, "from port 8080"}
	return all
}

func unfitMatches(route func(name, want string, change func(*model.Route))) {
	long := func(n int) string { return "/" + strings.Repeat("a", n-1) }
	whole := func(by string) model.Filters {
		return model.Filters{Rewrite: &model.Rewrite{Path: &model.PathRewrite{Value: by}}}
	}
	route("header that must be empty", "empty value", func(r *model.Route) { r.Matches[0].Headers = []model.ValueMatch{{Name: "X"}} })
	route("parameter that must be empty", "empty value", func(r *model.Route) { r.Matches[0].Query = []model.ValueMatch{{Name: "x"}} })
	route("one match of two", "empty value", func(r *model.Route) {
		r.Matches = append(r.Matches, model.Match{Path: model.PathMatch{Type: model.PathExact, Value: "/x"}, Headers: []model.ValueMatch{{Name: "X"}}})
	})
	route("prefix of 1024 bytes", "prefix of 1024 bytes", func(r *model.Route) { r.Matches = prefixed(long(1024)) })
	route("prefix that becomes 1024 bytes", "prefix of the rewrite of 1024", func(r *model.Route) {
		r.Filters.Rewrite = &model.Rewrite{Path: &model.PathRewrite{Prefix: true, Value: long(1024)}}
	})
	route("path replaced below a star", `"/bad*"`, func(r *model.Route) { r.Matches, r.Filters = prefixed("/bad*"), whole("/b") })
	route("long path replaced whole", "prefix of 1015 bytes", func(r *model.Route) { r.Matches, r.Filters = prefixed(long(1015)), whole("/b") })
	route("path replaced by a long one", "path of 256 bytes", func(r *model.Route) { r.Filters = whole(long(256)) })
	route("redirect to a prefix of 1024 bytes", "prefix of the redirect of 1024", func(r *model.Route) {
		r.Action = model.Action{Redirect: &model.Redirect{Path: &model.PathRewrite{Prefix: true, Value: long(1024)}}}
	})
	route("weights too far apart", "weight 2001 of default/good:80", func(r *model.Route) {
		r.Action.Forward.Groups = append(r.Action.Forward.Groups, model.Weighted{Group: "default/good:80", Weight: 2001})
		r.Action.Forward.Groups[0].Weight = 2
	})
}

func unfitFilters(route func(name, want string, change func(*model.Route))) {
	route("hop-by-hop header", "Keep-Alive cannot be changed", func(r *model.Route) {
		r.Filters.Request = &model.HeaderChange{Set: []model.Header{{Name: "Keep-Alive", Value: "1"}}}
	})
	route("header of Google", "X-Goog-Me cannot be changed", func(r *model.Route) {
		r.Filters.Response = &model.HeaderChange{Add: []model.Header{{Name: "X-Goog-Me", Value: "1"}}}
	})
	route("host removed", "Host cannot be removed", func(r *model.Route) { r.Filters.Request = &model.HeaderChange{Remove: []string{"Host"}} })
	route("header with a variable", "without braces", func(r *model.Route) {
		r.Filters.Request = &model.HeaderChange{Set: []model.Header{{Name: "X-Region", Value: "{client_region}"}}}
	})
}

// TestBadObjectAffectsOnlyItself checks that a value which the API rejects is reported on its
// object, that Translate rejects it, and that everything else is served.
func TestBadObjectAffectsOnlyItself(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Dial: onePod(t)})
	for name, u := range unfits(t) {
		t.Run(name, func(t *testing.T) {
			u.lb.ID += model.ID("-" + strings.ReplaceAll(name, " ", "-"))
			sealed, err := model.Seal(u.lb)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.process(t).Translate(sealed); provider.CodeOf(err) != provider.Unsupported || !strings.Contains(err.Error(), u.want) {
				t.Errorf("translate: %v, want an error that contains %q", err, u.want)
			}
			e := c.engine(t)
			problems := e.Set(sealed)
			reported := slices.ContainsFunc(problems, func(p model.Problem) bool {
				return p.Origin == object("bad") && p.Reason == model.ReasonUnsupported && strings.Contains(p.Message, u.want)
			})
			if !reported || slices.ContainsFunc(problems, func(p model.Problem) bool { return p.Refuses() && p.Origin == object("good") }) {
				t.Errorf("problems %v, want one on the bad object that contains %q and none on the good one", problems, u.want)
			}
			l := u.lb.Listeners[0]
			address := net.JoinHostPort(apply(t, e, sealed).Results[0].Addresses[0], strconv.Itoa(l.Port))
			c.fetch(t, address, l.Protocol == model.HTTPS, http.StatusOK)
		})
	}
}

// TestListenersOfOnePortShareATLSPolicy checks that a listener whose TLS policy differs from that
// of an earlier listener of the port is refused, and that the earlier one is served.
func TestListenersOfOnePortShareATLSPolicy(t *testing.T) {
	t.Parallel()
	lb := shared(t, 443, model.HTTPS)
	routes := lb.Listeners[0].Routes
	good, bad := lb.Listeners[0], lb.Listeners[0]
	good.Name, good.Origins, good.Routes = "a", []model.Ref{object("good")}, routes[:1]
	bad.Name, bad.Routes, bad.Hostname = "b", routes[1:], model.Host{Name: "bad.example.com"}
	bad.Routes[0].Hosts = []model.Host{bad.Hostname}
	bad.TLS = &model.ListenerTLS{Certificates: bad.TLS.Certificates, Policy: model.TLS13}
	good.Hostname = routes[0].Hosts[0]
	lb.Listeners = []model.Listener{good, bad}
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	c := newCloud(t, gcptest.Options{Dial: onePod(t)})
	e := c.engine(t)
	problems := e.Set(sealed)
	first := sealed.Listeners()[0].Name // the policy of the first in the model's order applies
	refused := map[string]model.Ref{"a": object("bad"), "b": object("good")}[first]
	if len(problems) != 1 || problems[0].Origin != refused || !strings.Contains(problems[0].Message, "another TLS policy") {
		t.Fatalf("problems %v, want one of %v", problems, refused)
	}
	address := net.JoinHostPort(apply(t, e, sealed).Results[0].Addresses[0], "443")
	status := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[first == "a"]
	c.fetch(t, address, true, status)
}

// TestLargeWeightsAreReduced checks that weights above the API's limit are divided by their
// greatest common divisor.
func TestLargeWeightsAreReduced(t *testing.T) {
	t.Parallel()
	lb := shared(t, 80, model.HTTP)
	lb.Listeners[0].Routes[1].Action.Forward.Groups = []model.Weighted{{Group: "default/good:80", Weight: 300_000}, {Group: "default/bad:80", Weight: 100_000}}
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	c := newCloud(t, gcptest.Options{Dial: refuse})
	address := net.JoinHostPort(apply(t, c.engine(t), sealed).Results[0].Addresses[0], "80")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://shop.example.com/bad", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.RequestURI = "/bad"
	got, ok := c.Route(address, r)
	if !ok || len(got.Groups) != 2 {
		t.Fatalf("route %+v, %v", got, ok)
	}
	for name, weight := range got.Groups {
		if want := map[bool]int{true: 3, false: 1}[strings.Contains(name, "good")]; weight != want {
			t.Errorf("weight of %s is %d, want %d", name, weight, want)
		}
	}
}
