package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

// pace is the factor by which the test's clock runs faster.
const pace = 3_600_000

// TestAnyChangeConverges changes a cloud from one random model to the next, and crashes at a random
// write of each change. A new process completes the change, and another one has an empty plan.
func TestAnyChangeConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := fake.Options{ClusterID: "demo", HidesDraining: rapid.Bool().Draw(t, "linger")}
		if rapid.Bool().Draw(t, "one document") {
			o.Document = "gateway"
		}
		clk := clock.Scaled(pace)
		cloud := fake.NewCloud(fake.CloudOptions{Clock: clk})
		defer cloud.Close()
		process := func() (*reconcile.Engine, *fake.Provider) {
			p, err := fake.New(cloud, o)
			if err != nil {
				t.Fatal(err)
			}
			return reconcile.New(p, reconcile.Options{Clock: clk}), p
		}
		_, p := process()
		models := modeltest.LoadBalancers(modeltest.Options{Features: modeltest.Supported(p.Capabilities())})
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			sealed, err := model.Seal(models.Draw(t, "model"))
			if err != nil {
				t.Fatal(err)
			}
			cloud.CrashAfter(rapid.IntRange(0, 10).Draw(t, "writes"))
			e, _ := process()
			e.Set(sealed)
			_, _ = e.Sync(t.Context(), sealed.ID()) // crashed, or not
			cloud.Heal()
			e, _ = process()
			e.Set(sealed)
			finish(t, e, clk, sealed.ID())
			e, _ = process()
			e.Set(sealed)
			r, err := e.Plan(t.Context(), sealed.ID())
			if err != nil || !r.Empty() {
				t.Fatalf("there is left: %v\n%s", err, text(r))
			}
		}
		e, _ := process()
		e.Drop("default/web")
		finish(t, e, clk, "default/web")
		if left := cloud.Snapshot(); len(left) > 1 || len(left) == 1 && o.Document == "" {
			t.Fatalf("left behind: %v", left)
		}
	})
}

// passes is the maximum number of passes, more than any change needs.
const passes = 40

// finish makes passes until the plan is complete. It fails the test if that takes too many.
func finish(t *rapid.T, e *reconcile.Engine, clk clock.Clock, id model.ID) {
	var last strings.Builder
	for range passes {
		r, err := e.Sync(t.Context(), id)
		if err != nil {
			t.Fatalf("sync: %v", err)
		}
		if r.Again == 0 {
			if left := unfinished(r); left != "" {
				t.Fatalf("left without a word:\n%s", left)
			}
			return
		}
		last.WriteString("-- pass\n" + steps(r))
		<-clk.After(r.Again)
	}
	t.Fatalf("it does not end:\n%s", last.String())
}

func steps(r reconcile.Report) string {
	var s strings.Builder
	for _, res := range r.Results {
		for _, st := range res.Steps {
			// a builder takes everything
			_, _ = fmt.Fprintln(&s, st.Action, st.Key, st.Outcome.State, st.Wait, st.Outcome.Err)
		}
	}
	return s.String()
}

func unfinished(r reconcile.Report) string {
	var s strings.Builder
	for _, res := range r.Results {
		for _, st := range res.Steps {
			if st.Outcome.State != provider.Done {
				_, _ = fmt.Fprintln(&s, st.Action, st.Key, st.Outcome.State, st.Wait, st.Outcome.Err)
			}
		}
	}
	return s.String()
}
