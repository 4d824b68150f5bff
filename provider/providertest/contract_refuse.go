//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// refusing are the sentences about Refuse.
func refusing() []sentence {
	return []sentence{
		{"Refuse names the parts that cannot be expressed; the rest can be translated, and nothing more of it is refused", testRefuse},
		{"the objects of a refused part get a problem, and everything else is applied", testRefusedAlone},
	}
}

// extremes returns a shop with further routes and groups. All of them are valid, and each has a
// value at a bound of the model, or one that some cloud refuses. Each has an origin of its own
// name.
func (s *stage) extremes(t *testing.T) model.LoadBalancer {
	t.Helper()
	lb := s.model(t)
	for name, change := range extremeRoutes() {
		r := prefix(name, host, "/"+name, web)
		r.Origin = ingress(name, "")
		change(&r)
		for i := range lb.Listeners {
			lb.Listeners[i].Routes = append(lb.Listeners[i].Routes, r)
		}
	}
	for name, change := range extremeGroups() {
		g := group(model.GroupID("default/"+name+":80"), name, s.pods.endpoints("web", 0, 1))
		g.Origins = []model.Ref{ingress(name, "")}
		change(&g)
		r := prefix(name, host, "/"+name, g.ID)
		r.Origin = ingress(name, "")
		lb.Groups = append(lb.Groups, g)
		lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, r)
	}
	return lb
}

func extremeRoutes() map[string]func(*model.Route) {
	longest := "/" + strings.Repeat("a", 1023) // bytes
	redirect := func(to model.Redirect) func(*model.Route) {
		return func(r *model.Route) { r.Action = model.Action{Redirect: &to} }
	}
	rewrite := func(by model.PathRewrite) func(*model.Route) {
		return func(r *model.Route) { r.Filters.Rewrite = &model.Rewrite{Path: &by} }
	}
	return map[string]func(*model.Route){
		"longest-prefix":  func(r *model.Route) { r.Matches[0].Path.Value = longest },
		"longest-exact":   func(r *model.Route) { r.Matches[0].Path = model.PathMatch{Type: model.PathExact, Value: longest} },
		"star":            func(r *model.Route) { r.Matches[0].Path.Value = "/star*" },
		"empty-header":    func(r *model.Route) { r.Matches[0].Headers = []model.ValueMatch{{Name: "X-Empty"}} },
		"empty-parameter": func(r *model.Route) { r.Matches[0].Query = []model.ValueMatch{{Name: "empty"}} },
		"one-of-two": func(r *model.Route) {
			r.Matches = append(r.Matches, model.Match{Headers: []model.ValueMatch{{Name: "X-Two"}}})
		},
		"long-header": func(r *model.Route) {
			r.Matches[0].Headers = []model.ValueMatch{{Name: "X-Long", Value: strings.Repeat("v", 4096)}}
		},
		"down":              redirect(model.Redirect{Scheme: "http"}),
		"up":                redirect(model.Redirect{Scheme: "https", Host: "up.example.com"}),
		"to-longest-prefix": redirect(model.Redirect{Host: "to.example.com", Path: &model.PathRewrite{Prefix: true, Value: longest}}),
		"wild": func(r *model.Route) {
			r.Hosts = []model.Host{{Name: "wild.example.com", Wildcard: model.AnyLabels}}
			r.Action = model.Action{Redirect: &model.Redirect{Path: &model.PathRewrite{Value: "/elsewhere"}}}
		},
		"to-prefix":       rewrite(model.PathRewrite{Prefix: true, Value: longest}),
		"to-path":         rewrite(model.PathRewrite{Value: longest}),
		"fixed-redirect":  func(r *model.Route) { r.Action = model.Action{Fixed: &model.Fixed{Status: 302}} },
		"fixed-last":      func(r *model.Route) { r.Action = model.Action{Fixed: &model.Fixed{Status: 599}} },
		"longest-timeout": func(r *model.Route) { r.Timeouts.Request = 24 * time.Hour },
		"one-hop": func(r *model.Route) {
			r.Filters.Request = &model.HeaderChange{Set: []model.Header{{Name: "Connection", Value: "close"}}}
		},
		"variable": func(r *model.Route) {
			r.Filters.Response = &model.HeaderChange{Add: []model.Header{{Name: "X-Where", Value: "{client_region}"}}}
		},
		"weights": func(r *model.Route) {
			r.Action.Forward.Groups = []model.Weighted{{Group: web, Weight: 999_999}, {Group: api, Weight: 1}}
		},
	}
}

func extremeGroups() map[string]func(*model.Group) {
	health := func(h model.HealthCheck) func(*model.Group) {
		return func(g *model.Group) { g.Health = h }
	}
	return map[string]func(*model.Group){
		"checked-daily":      health(model.HealthCheck{Interval: 24 * time.Hour, Timeout: time.Second}),
		"checked-each-time":  health(model.HealthCheck{Interval: time.Second, Timeout: time.Second}),
		"slow-check":         health(model.HealthCheck{Interval: 5 * time.Minute, Timeout: 5 * time.Minute}),
		"twenty-times":       health(model.HealthCheck{Interval: 10 * time.Second, Timeout: time.Second, Healthy: 20, Unhealthy: 20}),
		"once":               health(model.HealthCheck{Interval: 10 * time.Second, Timeout: time.Second, Healthy: 1, Unhealthy: 1}),
		"checked-by-tcp":     health(model.HealthCheck{Protocol: model.BackendTCP}),
		"checked-by-grpc":    health(model.HealthCheck{Protocol: model.BackendGRPC}),
		"path-with-space":    health(model.HealthCheck{Path: "/a b"}),
		"every-status":       health(model.HealthCheck{Statuses: model.StatusRange{From: 100, To: 599}}),
		"longest-draining":   func(g *model.Group) { g.Draining = time.Hour },
		"longest-timeout-of": func(g *model.Group) { g.Timeout = 24 * time.Hour },
		"shortest-timeout":   func(g *model.Group) { g.Timeout = time.Second },
		"longest-affinity": func(g *model.Group) {
			g.Affinity = model.Affinity{Type: model.AffinityCookie, TTL: 14 * 24 * time.Hour}
		},
	}
}

// refuser returns the provider, and the part of extremes whose features it supports.
func (s *stage) refuser(t *testing.T) (provider.Provider, provider.Refuser, model.Sealed) {
	t.Helper()
	p := s.Process()
	r := provider.ExtensionsOf(p).Refuser
	if r == nil {
		t.Skip("the provider is no Refuser")
	}
	accepted, _, ok := model.Accept(seal(t, s.extremes(t)), p.Capabilities())
	if !ok {
		t.Fatal("nothing of the model is supported")
	}
	return p, r, accepted
}

func testRefuse(t *testing.T, h Harness) {
	s := newStage(t, h)
	p, r, lb := s.refuser(t)
	before := fmt.Sprintf("%+v", *lb.LoadBalancer())
	all := r.Refuse(lb)
	if again := r.Refuse(lb); !reflect.DeepEqual(all, again) {
		t.Error("a second call returns something else")
	}
	if before != fmt.Sprintf("%+v", *lb.LoadBalancer()) {
		t.Error("the model was modified")
	}
	if len(all) == 0 {
		t.Skip("the provider accepts all values of the test")
	}
	parts := make([]model.Part, 0, len(all))
	for _, refusal := range all {
		if slices.Contains(parts, refusal.Part) {
			t.Errorf("%+v is refused twice", refusal.Part)
		}
		parts = append(parts, refusal.Part)
		checkRefusal(t, lb, refusal)
	}
	left, ok := model.Without(lb, parts)
	if !ok {
		t.Fatal("the provider refuses everything")
	}
	if _, err := p.Translate(left); err != nil {
		t.Errorf("the rest cannot be translated: %v", err)
	}
	if more := r.Refuse(left); len(more) > 0 {
		t.Errorf("more is refused of the rest: %+v", more)
	}
}

// checkRefusal fails unless the refusal names a part of the load balancer and has problems for the
// objects of that part.
func checkRefusal(t *testing.T, lb model.Sealed, refusal provider.Refusal) {
	t.Helper()
	objects := objectsOf(lb, refusal.Part)
	if len(objects) == 0 {
		t.Errorf("the refused part %+v is not in the load balancer", refusal.Part)
	}
	if len(refusal.Problems) == 0 {
		t.Errorf("the refusal of %+v has no problem", refusal.Part)
	}
	for _, p := range refusal.Problems {
		if p.Reason != model.ReasonUnsupported && p.Reason != model.ReasonInvalid || p.Message == "" {
			t.Errorf("the problem of %+v has the reason %q and the message %q", refusal.Part, p.Reason, p.Message)
		}
		if !slices.Contains(objects, p.Origin.Object()) {
			t.Errorf("the problem of %+v has the origin %s, want one of %v", refusal.Part, p.Origin, objects)
		}
	}
}

// objectsOf returns the objects that a route or a group came from. No default in these models can
// be refused.
func objectsOf(lb model.Sealed, part model.Part) []model.Ref {
	var out []model.Ref
	if g, ok := lb.Group(part.Group); ok {
		for _, origin := range g.Origins {
			out = append(out, origin.Object())
		}
	}
	for _, l := range lb.Listeners() {
		for _, r := range l.Routes {
			if l.Name == part.Listener && r.Name == part.Route {
				out = append(out, r.Origin.Object())
			}
		}
	}
	return out
}

// testRefusedAlone applies what is not refused. The cloud must accept every value, and the shop
// must be served and get no problem.
func testRefusedAlone(t *testing.T, h Harness) {
	s := newStage(t, h)
	lb := s.extremes(t)
	sealed, p := seal(t, lb), s.Process()
	e := s.engine()
	problems := e.Set(sealed)
	for _, problem := range problems {
		if problem.Refuses() && problem.Origin.Object() == ingress("shop", "") {
			t.Errorf("the shop has a problem: %s", problem)
		}
	}
	accepted, _, ok := reconcile.Accept(p, sealed)
	if !ok {
		t.Fatal("nothing is served")
	}
	res := s.sync(t, e, sealed.ID())
	for _, r := range missing(sealed, accepted) {
		if !slices.ContainsFunc(problems, func(p model.Problem) bool { return p.Refuses() && p.Origin.Object() == r.Origin.Object() }) {
			t.Errorf("route %s is not served, and its object has no problem", r.Name)
		}
	}
	if s.Dial == nil {
		return
	}
	s.client(t, res.Addresses[0]).await(t, shopProbes())
}

// missing returns the routes of all that left does not have.
func missing(all, left model.Sealed) []model.Route {
	has := map[string]bool{}
	for _, l := range left.Listeners() {
		for _, r := range l.Routes {
			has[l.Name+"/"+r.Name] = true
		}
	}
	var out []model.Route
	for _, l := range all.Listeners() {
		for _, r := range l.Routes {
			if !has[l.Name+"/"+r.Name] {
				out = append(out, r)
			}
		}
	}
	return out
}
