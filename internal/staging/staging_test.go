package staging_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/internal/staging"
	"github.com/headgate-io/headgate/provider"
)

func key(kind, name string) provider.Key { return provider.Key{Kind: kind, Name: name} }

func resource(k provider.Key, spec string, needs ...provider.Key) provider.Resource {
	return provider.Resource{Key: k, Needs: needs, Spec: spec}
}

func group(name string) provider.Resource {
	return provider.Resource{Key: key("Group", name), Group: "a", Spec: "group"}
}

func retain(want, have provider.Resource) provider.Resource {
	want.Spec = have.Spec
	return want
}

func specs(rs []provider.Resource) map[string]any {
	out := map[string]any{}
	for _, r := range rs {
		out[r.Key.Name] = r.Spec
	}
	return out
}

func TestRetainSendsNoTrafficToUnverifiedGroups(t *testing.T) {
	unverified, serving := key("Group", "unverified"), key("Group", "serving")
	listener, created := key("Listener", "listener"), key("Listener", "created")
	want := []provider.Resource{
		resource(key("Rule", "rule of created"), "new", created, serving),
		resource(key("Rule", "added"), "new", listener, unverified),
		resource(key("Rule", "changed"), "new", listener, unverified),
		resource(key("Rule", "verified"), "new", listener, serving),
		resource(listener, "new", unverified),
		resource(created, "new", unverified),
		group("unverified"), group("serving"),
		{Key: key("Members", "members"), Group: "a", Member: true, Needs: []provider.Key{unverified}, Spec: "members"},
	}
	have := []provider.Resource{resource(listener, "old"), resource(key("Rule", "changed"), "old"), resource(key("Rule", "verified"), "old")}
	got := specs(staging.Retain(want, have, []provider.Key{unverified}, retain))
	expected := map[string]any{
		"unverified": "group", "serving": "group", "members": "members", "listener": "old", "changed": "old", "verified": "new",
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Error(diff)
	}
}

func TestFirstPrefersAResourceThatExists(t *testing.T) {
	rs := []provider.Resource{group("a"), resource(key("Listener", "b"), ""), resource(key("Listener", "c"), "")}
	for name, c := range map[string]struct {
		have []provider.Resource
		kind string
		want *provider.Resource
	}{
		"existing": {[]provider.Resource{rs[2]}, "Listener", &rs[2]},
		"new":      {nil, "Listener", &rs[1]},
		"none":     {rs, "Rule", nil},
	} {
		if got := staging.First(rs, c.have, c.kind); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
