package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
)

// statusWriter writes the status of objects: the addresses of all load balancers that they belong
// to, and what the conditions of a kind follow from.
type statusWriter struct {
	client client.StatusClient
	owners claimantLister
	events reporter
	dryRun bool

	mu       sync.Mutex
	observed map[model.ID]objectStatus // the last status of each load balancer
}

// publish writes the status of a load balancer to all objects that claim it. An object whose status
// is right is not written.
func (w *statusWriter) publish(ctx context.Context, id model.ID, s objectStatus) error {
	if w.dryRun {
		return nil
	}
	w.observe(id, s)
	claiming, _, err := w.owners.claimants(ctx, id)
	if err != nil {
		return err
	}
	for _, c := range claiming {
		if _, err := w.write(ctx, c, w.statusOf(c)); err != nil {
			return err
		}
	}
	return nil
}

func (w *statusWriter) observe(id model.ID, s objectStatus) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.observed == nil {
		w.observed = map[model.ID]objectStatus{}
	}
	w.observed[id] = s
}

// forget drops the status of a load balancer that is gone.
func (w *statusWriter) forget(id model.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.observed, id)
}

// statusOf merges the status of all load balancers of an object. While one of them has no address,
// or none that this process has observed, the object retains the addresses that it shows.
func (w *statusWriter) statusOf(c claimant) objectStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out objectStatus
	for _, id := range c.kind.loadBalancers(c.object) {
		s := w.observed[id]
		for _, p := range s.problems {
			if p.Origin.Object() == c.ref() {
				out.problems = append(out.problems, p)
			}
		}
		if len(s.addresses) == 0 {
			s.addresses = c.kind.addresses(c.object)
		}
		for _, a := range s.addresses {
			if !slices.Contains(out.addresses, a) {
				out.addresses = append(out.addresses, a)
			}
		}
	}
	return out
}

// clear removes all addresses from the status of an object, and returns the object as it is then.
func (w *statusWriter) clear(ctx context.Context, c claimant) (client.Object, error) {
	return w.write(ctx, c, objectStatus{})
}

// write patches the status of one object if it differs, and returns the object as it is then.
func (w *statusWriter) write(ctx context.Context, c claimant, s objectStatus) (client.Object, error) {
	changed := c.kind.withStatus(c.object, s)
	if changed == c.object {
		return c.object, nil
	}
	err := w.client.Status().Patch(ctx, changed, patchFrom(c))
	switch {
	case apierrors.IsNotFound(err):
		return c.object, nil
	case err != nil:
		return nil, fmt.Errorf("patch status of %s: %w", c.ref(), err)
	}
	if len(s.addresses) > 0 && !slices.Equal(c.kind.addresses(c.object), s.addresses) {
		w.events.report(ctx, event{
			eventKey{object: c.ref(), reason: "Programmed", action: "Publish", normal: true},
			"reachable at " + strings.Join(s.addresses, ", "),
		})
	}
	return changed, nil
}

// patchFrom locks the patch of an object with several load balancers, whose passes may write it at
// the same time.
func patchFrom(c claimant) client.Patch {
	if len(c.kind.loadBalancers(c.object)) > 1 {
		return client.MergeFromWithOptions(c.object, client.MergeFromWithOptimisticLock{})
	}
	return client.MergeFrom(c.object)
}
