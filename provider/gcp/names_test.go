package gcp

import (
	"regexp"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/internal/naming"
	"github.com/headgate-io/headgate/internal/refusal"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// TestNamesHave80BitsOfEachHash checks that the hashes of the cluster, the load balancer and the
// resource cannot be searched for collisions, whatever the readable part.
func TestNamesHave80BitsOfEachHash(t *testing.T) {
	p := offline(t)
	want := regexp.MustCompile(`^hg-[a-z2-7]{16}-[a-z2-7]{16}-[-a-z0-9]{0,9}-[a-z2-7]{16}$`)
	seen := map[string]string{}
	for _, identity := range []string{
		"shop/checkout-service-34839:80", "warehouse/checkout-service-34839:80",
		"shop/checkout-service-34840:80", "x", "", "///", "ÄÖÜ", strings.Repeat("long", 100),
	} {
		name := p.name("shop/edge", identity, naming.Settings{"scheme": "internal"})
		if !want.MatchString(name) || len(name) > maxName {
			t.Errorf("%q has the name %s of %d characters", identity, name, len(name))
		}
		hashes := name[len(name)-hashLength:]
		if other, used := seen[hashes]; used {
			t.Errorf("%q and %q have the same hash", identity, other)
		}
		seen[hashes] = identity
	}
	if name := p.name("shop/edge", "shop/cart:80", nil); !strings.Contains(name, "-cart-80-") {
		t.Errorf("the name %s does not contain the Service", name)
	}
}

// colliding returns two groups on routes of two objects.
func colliding(t *testing.T) model.Sealed {
	t.Helper()
	lb := model.LoadBalancer{ID: "default/web", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP}}}
	for _, name := range []string{"a", "b"} {
		id, origin := model.GroupID(name+"/web:80"), model.Ref{Kind: "Ingress", Namespace: name, Name: "web"}
		lb.Groups = append(lb.Groups, model.Group{ID: id, Origins: []model.Ref{origin}})
		lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, model.Route{Name: name, Origin: origin, Matches: matching(model.PathPrefix, "/"+name), Action: model.ForwardTo(id)})
	}
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// TestSecondGroupOfANameIsRefused checks that a group whose name is taken is refused. No two groups
// with such names are known, so the names are given.
func TestSecondGroupOfANameIsRefused(t *testing.T) {
	lb := colliding(t)
	r := &refuser{p: offline(t), lb: lb, refused: refusal.NewCollector(lb), name: func(*model.Group) string { return "hg-x" }}
	r.groups()
	if out := r.refused.Refusals(); len(out) != 1 || out[0].Part != (model.Part{Group: "b/web:80"}) || out[0].Problems[0].Origin.Namespace != "b" {
		t.Errorf("refused %+v, want group b/web:80", out)
	}
	if more := offline(t).Refuse(lb); len(more) > 0 {
		t.Errorf("groups with names of their own are refused: %+v", more)
	}
}

// TestDifferentResourcesWithOneKeyAreAnError checks that neither of two resources with one key wins
// in silence, and that equal ones are shared.
func TestDifferentResourcesWithOneKeyAreAnError(t *testing.T) {
	k := provider.Key{Kind: KindHealthCheck, Name: "hg-x"}
	for name, test := range map[string]struct {
		second provider.Resource
		fails  bool
	}{
		"equal":            {provider.Resource{Key: k, Spec: HealthCheckSpec{Path: "/"}}, false},
		"another spec":     {provider.Resource{Key: k, Spec: HealthCheckSpec{Path: "/other"}}, true},
		"another group":    {provider.Resource{Key: k, Spec: HealthCheckSpec{Path: "/"}, Group: "b/web:80"}, true},
		"another key":      {provider.Resource{Key: provider.Key{Kind: KindHealthCheck, Name: "hg-y"}, Spec: HealthCheckSpec{Path: "/other"}}, false},
		"another place":    {provider.Resource{Key: provider.Key{Kind: KindHealthCheck, Name: "hg-x", Place: "europe-west1"}, Spec: HealthCheckSpec{Path: "/other"}}, false},
		"the same of kind": {provider.Resource{Key: provider.Key{Kind: KindURLMap, Name: "hg-x"}, Spec: URLMapSpec{}}, false},
	} {
		tr := offline(t).translation(colliding(t))
		tr.add(provider.Resource{Key: k, Spec: HealthCheckSpec{Path: "/"}})
		tr.add(test.second)
		if (tr.err != nil) != test.fails {
			t.Errorf("%s: error %v", name, tr.err)
		}
	}
}

// TestUnusedSettingChangesNoName checks that a setting which a later version adds does not rename
// the resources that do not use it.
func TestUnusedSettingChangesNoName(t *testing.T) {
	p := offline(t)
	name := func(fixed naming.Settings) string { return p.name("default/shop", "check", fixed) }
	before := name(naming.Settings{"scheme": "internal", "port": "80"})
	if after := name(naming.Settings{"scheme": "internal", "port": "80", "added": ""}); after != before {
		t.Errorf("an empty setting renames %s to %s", before, after)
	}
	for what, fixed := range map[string]naming.Settings{
		"another value":     {"scheme": "internal", "port": "81"},
		"another setting":   {"scheme": "internal", "added": "80"},
		"an added setting":  {"scheme": "internal", "port": "80", "added": "1"},
		"a removed setting": {"scheme": "internal"},
		"swapped values":    {"scheme": "80", "port": "internal"},
	} {
		if got := name(fixed); got == before {
			t.Errorf("%s does not change the name %s", what, got)
		}
	}
}

// TestHealthCheckNameCoversSetFields checks that the name of a health check changes with each field
// that is set, and does not depend on the fields that are not.
func TestHealthCheckNameCoversSetFields(t *testing.T) {
	p := offline(t)
	check := HealthCheckSpec{Type: "HTTP", Path: "/", Interval: 10, Timeout: 5, Healthy: 2, Unhealthy: 3}
	before := p.healthCheckName("default/shop", model.Internal, check)
	want := p.name("default/shop", "check", naming.Settings{"scheme": string(model.Internal), "type": "HTTP", "requestPath": "/",
		"checkIntervalSec": "10", "timeoutSec": "5", "healthyThreshold": "2", "unhealthyThreshold": "3"})
	if before != want {
		t.Errorf("name %s, want %s, from the fields that are set alone", before, want)
	}
	for what, change := range map[string]func(*HealthCheckSpec){
		"type": func(h *HealthCheckSpec) { h.Type = "HTTPS" }, "path": func(h *HealthCheckSpec) { h.Path = "/x" },
		"host": func(h *HealthCheckSpec) { h.Host = "x" }, "port": func(h *HealthCheckSpec) { h.Port = 80 },
		"interval": func(h *HealthCheckSpec) { h.Interval = 11 }, "timeout": func(h *HealthCheckSpec) { h.Timeout = 6 },
		"healthy": func(h *HealthCheckSpec) { h.Healthy = 3 }, "unhealthy": func(h *HealthCheckSpec) { h.Unhealthy = 2 },
	} {
		changed := check
		change(&changed)
		if got := p.healthCheckName("default/shop", model.Internal, changed); got == before {
			t.Errorf("a change of the %s does not change the name", what)
		}
	}
}
