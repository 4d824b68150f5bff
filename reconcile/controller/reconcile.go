package controller

import (
	"context"
	"fmt"
	"slices"
	"time"

	ctrl "sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/reconcile"
)

// syncer applies the desired state of load balancers.
type syncer interface {
	Sync(ctx context.Context, ids ...model.ID) (reconcile.Report, error)
	Plan(ctx context.Context, ids ...model.ID) (reconcile.Report, error)
	Drop(id model.ID)
}

// reconciler makes passes over load balancers, at most one at a time over each.
type reconciler struct {
	owners     claimantLister
	pending    *pendingWork
	finalizers *finalizers
	builder    *builder
	retainer   retainer
	endpoints  *endpointUpdater
	engine     syncer
	auditor    auditor
	plans      *planReporter // nil unless this is a dry run
	events     *eventRecorder
	status     *statusWriter
	gates      *readinessGates
	garbage    *garbageCollector
	leader     leader
	metrics    *Metrics
	tracer     tracer
	clock      clock.Clock
	discovered <-chan struct{} // see discovery.tried
}

// Reconcile makes a pass over a load balancer. The queue prevents another one at the same time.
func (r *reconciler) Reconcile(ctx context.Context, id model.ID) (ctrl.Result, error) {
	select {
	case <-r.discovered:
	case <-ctx.Done():
		return ctrl.Result{}, ctx.Err()
	}
	if id == garbageCollection {
		return r.garbage.run(ctx)
	}
	begun := r.clock.Now()
	b, w := r.pending.next(id)
	ctx, end := r.tracer.start(ctx, "headgate.reconcile", balancerAttribute(id))
	again, err := r.pass(ctx, id, b, w)
	end(err)
	r.metrics.pass(w, r.clock.Now().Sub(begun), err)
	if err != nil {
		r.pending.requeue(id, w)
		return ctrl.Result{}, fmt.Errorf("load balancer %s: %w", id, err)
	}
	return ctrl.Result{RequeueAfter: again}, nil
}

// pass passes what changed to the engine: endpoints by the fast path, all else by a build of the
// load balancer. Then it has the engine apply it. It returns when to look again.
func (r *reconciler) pass(ctx context.Context, id model.ID, b *balancer, w batch) (time.Duration, error) {
	if !w.structure && !w.configured {
		return 0, nil
	}
	if !w.structure && len(w.groups) > 0 {
		rebuild, err := r.endpoints.update(ctx, id, &b.derived, r.pending.routesOf(id, w.groups))
		if err != nil {
			return 0, err
		}
		w.structure = rebuild
	}
	if !w.structure {
		return r.apply(ctx, id, b, w, nil)
	}
	claiming, released, err := r.owners.claimants(ctx, id)
	if err != nil {
		return 0, err
	}
	if len(claiming) == 0 {
		return r.unclaimed(ctx, id, b, w, released)
	}
	if err := r.build(ctx, id, b, claiming); err != nil {
		return 0, err
	}
	r.retainer.update(id, b, w.configured, claiming, released)
	return r.apply(ctx, id, b, w, released)
}

// build puts the finalizer on the claimants and builds their load balancer.
func (r *reconciler) build(ctx context.Context, id model.ID, b *balancer, claiming []claimant) error {
	r.pending.claimed(id)
	if err := r.finalizers.add(ctx, claiming); err != nil {
		return err
	}
	again, err := r.builder.build(ctx, id, b, claiming)
	if again {
		r.pending.structureChanged(id)
	}
	return err
}

// apply has the engine apply the desired state of a load balancer, and reports the result to its
// objects. It returns when to look again.
func (r *reconciler) apply(ctx context.Context, id model.ID, b *balancer, w batch, released []claimant) (time.Duration, error) {
	if !r.pending.configured(id) {
		r.events.reportNew(ctx, &b.reported, problemEvents(b.problems))
		return 0, nil
	}
	auditing := r.auditor.due(id, &b.audit)
	report, err := r.sync(ctx, id)
	if !r.leader.MayWrite() {
		r.pending.requeue(id, w)
		return fencedRetry, nil
	}
	if err != nil {
		r.pending.requeue(id, w)
		return r.failed(ctx, b, err)
	}
	res := report.Results[0]
	r.metrics.applied(w, res, auditing, r.clock.Now())
	r.reportEvents(ctx, b, report)
	if err := r.releaseAll(ctx, id, released, res); err != nil {
		return 0, err
	}
	if err := r.publish(ctx, id, b, res, w.structure || auditing); err != nil {
		return 0, err
	}
	again := b.nextPass(report)
	gates, err := r.gates.open(ctx, id, r.pending.routes(id))
	if err != nil {
		return 0, err
	}
	return soonest(again, gates, r.recheckServices(id, b), b.audit.Sub(r.clock.Now())), nil
}

// nextPass returns when to look at a load balancer again after a pass: when a failure is retried,
// or when the engine asks for it.
func (b *balancer) nextPass(report reconcile.Report) time.Duration {
	if d := b.failures.next(failuresOf(report.Results[0])); d > 0 {
		return d
	}
	return report.Again
}

// failed reports that the cloud could not be read, and returns when to try again.
func (r *reconciler) failed(ctx context.Context, b *balancer, err error) (time.Duration, error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	failures := []failure{{err: err}}
	r.events.reportNew(ctx, &b.reported, append(problemEvents(b.problems), r.events.failureEvents(b.origins, failures)...))
	return b.failures.next(failures), nil
}

// reportEvents publishes the problems, failures and, in a dry run, the plan of a pass.
func (r *reconciler) reportEvents(ctx context.Context, b *balancer, report reconcile.Report) {
	res := report.Results[0]
	r.events.reportNew(ctx, &b.reported, slices.Concat(
		problemEvents(b.problems),
		problemEvents(res.Problems),
		r.events.failureEvents(b.origins, failuresOf(res)),
		r.plans.events(ctx, b.origins, report),
	))
}

// publish writes the status of the objects if it may have changed.
func (r *reconciler) publish(ctx context.Context, id model.ID, b *balancer, res reconcile.Result, changed bool) error {
	if !changed && slices.Equal(b.addresses, res.Addresses) {
		return nil
	}
	s := objectStatus{addresses: res.Addresses, problems: slices.Concat(b.problems, res.Problems)}
	if err := r.status.publish(ctx, id, s); err != nil {
		return err
	}
	b.addresses = res.Addresses
	return nil
}

// recheckServices rebuilds a load balancer with restored Services from time to time, to see whether
// they exist again or were released.
func (r *reconciler) recheckServices(id model.ID, b *balancer) time.Duration {
	if b.services.restored == 0 {
		return 0
	}
	r.pending.addStructure(id)
	return guardRecheck
}

// fencedRetry is when a process that does not lead tries again. Its pass reports nothing and writes
// to no object: it failed because of the process, not of the cloud, and the leader reports what is
// true.
const fencedRetry = time.Second

// sync has the engine make a pass; in a dry run, a plan.
func (r *reconciler) sync(ctx context.Context, id model.ID) (reconcile.Report, error) {
	ctx, end := r.tracer.start(ctx, "headgate.sync", balancerAttribute(id))
	call := r.engine.Sync
	if r.plans != nil {
		call = r.engine.Plan
	}
	report, err := call(ctx, id)
	end(err)
	return report, err
}
