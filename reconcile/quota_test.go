package reconcile_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

// crowded returns a bench whose load balancers share a document with at most five rules. Each
// balancer has two.
func crowded(t *testing.T) *bench {
	t.Helper()
	return newBench(t, fake.CloudOptions{}, fake.Options{
		Document: "gateway", Quotas: []model.Quota{{Kind: fake.KindRule, Per: model.PerWriteScope, Max: 5, Name: "rules"}},
	})
}

func lbs(n int) []model.LoadBalancer {
	var out []model.LoadBalancer
	for i := range n {
		out = append(out, balancer(model.ID(fmt.Sprint("default/", i))))
	}
	return out
}

// refused returns the load balancers of a report that exceed a quota.
func refused(r reconcile.Report) []model.ID {
	var out []model.ID
	for _, res := range r.Results {
		if slices.ContainsFunc(res.Problems, func(p model.Problem) bool { return p.Reason == model.ReasonQuotaExceeded }) {
			out = append(out, res.ID)
		}
	}
	return out
}

func TestQuotasOfAWriteScopeCountOtherLoadBalancers(t *testing.T) {
	b := crowded(t)
	e := b.engine()
	all := lbs(3)
	for _, lb := range all {
		e.Set(seal(t, lb))
	}
	r := sync(t, e)
	if diff := cmp.Diff([]model.ID{"default/2"}, refused(r)); diff != "" {
		t.Fatalf("of one pass (-want +got):\n%s", diff)
	}
	const message = "needs 2 rules in addition to the 4 of other load balancers, but the cloud allows 5; nothing was changed"
	if got := r.Results[2].Problems[0].Message; got != message || len(r.Results[2].Steps) > 0 {
		t.Errorf("%q, steps %v", got, r.Results[2].Steps)
	}
	b.settled(t, all[:2]...)
}

func TestExistingResourcesHavePrecedenceForAQuota(t *testing.T) {
	b := crowded(t)
	all := lbs(3)
	apply(t, b.engine(), all[1])
	apply(t, b.engine(), all[2])
	e := b.engine() // knows of no other than what it reads
	if _, err := e.Discover(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, lb := range all {
		e.Set(seal(t, lb))
	}
	if diff := cmp.Diff([]model.ID{"default/0"}, refused(sync(t, e))); diff != "" {
		t.Errorf("who comes last (-want +got):\n%s", diff)
	}
	if got := refused(sync(t, e, "default/0")); len(got) != 1 {
		t.Errorf("in a pass of its own it is not refused")
	}
	e.Drop("default/1")
	if got := refused(sync(t, e)); len(got) > 0 {
		t.Errorf("refused although another goes: %v", got)
	}
	finished(t, sync(t, e))
	b.settled(t, all[0], all[2])
}
