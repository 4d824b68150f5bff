package reconcile_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

const (
	shop = model.ID("default/shop")
	web  = model.GroupID("default/web:80")
	api  = model.GroupID("default/api:80")
	blog = model.GroupID("default/blog:80")
)

// bench is a cloud without a data plane, of which tests set the health, and the options of its
// provider.
type bench struct {
	t       *testing.T
	cloud   *fake.Cloud
	options fake.Options
}

func newBench(t *testing.T, c fake.CloudOptions, o fake.Options) *bench {
	t.Helper()
	o.ClusterID = "demo"
	cloud := fake.NewCloud(c)
	t.Cleanup(cloud.Close)
	return &bench{t, cloud, o}
}

func (b *bench) provider() *fake.Provider {
	b.t.Helper()
	p, err := fake.New(b.cloud, b.options)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bench) engine() *reconcile.Engine {
	return reconcile.New(b.provider(), reconcile.Options{})
}

// pods returns the endpoints from..to-1 of a Service.
func pods(service, from, to int) []model.Endpoint {
	var out []model.Endpoint
	for i := from; i < to; i++ {
		out = append(out, model.Endpoint{
			Address: netip.AddrFrom4([4]byte{10, byte(service), byte(i >> 8), byte(i)}), Port: 8080, Zone: fmt.Sprint("zone-", i%3),
		})
	}
	return out
}

func ref(kind, name string) model.Ref { return model.Ref{Kind: kind, Namespace: "default", Name: name} }

func group(id model.GroupID, eps []model.Endpoint) model.Group {
	return model.Group{ID: id, Port: 8080, Endpoints: eps, Draining: time.Minute, Health: model.HealthCheck{Interval: 10 * time.Second, Timeout: 5 * time.Second}}
}

func route(name, path string, g model.GroupID) model.Route {
	return model.Route{
		Name: name, Hosts: []model.Host{{Name: "shop.example.com"}}, Action: model.ForwardTo(g), Origin: ref("Ingress", "shop"),
		Matches: []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: path}}},
	}
}

// balancer returns a load balancer that serves web at / and api at /api, with ten endpoints each.
func balancer(id model.ID) model.LoadBalancer {
	return model.LoadBalancer{
		ID: id, Origins: []model.Ref{ref("Ingress", "shop")},
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{route("api", "/api", api), route("web", "/", web)}}},
		Groups:    []model.Group{group(api, pods(1, 0, 10)), group(web, pods(2, 0, 10))},
	}
}

// swapped is balancer with blog in place of web.
func swapped(id model.ID) model.LoadBalancer {
	lb := balancer(id)
	lb.Listeners[0].Routes[1] = route("web", "/", blog)
	lb.Groups[1] = group(blog, pods(3, 0, 10))
	return lb
}

func seal(t *testing.T, lb model.LoadBalancer) model.Sealed {
	t.Helper()
	s, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// apply sets and applies a load balancer. It fails the test if a step is not done.
func apply(t *testing.T, e *reconcile.Engine, lb model.LoadBalancer) reconcile.Report {
	t.Helper()
	e.Set(seal(t, lb))
	r, err := e.Apply(t.Context(), lb.ID)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return finished(t, r)
}

// finished fails the test if a step of the report is not done.
func finished(t *testing.T, r reconcile.Report) reconcile.Report {
	t.Helper()
	for _, res := range r.Results {
		for _, s := range res.Steps {
			if s.Outcome.State != provider.Done {
				t.Errorf("%s %s is %s: %s", s.Action, s.Key, s.Outcome.State, s.Wait)
			}
		}
	}
	return r
}

// settled fails the test if the plan of a new process is not empty.
func (b *bench) settled(t *testing.T, lbs ...model.LoadBalancer) {
	t.Helper()
	e := b.engine()
	for _, lb := range lbs {
		e.Set(seal(t, lb))
	}
	ids, err := e.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) != len(lbs) {
		t.Errorf("the cloud has %v, %d are wanted", ids, len(lbs))
	}
	r, err := e.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !r.Empty() {
		t.Errorf("a new process has to do:\n%s", text(r))
	}
}

func text(r reconcile.Report) string {
	var s strings.Builder
	for _, res := range r.Results {
		for _, st := range res.Steps {
			// a strings.Builder returns no error
			_, _ = fmt.Fprintln(&s, st.Action, st.Key, st.Wait, st.Fields)
		}
	}
	return s.String()
}

// writes returns the operations of the write calls since the last reset.
func (b *bench) writes() []string {
	var out []string
	for _, c := range b.cloud.Calls() {
		if c.Write {
			out = append(out, c.Op)
		}
	}
	return out
}

func (b *bench) reads() int { return len(b.cloud.Calls()) - len(b.writes()) }

// members returns the addresses that a group has in the cloud.
func (b *bench) members(t *testing.T, g model.GroupID) []netip.Addr {
	t.Helper()
	p := b.provider()
	rs, err := p.Observe(t.Context(), provider.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	var out []netip.Addr
	for _, r := range rs {
		if r.Group == g && r.Member {
			for _, ep := range p.Registered(r) {
				out = append(out, ep.Address)
			}
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out
}

// sync makes one pass.
func sync(t *testing.T, e *reconcile.Engine, ids ...model.ID) reconcile.Report {
	t.Helper()
	r, err := e.Sync(t.Context(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// within returns a context that ends after d.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
