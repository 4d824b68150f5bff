package providertest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// patience is the most real time that anything may need.
const patience = 60 * time.Second

// stage is one cloud with its pods.
type stage struct {
	*Fixture
	pods    *pods
	foreign map[string]string

	mu      sync.Mutex
	flowing []*traffic
}

func newStage(t *testing.T, h Harness) *stage {
	t.Helper()
	p := newPods(t)
	s := &stage{Fixture: h.New(t, p.dial), pods: p}
	p.settle(s.Fixture)
	if s.Foreign == nil {
		s.Foreign = onlyKeys(s.Snapshot)
	}
	s.foreign = s.Foreign()
	return s
}

// onlyKeys returns a snapshot restricted to the keys of the first one.
func onlyKeys(snapshot func() map[string]string) func() map[string]string {
	first := snapshot()
	return func() map[string]string {
		now := snapshot()
		maps.DeleteFunc(now, func(k, _ string) bool { _, ok := first[k]; return !ok })
		return now
	}
}

// engine returns an engine in a new process.
func (s *stage) engine() *reconcile.Engine {
	return s.engineOf(s.Process())
}

// engineOf returns an engine for a provider of this cloud.
func (s *stage) engineOf(p provider.Provider) *reconcile.Engine {
	o := reconcile.Options{Clock: s.Clock}
	if c, ok := s.Clock.(*Clock); ok {
		o.Clock = &idler{Clock: c, stage: s}
	}
	return reconcile.New(p, o)
}

// hurry skips a second once the requests in flight have ended.
func (s *stage) hurry() {
	if c, ok := s.Clock.(*Clock); ok {
		s.drain()
		c.Skip(time.Second)
	}
}

// watch registers traffic.
func (s *stage) watch(tr *traffic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flowing = append(s.flowing, tr)
}

// drain returns once all requests in flight have been answered.
func (s *stage) drain() {
	s.mu.Lock()
	flowing := slices.Clone(s.flowing)
	s.mu.Unlock()
	for _, tr := range flowing {
		tr.flow(2) // the one in flight, and one that began after it
	}
}

// want sets what the engine wants. A nil lb deletes the load balancer.
func want(t *testing.T, e *reconcile.Engine, lb *model.LoadBalancer) model.ID {
	t.Helper()
	if lb == nil {
		e.Drop(balancer)
		return balancer
	}
	for _, p := range e.Set(seal(t, *lb)) {
		if p.Refuses() {
			t.Fatalf("refused: %s", p)
		}
	}
	return lb.ID
}

// apply applies lb, and fails the test on an error.
func (s *stage) apply(t *testing.T, e *reconcile.Engine, lb *model.LoadBalancer) reconcile.Result {
	t.Helper()
	return s.sync(t, e, want(t, e, lb))
}

// sync applies what the engine wants, and fails the test on an error.
func (s *stage) sync(t *testing.T, e *reconcile.Engine, id model.ID) reconcile.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := e.Apply(ctx, id)
	if err != nil {
		t.Fatalf("apply: %v\n%s%s", err, unfinished(r), s.sick(id))
	}
	if left := unfinished(r); left != "" {
		t.Errorf("apply succeeded with unfinished steps:\n%s", left)
	}
	return r.Results[0]
}

// sick lists the health of endpoints, with each reason once for a group.
func (s *stage) sick(id model.ID) string {
	p := s.Process()
	reader := provider.ExtensionsOf(p).Health
	have, err := p.Observe(context.Background(), provider.Scope{LoadBalancers: []model.ID{id}})
	if reader == nil || err != nil {
		return ""
	}
	health, err := reader.Health(context.Background(), have)
	if err != nil {
		return err.Error()
	}
	seen := map[string]int{}
	for k, eps := range health {
		for _, ep := range eps {
			seen[fmt.Sprintf("%s: healthy %v %s", k, ep.Healthy, ep.Reason)]++
		}
	}
	return fmt.Sprint(seen)
}

// unfinished lists the steps that are not done.
func unfinished(r reconcile.Report) string {
	var b strings.Builder
	for _, res := range r.Results {
		for _, st := range res.Steps {
			if st.Outcome == nil || st.Outcome.State == provider.Done {
				continue
			}
			b.WriteString(string(st.Outcome.State) + " " + string(st.Action) + " " + st.Key.String() + " " + st.Wait + "\n")
		}
	}
	return b.String()
}

// settled checks that a new process has nothing left to do for lb, and that everything foreign is
// unchanged.
func (s *stage) settled(t *testing.T, lb *model.LoadBalancer) {
	t.Helper()
	e := s.engine()
	id := want(t, e, lb)
	r, err := e.Plan(t.Context(), id)
	if err != nil {
		t.Fatalf("plan: %v", err)
	}
	if !r.Empty() {
		t.Errorf("a new process plans:\n%s", describe(r))
	}
	s.untouched(t)
}

func (s *stage) untouched(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(s.foreign, s.Foreign()); diff != "" {
		t.Errorf("something foreign was changed (-before +after):\n%s", diff)
	}
}

func describe(r reconcile.Report) string {
	var b strings.Builder
	for _, res := range r.Results {
		for _, st := range res.Steps {
			b.WriteString(string(st.Action) + " " + st.Key.String() + " " + st.Wait + "\n")
			for _, f := range st.Fields {
				b.WriteString("  " + f.Path + ": " + f.Have + " -> " + f.Want + "\n")
			}
		}
	}
	return b.String()
}

// census counts the stored resources by kind.
func census(snapshot map[string]string) map[string]int {
	n := map[string]int{}
	for k := range snapshot {
		kind, _, _ := strings.Cut(k, "/")
		n[kind]++
	}
	return n
}
