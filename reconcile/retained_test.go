package reconcile_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

// halved is balancer without api, as if that part could not be read.
func halved(id model.ID) model.LoadBalancer {
	lb := balancer(id)
	lb.Listeners[0].Routes = lb.Listeners[0].Routes[1:]
	lb.Groups = lb.Groups[1:]
	return lb
}

func fieldOf(r model.Ref, field string) model.Ref {
	r.Field = field
	return r
}

// retainedSteps returns the retained steps of a report, and the others.
func retainedSteps(r reconcile.Report) (retained, others []reconcile.Step) {
	for _, res := range r.Results {
		for _, s := range res.Steps {
			if s.Retained {
				retained = append(retained, s)
			} else {
				others = append(others, s)
			}
		}
	}
	return retained, others
}

func TestARetainedLoadBalancerLosesNothing(t *testing.T) {
	for name, o := range map[string]fake.Options{"alone": {}, "lingering": {HidesDraining: true}, "document": {Document: "gateway"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, _ := serving(t, o)
				before := b.cloud.Snapshot()
				e := b.engine()
				e.Set(seal(t, halved(shop)))
				e.Retain(shop, true, fieldOf(ref("Ingress", "shop"), "spec.rules[0]"))
				r, err := e.Apply(t.Context(), shop)
				if err != nil || r.Again != 0 || !r.Empty() || len(r.Remaining()) > 0 {
					t.Fatalf("error %v, again after %v, left:\n%s", err, r.Again, text(r))
				}
				retained, others := retainedSteps(r)
				if len(retained) != 4 || len(others) > 0 {
					t.Errorf("want the rule, its group and members, and the priority of the other rule retained, got:\n%s", text(r))
				}
				for _, s := range retained {
					if s.Outcome.State != provider.Blocked || s.Wait != "" && !strings.HasPrefix(s.Wait, "Ingress default/shop spec.rules[0] is refused") {
						t.Errorf("%s %s: %s %q", s.Action, s.Key, s.Outcome.State, s.Wait)
					}
				}
				if diff := cmp.Diff(before, b.cloud.Snapshot()); diff != "" {
					t.Errorf("something changed:\n%s", diff)
				}
				b.cloud.ResetCalls()
				if r := sync(t, e, shop); r.Again != 0 || len(b.cloud.Calls()) > 0 {
					t.Errorf("the next pass: again after %v, calls %v", r.Again, b.cloud.Calls())
				}
			})
		})
	}
}

func TestEndpointsAreUpdatedWhileRoutesAreRetained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := serving(t, fake.Options{})
		lb := halved(shop)
		lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, route("blog", "/blog", blog))
		lb.Groups = append(lb.Groups, group(blog, pods(3, 0, 10)))
		lb.Groups[0].Endpoints = pods(2, 0, 12)
		e := b.engine()
		e.Set(seal(t, lb))
		e.Retain(shop, true)
		if _, err := e.Apply(t.Context(), shop); err != nil {
			t.Fatal(err)
		}
		if a, w, g := len(b.members(t, api)), len(b.members(t, web)), len(b.members(t, blog)); a != 10 || w != 12 || g != 10 {
			t.Errorf("%d members of the retained group, %d of the changed one, %d of the new one", a, w, g)
		}
		set(t, e, pods(2, 0, 14), model.MembersKnown)
		finished(t, sync(t, e, shop))
		if n := len(b.members(t, web)); n != 14 {
			t.Errorf("%d members after SetEndpoints", n)
		}
		e.Retain(shop, false)
		lb.Groups[0].Endpoints = pods(2, 0, 14)
		apply(t, e, lb)
		b.settled(t, lb)
	})
}

func TestNothingIsRetainedIfNothingWouldBeRemoved(t *testing.T) {
	b, _ := serving(t, fake.Options{})
	lb := balancer(shop)
	lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, route("blog", "/blog", blog))
	lb.Groups = append(lb.Groups, group(blog, nil))
	e := b.engine()
	e.Set(seal(t, lb))
	e.Retain(shop, true)
	r, err := e.Apply(t.Context(), shop)
	if retained, others := retainedSteps(r); err != nil || len(retained) > 0 || len(others) == 0 {
		t.Errorf("error %v:\n%s", err, text(r))
	}
	b.settled(t, lb)
}

// losing is a provider that reports a removed value for the resources of one kind.
type losing struct {
	*fake.Provider
	kind string
}

func (l losing) Compare(want, have provider.Resource) []provider.Field {
	if want.Key.Kind == l.kind && have.Spec != nil {
		return []provider.Field{{Path: "ports[443]", Have: "open"}}
	}
	return l.Provider.Compare(want, have)
}

func TestAnUpdateThatRemovesAValueIsRetained(t *testing.T) {
	for kind, want := range map[string]int{fake.KindLoadBalancer: 1, fake.KindGroup: 0} {
		b, _ := serving(t, fake.Options{})
		e := reconcile.New(losing{b.provider(), kind}, reconcile.Options{})
		e.Set(seal(t, balancer(shop)))
		e.Retain(shop, true)
		r, err := e.Plan(t.Context(), shop)
		if retained, _ := retainedSteps(r); err != nil || len(retained) != want {
			t.Errorf("%s: error %v, %d retained, want %d:\n%s", kind, err, len(retained), want, text(r))
		}
	}
}

func TestADroppedLoadBalancerIsNotRetained(t *testing.T) {
	b, _ := serving(t, fake.Options{})
	e := b.engine()
	e.Retain(shop, true) // no effect before Set
	if r := sync(t, e, shop); provider.CodeOf(r.Results[0].Err) != provider.NotFound {
		t.Errorf("error %v, want NotFound", r.Results[0].Err)
	}
	e.Set(seal(t, balancer(shop)))
	e.Retain(shop, true)
	e.Drop(shop)
	finished(t, sync(t, e, shop))
	b.settled(t)
	e.Set(seal(t, balancer(shop)))
	sync(t, e, shop)
	e.Retain(shop, true)
	e.Drop(shop)
	apply(t, e, halved(shop)) // Drop has reset Retain
	b.settled(t, halved(shop))
}

func TestApplyReportsRetainedStepsOfAnEarlierPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, fake.CloudOptions{Provisioning: time.Minute}, fake.Options{})
		apply(t, b.engine(), balancer(shop))
		e := b.engine()
		e.Set(seal(t, halved(shop)))
		e.Retain(shop, true)
		e.Set(seal(t, balancer("default/other")))
		r, err := e.Apply(t.Context())
		if err != nil || len(r.Remaining()) > 0 {
			t.Fatalf("error %v, left:\n%s", err, text(r))
		}
		if retained, _ := retainedSteps(r); len(retained) != 4 {
			t.Errorf("%d steps are retained:\n%s", len(retained), text(r))
		}
	})
}
