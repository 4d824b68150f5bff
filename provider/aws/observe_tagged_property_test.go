package aws_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/reconcile"
)

// shops draws routes in the syntax of shop.
func shops(t *rapid.T, label string) string {
	route := rapid.SampledFrom([]string{"a", "b", "c", "d", "a=g", "b=g", "c=h"})
	var listeners []string
	for i := range rapid.IntRange(1, 2).Draw(t, label+" listeners") {
		routes := rapid.SliceOfNDistinct(route, 0, 4, func(r string) string { return r[:1] }).Draw(t, fmt.Sprint(label, i))
		listeners = append(listeners, strings.Join(routes, " "))
	}
	return strings.Join(listeners, ":")
}

// The tagging API may lag by any number of writes, and a process may crash after any write. The
// next process converges with its second observation at the latest, and none of its writes is
// rejected because of what the API did not list.
func TestApplyConvergesWithLaggingTaggingAPI(t *testing.T) {
	var calls int
	rapid.Check(t, func(rt *rapid.T) {
		cloud, clk := promptAccount(t, awstest.Options{})
		defer cloud.Close()
		before, between, want := shops(rt, "before"), shops(rt, "between"), shops(rt, "want")
		apply(t, cloud, clk, shop(before))
		listed := rapid.IntRange(0, 6).Draw(rt, "listed writes")
		unlisted := rapid.IntRange(0, 6).Draw(rt, "unlisted writes")
		crashAfter(rt, cloud, process(t, cloud, clk), clk, shop(between), listed)
		cloud.FreezeTags(true)
		crashAfter(rt, cloud, process(t, cloud, clk), clk, shop(between), unlisted)

		e := discover(t, cloud, clk, shop(want))
		calls += strings.Count(fmt.Sprint(cloud.Wire().Calls()), "GetResources")
		cloud.Wire().Reset()
		for range 2 {
			if _, err := e.Apply(context.Background()); err != nil {
				rt.Fatal(err)
			}
			e.Forget("default/x")
		}
		for _, w := range cloud.Wire().Writes() {
			if w.Status >= 300 && (strings.HasSuffix(w.API, "Listener") || strings.Contains(w.API, "Rule")) {
				rt.Errorf("%s failed with status %d", w.API, w.Status)
			}
		}
		if steps := plan(t, cloud, clk, shop(want)); len(steps) > 0 {
			rt.Errorf("the plan still has %+v", steps)
		}
	})
	if calls == 0 {
		t.Error("no process used the tagging API")
	}
}

// crashAfter applies a model in a process that crashes after a number of writes.
func crashAfter(t *rapid.T, cloud *awstest.Server, p *aws.Provider, clk clock.Clock, lb model.LoadBalancer, writes int) {
	t.Helper()
	if writes == 0 {
		return
	}
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	cloud.Wire().CrashAfter(writes)
	defer cloud.Wire().Heal()
	e := reconcile.New(p, reconcile.Options{Clock: clk, Guard: reconcile.Guard{Off: true}})
	e.Set(sealed)
	// A pass ends when it has to wait, or when the connection is cut.
	for range 20 {
		r, err := e.Sync(context.Background())
		if err != nil || r.Err() != nil || r.Again == 0 {
			return
		}
		<-clk.After(r.Again)
	}
}
