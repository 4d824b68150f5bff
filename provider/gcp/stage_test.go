package gcp

import (
	"slices"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// stageModel returns the resources of one host whose paths forward to the given groups.
func stageModel(t *testing.T, routes map[string]model.GroupID) []provider.Resource {
	t.Helper()
	lb := model.LoadBalancer{ID: "default/shop", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP}}}
	for path, g := range routes {
		lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, model.Route{Name: path, Hosts: hostsOf(t, model.AnyLabels, "shop.example.com"),
			Matches: matching(model.PathPrefix, path), Action: model.ForwardTo(g)})
		if !slices.ContainsFunc(lb.Groups, func(x model.Group) bool { return x.ID == g }) {
			lb.Groups = append(lb.Groups, model.Group{ID: g})
		}
	}
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := offline(t).Translate(sealed)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func find(t *testing.T, rs []provider.Resource, kind string, group model.GroupID) provider.Resource {
	t.Helper()
	i := slices.IndexFunc(rs, func(r provider.Resource) bool { return r.Key.Kind == kind && r.Group == group })
	if i < 0 {
		t.Fatalf("no %s of %q", kind, group)
	}
	return rs[i]
}

// leadsTo returns the service of the rule for a prefix of shop.example.com. It is empty if there is
// none.
func leadsTo(m URLMapSpec, path string) string {
	for _, matcher := range m.Matchers {
		if matcher.Hosts[0] != "shop.example.com" {
			continue
		}
		for _, r := range matcher.Rules {
			if slices.ContainsFunc(r.Matches, func(x Match) bool { return x.Full == path || x.Prefix == path }) {
				return r.Outcome.Services[0].Service
			}
		}
	}
	return ""
}

func TestStageSendsNoRequestToUnverifiedServices(t *testing.T) {
	have := stageModel(t, map[string]model.GroupID{"/": "web", "/api": "api"})
	want := stageModel(t, map[string]model.GroupID{"/": "web", "/api": "new", "/news": "new", "/web": "web"})
	unverified := find(t, want, KindBackendService, "new").Key
	before := find(t, want, KindURLMap, "")
	staged := offline(t).Stage(want, have, []provider.Key{unverified})
	r := find(t, staged, KindURLMap, "")
	m, _ := r.Spec.(URLMapSpec)
	if got := leadsTo(m, "/api"); got != find(t, have, KindBackendService, "api").Key.Name {
		t.Errorf("/api leads to %s, want where it leads now", got)
	}
	if got := leadsTo(m, "/news"); got != "" {
		t.Errorf("/news leads to %s, want it left out", got)
	}
	if got := leadsTo(m, "/web"); got != find(t, want, KindBackendService, "web").Key.Name {
		t.Errorf("/web leads to %s, want its service, which is serving", got)
	}
	if !slices.Contains(r.Needs, unverified) || !slices.Contains(r.Staged, unverified) {
		t.Errorf("needs %v, staged %v: want the unverified service in both", r.Needs, r.Staged)
	}
	if after := find(t, want, KindURLMap, ""); len(offline(t).Compare(before, after)) > 0 {
		t.Error("Stage changed its argument")
	}
}

func TestStageChangesNoMapWithoutUnverifiedServices(t *testing.T) {
	want := stageModel(t, map[string]model.GroupID{"/": "web"})
	staged := offline(t).Stage(want, want, nil)
	if fields := offline(t).Compare(find(t, staged, KindURLMap, ""), find(t, want, KindURLMap, "")); len(fields) > 0 {
		t.Errorf("changed fields: %v", fields)
	}
}

// TestStageRetainsRulesBehindNewOnes checks that a path whose match changes is still served by its
// current rule while the new service is unverified.
func TestStageRetainsRulesBehindNewOnes(t *testing.T) {
	have := stageModel(t, map[string]model.GroupID{"/api": "api"})
	want := stageModel(t, map[string]model.GroupID{"/api/v1": "new"})
	unverified := find(t, want, KindBackendService, "new").Key
	m, _ := find(t, offline(t).Stage(want, have, []provider.Key{unverified}), KindURLMap, "").Spec.(URLMapSpec)
	if got := leadsTo(m, "/api"); got != find(t, have, KindBackendService, "api").Key.Name {
		t.Errorf("/api leads to %q, want where it leads now", got)
	}
}

// TestStageAcceptsAPathMatcherWithoutHosts checks that Stage tolerates a path matcher that was
// added outside Headgate and that no host rule uses.
func TestStageAcceptsAPathMatcherWithoutHosts(t *testing.T) {
	have := stageModel(t, map[string]model.GroupID{"/": "web"})
	for i := range have {
		if m, ok := have[i].Spec.(URLMapSpec); ok {
			m.Matchers = append(m.Matchers, Matcher{Name: "manual"})
			have[i].Spec = m
		}
	}
	want := stageModel(t, map[string]model.GroupID{"/": "web", "/new": "new"})
	unverified := find(t, want, KindBackendService, "new").Key
	staged := find(t, offline(t).Stage(want, have, []provider.Key{unverified}), KindURLMap, "")
	if !slices.Contains(staged.Staged, unverified) {
		t.Errorf("staged %v, want the unverified service", staged.Staged)
	}
}
