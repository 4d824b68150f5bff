package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

func TestPlanWritesNothing(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	e := b.engine()
	e.Set(seal(t, balancer(shop)))
	r, err := e.Plan(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Results[0].Steps) != 8 {
		t.Errorf("%d steps, want 8:\n%s", len(r.Results[0].Steps), text(r))
	}
	if len(b.writes()) > 0 || len(b.cloud.Snapshot()) > 0 {
		t.Errorf("it wrote: %v", b.cloud.Calls())
	}
}

func TestUnknownLoadBalancersAreLeftAlone(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	apply(t, b.engine(), balancer(shop))
	b.cloud.ResetCalls()
	e := b.engine()
	r := sync(t, e, shop)
	if provider.CodeOf(r.Results[0].Err) != provider.NotFound {
		t.Errorf("error %v, want NotFound", r.Results[0].Err)
	}
	if p, err := e.Plan(t.Context(), shop); err != nil || !p.Empty() {
		t.Errorf("it plans: %v %v", text(p), err)
	}
	if len(b.writes()) > 0 {
		t.Errorf("it wrote: %v", b.cloud.Calls())
	}
	b.settled(t, balancer(shop))
}

func TestDropDeletesWhatANewProcessFinds(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	apply(t, b.engine(), balancer(shop))
	e := b.engine()
	ids, err := e.Discover(t.Context())
	if err != nil || len(ids) != 1 || ids[0] != shop {
		t.Fatal(ids, err)
	}
	e.Drop(shop)
	r, err := e.Apply(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	finished(t, r)
	b.settled(t)
	if len(b.cloud.Snapshot()) > 0 {
		t.Errorf("left: %v", b.cloud.Snapshot())
	}
}

func TestADroppedLoadBalancerCanBeSetAgain(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	e := b.engine()
	apply(t, e, balancer(shop))
	e.Drop(shop)
	apply(t, e, balancer(shop)) // before the pass that would have deleted it
	b.settled(t, balancer(shop))
	e.Drop(shop)
	sync(t, e, shop)
	apply(t, e, balancer(shop))
	b.settled(t, balancer(shop))
}

func TestAProviderNeedsNoHealthReader(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	e := reconcile.New(struct{ provider.Provider }{b.provider()}, reconcile.Options{})
	apply(t, e, balancer(shop))
	apply(t, e, swapped(shop))
	b.settled(t, swapped(shop))
}

func TestQuotasAreCheckedBeforeTheFirstWrite(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{Quotas: []model.Quota{{Kind: fake.KindRule, Per: model.PerLoadBalancer, Max: 1, Name: "rules"}}})
	e := b.engine()
	e.Set(seal(t, balancer(shop)))
	for pass := range 2 {
		r := sync(t, e, shop)
		want := []model.Problem{{Origin: ref("Ingress", "shop"), Reason: model.ReasonQuotaExceeded, Message: "needs 2 rules, but the cloud allows 1; nothing was changed"}}
		if diff := cmp.Diff(want, r.Results[0].Problems); diff != "" {
			t.Errorf("problems of pass %d (-want +got):\n%s", pass, diff)
		}
	}
	if len(b.writes()) > 0 {
		t.Errorf("it wrote: %v", b.cloud.Calls())
	}
}

func TestTheGuardStopsTheDeletionOfTooManyAtOnce(t *testing.T) {
	tests := []struct {
		name  string
		guard reconcile.Guard
		drop  int
		stops bool
	}{
		{"half may go", reconcile.Guard{}, 2, false},
		{"more than half may not", reconcile.Guard{}, 3, true},
		{"one alone may always go", reconcile.Guard{DeleteShare: 0.1}, 1, false},
		{"a share that was set", reconcile.Guard{DeleteShare: 0.75}, 3, false},
		{"unless it is off", reconcile.Guard{Off: true}, 4, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, fake.CloudOptions{}, fake.Options{})
			e := reconcile.New(b.provider(), reconcile.Options{Guard: test.guard})
			for i := range 4 {
				apply(t, e, balancer(model.ID(fmt.Sprint("default/", i))))
			}
			for i := range test.drop {
				e.Drop(model.ID(fmt.Sprint("default/", i)))
			}
			before := len(b.cloud.Snapshot())
			r := sync(t, e)
			_, stopped := errors.AsType[*reconcile.GuardError](r.Err())
			if stopped != test.stops {
				t.Errorf("error %v, want a guard: %v", r.Err(), test.stops)
			}
			if stopped == (len(b.cloud.Snapshot()) != before) {
				t.Errorf("stopped %v, and there are %d things of %d", stopped, len(b.cloud.Snapshot()), before)
			}
		})
	}
}

func TestApplyFailsAtOnceIfTheCloudCannotBeReached(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	b.cloud.Inject(fake.Fault{Read: true, Kind: fake.Refuse})
	e := b.engine()
	e.Set(seal(t, balancer(shop)))
	if _, err := e.Apply(t.Context(), shop); provider.CodeOf(err) != provider.Unavailable {
		t.Errorf("error %v, want Unavailable", err)
	}
	if n := len(b.cloud.Calls()); n != 1 {
		t.Errorf("it called %d times", n)
	}
}

func TestApplyBacksOffAndGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, fake.CloudOptions{}, fake.Options{})
		b.cloud.Inject(fake.Fault{Kind: fake.FailBefore})
		e := b.engine()
		e.Set(seal(t, balancer(shop)))
		begin := time.Now()
		r, err := e.Apply(t.Context(), shop)
		if provider.CodeOf(err) != provider.Unavailable {
			t.Errorf("error %v, want Unavailable", err)
		}
		if took := time.Since(begin); took != 126*time.Second { // 2+4+8+16+32+64 seconds
			t.Errorf("it gave up after %v", took)
		}
		if len(r.Results[0].Steps) != 8 {
			t.Errorf("the report has %d steps, want 8", len(r.Results[0].Steps))
		}
	})
}

func TestApplyCompletesIfEachWriteFailsOnce(t *testing.T) {
	for _, kind := range []fake.FaultKind{fake.Throttle, fake.FailBefore, fake.FailAfter, fake.LoseReply, fake.Refuse} {
		for nth := range 8 {
			t.Run(fmt.Sprint("kind ", kind, ", write ", nth), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t, fake.CloudOptions{}, fake.Options{})
					b.cloud.Inject(fake.Fault{Kind: kind, Skip: nth, Times: 1})
					e := b.engine()
					apply(t, e, balancer(shop))
					b.cloud.Inject(fake.Fault{Kind: kind, Skip: nth, Times: 1})
					apply(t, e, swapped(shop))
					b.settled(t, swapped(shop))
				})
			})
		}
	}
}

func TestApplyRetriesAnUnavailableCloud(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, fake.CloudOptions{}, fake.Options{})
		b.cloud.Inject(fake.Fault{Kind: fake.FailAfter, Times: 1})
		b.cloud.Inject(fake.Fault{Read: true, Op: "read", Skip: 1, Times: 2, Kind: fake.Refuse})
		apply(t, b.engine(), balancer(shop))
		b.settled(t, balancer(shop))
	})
}

func TestApplyWaitsForProvisioning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, fake.CloudOptions{Provisioning: time.Minute}, fake.Options{})
		begin := time.Now()
		r := apply(t, b.engine(), balancer(shop))
		if took := time.Since(begin); took < time.Minute || took > 63*time.Second {
			t.Errorf("it took %v", took)
		}
		if len(r.Results[0].Addresses) != 1 {
			t.Errorf("addresses: %v", r.Results[0].Addresses)
		}
	})
}

func TestProgressReportsTheBeginningAndEndOfEachOp(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	var mu stdsync.Mutex
	begun, ended := 0, 0
	e := reconcile.New(b.provider(), reconcile.Options{Progress: func(ev reconcile.Event) {
		mu.Lock()
		defer mu.Unlock()
		if ev.Step.Outcome == nil {
			begun++
		} else {
			ended++
		}
	}})
	apply(t, e, balancer(shop))
	if begun != 8 || ended != 8 {
		t.Errorf("%d begun, %d ended, want 8", begun, ended)
	}
}

func TestAFailedOpBlocksOnlyItsDependents(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	b.cloud.Put(provider.Key{Kind: fake.KindGroup, Name: "demo.default/shop/default/web:80.http.8080"}, fake.GroupSpec{})
	e := b.engine()
	e.Set(seal(t, balancer(shop)))
	r := sync(t, e, shop)
	states := map[provider.State]int{}
	for _, s := range r.Results[0].Steps {
		states[s.Outcome.State]++
	}
	// its members and its rule
	want := map[provider.State]int{provider.Done: 5, provider.Failed: 1, provider.Blocked: 2}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("states (-want +got):\n%s\n%s", diff, text(r))
	}
	if provider.CodeOf(r.Err()) != provider.Conflict || r.Again == 0 {
		t.Errorf("error %v, again after %v", r.Err(), r.Again)
	}
}

func TestApplyReportsRemainingOpsWhenTheContextEnds(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	e := reconcile.New(b.provider(), reconcile.Options{Parallel: 1, Progress: func(ev reconcile.Event) {
		if ev.Step.Outcome != nil {
			cancel()
		}
	}})
	e.Set(seal(t, balancer(shop)))
	r, err := e.Apply(ctx, shop)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	if n := len(b.writes()); n != 1 {
		t.Errorf("%d writes, want 1", n)
	}
	if n := len(r.Results[0].Steps); n != 8 {
		t.Errorf("%d steps, want 8", n)
	}
}

// TestConcurrentPassesAndChanges is for the race detector: several passes change many load
// balancers of one document at the same time.
func TestConcurrentPassesAndChanges(t *testing.T) {
	for _, o := range []fake.Options{{}, {Document: "gateway"}} {
		t.Run("document "+o.Document, func(t *testing.T) {
			b := newBench(t, fake.CloudOptions{}, o)
			e := b.engine()
			var all stdsync.WaitGroup
			for i := range 20 {
				id := model.ID(fmt.Sprint("default/", i))
				e.Set(seal(t, balancer(id)))
				for pass := range 3 {
					all.Go(func() {
						if err := e.SetEndpoints(id, web, pods(2, pass, 10+pass), model.MembersKnown); err != nil {
							t.Error(err)
						}
						if _, err := e.Apply(t.Context(), id); err != nil {
							t.Error(err)
						}
					})
				}
			}
			all.Wait()
			var lbs []model.LoadBalancer
			for i := range 20 {
				lb := balancer(model.ID(fmt.Sprint("default/", i)))
				if err := e.SetEndpoints(lb.ID, web, lb.Groups[1].Endpoints, model.MembersKnown); err != nil {
					t.Error(err)
				}
				lbs = append(lbs, lb)
			}
			r, err := e.Apply(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			finished(t, r)
			b.settled(t, lbs...)
		})
	}
}

func TestErrorsNameTheLoadBalancer(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{Without: []model.Feature{model.FeatureInternetFacing}})
	e := b.engine()
	problems := e.Set(seal(t, balancer(shop)))
	if len(problems) == 0 || problems[0].Reason != model.ReasonUnsupported {
		t.Errorf("problems: %v", problems)
	}
	r := sync(t, e, shop)
	if err := r.Results[0].Err; err == nil || !strings.HasPrefix(err.Error(), "load balancer default/shop: ") {
		t.Errorf("error %v", err)
	}
}

// forgetful is a provider that reports no differences, so that references are never removed.
type forgetful struct{ provider.Provider }

func (forgetful) Compare(_, _ provider.Resource) []provider.Field { return nil }

func TestAWaitingOpIsReportedAndScheduled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, fake.CloudOptions{}, fake.Options{})
		apply(t, b.engine(), balancer(shop))
		lb := balancer(shop)
		// the same rule, whose change is not reported
		lb.Listeners[0].Routes[1].Action = model.ForwardTo(api)
		lb.Groups = lb.Groups[:1]
		e := reconcile.New(forgetful{b.provider()}, reconcile.Options{})
		e.Set(seal(t, lb))
		if r := sync(t, e, shop); r.Again == 0 {
			t.Errorf("nothing is to be looked at again, and there is left:\n%s", text(r))
		}
		if _, err := e.Apply(within(t, time.Hour), shop); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want that of the context", err)
		}
	})
}

func TestAChangeDuringAPassIsAppliedByTheNext(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	var e *reconcile.Engine
	var once stdsync.Once
	e = reconcile.New(b.provider(), reconcile.Options{Progress: func(ev reconcile.Event) {
		if ev.Step.Outcome != nil && ev.Step.Key.Kind == fake.KindMembers {
			once.Do(func() {
				for _, g := range []model.GroupID{web, api} {
					if err := e.SetEndpoints(shop, g, pods(5, 0, 12), model.MembersKnown); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}})
	apply(t, e, balancer(shop))
	if len(b.members(t, web)) != 12 || len(b.members(t, api)) != 12 {
		t.Errorf("%d and %d members, want 12", len(b.members(t, web)), len(b.members(t, api)))
	}
}

func TestAFailureCausesOneObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, fake.CloudOptions{}, fake.Options{})
		b.cloud.Inject(fake.Fault{Kind: fake.FailAfter, Times: 1})
		e := b.engine()
		apply(t, e, balancer(shop))
		b.cloud.ResetCalls()
		sync(t, e, shop)
		if calls := b.cloud.Calls(); len(calls) > 0 {
			t.Errorf("it called: %v", calls)
		}
	})
}
