//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// declared are the sentences about Name and Capabilities.
func declared() []sentence {
	return []sentence{
		{"Name is the short name of the cloud", func(t *testing.T, h Harness) {
			if newStage(t, h).Process().Name() == "" {
				t.Error("the name is empty")
			}
		}},
		{"Capabilities never change, and give a reason for each feature that is not supported", func(t *testing.T, h Harness) {
			s := newStage(t, h)
			caps := s.Process().Capabilities()
			if diff := cmp.Diff(caps, s.Process().Capabilities()); diff != "" {
				t.Errorf("two processes differ: %s", diff)
			}
			for _, f := range model.AllFeatures() {
				if c := caps.Features[f]; c.Level != model.Supported && c.Reason == "" {
					t.Errorf("%s has no reason", f)
				}
			}
			for _, q := range caps.Quotas {
				if q.Max <= 0 || q.Kind == "" || q.Name == "" {
					t.Errorf("a quota without kind, name or maximum: %+v", q)
				}
			}
		}},
	}
}

// translated are the sentences about Translate, Members and Registered.
func translated() []sentence {
	return []sentence{
		{"Translate is pure: the same input gives the same resources, and is not modified", testTranslatePure},
		{"Translate does not depend on the order of the input", testTranslateOrder},
		{"each resource has a unique key and an owner, and needs only what is wanted or external", testKeys},
		{"Members is pure; each resource has Group set and Member true, and needs the resource of its group", testMembers},
		{"only endpoints that are model.Ready are registered", testMembersReady},
		{"a group without ready endpoints has an empty membership, or none", testMembersEmpty},
		{"Registered is the inverse of Members, and pure", testRegistered},
		{"methods may be called concurrently", testConcurrent},
	}
}

// model returns a shop that uses HTTPS if the provider supports it.
func (s *stage) model(t *testing.T) model.LoadBalancer {
	t.Helper()
	if s.Process().Capabilities().Features[model.FeatureHTTPS].Level == model.Unsupported {
		return s.pods.shop(balancer)
	}
	return s.pods.secureShop(certificate(t))
}

// resources returns all resources of a model, members included.
func resources(t *testing.T, p provider.Provider, lb model.Sealed) []provider.Resource {
	t.Helper()
	out, err := p.Translate(lb)
	if err != nil {
		t.Fatalf("translate: %v", err)
	}
	for _, g := range lb.Groups() {
		ms, err := p.Members(lb, g.ID, g.Endpoints)
		if err != nil {
			t.Fatalf("members of %s: %v", g.ID, err)
		}
		out = append(out, ms...)
	}
	return out
}

func testTranslatePure(t *testing.T, h Harness) {
	s := newStage(t, h)
	sealed := seal(t, s.model(t))
	before := fmt.Sprintf("%+v", *sealed.LoadBalancer())
	one, two := resources(t, s.Process(), sealed), resources(t, s.Process(), sealed)
	if !reflect.DeepEqual(one, two) {
		t.Error("two processes return different resources")
	}
	if before != fmt.Sprintf("%+v", *sealed.LoadBalancer()) {
		t.Error("the model was modified")
	}
}

// shuffled returns lb with all lists whose order does not matter in another order.
func shuffled(lb model.LoadBalancer, r *rand.Rand) model.LoadBalancer {
	lb.Listeners, lb.Groups = shuffle(lb.Listeners, r), shuffle(lb.Groups, r)
	for i := range lb.Listeners {
		lb.Listeners[i].Routes = shuffle(lb.Listeners[i].Routes, r)
	}
	for i := range lb.Groups {
		lb.Groups[i].Endpoints = shuffle(lb.Groups[i].Endpoints, r)
	}
	return lb
}

func shuffle[T any](s []T, r *rand.Rand) []T {
	s = slices.Clone(s)
	r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	return s
}

// newRand returns the same numbers in every run, so that a failure can be repeated.
func newRand() *rand.Rand {
	return rand.New(rand.NewPCG(1, 2)) //nolint:gosec // no secret
}

func testTranslateOrder(t *testing.T, h Harness) {
	s := newStage(t, h)
	lb, r := s.model(t), newRand()
	want := resources(t, s.Process(), seal(t, lb))
	for range 10 {
		if got := resources(t, s.Process(), seal(t, shuffled(lb, r))); !reflect.DeepEqual(want, got) {
			t.Fatal("a model in another order gives different resources")
		}
	}
}

func testKeys(t *testing.T, h Harness) {
	s := newStage(t, h)
	p := s.Process()
	have, err := p.Observe(t.Context(), provider.Scope{LoadBalancers: []model.ID{balancer}})
	if err != nil {
		t.Fatal(err)
	}
	known := map[provider.Key]bool{}
	for _, r := range have {
		known[r.Key] = r.External
	}
	rs := resources(t, p, seal(t, s.model(t)))
	for _, r := range rs {
		if known[r.Key] {
			t.Errorf("%s is wanted twice, or external", r.Key)
		}
		known[r.Key] = true
	}
	for _, r := range rs {
		for _, n := range r.Needs {
			if !known[n] {
				t.Errorf("%s needs %s, which is neither wanted nor external", r.Key, n)
			}
		}
		checkWanted(t, r)
	}
}

func checkWanted(t *testing.T, r provider.Resource) {
	t.Helper()
	if r.Owner.Cluster == "" || r.Owner.LoadBalancer != balancer && r.Owner.LoadBalancer != "" {
		t.Errorf("%s is owned by %+v", r.Key, r.Owner)
	}
	if r.WriteScope == "" || r.Key.Kind == "" || r.Key.Name == "" {
		t.Errorf("%s has no write scope, or no complete key", r.Key)
	}
	if !reflect.DeepEqual(r.Output, provider.Output{}) || r.External || len(r.Staged) > 0 {
		t.Errorf("the wanted %s has an output, is external, or has Staged set", r.Key)
	}
	if r.Group != "" && r.Group != web && r.Group != api {
		t.Errorf("%s belongs to group %s", r.Key, r.Group)
	}
}

// testConcurrent makes calls at the same time, for the race detector.
func testConcurrent(t *testing.T, h Harness) {
	s := newStage(t, h)
	p, sealed := s.Process(), seal(t, s.model(t))
	want := resources(t, p, sealed)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			rs, err := p.Translate(sealed)
			if err != nil || !reflect.DeepEqual(rs, want[:len(rs)]) {
				t.Errorf("a concurrent Translate returns something else: %v", err)
			}
			if _, err := p.Observe(t.Context(), provider.Scope{}); err != nil {
				t.Errorf("observe: %v", err)
			}
			for _, r := range rs {
				p.Compare(r, r)
			}
		})
	}
	group.Wait()
}

// leaks reports whether text contains a line of the private key.
func leaks(text string, c model.Certificate) bool {
	for line := range bytes.Lines(c.Key.Reveal()) {
		line = bytes.TrimSpace(line)
		if len(line) >= 32 && bytes.Contains([]byte(text), line) {
			return true
		}
	}
	return false
}
