package reconcile_test

import (
	"slices"
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

// set sets the endpoints of the web group.
func set(t *testing.T, e *reconcile.Engine, eps []model.Endpoint, m model.Membership) {
	t.Helper()
	if err := e.SetEndpoints(shop, web, eps, m); err != nil {
		t.Fatal(err)
	}
}

// serving returns a bench that serves the shop, and the engine that created it.
func serving(t *testing.T, o fake.Options) (*bench, *reconcile.Engine) {
	t.Helper()
	b := newBench(t, fake.CloudOptions{}, o)
	e := b.engine()
	apply(t, e, balancer(shop))
	b.cloud.ResetCalls()
	return b, e
}

// sick makes the cloud report endpoints unhealthy.
func (b *bench) sick(eps []model.Endpoint, sick bool) {
	for _, ep := range eps {
		b.cloud.SetHealth(ep.AddrPort(), !sick)
	}
}

func TestAddedEndpointsCostOneWriteAndNoRead(t *testing.T) {
	b, e := serving(t, fake.Options{})
	set(t, e, pods(2, 0, 20), model.MembersKnown)
	finished(t, sync(t, e, shop))
	if diff := cmp.Diff([]string{"register"}, b.writes()); diff != "" || b.reads() != 0 {
		t.Errorf("%d reads, writes (-want +got):\n%s", b.reads(), diff)
	}
	sync(t, e, shop)
	if len(b.cloud.Calls()) != 1 {
		t.Errorf("the next pass called: %v", b.cloud.Calls())
	}
}

func TestReplacedEndpointsAreRegisteredBeforeOldOnesAreDeregistered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := serving(t, fake.Options{})
		next := pods(2, 10, 20)
		b.sick(next, true)
		set(t, e, next, model.MembersKnown)
		r := finished(t, sync(t, e, shop))
		if r.Again == 0 || len(b.members(t, web)) != 20 {
			t.Fatalf("again after %v, %d members", r.Again, len(b.members(t, web)))
		}
		if diff := cmp.Diff([]string{"register"}, b.writes()); diff != "" {
			t.Errorf("writes of the first pass (-want +got):\n%s", diff)
		}
		finished(t, sync(t, e, shop))
		if len(b.members(t, web)) != 20 {
			t.Error("old members left before new ones serve")
		}
		b.sick(next, false)
		finished(t, sync(t, e, shop))
		if diff := cmp.Diff([]string{"register", "deregister"}, b.writes()); diff != "" {
			t.Errorf("writes (-want +got):\n%s", diff)
		}
		if len(b.members(t, web)) != 10 {
			t.Errorf("%d members", len(b.members(t, web)))
		}
	})
}

func TestANewProcessContinuesTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := serving(t, fake.Options{})
		next := pods(2, 10, 20)
		b.sick(next, true)
		set(t, e, next, model.MembersKnown)
		sync(t, e, shop)
		lb := balancer(shop)
		lb.Groups[1].Endpoints = next
		e = b.engine()
		e.Set(seal(t, lb))
		sync(t, e, shop)
		if len(b.members(t, web)) != 20 {
			t.Fatal("old members left before new ones serve")
		}
		b.sick(next, false)
		apply(t, e, lb)
		b.settled(t, lb)
	})
}

func TestAnUnhealthyEndpointIsDeregisteredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := serving(t, fake.Options{})
		old, next := pods(2, 0, 10), pods(2, 10, 20)
		b.sick(old[:4], true)
		b.sick(next, true)
		set(t, e, next, model.MembersKnown)
		sync(t, e, shop)
		finished(t, sync(t, e, shop))
		got := b.members(t, web)
		if len(got) != 16 {
			t.Errorf("%d members, want 6 old ones that serve and 10 new ones", len(got))
		}
		for _, ep := range old[:4] {
			if slices.Contains(got, ep.Address) {
				t.Errorf("%s is still there", ep.Address)
			}
		}
	})
}

func TestOneHealthyReplacementSufficesAfterThePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := serving(t, fake.Options{})
		next := pods(2, 10, 20)
		b.sick(next[1:], true)
		set(t, e, next, model.MembersKnown)
		begin := time.Now()
		r, err := e.Apply(t.Context(), shop)
		if err != nil {
			t.Fatal(err)
		}
		finished(t, r)
		// twice two checks of 10 s and the timeout of 5
		if took := time.Since(begin); took < 50*time.Second || took > 55*time.Second {
			t.Errorf("it took %v", took)
		}
		if len(b.members(t, web)) != 10 {
			t.Errorf("%d members", len(b.members(t, web)))
		}
	})
}

func TestHealthyEndpointsStayWhileNoReplacementIsHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := serving(t, fake.Options{})
		next := pods(2, 10, 20)
		b.sick(next, true)
		set(t, e, next, model.MembersKnown)
		if _, err := e.Apply(within(t, time.Hour), shop); err == nil {
			t.Error("apply ended")
		}
		if len(b.members(t, web)) != 20 {
			t.Errorf("%d members, want all", len(b.members(t, web)))
		}
	})
}

func TestScalingToZeroDoesNotWait(t *testing.T) {
	b, e := serving(t, fake.Options{})
	set(t, e, nil, model.MembersKnown)
	finished(t, sync(t, e, shop))
	if len(b.members(t, web)) != 0 || len(b.writes()) != 1 {
		t.Errorf("%d members, writes %v", len(b.members(t, web)), b.writes())
	}
	set(t, e, pods(2, 0, 10), model.MembersKnown)
	finished(t, sync(t, e, shop))
	b.settled(t, balancer(shop))
}

func TestUnknownEndpointsDoNotEmptyAGroup(t *testing.T) {
	b, e := serving(t, fake.Options{})
	set(t, e, nil, model.MembersUnknown)
	finished(t, sync(t, e, shop))
	if len(b.writes()) > 0 {
		t.Errorf("writes: %v", b.writes())
	}
	lb := balancer(shop)
	lb.Groups[1].Endpoints, lb.Groups[1].Members = nil, model.MembersUnknown
	apply(t, b.engine(), lb)
	if len(b.writes()) > 0 || len(b.members(t, web)) != 10 {
		t.Errorf("a new process: %d members, writes %v", len(b.members(t, web)), b.writes())
	}
}

func TestSetEndpointsFailsForAnUnknownGroup(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	e := b.engine()
	if err := e.SetEndpoints(shop, web, nil, model.MembersKnown); provider.CodeOf(err) != provider.NotFound {
		t.Errorf("error %v", err)
	}
	e.Set(seal(t, balancer(shop)))
	if err := e.SetEndpoints(shop, blog, nil, model.MembersKnown); provider.CodeOf(err) != provider.NotFound {
		t.Errorf("error %v", err)
	}
}

func TestANewGroupIsHealthyBeforeItReceivesTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := serving(t, fake.Options{})
		b.sick(pods(3, 0, 10), true)
		e.Set(seal(t, swapped(shop)))
		sync(t, e, shop)
		r := sync(t, e, shop)
		if !strings.Contains(text(r), "until Group demo.default/shop/default/blog:80.http.8080 is healthy") {
			t.Errorf("the report does not name what it waits for:\n%s", text(r))
		}
		if got := b.routed(t); !slices.Contains(got, "web") || slices.Contains(got, "blog") || len(b.members(t, blog)) != 10 {
			t.Errorf("routed to %v, %d members", got, len(b.members(t, blog)))
		}
		b.sick(pods(3, 0, 10), false)
		apply(t, e, swapped(shop))
		if got := b.routed(t); !slices.Contains(got, "blog") || slices.Contains(got, "web") {
			t.Errorf("routed to %v", got)
		}
		b.settled(t, swapped(shop))
	})
}

// routed returns the Services that rules send requests to.
func (b *bench) routed(t *testing.T) []string {
	t.Helper()
	rs, err := b.provider().Observe(t.Context(), provider.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range rs {
		rule, ok := r.Spec.(fake.RuleSpec)
		if !ok {
			continue
		}
		for _, s := range rule.Action.Forward {
			if s.Weight > 0 {
				name, _, _ := strings.Cut(strings.TrimPrefix(s.Group.Name, "demo.default/shop/default/"), ":")
				out = append(out, name)
			}
		}
	}
	return out
}

func TestNothingIsStagedWhileNothingServes(t *testing.T) {
	b, e := serving(t, fake.Options{})
	b.sick(slices.Concat(pods(1, 0, 10), pods(2, 0, 10), pods(3, 0, 10)), true)
	e.Set(seal(t, swapped(shop)))
	sync(t, e, shop)
	if got := b.routed(t); !slices.Contains(got, "blog") {
		t.Errorf("routed to %v", got)
	}
}

func TestAGroupWithoutEndpointsIsNotStaged(t *testing.T) {
	b, e := serving(t, fake.Options{})
	lb := swapped(shop)
	lb.Groups[1].Endpoints = nil
	e.Set(seal(t, lb))
	sync(t, e, shop)
	if got := b.routed(t); !slices.Contains(got, "blog") {
		t.Errorf("routed to %v", got)
	}
}

func TestAnUnreferencedGroupStaysForItsDrainDelay(t *testing.T) {
	for _, o := range []fake.Options{{HidesDraining: true}, {Document: "gateway"}} {
		t.Run("document "+o.Document, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, e := serving(t, o)
				begin := time.Now()
				apply(t, e, swapped(shop))
				if took := time.Since(begin); took < time.Minute || took > 70*time.Second {
					t.Errorf("it took %v, the draining time is a minute", took)
				}
				b.settled(t, swapped(shop))
			})
		})
	}
}

func TestTheDeleteWaitsForDrainingMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, fake.CloudOptions{InFlight: 20 * time.Second}, fake.Options{})
		e := b.engine()
		apply(t, e, balancer(shop))
		begin := time.Now()
		apply(t, e, swapped(shop))
		if took := time.Since(begin); took < 20*time.Second || took > 30*time.Second {
			t.Errorf("it took %v", took)
		}
		b.settled(t, swapped(shop))
	})
}

func TestEndpointsAreUpdatedWhileAChangeIsRefused(t *testing.T) {
	b, e := serving(t, fake.Options{Without: []model.Feature{model.FeatureInternal}})
	bad := balancer(shop)
	bad.Scheme = model.Internal // nothing of it can be served
	bad.Groups[1].Endpoints = pods(2, 0, 12)
	if problems := e.Set(seal(t, bad)); len(problems) == 0 {
		t.Fatal("it is not refused")
	}
	if r := sync(t, e, shop); len(r.Results[0].Problems) == 0 {
		t.Error("the refusal is not reported")
	}
	if n := len(b.members(t, web)); n != 12 {
		t.Errorf("%d members of what still serves, want 12", n)
	}
	set(t, e, pods(2, 0, 14), model.MembersKnown)
	sync(t, e, shop)
	if n := len(b.members(t, web)); n != 14 {
		t.Errorf("%d members of what still serves, want 14", n)
	}
	b.cloud.ResetCalls()
	sync(t, e, shop)
	if len(b.cloud.Calls()) > 0 {
		t.Errorf("with nothing new it called: %v", b.cloud.Calls())
	}
	apply(t, e, balancer(shop))
	b.settled(t, balancer(shop))
}

func TestAPlanHasOneOpPerResource(t *testing.T) {
	b, e := serving(t, fake.Options{})
	lb := swapped(shop)
	// the api's rule goes at once, the web's waits
	lb.Listeners[0].Routes = lb.Listeners[0].Routes[1:]
	lb.Groups = lb.Groups[1:]
	b.sick(pods(3, 0, 10), true)
	e.Set(seal(t, lb))
	r, err := e.Plan(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range r.Results[0].Steps {
		name := string(s.Action) + s.Key.String()
		// a rule changes its priority now, and its action later
		if seen[name] && s.Action != provider.Update {
			t.Errorf("%s %s is planned twice:\n%s", s.Action, s.Key, text(r))
		}
		seen[name] = true
	}
	if len(seen) != 10 {
		t.Errorf("%d steps:\n%s", len(seen), text(r))
	}
}

func TestGroupsOfOneRouteStayStagedUntilAllAreHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const news = model.GroupID("default/news:80")
		b, e := serving(t, fake.Options{})
		lb := swapped(shop)
		lb.Groups = append(lb.Groups, group(news, pods(4, 0, 10)))
		lb.Listeners[0].Routes[1].Action = model.Action{Forward: &model.Forward{Groups: []model.Weighted{{Group: blog, Weight: 1}, {Group: news, Weight: 1}}}}
		b.sick(pods(4, 0, 10), true)
		e.Set(seal(t, lb))
		for range 5 {
			sync(t, e, shop)
		}
		if got := b.routed(t); !slices.Contains(got, "web") || slices.Contains(got, "blog") {
			t.Errorf("routed to %v", got)
		}
		b.sick(pods(4, 0, 10), false)
		r, err := e.Apply(within(t, time.Minute), shop)
		if err != nil {
			t.Fatalf("apply: %v\n%s", err, text(r))
		}
		b.settled(t, lb)
	})
}

func TestAHealthSampleExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := serving(t, fake.Options{})
		set(t, e, pods(2, 10, 20), model.MembersKnown)
		if _, err := e.Apply(t.Context(), shop); err != nil {
			t.Fatal(err)
		}
		<-time.After(10 * time.Minute)
		b.sick(pods(2, 10, 19), true)
		b.sick(pods(2, 20, 21), true)
		set(t, e, slices.Concat(pods(2, 10, 19), pods(2, 20, 21)), model.MembersKnown)
		for range 3 {
			sync(t, e, shop)
		}
		if last := pods(2, 19, 20)[0].Address; !slices.Contains(b.members(t, web), last) {
			t.Errorf("%s, the only one that serves, has left", last)
		}
	})
}

func TestTheDrainDelayBeginsWithTheLastUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := serving(t, fake.Options{HidesDraining: true})
		b.sick(pods(3, 0, 10), true)
		e.Set(seal(t, swapped(shop)))
		for range 5 { // the old group is planned to go, and still serves
			sync(t, e, shop)
			<-time.After(time.Minute)
		}
		b.sick(pods(3, 0, 10), false)
		begin := time.Now()
		r, err := e.Apply(t.Context(), shop)
		if err != nil {
			t.Fatal(err)
		}
		finished(t, reconcile.Report{Results: r.Results[:1]})
		if took := time.Since(begin); took < time.Minute {
			t.Errorf("the old group went %v after its last use", took)
		}
	})
}
