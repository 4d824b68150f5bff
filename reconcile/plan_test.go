package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// shape is a resource of a graph that resembles those of clouds: a load balancer, listeners and
// rules, and groups that consist of pools with members. Compare looks at its Spec only.
type shape struct {
	Needs   string
	Version int
}

func compareShapes(want, have provider.Resource) []provider.Field {
	if want.Spec == have.Spec {
		return nil
	}
	return []provider.Field{{Path: "spec", Want: fmt.Sprint(want.Spec), Have: fmt.Sprint(have.Spec)}}
}

// world draws a desired or observed state. It uses few names, so that two worlds share many keys.
type world struct {
	*rapid.T
	rs     []provider.Resource
	groups []provider.Key
}

func drawWorld(t *rapid.T) []provider.Resource {
	w := &world{T: t}
	for i := range 4 {
		if w.chance() {
			w.group(i)
		}
	}
	if w.chance() {
		w.balancer()
	}
	return w.rs
}

func (w *world) chance() bool { return rapid.Bool().Draw(w.T, "chance") }

func (w *world) add(r provider.Resource) provider.Key {
	slices.SortFunc(r.Needs, provider.CompareKeys)
	r.Needs = slices.Compact(r.Needs)
	r.WriteScope = rapid.SampledFrom([]string{"one", "two", r.Key.String()}).Draw(w.T, "unit")
	r.Spec = shape{fmt.Sprint(r.Needs), rapid.IntRange(0, 1).Draw(w.T, "version")}
	r.Owner.LoadBalancer = "lb"
	w.rs = append(w.rs, r)
	return r.Key
}

// group has one to three pools with members. What cannot change in place is part of its name.
func (w *world) group(i int) {
	id := model.GroupID(fmt.Sprint("g", i))
	name := fmt.Sprint(id, "-", rapid.IntRange(0, 1).Draw(w.T, "hash"))
	var pools []provider.Key
	for zone := range rapid.IntRange(1, 3).Draw(w.T, "zones") {
		place := fmt.Sprint("zone-", zone)
		pool := w.add(provider.Resource{Key: provider.Key{Kind: "Pool", Place: place, Name: name}, Group: id})
		w.add(provider.Resource{Key: provider.Key{Kind: "Members", Place: place, Name: name}, Group: id, Member: true, Needs: []provider.Key{pool}})
		pools = append(pools, pool)
	}
	w.groups = append(w.groups, w.add(provider.Resource{Key: provider.Key{Kind: "Backend", Name: name}, Group: id, Needs: pools}))
}

func (w *world) balancer() {
	lb := w.add(provider.Resource{Key: provider.Key{Kind: "Balancer", Name: "lb"}})
	for i := range rapid.IntRange(1, 2).Draw(w.T, "listeners") {
		needs := []provider.Key{lb}
		if w.chance() {
			cert := provider.Key{Kind: "Certificate", Name: fmt.Sprint("c", rapid.IntRange(0, 2).Draw(w.T, "certificate"))}
			if !slices.ContainsFunc(w.rs, func(r provider.Resource) bool { return r.Key == cert }) {
				w.add(provider.Resource{Key: cert})
			}
			needs = append(needs, cert)
		}
		l := w.add(provider.Resource{Key: provider.Key{Kind: "Listener", Name: fmt.Sprint("l", i)}, Needs: needs})
		for j := range rapid.IntRange(0, 3).Draw(w.T, "rules") {
			needs := []provider.Key{l}
			if len(w.groups) > 0 {
				needs = append(needs, rapid.SampledFrom(w.groups).Draw(w.T, "to"))
			}
			w.add(provider.Resource{Key: provider.Key{Kind: "Rule", Place: l.Name, Name: fmt.Sprint("r", j)}, Needs: needs})
		}
	}
}

// state is a cloud that checks references as real clouds do while a plan is carried out.
type state struct {
	t    *rapid.T
	want map[provider.Key]provider.Resource
	have map[provider.Key]provider.Resource
}

func byKey(rs []provider.Resource) map[provider.Key]provider.Resource {
	out := map[provider.Key]provider.Resource{}
	for _, r := range rs {
		out[r.Key] = r
	}
	return out
}

func (s *state) do(op provider.Op) {
	if op.Action == provider.Delete {
		for _, r := range s.have {
			if slices.Contains(r.Needs, op.Key) {
				s.t.Fatalf("%s goes while %s needs it", op.Key, r.Key)
			}
		}
		s.serves(op)
		delete(s.have, op.Key)
		return
	}
	for _, n := range op.Want.Needs {
		if _, ok := s.have[n]; !ok {
			s.t.Fatalf("%s %s before %s, which it needs", op.Action, op.Key, n)
		}
		s.isFilled(op, n)
	}
	s.have[op.Key] = *op.Want
}

// isFilled checks that a group has its desired members before a rule refers to it.
func (s *state) isFilled(op provider.Op, need provider.Key) {
	group := s.have[need].Group
	if op.Want.Group != "" || group == "" {
		return
	}
	for k, w := range s.want {
		if !w.Member || w.Group != group {
			continue
		}
		if h, ok := s.have[k]; !ok || h.Spec != w.Spec {
			s.t.Fatalf("%s refers to %s before %s is registered", op.Key, need, k)
		}
	}
}

// serves checks that members are removed after the last rule that refers to their group.
func (s *state) serves(op provider.Op) {
	if !op.Have.Member {
		return
	}
	for _, r := range s.have {
		if r.Group != "" {
			continue
		}
		for _, n := range r.Needs {
			if b, ok := s.have[n]; ok && b.Key.Kind == "Backend" && slices.ContainsFunc(b.Needs, func(k provider.Key) bool { return slices.Contains(op.Have.Needs, k) }) {
				s.t.Fatalf("%s leave while %s refers to %s", op.Key, r.Key, n)
			}
		}
	}
}

func TestEveryOrderThatAPlanAllowsIsSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, have := drawWorld(t), drawWorld(t)
		plan := reconcile.Make(reconcile.PlanInput{Want: want, Have: have, Compare: compareShapes})
		s := &state{t: t, want: byKey(want), have: byKey(have)}
		done := make([]bool, len(plan.Ops))
		for left := len(plan.Ops); left > 0; left-- {
			open := openOps(plan.Ops, done)
			if len(open) == 0 {
				t.Fatalf("nothing can be done of what is left: %v", plan.Ops)
			}
			i := rapid.SampledFrom(open).Draw(t, "next")
			s.do(plan.Ops[i])
			done[i] = true
		}
		for k, w := range s.want {
			if s.have[k].Spec != w.Spec {
				t.Errorf("%s is not as wanted", k)
			}
		}
		if len(s.have) != len(s.want) {
			t.Errorf("%d resources are left of %d wanted", len(s.have), len(s.want))
		}
		if again := reconcile.Make(reconcile.PlanInput{Want: want, Have: values(s.have), Compare: compareShapes}); !again.Empty() {
			t.Errorf("the next plan is not empty: %v", again.Ops)
		}
	})
}

// openOps returns the ops that may be done next: all ops before them are done, including those of
// the same write scope.
func openOps(ops []provider.Op, done []bool) []int {
	var open []int
	scope := map[string]bool{}
	for i, op := range ops {
		if done[i] {
			continue
		}
		free := op.Wait == "" && !scope[op.WriteScope]
		for _, j := range op.After {
			free = free && done[j]
		}
		scope[op.WriteScope] = scope[op.WriteScope] || op.Wait == ""
		if free {
			open = append(open, i)
		}
	}
	return open
}

func values(m map[provider.Key]provider.Resource) []provider.Resource {
	var out []provider.Resource
	for _, r := range m {
		out = append(out, r)
	}
	return out
}

func TestPlansAreSortedByTheirDependencies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := reconcile.Make(reconcile.PlanInput{Want: drawWorld(t), Have: drawWorld(t), Compare: compareShapes})
		for i, op := range plan.Ops {
			for _, j := range op.After {
				if j >= i {
					t.Fatalf("op %d, %s %s, comes after op %d", i, op.Action, op.Key, j)
				}
			}
		}
	})
}

func TestPlansDoNotDependOnTheOrderOfTheirInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, have := drawWorld(t), drawWorld(t)
		first := reconcile.Make(reconcile.PlanInput{Want: want, Have: have, Compare: compareShapes})
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for range 3 {
			want, have = shuffled(want, r), shuffled(have, r)
			got := reconcile.Make(reconcile.PlanInput{Want: want, Have: have, Compare: compareShapes})
			if diff := cmp.Diff(first, got); diff != "" {
				t.Fatalf("a shuffled input gives another plan:\n%s", diff)
			}
		}
	})
}

func shuffled(rs []provider.Resource, r *rand.Rand) []provider.Resource {
	rs = slices.Clone(rs)
	r.Shuffle(len(rs), func(a, b int) { rs[a], rs[b] = rs[b], rs[a] })
	return rs
}

func TestExternalResourcesAreNeverPlanned(t *testing.T) {
	have := []provider.Resource{{Key: provider.Key{Kind: "Document", Name: "d"}, External: true}}
	if p := reconcile.Make(reconcile.PlanInput{Have: have, Compare: compareShapes}); !p.Empty() {
		t.Errorf("planned: %v", p.Ops)
	}
}

func TestADeleteWaitsForRemainingReferences(t *testing.T) {
	group := provider.Resource{Key: provider.Key{Kind: "Backend", Name: "old"}, Group: "g"}
	rule := provider.Resource{Key: provider.Key{Kind: "Rule", Name: "r"}, Needs: []provider.Key{group.Key}, Spec: 1}
	tests := map[string]func(want, have provider.Resource) []provider.Field{
		"what does not change":         func(_, _ provider.Resource) []provider.Field { return nil },
		"what changes and needs it on": func(_, _ provider.Resource) []provider.Field { return []provider.Field{{Path: "x"}} },
	}
	for name, compare := range tests {
		t.Run(name, func(t *testing.T) {
			p := reconcile.Make(reconcile.PlanInput{Want: []provider.Resource{rule}, Have: []provider.Resource{rule, group}, Compare: compare})
			if last := p.Ops[len(p.Ops)-1]; last.Action != provider.Delete || last.Wait != "still referenced by Rule r" {
				t.Errorf("plan: %+v", p.Ops)
			}
		})
	}
}

func TestADeferredDeleteWaitsWithItsReason(t *testing.T) {
	r := provider.Resource{Key: provider.Key{Kind: "Backend", Name: "old"}, Group: "g"}
	p := reconcile.Make(reconcile.PlanInput{Have: []provider.Resource{r}, Compare: compareShapes, DeferDelete: func(provider.Resource) string { return "a moment" }})
	if len(p.Ops) != 1 || p.Ops[0].Wait != "a moment" {
		t.Errorf("plan: %+v", p.Ops)
	}
}
