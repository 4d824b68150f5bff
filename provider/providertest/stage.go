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

// patience is how long, in real time, anything may take before a test gives up.
const patience = 60 * time.Second

// stage is one cloud with its pods, on which a test plays.
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

// onlyKeys is the part of a snapshot whose keys were there at first.
func onlyKeys(snapshot func() map[string]string) func() map[string]string {
	first := snapshot()
	return func() map[string]string {
		now := snapshot()
		maps.DeleteFunc(now, func(k, _ string) bool { _, ok := first[k]; return !ok })
		return now
	}
}

// engine is that of a new process.
func (s *stage) engine() *reconcile.Engine {
	return s.engineOf(s.Process())
}

// engineOf is an engine on a provider of the stage's cloud.
func (s *stage) engineOf(p provider.Provider) *reconcile.Engine {
	o := reconcile.Options{Clock: s.Clock}
	if c, ok := s.Clock.(*Clock); ok {
		o.Clock = &idler{Clock: c, stage: s}
	}
	return reconcile.New(p, o)
}

// hurry lets a second pass, once no request is on its way.
func (s *stage) hurry() {
	if c, ok := s.Clock.(*Clock); ok {
		s.drain()
		c.Skip(time.Second)
	}
}

// watch notes traffic.
func (s *stage) watch(tr *traffic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flowing = append(s.flowing, tr)
}

// drain returns when all requests that are on their way have been answered.
func (s *stage) drain() {
	s.mu.Lock()
	flowing := slices.Clone(s.flowing)
	s.mu.Unlock()
	for _, tr := range flowing {
		tr.flow(2) // the one on its way, and one that began after it
	}
}

// want tells an engine what is wanted of the load balancer of lb; a nil lb, that there is to be
// none.
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

// apply brings the cloud to lb and fails the test where that fails.
func (s *stage) apply(t *testing.T, e *reconcile.Engine, lb *model.LoadBalancer) reconcile.Result {
	t.Helper()
	return s.sync(t, e, want(t, e, lb))
}

// sync brings the cloud to what the engine was told, and fails the test where that fails.
func (s *stage) sync(t *testing.T, e *reconcile.Engine, id model.ID) reconcile.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := e.Apply(ctx, id)
	if err != nil {
		t.Fatalf("apply: %v\n%s%s", err, unfinished(r), s.sick(id))
	}
	if left := unfinished(r); left != "" {
		t.Errorf("apply left without a word:\n%s", left)
	}
	return r.Results[0]
}

// sick lists the endpoints that the cloud does not call healthy, each reason once for a group.
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

// settled checks that the cloud is as lb says and holds nothing else of ours, by the eyes of a new
// process, and that what is foreign is untouched.
func (s *stage) settled(t *testing.T, lb *model.LoadBalancer) {
	t.Helper()
	e := s.engine()
	id := want(t, e, lb)
	r, err := e.Plan(t.Context(), id)
	if err != nil {
		t.Fatalf("plan: %v", err)
	}
	if !r.Empty() {
		t.Errorf("a new process still has to do:\n%s", describe(r))
	}
	s.untouched(t)
}

func (s *stage) untouched(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(s.foreign, s.Foreign()); diff != "" {
		t.Errorf("what is foreign was changed (-before +after):\n%s", diff)
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

// census counts what the cloud stores by kind.
func census(snapshot map[string]string) map[string]int {
	n := map[string]int{}
	for k := range snapshot {
		kind, _, _ := strings.Cut(k, "/")
		n[kind]++
	}
	return n
}
