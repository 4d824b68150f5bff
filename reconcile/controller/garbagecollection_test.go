package controller

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/reconcile"
)

// collection is a garbage collector with fakes around it. It is also its owners and its pending
// work.
type collection struct {
	garbageCollector
	claims      map[model.ID][2][]claimant // claiming and released
	configured  []model.ID
	annotations map[string]string // of the class
	work        []string
	events      reports
	queued      calls
	now         handClock
}

func newCollection(configured ...model.ID) *collection {
	c := &collection{configured: configured, claims: map[model.ID][2][]claimant{}, now: handClock{now: time.Unix(1000, 0)}}
	guard := &deletionGuard{
		limit: reconcile.Guard{DeleteShare: 0.5}, owners: c, events: &c.events, log: slog.New(slog.DiscardHandler), subject: "loadBalancers",
	}
	c.garbageCollector = garbageCollector{owners: c, pending: c, queue: &c.queued, guard: guard, clock: &c.now, grace: 10 * time.Second}
	return c
}

func (c *collection) claimants(_ context.Context, id model.ID) (claiming, released []claimant, err error) {
	return c.claims[id][0], c.claims[id][1], nil
}

func (c *collection) classes(context.Context) ([]classObject, error) {
	return []classObject{{model.Ref{Kind: "IngressClass", Name: "edge"}, c.annotations}}, nil
}

func (c *collection) collect(id model.ID)          { c.work = append(c.work, "collect "+string(id)) }
func (c *collection) structureChanged(id model.ID) { c.work = append(c.work, "rebuild "+string(id)) }
func (c *collection) allConfigured() []model.ID    { return c.configured }

// run makes one run and returns when to run again.
func (c *collection) runOnce(t *testing.T) time.Duration {
	t.Helper()
	again, err := c.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return again.RequeueAfter
}

func TestGarbageIsCollectedAfterTheGracePeriodOfTheLastCandidate(t *testing.T) {
	c := newCollection("a", "b", "c", "d")
	c.add("a")
	c.now.now = c.now.now.Add(6 * time.Second)
	c.add("b")
	c.now.now = c.now.now.Add(6 * time.Second)
	if again := c.runOnce(t); again != 4*time.Second || len(c.work) > 0 {
		t.Errorf("again in %s, work %v", again, c.work)
	}
	c.now.now = c.now.now.Add(4 * time.Second)
	if again := c.runOnce(t); again != 0 || !slices.Equal(c.work, []string{"collect a", "collect b"}) {
		t.Errorf("again in %s, work %v", again, c.work)
	}
}

func TestTheGuardStopsCollectionAndReportsOnce(t *testing.T) {
	c := newCollection("a", "b", "c")
	c.add("a")
	c.add("b")
	c.now.now = c.now.now.Add(time.Minute)
	for range 2 {
		if again := c.runOnce(t); again != guardRecheck || len(c.work) > 0 {
			t.Errorf("again in %s, work %v", again, c.work)
		}
	}
	if len(c.events) != 1 || !strings.HasPrefix(c.events[0], "edge Guarded: 2 load balancers that no object claims would be deleted at once") {
		t.Fatalf("events: %v", c.events)
	}
	c.annotations = map[string]string{AnnotationRelease: releaseValue([]model.ID{"a", "b"})}
	if again := c.runOnce(t); again != 0 || len(c.work) != 2 {
		t.Errorf("again in %s, work %v", again, c.work)
	}
}

func TestACandidateThatIsClaimedIsRebuilt(t *testing.T) {
	c := newCollection("a", "b")
	c.add("a")
	c.claims["a"] = [2][]claimant{{{testKind{}, shared("web", "a")}}, nil}
	c.now.now = c.now.now.Add(time.Minute)
	c.runOnce(t)
	if left, _ := c.list(); len(left) > 0 || !slices.Equal(c.work, []string{"rebuild a"}) {
		t.Errorf("candidates %v, work %v", left, c.work)
	}
}

func TestTheLastLoadBalancerIsCollectedIfItsObjectNamesAnotherController(t *testing.T) {
	c := newCollection("a")
	c.add("a")
	c.claims["a"] = [2][]claimant{nil, {{testKind{}, shared("web", "a")}}}
	c.now.now = c.now.now.Add(time.Minute)
	c.runOnce(t)
	if !slices.Equal(c.work, []string{"collect a"}) {
		t.Errorf("work: %v", c.work)
	}
}
