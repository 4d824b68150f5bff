//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// owned are the sentences about what others own.
func owned() []sentence {
	return []sentence{
		{"Do never changes or deletes what the cluster does not own", testForeignOps},
		{"what others add to a load balancer of the cluster survives every change", testForeignParts},
	}
}

// testForeignOps asks Do to change and to delete resources that the cluster owned when they were
// observed. Since then they were deleted, and others use their names.
func testForeignOps(t *testing.T, h Harness) {
	s := newStage(t, h)
	if s.Squat == nil {
		t.Skip("the harness cannot create foreign resources under the names of wanted ones")
	}
	lb, e := s.model(t), s.engine()
	s.apply(t, e, &lb)
	have := s.observe(t, balancer)
	s.apply(t, e, nil)
	p := s.Process()
	after := keyed(resources(t, p, seal(t, s.changedInPlace(lb))))
	squatted := map[string]bool{}
	for _, w := range resources(t, p, seal(t, lb)) {
		if squatted[w.Key.Kind] || !s.Squat(t, w) {
			continue
		}
		squatted[w.Key.Kind] = true
		observed := have[w.Key]
		if a, ok := after[w.Key]; ok {
			w = a
		}
		update := provider.Op{Action: provider.Update, Key: w.Key, WriteScope: w.WriteScope, Want: &w, Have: &observed, Fields: p.Compare(w, observed)}
		s.foreignOp(t, p, update, have)
		s.foreignOp(t, p, provider.Op{Action: provider.Delete, Key: w.Key, WriteScope: w.WriteScope, Have: &observed}, have)
	}
}

// changedInPlace returns a load balancer that differs as far as possible without other keys.
func (s *stage) changedInPlace(lb model.LoadBalancer) model.LoadBalancer {
	lb.Groups, lb.Listeners = slices.Clone(lb.Groups), slices.Clone(lb.Listeners)
	for i := range lb.Groups {
		lb.Groups[i].Health.Path = "/ready"
		lb.Groups[i].Draining = 3 * time.Minute
		lb.Groups[i].Endpoints = lb.Groups[i].Endpoints[:3]
	}
	for i := range lb.Listeners {
		l := &lb.Listeners[i]
		l.Default = model.ForwardTo(web)
		l.Routes = slices.Clone(l.Routes)
		for j := range l.Routes {
			l.Routes[j].Action = model.ForwardTo(api)
		}
	}
	return lb
}

// foreignOp carries out an op on a foreign resource, and fails if that changes.
func (s *stage) foreignOp(t *testing.T, p provider.Provider, op provider.Op, have map[provider.Key]provider.Resource) {
	t.Helper()
	before := s.Snapshot()
	known := maps.Clone(have)
	maps.Copy(known, s.observe(t)) // a shared document has a new version
	p.Do(t.Context(), batchOf(op, known))
	now := s.Snapshot()
	maps.DeleteFunc(now, func(k, _ string) bool { _, ok := before[k]; return !ok })
	if diff := cmp.Diff(before, now); diff != "" {
		t.Errorf("%s %s changed what another cluster owns (-before +after):\n%s", op.Action, op.Key, diff)
	}
}

func testForeignParts(t *testing.T, h Harness) {
	s := newStage(t, h)
	if s.Intrude == nil {
		t.Skip("the harness cannot add foreign parts to load balancers")
	}
	lb, e := s.model(t), s.engine()
	s.apply(t, e, &lb)
	ours := s.Snapshot()
	s.Intrude(t, s.observe(t, balancer))
	s.Foreign = func() map[string]string {
		now := s.Snapshot()
		maps.DeleteFunc(now, func(k, _ string) bool { _, ok := ours[k]; return ok })
		return now
	}
	s.foreign = s.Foreign()
	if len(s.foreign) == 0 {
		t.Fatal("the harness added nothing")
	}
	e = s.engine() // a new process observes them
	lb.Listeners[0].Routes[0] = prefix("api", host, "/1", api)
	lb.Listeners[0].Default = model.ForwardTo(web)
	webOf(&lb).Endpoints = s.pods.endpoints("web", 5, 15)
	s.apply(t, e, &lb)
	s.intact(t)
}

// intact fails if anything foreign was changed or deleted.
func (s *stage) intact(t *testing.T) {
	t.Helper()
	now := s.Foreign()
	maps.DeleteFunc(now, func(k, _ string) bool { _, ok := s.foreign[k]; return !ok })
	if diff := cmp.Diff(s.foreign, now); diff != "" {
		t.Errorf("something foreign was changed (-before +after):\n%s", diff)
	}
}

// testSquatted gives the name of one resource of each kind to a foreign thing.
func testSquatted(t *testing.T, h Harness) {
	if newStage(t, h).Squat == nil {
		t.Skip("the harness cannot create foreign resources under the names of wanted ones")
	}
	s := newStage(t, h)
	lb := s.model(t)
	seen, squatted := map[string]bool{}, 0
	for _, w := range resources(t, s.Process(), seal(t, lb)) {
		if seen[w.Key.Kind] {
			continue
		}
		seen[w.Key.Kind] = true
		if squat(t, h, lb, w) {
			squatted++
		}
	}
	if squatted == 0 {
		t.Error("the harness creates nothing under any name")
	}
}

func squat(t *testing.T, h Harness, lb model.LoadBalancer, w provider.Resource) bool {
	t.Helper()
	s := newStage(t, h)
	if !s.Squat(t, w) {
		return false
	}
	s.Foreign = onlyKeys(s.Snapshot)
	s.foreign = s.Foreign()
	e := s.engine()
	id := want(t, e, &lb)
	conflict := false
	for range 20 { // a pass or two for what the resource needs
		r, err := e.Sync(t.Context(), id)
		if err != nil {
			t.Fatalf("with a foreign %s: %v", w.Key, err)
		}
		for _, st := range r.Results[0].Steps {
			if st.Outcome.State == provider.Failed {
				conflict = conflict || provider.CodeOf(st.Outcome.Err) == provider.Conflict
			}
		}
		if conflict || r.Again == 0 {
			break
		}
	}
	if !conflict {
		t.Errorf("creating %s, whose name another owner has, is not a Conflict", w.Key)
	}
	s.untouched(t)
	return true
}
