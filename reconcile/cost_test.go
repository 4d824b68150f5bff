package reconcile_test

import (
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/reconcile"
)

// TestAnEndpointChangeCostsTheSameAtAnySize counts allocations, which do not depend on the load of
// the machine.
func TestAnEndpointChangeCostsTheSameAtAnySize(t *testing.T) {
	cost := func(groups int) float64 {
		e := reconcile.New(newFree(t), reconcile.Options{})
		e.Set(wide(t, groups))
		sync(t, e, shop)
		id, turn := groupID(groups/2), 0
		turns := [2][]model.Endpoint{tenOf(groups/2, 0), tenOf(groups/2, 1)}
		return testing.AllocsPerRun(100, func() {
			turn++
			if err := e.SetEndpoints(shop, id, turns[turn%2], model.MembersKnown); err != nil {
				t.Fatal(err)
			}
			if r := sync(t, e, shop); len(r.Results[0].Steps) != 1 {
				t.Fatalf("%d steps", len(r.Results[0].Steps))
			}
		})
	}
	small, large := cost(10), cost(1_000)
	if large > small+5 || small > 150 {
		t.Errorf("%v allocations with 100 endpoints, %v with 10,000", small, large)
	}
}
