//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"slices"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// features are the sentences about Capabilities.
func features() []sentence {
	return []sentence{
		{"a supported feature changes what Translate or Members returns, and an unsupported one is refused", testFeatures},
		{"Compare reports each setting that changes", testSettings},
		{"the data plane does what each supported feature asks for", testExamples},
	}
}

func testFeatures(t *testing.T, h Harness) {
	s := newStage(t, h)
	p := s.Process()
	shown := map[model.Feature]bool{}
	for _, x := range examples() {
		with, without := seal(t, x.use(t, s, x.with)), seal(t, x.use(t, s, x.without))
		x.checkPair(t, with, without)
		shown[x.feature] = true
		x.checkUse(t, p, with, without)
	}
	for _, f := range model.AllFeatures() {
		if !shown[f] {
			t.Errorf("no example uses %s", f)
		}
	}
}

// checkUse fails if the provider neither refuses the feature nor does anything for it.
func (x example) checkUse(t *testing.T, p provider.Provider, with, without model.Sealed) {
	t.Helper()
	levels := p.Capabilities().Features
	switch {
	case x.feature != "" && levels[x.feature].Level == model.Unsupported:
		if whole(p, with) {
			t.Errorf("%s is not supported, and is not refused", x.feature)
		}
	case !expressible(levels, with) || !expressible(levels, without) || x.with == nil:
		// The example needs another feature, which is unsupported.
	case !whole(p, with):
		t.Errorf("%s (%s) is supported, and is refused: %v", x.feature, x.name, problems(p, with))
	case whole(p, without) && (same(t, p, with, without) || same(t, p, without, with)):
		t.Errorf("with and without %s (example %s) Translate and Members return the same, or Compare reports no difference", x.feature, x.name)
	}
}

// checkPair fails unless the two models differ in the feature.
func (x example) checkPair(t *testing.T, with, without model.Sealed) {
	t.Helper()
	uses := func(s model.Sealed) bool {
		return slices.ContainsFunc(model.Features(s), func(u model.Use) bool { return u.Feature == x.feature })
	}
	if x.feature != "" && (!uses(with) || uses(without)) {
		t.Errorf("the example %s does not differ in %s", x.name, x.feature)
	}
}

func expressible(levels map[model.Feature]model.Support, lb model.Sealed) bool {
	return !slices.ContainsFunc(model.Features(lb), func(u model.Use) bool { return levels[u.Feature].Level == model.Unsupported })
}

// whole reports whether the provider refuses nothing of a load balancer.
func whole(p provider.Provider, lb model.Sealed) bool { return len(problems(p, lb)) == 0 }

func problems(p provider.Provider, lb model.Sealed) []string {
	_, all, _ := reconcile.Accept(p, lb)
	var out []string
	for _, problem := range all {
		if problem.Refuses() {
			out = append(out, problem.String())
		}
	}
	return out
}

// same reports whether a plan for one model is empty after an apply of the other: Translate and
// Members return the same keys, and Compare reports no field.
func same(t *testing.T, p provider.Provider, want, have model.Sealed) bool {
	t.Helper()
	a, b := keyed(resources(t, p, want)), keyed(resources(t, p, have))
	if len(a) != len(b) {
		return false
	}
	for k, r := range a {
		other, ok := b[k]
		if !ok || len(p.Compare(r, other)) > 0 {
			return false
		}
	}
	return true
}

// settings returns a change of each setting.
func settings() map[Setting]func(*usage) {
	health := func(change func(*model.HealthCheck)) func(*usage) {
		return func(u *usage) { change(&u.group.Health) }
	}
	return map[Setting]func(*usage){
		HealthPath:         health(func(h *model.HealthCheck) { h.Path = "/ready" }),
		HealthInterval:     health(func(h *model.HealthCheck) { h.Interval = 20 * time.Second }),
		HealthTimeout:      health(func(h *model.HealthCheck) { h.Timeout = 6 * time.Second }),
		HealthyThreshold:   health(func(h *model.HealthCheck) { h.Healthy = 3 }),
		UnhealthyThreshold: health(func(h *model.HealthCheck) { h.Unhealthy = 3 }),
		HealthStatuses:     health(func(h *model.HealthCheck) { h.Statuses = model.StatusRange{From: 200, To: 299} }),
		Draining:           func(u *usage) { u.group.Draining = 3 * time.Minute },
		Tags:               func(u *usage) { u.lb.Tags = map[string]string{"team": "shop"} },
	}
}

func testSettings(t *testing.T, h Harness) {
	s := newStage(t, h)
	p, x := s.Process(), example{name: "settings"}
	before := seal(t, x.use(t, s, nil))
	for name, change := range settings() {
		after := seal(t, x.use(t, s, change))
		lacks := slices.Contains(h.Lacks, name)
		if differs := !whole(p, after) || !same(t, p, after, before); differs == lacks {
			t.Errorf("a change of the %s makes a difference: %t; the harness lists it in Lacks: %t", name, differs, lacks)
		}
	}
}

// testExamples applies the models without the features, then those with them, and compares the
// answers. All examples that can share a load balancer do.
func testExamples(t *testing.T, h Harness) {
	s := newStage(t, h)
	if s.Dial == nil {
		t.Skip("the cloud has no data plane")
	}
	p := s.Process()
	var before, after gallery
	for _, x := range examples() {
		with, without := x.use(t, s, x.with), x.use(t, s, x.without)
		switch {
		case len(x.requests) == 0 || !comparableTo(p, seal(t, with)) || !comparableTo(p, seal(t, without)):
		case x.alone:
			x.serveAlone(t, newStage(t, h))
		default:
			before.add(x, without)
			after.add(x, with)
		}
	}
	if expressible(p.Capabilities().Features, seal(t, secured(after.lb, certificate(t)))) {
		after.secure(certificate(t))
	}
	e := s.engine()
	s.apply(t, e, &before.lb)
	after.serve(t, s, e)
}

func (x example) serveAlone(t *testing.T, s *stage) {
	t.Helper()
	e := s.engine()
	before := x.use(t, s, x.without)
	s.apply(t, e, &before)
	gallery{lb: x.use(t, s, x.with), requests: x.requests}.serve(t, s, e)
}

// comparableTo reports whether the provider accepts a load balancer whose answers can be compared.
func comparableTo(p provider.Provider, lb model.Sealed) bool {
	known := comparableFeatures(p.Capabilities())
	return whole(p, lb) && !slices.ContainsFunc(model.Features(lb), func(u model.Use) bool { return !slices.Contains(known, u.Feature) })
}
