//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// observed are the sentences about Observe, Compare and Health.
func observed() []sentence {
	return []sentence{
		{"what was applied is observed in the form that Translate and Members return, with its output, and compares equal", testCanonical},
		{"Outcome.Have is the resource as Observe returns it", testOutcomes},
		{"Observe returns everything that the scope owns, and nothing else", testScope},
		{"Compare is pure, and reports no field for equal resources", testCompare},
		{"secrets are redacted in fields, plans and resources", testRedacted},
		{"Health returns the endpoints of what routes refer to, by its key", testHealth},
	}
}

// observe returns what a new process observes of the load balancers, by key.
func (s *stage) observe(t *testing.T, ids ...model.ID) map[provider.Key]provider.Resource {
	t.Helper()
	rs, err := s.Process().Observe(t.Context(), provider.Scope{LoadBalancers: ids})
	if err != nil {
		t.Fatalf("observe: %v", err)
	}
	out := make(map[provider.Key]provider.Resource, len(rs))
	for _, r := range rs {
		if _, twice := out[r.Key]; twice {
			t.Errorf("%s is observed twice", r.Key)
		}
		out[r.Key] = r
	}
	return out
}

func testCanonical(t *testing.T, h Harness) {
	s := newStage(t, h)
	lb := s.model(t)
	s.apply(t, s.engine(), &lb)
	p := s.Process()
	have := s.observe(t, balancer)
	addresses := 0
	for _, w := range resources(t, p, seal(t, lb)) {
		h, ok := have[w.Key]
		if !ok {
			t.Errorf("%s is wanted, and does not exist", w.Key)
			continue
		}
		if fields := p.Compare(w, h); len(fields) > 0 {
			t.Errorf("%s was applied, and differs: %+v", w.Key, fields)
		}
		sameForm(t, w, h)
		addresses += len(h.Output.Addresses)
	}
	if addresses == 0 {
		t.Error("no observed resource has an address")
	}
}

// sameForm compares all fields but Spec, Origin and Output.
func sameForm(t *testing.T, w, h provider.Resource) {
	t.Helper()
	slices.SortFunc(w.Needs, provider.CompareKeys)
	slices.SortFunc(h.Needs, provider.CompareKeys)
	w.Spec, w.Origin, h.Spec, h.Origin, h.Output = nil, nil, nil, nil, provider.Output{}
	if one, two := fmt.Sprintf("%+v", w), fmt.Sprintf("%+v", h); one != two {
		t.Errorf("wanted and observed differ in form:\n%s\n%s", one, two)
	}
}

func testOutcomes(t *testing.T, h Harness) {
	s := newStage(t, h)
	rec, p := record(t, s.Process())
	lb := s.model(t)
	s.apply(t, s.engineOf(p), &lb)
	have := s.observe(t, balancer)
	for k, got := range rec.have {
		want, ok := have[k]
		got.Output.Ready, want.Output.Ready = true, true // what was provisioned meanwhile
		if !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the outcome is not what is observed:\n%+v\n%+v", k, got, want)
		}
	}
}

func testScope(t *testing.T, h Harness) {
	s := newStage(t, h)
	one, two := s.pods.shop(balancer), s.pods.shop("default/blog")
	two.Listeners[0].Routes = []model.Route{prefix("web", "blog.example.com", "/", web)}
	two.Groups = two.Groups[:1]
	e := s.engine()
	s.apply(t, e, &one)
	s.apply(t, e, &two)
	p := s.Process()
	wanted := map[provider.Key]bool{}
	for _, r := range append(resources(t, p, seal(t, one)), resources(t, p, seal(t, two))...) {
		wanted[r.Key] = true
	}
	all := s.observe(t)
	for k := range wanted {
		if _, ok := all[k]; !ok {
			t.Errorf("%s is owned, and is not observed", k)
		}
	}
	for k, r := range all {
		if !wanted[k] && !r.External {
			t.Errorf("%s is observed, and is neither owned nor external", k)
		}
	}
	for k, r := range s.observe(t, one.ID) {
		if r.Owner.LoadBalancer == two.ID {
			t.Errorf("%s is observed, and is out of scope", k)
		}
	}
	for k, r := range s.observe(t, "default/absent") {
		if r.Owner.LoadBalancer != "" {
			t.Errorf("%s is observed, and its load balancer is not in the scope", k)
		}
	}
	s.untouched(t)
}

func testCompare(t *testing.T, h Harness) {
	s := newStage(t, h)
	p := s.Process()
	one, two := resources(t, p, seal(t, s.model(t))), resources(t, p, seal(t, s.pods.shop(balancer)))
	for _, w := range one {
		before := fmt.Sprintf("%+v", w)
		if fields := p.Compare(w, w); len(fields) > 0 {
			t.Errorf("%s differs from itself: %+v", w.Key, fields)
		}
		// a plan compares what it creates with a resource without a Spec
		p.Compare(w, provider.Resource{Key: w.Key})
		for _, o := range two {
			if o.Key.Kind == w.Key.Kind {
				p.Compare(w, o)
			}
		}
		if before != fmt.Sprintf("%+v", w) {
			t.Errorf("Compare modified %s", w.Key)
		}
	}
}

func testRedacted(t *testing.T, h Harness) {
	s := newStage(t, h)
	scenario{needs: []model.Feature{model.FeatureHTTPS}}.skip(t, h)
	old, next := certificate(t), certificate(t)
	one, two := s.pods.secureShop(old), s.pods.secureShop(next)
	s.apply(t, s.engine(), &one)
	e := s.engine()
	id := want(t, e, &two)
	r, err := e.Plan(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	p := s.Process()
	var printed strings.Builder
	printed.WriteString(describe(r))
	fmt.Fprintf(&printed, "%+v %#v", r, r)
	have := s.observe(t, balancer)
	for _, w := range resources(t, p, seal(t, two)) {
		fmt.Fprintf(&printed, "%+v %+v %+v", w, have[w.Key], p.Compare(w, provider.Resource{Key: w.Key}))
		for _, h := range have {
			if h.Key.Kind == w.Key.Kind {
				fmt.Fprintf(&printed, "%+v", p.Compare(w, h))
			}
		}
	}
	if leaks(printed.String(), old) || leaks(printed.String(), next) {
		t.Error("a private key is not redacted")
	}
}

func testHealth(t *testing.T, h Harness) {
	s := newStage(t, h)
	p := s.Process()
	reader := provider.ExtensionsOf(p).Health
	if reader == nil {
		t.Skip("the provider is no HealthReader")
	}
	lb := s.pods.shop(balancer)
	r := s.apply(t, s.engine(), &lb)
	if s.Dial != nil {
		s.client(t, r.Addresses[0]).await(t, shopProbes())
	}
	var groups []provider.Resource
	referred := map[provider.Key]model.GroupID{}
	all := s.observe(t, balancer)
	for _, r := range all {
		if r.Group != "" {
			groups = append(groups, r)
			continue
		}
		for _, n := range r.Needs {
			if g := all[n].Group; g != "" {
				referred[n] = g
			}
		}
	}
	health, err := reader.Health(t.Context(), groups)
	if err != nil {
		t.Fatal(err)
	}
	for k, g := range referred {
		if len(health[k]) != 10 {
			t.Errorf("Health of %s (%s) has %d endpoints, want 10", k, g, len(health[k]))
		}
		if !slices.ContainsFunc(health[k], func(h provider.EndpointHealth) bool { return h.Healthy }) {
			t.Errorf("no endpoint of %s is healthy, though requests are answered", k)
		}
	}
}
