package fake

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

func specs() []any {
	group := provider.Key{Kind: KindGroup, Name: "web"}
	return []any{
		LoadBalancerSpec{Scheme: model.Internal, Addresses: []string{"a&b"}, Tags: map[string]string{"k": "v"}},
		RuleSpec{Priority: 3, Host: model.Host{Name: "a.example.com"}, Action: Action{Forward: []Share{{Group: group, Weight: 1}}}},
		GroupSpec{Protocol: model.BackendHTTP, Timeout: time.Second},
		ListenerSpec{Port: 80, Protocol: model.HTTP},
	}
}

func TestCompareWithNothingNamesEveryFieldAsItsJSON(t *testing.T) {
	for _, spec := range specs() {
		text, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]json.RawMessage{}
		if err := json.Unmarshal(text, &values); err != nil {
			t.Fatal(err)
		}
		var want []provider.Field
		for _, k := range slices.Sorted(maps.Keys(values)) {
			want = append(want, provider.Field{Path: k, Want: string(values[k])})
		}
		got := (&Provider{}).Compare(provider.Resource{Spec: spec}, provider.Resource{})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%T (-want +got):\n%s", spec, diff)
		}
	}
}

func TestCompareNamesTheFieldsThatDiffer(t *testing.T) {
	for _, spec := range specs() {
		if got := (&Provider{}).Compare(provider.Resource{Spec: spec}, provider.Resource{Spec: spec}); len(got) > 0 {
			t.Errorf("%T differs from itself: %v", spec, got)
		}
	}
	want := provider.Resource{Spec: GroupSpec{Protocol: model.BackendHTTP, Draining: time.Minute, Timeout: time.Second}}
	have := provider.Resource{Spec: GroupSpec{Protocol: model.BackendGRPC, Draining: time.Minute, Timeout: 2 * time.Second}}
	fields := []provider.Field{
		{Path: "Protocol", Want: `"HTTP"`, Have: `"GRPC"`},
		{Path: "Timeout", Want: "1000000000", Have: "2000000000"},
	}
	if diff := cmp.Diff(fields, (&Provider{}).Compare(want, have)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
