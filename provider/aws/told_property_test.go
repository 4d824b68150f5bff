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

// shops draws routes as shop reads them.
func shops(t *rapid.T, label string) string {
	route := rapid.SampledFrom([]string{"a", "b", "c", "d", "a=g", "b=g", "c=h"})
	var listeners []string
	for i := range rapid.IntRange(1, 2).Draw(t, label+" listeners") {
		routes := rapid.SliceOfNDistinct(route, 0, 4, func(r string) string { return r[:1] }).Draw(t, fmt.Sprint(label, i))
		listeners = append(listeners, strings.Join(routes, " "))
	}
	return strings.Join(listeners, ":")
}

// Whenever the tagging API stopped hearing, and wherever a process died, the next one brings about
// what is wanted, at the latest by its second look, and no write of it is refused because of what
// it did not see.
func TestWhatIsToldLateDoesNoHarm(t *testing.T) {
	var told int
	rapid.Check(t, func(rt *rapid.T) {
		cloud, clk := prompt(t, awstest.Options{})
		defer cloud.Close()
		before, between, want := shops(rt, "before"), shops(rt, "between"), shops(rt, "want")
		apply(t, cloud, clk, shop(before))
		frozen := rapid.IntRange(0, 6).Draw(rt, "writes that are heard of")
		died := frozen + rapid.IntRange(0, 6).Draw(rt, "writes that are not")
		dieAfter(rt, cloud, process(t, cloud, clk), clk, shop(between), frozen)
		cloud.FreezeTags(true)
		dieAfter(rt, cloud, process(t, cloud, clk), clk, shop(between), died-frozen)

		e := discovered(t, cloud, clk, shop(want))
		told += strings.Count(fmt.Sprint(cloud.Wire().Calls()), "GetResources")
		cloud.Wire().Reset()
		for range 2 {
			if _, err := e.Apply(context.Background()); err != nil {
				rt.Fatal(err)
			}
			e.Forget("default/x")
		}
		for _, w := range cloud.Wire().Writes() {
			if w.Status >= 300 && (strings.HasSuffix(w.API, "Listener") || strings.Contains(w.API, "Rule")) {
				rt.Errorf("%s was refused with %d", w.API, w.Status)
			}
		}
		if steps := leftToDo(t, cloud, clk, shop(want)); len(steps) > 0 {
			rt.Errorf("to do is still %+v", steps)
		}
	})
	if told == 0 {
		t.Error("no process was told anything")
	}
}

// dieAfter is a process that makes so many writes on the way to a model, if it has so many to make.
func dieAfter(t *rapid.T, cloud *awstest.Server, p *aws.Provider, clk clock.Clock, lb model.LoadBalancer, writes int) {
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
	// a pass ends where something has to be waited for, or where the connection is cut
	for range 20 {
		r, err := e.Sync(context.Background())
		if err != nil || r.Err() != nil || r.Again == 0 {
			return
		}
		<-clk.After(r.Again)
	}
}
