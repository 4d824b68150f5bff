//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

func testMembers(t *testing.T, h Harness) {
	s := newStage(t, h)
	p, sealed := s.Process(), seal(t, s.model(t))
	holders, err := p.Translate(sealed)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range holders {
		if r.Member {
			t.Errorf("Translate returns the membership %s", r.Key)
		}
	}
	for _, g := range sealed.Groups() {
		ms, err := p.Members(sealed, g.ID, g.Endpoints)
		if err != nil {
			t.Fatal(err)
		}
		if len(ms) == 0 {
			t.Errorf("group %s has no membership", g.ID)
		}
		for _, m := range ms {
			if m.Group != g.ID || !m.Member || len(m.Needs) == 0 || !slices.ContainsFunc(holders, func(r provider.Resource) bool { return r.Key == m.Needs[0] && r.Group == g.ID }) {
				t.Errorf("%s is no membership of %s: group %q, member %v, needs %v", m.Key, g.ID, m.Group, m.Member, m.Needs)
			}
		}
	}
}

// registeredIn returns the registered endpoints of memberships.
func registeredIn(t *testing.T, p provider.Provider, ms []provider.Resource) []model.Endpoint {
	t.Helper()
	reader := provider.ExtensionsOf(p).Health
	if reader == nil {
		t.Skip("the provider is no HealthReader, so the registered endpoints are not known")
	}
	var out []model.Endpoint
	for _, m := range ms {
		out = append(out, reader.Registered(m)...)
	}
	return out
}

func testMembersReady(t *testing.T, h Harness) {
	s := newStage(t, h)
	eps := s.pods.endpoints("web", 0, 6)
	eps[1].State, eps[3].State = model.Draining, model.NotReady
	lb := s.pods.shop(balancer)
	webOf(&lb).Endpoints = eps
	sealed, p := seal(t, lb), s.Process()
	g, _ := sealed.Group(web)
	ms, err := p.Members(sealed, web, g.Endpoints)
	if err != nil {
		t.Fatal(err)
	}
	for _, ep := range registeredIn(t, p, ms) {
		if ep.Address == eps[1].Address || ep.Address == eps[3].Address {
			t.Errorf("%s is registered, and is not ready", ep.Address)
		}
	}
}

func testMembersEmpty(t *testing.T, h Harness) {
	s := newStage(t, h)
	sealed, p := seal(t, s.pods.shop(balancer)), s.Process()
	ms, err := p.Members(sealed, web, nil)
	if err != nil {
		t.Fatal(err)
	}
	if left := registeredIn(t, p, ms); len(left) > 0 {
		t.Errorf("%d endpoints are registered for an empty group", len(left))
	}
}

func testRegistered(t *testing.T, h Harness) {
	s := newStage(t, h)
	sealed, p := seal(t, s.pods.shop(balancer)), s.Process()
	g, _ := sealed.Group(web)
	ms, err := p.Members(sealed, web, g.Endpoints)
	if err != nil {
		t.Fatal(err)
	}
	got := registeredIn(t, p, ms)
	if !reflect.DeepEqual(got, registeredIn(t, p, ms)) {
		t.Error("a second call returns something else")
	}
	if len(got) != len(g.Endpoints) {
		t.Fatalf("%d endpoints are registered of %d", len(got), len(g.Endpoints))
	}
	for _, ep := range got {
		i := slices.IndexFunc(g.Endpoints, func(w model.Endpoint) bool { return w.Address == ep.Address })
		if i < 0 || ep.State != model.Ready || ep.Port != 0 && ep.Port != g.Endpoints[i].Port || ep.Zone != "" && ep.Zone != g.Endpoints[i].Zone {
			t.Errorf("%+v is registered, and is none of the endpoints", ep)
		}
	}
	again, err := p.Members(sealed, web, withPlaces(got, g.Endpoints))
	if err != nil {
		t.Fatal(err)
	}
	for i := range ms {
		if i >= len(again) || len(p.Compare(ms[i], again[i])) > 0 {
			t.Errorf("%s differs from the membership of what it registers", ms[i].Key)
		}
	}
}

// withPlaces fills in what the cloud does not store.
func withPlaces(registered, known []model.Endpoint) []model.Endpoint {
	out := slices.Clone(registered)
	for i := range out {
		if j := slices.IndexFunc(known, func(k model.Endpoint) bool { return k.Address == out[i].Address }); j >= 0 {
			out[i] = known[j]
		}
	}
	return out
}
