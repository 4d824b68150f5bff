package controller

import (
	"context"
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// unclaimed handles a load balancer that no object claims. If its objects are being deleted, it is
// deleted at once. If they vanished, or no longer are of our class, the garbage collector decides.
func (r *reconciler) unclaimed(ctx context.Context, id model.ID, b *balancer, w batch, released []claimant) (time.Duration, error) {
	if gone := r.finalizers.abandoned(ctx, released); len(gone) > 0 && len(gone) == len(released) {
		return 0, r.abandon(ctx, id, gone)
	}
	if len(released) == 0 && !w.configured && !w.collectable {
		r.pending.forget(id)
		return 0, nil
	}
	if !w.collectable && !deletionRequested(released) {
		r.garbage.add(id)
		return 0, nil
	}
	return r.delete(ctx, id, b, w, released)
}

// abandon forgets a load balancer that stays in the cloud.
func (r *reconciler) abandon(ctx context.Context, id model.ID, gone []claimant) error {
	if err := r.finalizers.abandon(ctx, id, gone); err != nil {
		return err
	}
	r.forget(id)
	return nil
}

func (r *reconciler) forget(id model.ID) {
	r.pending.forget(id)
	r.status.forget(id)
}

// delete deletes a load balancer from the cloud. It releases the objects once nothing is left.
func (r *reconciler) delete(ctx context.Context, id model.ID, b *balancer, w batch, released []claimant) (time.Duration, error) {
	r.engine.Drop(id)
	if len(b.origins) == 0 {
		b.origins = refsOf(released)
	}
	report, err := r.sync(ctx, id)
	if !r.leader.MayWrite() {
		r.pending.requeue(id, batch{structure: true})
		return fencedRetry, nil
	}
	if err != nil {
		r.pending.requeue(id, batch{structure: true})
		return r.failed(ctx, b, err)
	}
	res := report.Results[0]
	r.metrics.applied(w, res, false, r.clock.Now())
	failures := r.events.failureEvents(b.origins, failuresOf(res))
	r.events.reportNew(ctx, &b.reported, append(failures, r.plans.events(ctx, b.origins, report)...))
	if !complete(report) {
		r.pending.requeue(id, batch{structure: true})
		return max(b.nextPass(report), time.Second), nil
	}
	return 0, r.deleted(ctx, id, b, released)
}

// deleted releases the objects of a load balancer that is gone, and forgets it.
func (r *reconciler) deleted(ctx context.Context, id model.ID, b *balancer, released []claimant) error {
	if err := r.finalizers.release(ctx, id, released); err != nil {
		return err
	}
	r.forget(id)
	r.garbage.remove(id)
	r.metrics.forget(id)
	r.gates.recheck(ctx, namespacesOf(b.origins)...)
	return nil
}

// releaseAll releases the objects that left a load balancer which others still claim, once nothing
// of theirs is left to delete. Objects that a person abandons are released at once.
func (r *reconciler) releaseAll(ctx context.Context, id model.ID, released []claimant, res reconcile.Result) error {
	if deletesLeft(res) {
		released = r.finalizers.abandoned(ctx, released)
	}
	return r.finalizers.release(ctx, id, released)
}

func deletesLeft(res reconcile.Result) bool {
	if res.Err != nil {
		return true
	}
	return slices.ContainsFunc(res.Steps, func(s reconcile.Step) bool {
		return s.Action == provider.Delete && (s.Outcome == nil || s.Outcome.State != provider.Done)
	})
}

// complete reports whether nothing is left to do.
func complete(report reconcile.Report) bool {
	for _, res := range report.Results {
		if res.Err != nil {
			return false
		}
		for _, s := range res.Steps {
			if s.Outcome == nil || s.Outcome.State != provider.Done {
				return false
			}
		}
	}
	return report.Again == 0
}

func namespacesOf(refs []model.Ref) []string {
	var out []string
	for _, r := range refs {
		if !slices.Contains(out, r.Namespace) {
			out = append(out, r.Namespace)
		}
	}
	return out
}
