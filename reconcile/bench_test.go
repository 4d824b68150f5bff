package reconcile_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

// free is a provider without costs: each resource exists as desired.
type free struct{ *fake.Provider }

func (free) Do(_ context.Context, b provider.Batch) []provider.Outcome {
	out := make([]provider.Outcome, len(b.Ops))
	for i, op := range b.Ops {
		out[i] = provider.Outcome{Key: op.Key, State: provider.Done}
		if op.Want != nil {
			have := *op.Want
			have.Output.Ready = true
			out[i].Have = &have
		}
	}
	return out
}

func (free) Observe(context.Context, provider.Scope) ([]provider.Resource, error) { return nil, nil }

// Health reports every registered endpoint healthy.
func (f free) Health(_ context.Context, have []provider.Resource) (map[provider.Key][]provider.EndpointHealth, error) {
	out := map[provider.Key][]provider.EndpointHealth{}
	for _, r := range have {
		for _, ep := range f.Registered(r) {
			out[r.Key] = append(out[r.Key], provider.EndpointHealth{Endpoint: ep, Healthy: true})
		}
	}
	return out, nil
}

func newFree(tb testing.TB) free {
	tb.Helper()
	p, err := fake.New(fake.NewCloud(fake.CloudOptions{}), fake.Options{ClusterID: "demo"})
	if err != nil {
		tb.Fatal(err)
	}
	return free{p}
}

func groupID(i int) model.GroupID { return model.GroupID(fmt.Sprintf("default/service-%05d:80", i)) }

// tenOf returns ten endpoints of a Service, of which the first differs for each turn.
func tenOf(service, turn int) []model.Endpoint {
	eps := make([]model.Endpoint, 10)
	for i := range eps {
		eps[i] = model.Endpoint{Address: netip.AddrFrom4([4]byte{10, byte(service >> 8), byte(service), byte(i + 20)}), Port: 8080, Zone: "a", State: model.Ready}
	}
	eps[0].Address = netip.AddrFrom4([4]byte{10, byte(service >> 8), byte(service), byte(turn % 2)})
	return eps
}

// wide has a route and a group of ten endpoints for each of n Services.
func wide(tb testing.TB, n int) model.Sealed {
	tb.Helper()
	lb := model.LoadBalancer{ID: shop, Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP}}}
	for i := range n {
		lb.Groups = append(lb.Groups, model.Group{ID: groupID(i), Port: 8080, Endpoints: tenOf(i, 0)})
		lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, route(fmt.Sprint("r", i), fmt.Sprintf("/%d", i), groupID(i)))
	}
	s, err := model.Seal(lb)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// BenchmarkPlan plans a change of one rule of n.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000} {
		b.Run(fmt.Sprint(n, " routes"), func(b *testing.B) {
			p, sealed := newFree(b), wide(b, n)
			want, err := p.Translate(sealed)
			if err != nil {
				b.Fatal(err)
			}
			have := append([]provider.Resource(nil), want...)
			last := &have[len(have)-1]
			rule, _ := last.Spec.(fake.RuleSpec)
			rule.Priority++
			last.Spec = rule
			b.ReportAllocs()
			for b.Loop() {
				if plan := reconcile.Make(reconcile.PlanInput{Want: want, Have: have, Compare: p.Compare}); len(plan.Ops) != 1 {
					b.Fatalf("%d ops", len(plan.Ops))
				}
			}
		})
	}
}

// BenchmarkFirstPlan plans the creation of a load balancer of n routes.
func BenchmarkFirstPlan(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000} {
		b.Run(fmt.Sprint(n, " routes"), func(b *testing.B) {
			p, sealed := newFree(b), wide(b, n)
			want, err := p.Translate(sealed)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if plan := reconcile.Make(reconcile.PlanInput{Want: want, Compare: p.Compare}); len(plan.Ops) != len(want) {
					b.Fatalf("%d ops", len(plan.Ops))
				}
			}
		})
	}
}

// BenchmarkEndpointChange measures the engine's own time from SetEndpoints to the end of the pass
// for a Service of which one pod was replaced.
func BenchmarkEndpointChange(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprint(n, " endpoints"), func(b *testing.B) {
			e := reconcile.New(newFree(b), reconcile.Options{})
			e.Set(wide(b, n/10))
			if _, err := e.Sync(b.Context(), shop); err != nil {
				b.Fatal(err)
			}
			id := groupID(n / 20)
			turns := [2][]model.Endpoint{tenOf(n/20, 0), tenOf(n/20, 1)}
			b.ReportAllocs()
			turn := 0
			for b.Loop() {
				turn++
				if err := e.SetEndpoints(shop, id, turns[turn%2], model.MembersKnown); err != nil {
					b.Fatal(err)
				}
				if r, err := e.Sync(b.Context(), shop); err != nil || len(r.Results[0].Steps) != 1 {
					b.Fatal(err, r)
				}
			}
		})
	}
}
