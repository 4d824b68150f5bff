package reconcile

import (
	"testing"

	"github.com/headgate-io/headgate/provider"
)

// front returns the observed resources of a load balancer with one listener, one rule and one
// group.
func front() []provider.Resource {
	key := func(kind string) provider.Key { return provider.Key{Kind: kind, Name: "x"} }
	resource := func(kind string, needs ...provider.Key) provider.Resource {
		return provider.Resource{Key: key(kind), WriteScope: kind, Needs: needs}
	}
	listener, rule := resource("Listener", key("Balancer")), resource("Rule", key("Listener"), key("Group"))
	group, members := resource("Group"), resource("Members", key("Group"))
	listener.DeletedWith, rule.DeletedWith, members.DeletedWith = key("Balancer"), key("Listener"), key("Group")
	group.Group, members.Group, members.Member = "g", "g", true
	return []provider.Resource{resource("Balancer"), listener, rule, group, members}
}

// with plans the deletes of front, and returns the kind that each kind is deleted with.
func with(t *testing.T, in PlanInput) map[string]string {
	t.Helper()
	in.Compare = func(_, _ provider.Resource) []provider.Field { return nil }
	found := map[string]string{}
	for i, op := range Make(in).Ops {
		if op.Action == provider.Delete {
			found[op.Key.Kind] = op.With.Kind
		}
		for _, j := range op.After {
			if j >= i {
				t.Errorf("op %d comes after op %d", i, j)
			}
		}
	}
	return found
}

func TestDeletesIncludeThoseOfTheParts(t *testing.T) {
	got := with(t, PlanInput{Have: front()})
	for kind, want := range map[string]string{"Balancer": "", "Listener": "Balancer", "Rule": "Balancer", "Group": "", "Members": "Group"} {
		if got[kind] != want {
			t.Errorf("%s is deleted with %q, want %q", kind, got[kind], want)
		}
	}
}

// The connections of a listener may outlive it, so that the members still have to drain.
func TestRulesAreDeletedWithTheirListener(t *testing.T) {
	have := front()
	got := with(t, PlanInput{Have: have, Want: have[:1]})
	if got["Listener"] != "" || got["Rule"] != "Listener" || got["Members"] != "" {
		t.Errorf("deleted with %v", got)
	}
}

func TestPartsAreDeletedAloneWhileOneOfThemStays(t *testing.T) {
	have := front()
	for name, in := range map[string]PlanInput{
		"deferred": {Have: have, DeferDelete: func(r provider.Resource) string {
			if r.Key.Kind == "Rule" {
				return "not yet"
			}
			return ""
		}},
		"referred to": {Have: append(front(), provider.Resource{Key: provider.Key{Kind: "Rule", Name: "foreign"}, External: true, Needs: []provider.Key{{Kind: "Listener", Name: "x"}}})},
	} {
		got := with(t, in)
		if got["Listener"] != "" || got["Rule"] != "" || got["Members"] != "" {
			t.Errorf("%s: deleted with %v", name, got)
		}
	}
}

// Members drain before their group is deleted, unless all their connections end anyway.
func TestMembersWithoutRoutesDrain(t *testing.T) {
	if got := with(t, PlanInput{Have: front()[3:]}); got["Members"] != "" {
		t.Errorf("deleted with %v", got)
	}
}
