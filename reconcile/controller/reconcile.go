package controller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrl "sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/reconcile"
)

// controller works on load balancers, one pass at a time each.
type controller struct {
	o         Options
	finalizer string
	judge     judge
	client    client.Client
	engine    *reconcile.Engine
	recorder  recorder
	log       *slog.Logger

	ledger  *ledger
	orphans *orphans
	nodes   nodeIndex
	reach   *reach
	queue   queue[model.ID]
	pods    queue[types.NamespacedName] // whose gates are looked at
	// closed once it is known what the cloud holds, or cannot be known yet
	ready chan struct{}
}

// Reconcile makes one pass over a load balancer. The queue sees to it that no other is made at the
// same time.
func (c *controller) Reconcile(ctx context.Context, id model.ID) (ctrl.Result, error) {
	select {
	case <-c.ready:
	case <-ctx.Done():
		return ctrl.Result{}, ctx.Err()
	}
	if id == sweeping {
		return c.sweep(ctx)
	}
	begun := c.o.Clock.Now()
	b, w := c.ledger.take(id, begun)
	ctx, end := c.span(ctx, "reconcile", id)
	again, err := c.pass(ctx, id, b, w)
	end(err)
	c.o.Metrics.pass(w, c.o.Clock.Now().Sub(begun), err)
	if err != nil {
		c.ledger.giveBack(b, w)
		return ctrl.Result{}, fmt.Errorf("load balancer %s: %w", id, err)
	}
	return ctrl.Result{RequeueAfter: again}, nil
}

// pass looks at what changed, and has the engine carry it out. It returns when to look again.
func (c *controller) pass(ctx context.Context, id model.ID, b *balancer, w work) (time.Duration, error) {
	if !w.structure && !w.told {
		return 0, nil
	}
	if !w.structure && len(w.groups) > 0 {
		rebuild, err := c.endpoints(ctx, id, b, b.pick(w.groups))
		if err != nil {
			return 0, err
		}
		w.structure = rebuild
	}
	var leave []claim
	if w.structure {
		ask, left, err := c.claims(ctx, id)
		if err != nil {
			return 0, err
		}
		if len(ask) == 0 {
			return c.retire(ctx, id, b, w, left)
		}
		leave = left
		c.ledger.pardon(b)
		if err := c.restructure(ctx, id, b, ask); err != nil {
			return 0, err
		}
		c.spare(id, b, w.told, ask, left)
	}
	return c.carryOut(ctx, id, b, w, leave)
}

// restructure builds a load balancer of its objects and tells the engine.
func (c *controller) restructure(ctx context.Context, id model.ID, b *balancer, ask []claim) error {
	if err := c.hold(ctx, ask); err != nil {
		return err
	}
	objects, err := c.gather(ctx, b, ask)
	if err != nil {
		return err
	}
	built := kube.Build(objects, kube.Options{Controller: c.o.ControllerName})
	i := slices.IndexFunc(built.LoadBalancers, func(lb model.LoadBalancer) bool { return lb.ID == id })
	if i < 0 {
		return fmt.Errorf("build: %w", errNotBuilt)
	}
	lb := built.LoadBalancers[i]
	b.origins = lb.Origins
	lb.Groups = slices.Clone(lb.Groups)
	for g := range lb.Groups {
		lb.Groups[g].Endpoints = c.promote(ctx, lb.Groups[g].Endpoints)
	}
	c.keepHints(ctx, b, lb.Groups)
	b.keepScheme(&lb, built.Problems)
	return c.tellEngine(ctx, id, b, lb, built)
}

var errNotBuilt = errors.New("its objects make no load balancer")

// tellEngine seals what was built. What cannot be sealed leaves what serves as it is, and is told
// as problems.
func (c *controller) tellEngine(ctx context.Context, id model.ID, b *balancer, lb model.LoadBalancer, built kube.Result) error {
	sealed, problems, err := model.SealValid(lb)
	problems = slices.Concat(built.Problems, problems)
	if err != nil {
		b.problems = problems
		return nil //nolint:nilerr // the problems say so to the objects; there is nothing to try again
	}
	accepted := c.engine.Set(sealed, problems...)
	b.problems = slices.Concat(problems, accepted)
	b.basis = map[model.GroupID]basis{}
	for _, g := range lb.Groups {
		if g.Target != model.TargetNode {
			b.basis[g.ID] = c.basisOf(ctx, g.Endpoints)
		}
		c.o.Metrics.endpoints(id, g.ID, g.Endpoints)
	}
	fresh := c.ledger.route(id, b, built.Backends, onNodes(&lb))
	if len(fresh) == 0 {
		return nil
	}
	rebuild, err := c.endpoints(ctx, id, b, fresh)
	if rebuild { // they came while it was built
		c.queueStructure(id)
	}
	return err
}

// carryOut makes one pass of the engine, publishes what came of it, and says when to look again.
func (c *controller) carryOut(ctx context.Context, id model.ID, b *balancer, w work, leave []claim) (time.Duration, error) {
	if !c.isTold(id) {
		c.tell(ctx, b, c.problemNotices(b.problems))
		return 0, nil
	}
	auditing := c.auditDue(id, b)
	r, err := c.sync(ctx, id)
	if !c.o.Fence.Holds() {
		c.ledger.giveBack(b, w)
		return fencedAgain, nil
	}
	if err != nil {
		c.ledger.giveBack(b, w)
		return c.failed(ctx, b, err)
	}
	res := r.Results[0]
	c.measure(w, res, auditing)
	c.tell(ctx, b, slices.Concat(c.problemNotices(slices.Concat(b.problems, res.Problems)), c.failureNotices(b, res), c.planNotices(ctx, b, r)))
	if err := c.release(ctx, leave, res); err != nil {
		return 0, err
	}
	if w.structure || auditing || !slices.Equal(b.shown, res.Addresses) {
		if err := c.publish(ctx, id, res.Addresses); err != nil {
			return 0, err
		}
		b.shown = res.Addresses
	}
	again := c.next(b, r)
	gates, err := c.openGates(ctx, id, b)
	if err != nil {
		return 0, err
	}
	return soonest(again, gates, c.recheck(id, b), b.audit.Sub(c.o.Clock.Now())), nil
}

// recheck is when to look again whether what the guard keeps is back, or let go.
func (c *controller) recheck(id model.ID, b *balancer) time.Duration {
	if b.kept == 0 {
		return 0
	}
	c.ledger.mark(id, c.o.Clock.Now())
	return guardedAgain
}

// fencedAgain is when a process that does not lead looks again whether it does. Its pass tells
// nobody anything and writes to no object: it ended because of the process, not of the cloud, and
// another leads, which has told and written what is so.
const fencedAgain = time.Second

// guardedAgain is how often what a guard stopped is looked at.
const guardedAgain = time.Minute

// sync has the engine make a pass; in a dry run, a plan.
func (c *controller) sync(ctx context.Context, id model.ID) (reconcile.Report, error) {
	ctx, end := c.span(ctx, "sync", id)
	call := c.engine.Sync
	if c.o.DryRun {
		call = c.engine.Plan
	}
	r, err := call(ctx, id)
	end(err)
	return r, err
}

func (c *controller) isTold(id model.ID) bool {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	b := c.ledger.balancers[id]
	return b != nil && b.told
}

// auditDue tells whether a load balancer is to be read anew now, and sees to it that it will be.
func (c *controller) auditDue(id model.ID, b *balancer) bool {
	if c.o.Audit < 0 {
		return false
	}
	now := c.o.Clock.Now()
	due := !b.audit.IsZero() && !now.Before(b.audit)
	if due {
		c.engine.Forget(id)
	}
	if due || b.audit.IsZero() {
		b.audit = now.Add(jitter(c.o.Audit))
	}
	return due
}

// soonest is the shortest of those that are set.
func soonest(all ...time.Duration) time.Duration {
	var least time.Duration
	for _, d := range all {
		if d > 0 && (least == 0 || d < least) {
			least = d
		}
	}
	return least
}
