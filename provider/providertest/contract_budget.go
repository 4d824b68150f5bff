//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
)

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
