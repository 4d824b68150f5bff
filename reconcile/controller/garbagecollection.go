package controller

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	ctrl "sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
)

// garbageCollection is the queue item of the garbage collector. No load balancer has this ID.
const garbageCollection model.ID = ""

// collectable is the pending work of the load balancers that the garbage collector decides on.
type collectable interface {
	collect(id model.ID)
	structureChanged(id model.ID)
	allConfigured() []model.ID
}

// garbageCollector decides on the deletion of load balancers that exist in the cloud and that no
// object claims. It deletes nothing itself: what it allows is deleted by a pass over that load
// balancer.
type garbageCollector struct {
	owners  claimantLister
	pending collectable
	queue   enqueuer[model.ID]
	guard   *deletionGuard
	metrics *Metrics
	clock   clock.Clock
	grace   time.Duration // see Options.Grace

	mu         sync.Mutex
	candidates map[model.ID]time.Time // and when each was found
}

// add adds a candidate, and schedules a run after the grace period.
func (g *garbageCollector) add(id model.ID) {
	g.mu.Lock()
	if g.candidates == nil {
		g.candidates = map[model.ID]time.Time{}
	}
	if _, ok := g.candidates[id]; !ok {
		g.candidates[id] = g.clock.Now()
	}
	g.mu.Unlock()
	g.queue.after(garbageCollection, g.grace)
}

// remove removes a candidate that is gone or claimed.
func (g *garbageCollector) remove(id model.ID) {
	g.mu.Lock()
	delete(g.candidates, id)
	left := len(g.candidates)
	g.mu.Unlock()
	g.metrics.unclaimed(left)
}

// list returns the candidates, sorted, and when the last of them was found.
func (g *garbageCollector) list() ([]model.ID, time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var last time.Time
	for _, t := range g.candidates {
		if t.After(last) {
			last = t
		}
	}
	return slices.Sorted(maps.Keys(g.candidates)), last
}

// run allows the deletion of all candidates once the last of them has waited for the grace period,
// unless the guard stops it.
func (g *garbageCollector) run(ctx context.Context) (ctrl.Result, error) {
	ids, last := g.list()
	if wait := last.Add(g.grace).Sub(g.clock.Now()); len(ids) > 0 && wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	ids, vanished, err := g.unclaimed(ctx, ids)
	if err != nil {
		return ctrl.Result{}, err
	}
	g.metrics.unclaimed(len(ids))
	g.metrics.guarded(0)
	if len(ids) == 0 {
		return ctrl.Result{}, nil
	}
	value := releaseValue(ids)
	if g.guarded(ids, vanished) && !g.guard.released(ctx, value) {
		g.stop(ctx, ids, value)
		return ctrl.Result{RequeueAfter: guardRecheck}, nil
	}
	for _, id := range ids {
		g.pending.collect(id)
	}
	return ctrl.Result{}, nil
}

// unclaimed returns the candidates that are still unclaimed. vanished reports whether one of them
// has no object at all, not even one that is releasing it.
func (g *garbageCollector) unclaimed(ctx context.Context, ids []model.ID) (left []model.ID, vanished bool, err error) {
	for _, id := range ids {
		claiming, released, err := g.owners.claimants(ctx, id)
		if err != nil {
			return nil, false, err
		}
		if len(claiming) > 0 || deletionRequested(released) {
			g.remove(id)
			g.pending.structureChanged(id)
			continue
		}
		left, vanished = append(left, id), vanished || len(released) == 0
	}
	return left, vanished, nil
}

// deletionRequested reports whether all objects that are releasing a load balancer are being
// deleted, and there is one.
func deletionRequested(released []claimant) bool {
	return len(released) > 0 && !slices.ContainsFunc(released, func(c claimant) bool { return !c.deleted() })
}

// guarded reports whether so many of all load balancers would be deleted that it looks like an
// accident. A single one whose object names another controller now is never guarded.
func (g *garbageCollector) guarded(ids []model.ID, vanished bool) bool {
	if len(ids) == 1 && !vanished {
		return false
	}
	all := map[model.ID]bool{}
	for _, id := range slices.Concat(ids, g.pending.allConfigured()) {
		all[id] = true
	}
	return g.guard.exceeds(len(ids), len(all))
}

// stop reports what the guard stopped, and how to release it.
func (g *garbageCollector) stop(ctx context.Context, ids []model.ID, value string) {
	g.metrics.guarded(len(ids))
	names := stringsOf(ids)
	note := fmt.Sprintf("%d load balancers that no object claims would be deleted at once, more than the guard allows; "+
		"to delete them, annotate this class with %s: %q. They are: %s", len(ids), AnnotationRelease, value, strings.Join(names, ", "))
	g.guard.report(ctx, names, value, event{eventKey{reason: "Guarded", action: "Collect"}, note})
}
