package reconcile_test

import (
	"slices"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// TestAServingGroupLeavesAZone removes the NEG of one zone while the group serves in others. The
// backend service drops its reference to the NEG, then the endpoints are deregistered, then the NEG
// is deleted. None of that waits for the route, which still refers to the service.
func TestAServingGroupLeavesAZone(t *testing.T) {
	const g = model.GroupID("default/shop:80")
	key := func(kind, name string) provider.Key { return provider.Key{Kind: kind, Name: name} }
	res := func(kind, name string, member bool, needs ...provider.Key) provider.Resource {
		r := provider.Resource{Key: key(kind, name), WriteScope: kind + name, Group: g, Member: member, Needs: needs}
		if kind == "URLMap" {
			r.Group = ""
		}
		return r
	}
	negA, negB := key("NEG", "a"), key("NEG", "b")
	have := []provider.Resource{
		res("NEG", "a", false), res("NEG", "b", false),
		res("Endpoints", "a", true, negA), res("Endpoints", "b", true, negB),
		res("Service", "s", false, negA, negB), res("URLMap", "m", false, key("Service", "s")),
	}
	want := []provider.Resource{
		res("NEG", "a", false), res("Endpoints", "a", true, negA),
		res("Service", "s", false, negA), res("URLMap", "m", false, key("Service", "s")),
	}
	plan := reconcile.Make(reconcile.PlanInput{Want: want, Have: have, Compare: func(want, have provider.Resource) []provider.Field {
		if slices.Equal(want.Needs, have.Needs) {
			return nil
		}
		return []provider.Field{{Path: "backends"}}
	}})
	var got []string
	for _, op := range plan.Ops {
		got = append(got, string(op.Action)+" "+op.Key.String())
		if op.Wait != "" {
			t.Errorf("%s %s waits: %s", op.Action, op.Key, op.Wait)
		}
	}
	if want := []string{"update Service s", "delete Endpoints b", "delete NEG b"}; !slices.Equal(got, want) {
		t.Errorf("plan is %q, want %q", got, want)
	}
	if after := plan.Ops[1].After; !slices.Equal(after, []int{0}) {
		t.Errorf("endpoints leave after %v, want after the service let go", after)
	}
}
