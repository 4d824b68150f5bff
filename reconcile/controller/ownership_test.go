package controller

import (
	"testing"

	"github.com/headgate-io/headgate/model"
)

func TestOwnershipFollowsClassFinalizerAndDeletion(t *testing.T) {
	for _, c := range []struct {
		class              classState
		finalized, deleted bool
		want               ownership
	}{
		{classOurs, false, false, owned},
		{classOurs, true, false, owned},
		{classOurs, true, true, releasing},
		{classOurs, false, true, ignored},
		{classMissing, false, false, ignored},
		{classMissing, true, false, owned},
		{classMissing, true, true, releasing},
		{classForeign, false, false, ignored},
		{classForeign, true, false, releasing},
		{classForeign, true, true, releasing},
	} {
		if got := ownershipOf(c.class, c.finalized, c.deleted); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestClaimantsAreFoundByEachOfTheirLoadBalancers(t *testing.T) {
	foreign := shared("moved", "b")
	foreign.Data["class"] = "example.com/other"
	api := store(shared("web", "a b"), foreign)
	names := func(all []claimant) (out string) {
		for _, c := range all {
			out += c.object.GetName()
		}
		return out
	}
	for id, want := range map[model.ID][2]string{"a": {"web", ""}, "b": {"web", "moved"}, "c": {"", ""}} {
		claiming, released, err := ownersIn(api).claimants(t.Context(), id)
		if err != nil || names(claiming) != want[0] || names(released) != want[1] {
			t.Errorf("%s: claiming %q, released %q, %v", id, names(claiming), names(released), err)
		}
	}
}
