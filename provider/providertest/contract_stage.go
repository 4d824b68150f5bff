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

// staged are the sentences about Stage.
func staged() []sentence {
	return []sentence{
		{"Stage is pure; only resources that name an unverified group in Staged refer to it, and all else is as wanted", testStage},
		{"a route that would send requests to an unverified group keeps its current form", testStageStays},
		{"what Stage adds is not in want, so that it is removed once every group is verified", testStageGoes},
	}
}

// staging is a change to a group that is not verified yet, and a provider to stage it.
type staging struct {
	provider.Stager
	p          provider.Provider
	want, have []provider.Resource
	unverified []provider.Key
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
	unverified := unverifiedIn(want)
	if len(unverified) == 0 {
		t.Fatal("no wanted resource refers to the new group")
	}
	return staging{stager, p, want, have, unverified}
}

func testStage(t *testing.T, h Harness) {
	x := newStage(t, h).staging(t)
	before := fmt.Sprintf("%+v %+v", x.want, x.have)
	step := x.Stage(x.want, x.have, x.unverified)
	if again := x.Stage(x.want, x.have, x.unverified); !reflect.DeepEqual(step, again) {
		t.Error("a second call returns something else")
	}
	if before != fmt.Sprintf("%+v %+v", x.want, x.have) {
		t.Error("want or have was modified")
	}
	checkStep(t, x.p, step, x.want, x.have, x.unverified)
}

// testStageStays replaces the Service of a route. While the new group is unverified, requests must
// still be sent to the old one.
func testStageStays(t *testing.T, h Harness) {
	x := newStage(t, h).staging(t)
	group := map[provider.Key]model.GroupID{}
	for _, r := range x.have {
		group[r.Key] = r.Group
	}
	now, then := served(x.have), served(x.Stage(x.want, x.have, x.unverified))
	stays := 0
	for k := range now {
		if group[k] != web {
			continue
		}
		stays++
		if !then[k] {
			t.Errorf("nothing refers to %s, which serves now, while its replacement is unverified", k)
		}
	}
	if stays == 0 {
		t.Error("nothing refers to the group of the web before the change")
	}
}

// served returns the resources that others outside of groups send requests to.
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

// testStageGoes checks that each resource which Stage adds differs from what is wanted, so that a
// later plan removes it.
func testStageGoes(t *testing.T, h Harness) {
	x := newStage(t, h).staging(t)
	wanted := keyed(x.want)
	staged := 0
	for _, r := range x.Stage(x.want, x.have, x.unverified) {
		if len(r.Staged) == 0 {
			continue
		}
		staged++
		if w, ok := wanted[r.Key]; ok && len(x.p.Compare(w, r)) == 0 {
			t.Errorf("%s is staged and as wanted, so it would never be removed", r.Key)
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

// unverifiedIn returns what routes refer to of the group of the blog.
func unverifiedIn(want []provider.Resource) []provider.Key {
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

func checkStep(t *testing.T, p provider.Provider, step, want, have []provider.Resource, unverified []provider.Key) {
	t.Helper()
	wanted, there, now := keyed(want), keyed(have), keyed(step)
	referred := map[provider.Key]bool{}
	for _, r := range step {
		for _, n := range unverifiedNeeds(r, unverified) {
			referred[n] = true
			if !slices.Contains(r.Staged, n) {
				t.Errorf("%s refers to %s, which is unverified, and does not name it in Staged", r.Key, n)
			}
		}
		w, ok := wanted[r.Key]
		if _, old := there[r.Key]; ok && !old && len(r.Staged) == 0 && len(p.Compare(w, r)) > 0 {
			t.Errorf("%s is neither as wanted nor as it was", r.Key)
		}
	}
	for _, k := range unverified {
		if !referred[k] {
			t.Errorf("nothing refers to %s, so its health is not checked", k)
		}
	}
	for _, w := range want {
		if _, ok := now[w.Key]; !ok && w.Group != "" {
			t.Errorf("%s is wanted, and is left out", w.Key)
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

// unverifiedNeeds returns the unverified resources that a resource outside of groups refers to.
func unverifiedNeeds(r provider.Resource, unverified []provider.Key) []provider.Key {
	if r.Group != "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Needs), func(n provider.Key) bool { return !slices.Contains(unverified, n) })
}

// budgets are the sentences about the number of calls.
func budgets() []sentence {
	return []sentence{
		{"the first apply makes no more writes than the budget", testCreateBudget},
		{"adding ten endpoints makes no read, and no more writes than the budget", testGrowBudget},
		{"two load balancers in one write scope are created by one write", testShared},
		{"a plan is byte for byte the same for the same input in any order", testPlanBytes},
	}
}

// plainShop leaves the draining time to the provider, as an Ingress without annotations does.
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
		t.Skipf("the harness has no budget; it took %+v", got)
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
		t.Skipf("the harness has no budget; it took %+v", got)
	}
	if got.over(h.Budget.Grow) {
		t.Errorf("it took %+v, the budget is %+v", got, h.Budget.Grow)
	}
	webOf(&lb).Endpoints = s.pods.endpoints("web", 0, 20)
	s.settled(t, &lb)
}

func testShared(t *testing.T, h Harness) {
	if !h.Shared {
		t.Skip("each load balancer has write scopes of its own")
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
	lb, r := s.model(t), newRand()
	res := s.apply(t, s.engine(), &lb)
	if s.Dial != nil { // the health of endpoints is input, too
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

// changePathsOf returns a change whose plan has creates, updates and deletes.
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

// indent returns the lines of a plan.
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
