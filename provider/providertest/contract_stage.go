//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// staged is what Stage must be.
func staged() []sentence {
	return []sentence{
		{"Stage is pure; what is cold is referred to only where Staged says so, and all else is as wanted", testStage},
		{"routes that want sends to what is cold stay as have has them", testStageStays},
		{"what Stage adds is not in want, so that it goes once nothing is cold", testStageGoes},
	}
}

// staging is a change whose new group is cold, and a provider to stage it.
type staging struct {
	provider.Stager
	p          provider.Provider
	want, have []provider.Resource
	cold       []provider.Key
}

func (s *stage) staging(t *testing.T) staging {
	t.Helper()
	p := s.Process()
	stager := provider.ExtensionsOf(p).Stager
	if stager == nil {
		t.Skip("the provider is no Stager")
	}
	c := swapService(t, s.pods)
	s.apply(t, s.engine(), c.before)
	have := values(s.observe(t, balancer))
	want := resources(t, p, seal(t, *c.after))
	cold := coldOf(want)
	if len(cold) == 0 {
		t.Fatal("nothing that is wanted refers to the new group")
	}
	return staging{stager, p, want, have, cold}
}

func testStage(t *testing.T, h Harness) {
	x := newStage(t, h).staging(t)
	before := fmt.Sprintf("%+v %+v", x.want, x.have)
	step := x.Stage(x.want, x.have, x.cold)
	if again := x.Stage(x.want, x.have, x.cold); !reflect.DeepEqual(step, again) {
		t.Error("it is not the same twice")
	}
	if before != fmt.Sprintf("%+v %+v", x.want, x.have) {
		t.Error("want or have was changed")
	}
	checkStep(t, x.p, step, x.want, x.have, x.cold)
}

// testStageStays swaps the Service of the web for the blog's, and holds that what routes lead to
// now is led to while that is cold.
func testStageStays(t *testing.T, h Harness) {
	x := newStage(t, h).staging(t)
	group := map[provider.Key]model.GroupID{}
	for _, r := range x.have {
		group[r.Key] = r.Group
	}
	now, then := served(x.have), served(x.Stage(x.want, x.have, x.cold))
	stays := 0
	for k := range now {
		if group[k] != web {
			continue
		}
		stays++
		if !then[k] {
			t.Errorf("%s serves now, and nothing leads to it while what replaces it is cold", k)
		}
	}
	if stays == 0 {
		t.Error("nothing leads to the web at first")
	}
}

// served is what resources outside of groups lead requests to.
func served(rs []provider.Resource) map[provider.Key]bool {
	out := map[provider.Key]bool{}
	for _, r := range rs {
		for _, n := range r.Needs {
			if r.Group == "" && !slices.Contains(r.Staged, n) {
				out[n] = true
			}
		}
	}
	return out
}

// testStageGoes holds that a plan of what is wanted takes away whatever refers to something for its
// health alone.
func testStageGoes(t *testing.T, h Harness) {
	x := newStage(t, h).staging(t)
	wanted := keyed(x.want)
	staged := 0
	for _, r := range x.Stage(x.want, x.have, x.cold) {
		if len(r.Staged) == 0 {
			continue
		}
		staged++
		if w, ok := wanted[r.Key]; ok && len(x.p.Compare(w, r)) == 0 {
			t.Errorf("%s is staged and as wanted, so it would never go", r.Key)
		}
	}
	if staged == 0 {
		t.Error("nothing is staged")
	}
}

func values(m map[provider.Key]provider.Resource) []provider.Resource {
	out := make([]provider.Resource, 0, len(m))
	for _, r := range m {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b provider.Resource) int { return provider.CompareKeys(a.Key, b.Key) })
	return out
}

// coldOf is what routes refer to of the blog's group.
func coldOf(want []provider.Resource) []provider.Key {
	group := map[provider.Key]bool{}
	for _, w := range want {
		group[w.Key] = w.Group == blog
	}
	var out []provider.Key
	for _, w := range want {
		if w.Group != "" {
			continue
		}
		for _, n := range w.Needs {
			if group[n] && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

func checkStep(t *testing.T, p provider.Provider, step, want, have []provider.Resource, cold []provider.Key) {
	t.Helper()
	wanted, there, now := keyed(want), keyed(have), keyed(step)
	referred := map[provider.Key]bool{}
	for _, r := range step {
		for _, n := range coldNeeds(r, cold) {
			referred[n] = true
			if !slices.Contains(r.Staged, n) {
				t.Errorf("%s refers to %s, which is cold, and Staged does not say so", r.Key, n)
			}
		}
		w, ok := wanted[r.Key]
		if _, old := there[r.Key]; ok && !old && len(r.Staged) == 0 && len(p.Compare(w, r)) > 0 {
			t.Errorf("%s is neither as wanted nor as it was", r.Key)
		}
	}
	for _, k := range cold {
		if !referred[k] {
			t.Errorf("nothing refers to %s, so it is not checked", k)
		}
	}
	for _, w := range want {
		if _, ok := now[w.Key]; !ok && w.Group != "" {
			t.Errorf("%s is wanted and left out", w.Key)
		}
	}
}

func keyed(rs []provider.Resource) map[provider.Key]provider.Resource {
	out := make(map[provider.Key]provider.Resource, len(rs))
	for _, r := range rs {
		out[r.Key] = r
	}
	return out
}

// coldNeeds is what is cold among that which a resource outside of groups refers to.
func coldNeeds(r provider.Resource, cold []provider.Key) []provider.Key {
	if r.Group != "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Needs), func(n provider.Key) bool { return !slices.Contains(cold, n) })
}

// budgets is what writes may cost.
func budgets() []sentence {
	return []sentence{
		{"the first apply makes no more writes than the resources need", testCreateBudget},
		{"ten more endpoints make no read, and no more writes than their resources", testGrowBudget},
		{"two load balancers that share a unit are one write", testShared},
		{"a plan is the same, byte for byte, for the same input in whatever order", testPlanBytes},
	}
}

// plainShop leaves draining to the provider, as an Ingress without annotations does.
func (s *stage) plainShop(id model.ID) model.LoadBalancer {
	lb := s.pods.shop(id)
	for i := range lb.Groups {
		lb.Groups[i].Draining = 0
	}
	return lb
}

func testCreateBudget(t *testing.T, h Harness) {
	s := newStage(t, h)
	lb, e := s.plainShop(balancer), s.engine()
	s.Controls.Reset()
	s.apply(t, e, &lb)
	got := s.Controls.Calls()
	if h.Budget.Create == 0 {
		t.Skipf("the harness pins no number; it took %+v", got)
	}
	if got.Writes > h.Budget.Create {
		t.Errorf("%d writes, the budget is %d", got.Writes, h.Budget.Create)
	}
}

func testGrowBudget(t *testing.T, h Harness) {
	s := newStage(t, h)
	lb, e := s.plainShop(balancer), s.engine()
	s.apply(t, e, &lb)
	s.Controls.Reset()
	sealed := seal(t, lb)
	if err := e.SetEndpoints(sealed.ID(), web, s.pods.endpoints("web", 0, 20), model.MembersKnown); err != nil {
		t.Fatal(err)
	}
	if r, err := e.Sync(t.Context(), balancer); err != nil || r.Err() != nil {
		t.Fatal(err, r.Err())
	}
	got := s.Controls.Calls()
	if h.Budget.Grow == (Calls{}) {
		t.Skipf("the harness pins no number; it took %+v", got)
	}
	if got.over(h.Budget.Grow) {
		t.Errorf("it took %+v, the budget is %+v", got, h.Budget.Grow)
	}
	webOf(&lb).Endpoints = s.pods.endpoints("web", 0, 20)
	s.settled(t, &lb)
}

func testShared(t *testing.T, h Harness) {
	if !h.Shared {
		t.Skip("load balancers share no unit")
	}
	s := newStage(t, h)
	one, two := s.plainShop(balancer), s.plainShop("default/other")
	for i := range two.Listeners[0].Routes {
		two.Listeners[0].Routes[i].Hosts = []model.Host{{Name: "other.example.com"}}
	}
	e := s.engine()
	want(t, e, &one)
	want(t, e, &two)
	s.Controls.Reset()
	if r, err := e.Sync(t.Context(), one.ID, two.ID); err != nil || r.Err() != nil {
		t.Fatal(err, r.Err())
	}
	if got := s.Controls.Calls().Writes; got != 1 {
		t.Errorf("%d writes, want 1", got)
	}
	s.apply(t, e, &one)
	s.apply(t, e, &two)
	s.settled(t, &one)
	s.settled(t, &two)
}

func testPlanBytes(t *testing.T, h Harness) {
	s := newStage(t, h)
	lb, r := s.model(t), randomness()
	res := s.apply(t, s.engine(), &lb)
	if s.Dial != nil { // what the cloud knows of health is input too
		s.client(t, res.Addresses[0]).await(t, shopProbes())
	}
	changed := changePathsOf(s.pods, lb)
	first := s.planBytes(t, changed)
	for range 10 {
		if got := s.planBytes(t, shuffled(changed, r)); !bytes.Equal(first, got) {
			t.Fatalf("the plan differs:\n%s", cmp.Diff(indent(first), indent(got)))
		}
	}
}

// changePathsOf changes so much that a plan has creates, updates and deletes.
func changePathsOf(p *pods, lb model.LoadBalancer) model.LoadBalancer {
	after := changedShop(p)
	after.Listeners = append(after.Listeners[:1:1], lb.Listeners[1:]...)
	return after
}

func changedShop(p *pods) model.LoadBalancer {
	lb := p.shop(balancer)
	lb.Listeners[0].Routes = []model.Route{prefix("blog", host, "/blog", blog), prefix("web", host, "/", web), prefix("first", host, "/first", web)}
	lb.Groups = []model.Group{group(web, "web", p.endpoints("web", 5, 15)), group(blog, "blog", p.endpoints("blog", 0, 10)), group(api, "api", p.endpoints("api", 0, 10))}
	return lb
}

// indent makes a plan readable line by line.
func indent(plan []byte) []string {
	var b bytes.Buffer
	if err := json.Indent(&b, plan, "", " "); err != nil {
		return []string{string(plan)}
	}
	return strings.Split(b.String(), "\n")
}

func (s *stage) planBytes(t *testing.T, lb model.LoadBalancer) []byte {
	t.Helper()
	e := s.engine()
	id := want(t, e, &lb)
	r, err := e.Plan(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if r.Empty() {
		t.Fatal("the plan is empty")
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
