package provider_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

func TestErrorsNameOperationAndResource(t *testing.T) {
	tests := []struct {
		key  provider.Key
		want string
	}{
		{provider.Key{Kind: "TargetGroup", Name: "web"}, "list TargetGroup web: down"},
		{provider.Key{Kind: "NEG", Name: "web", Place: "zone-a"}, "list NEG zone-a/web: down"},
		{provider.Key{Kind: "ApplicationGateway"}, "list ApplicationGateway: down"},
		{provider.Key{}, "list: down"},
	}
	for _, test := range tests {
		err := &provider.Error{Op: "list", Key: test.key, Err: errors.New("down")}
		if err.Error() != test.want {
			t.Errorf("got %q, want %q", err, test.want)
		}
	}
}

func TestSortKeysRemovesDuplicates(t *testing.T) {
	a, b, c := provider.Key{Kind: "Pool", Name: "z"}, provider.Key{Kind: "Rule", Name: "b", Place: "p"}, provider.Key{Kind: "Rule", Name: "a", Place: "q"}
	if got, want := provider.SortKeys([]provider.Key{c, b, a, b}), []provider.Key{a, b, c}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestScopeOfTheClusterContainsEveryLoadBalancer(t *testing.T) {
	for _, test := range []struct {
		scope []model.ID
		id    model.ID
		want  bool
	}{
		{nil, "a", true},
		{nil, "", true},
		{[]model.ID{"a", "b"}, "b", true},
		{[]model.ID{"a", "b"}, "c", false},
		{[]model.ID{"a", "b"}, "", false},
	} {
		if got := (provider.Scope{LoadBalancers: test.scope}).Contains(test.id); got != test.want {
			t.Errorf("scope %v contains %q: %v, want %v", test.scope, test.id, got, test.want)
		}
	}
}
