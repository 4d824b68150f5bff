package controller

import (
	"context"
	"errors"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

var errNoObject = errors.New("it is no object")

// retire lets a load balancer go that no object asks for. On the word of objects that are being
// deleted it goes at once; what merely vanished, or is not of our class any more, is put before the
// guard first.
func (c *controller) retire(ctx context.Context, id model.ID, b *balancer, w work, leave []claim) (time.Duration, error) {
	if gone := abandoned(ctx, c, leave); len(gone) > 0 && len(gone) == len(leave) {
		return 0, c.abandon(ctx, id, b, gone)
	}
	if len(leave) == 0 && !w.told && !w.condemned {
		c.ledger.forget(id, b)
		return 0, nil
	}
	if !w.condemned && !vouched(leave) {
		c.orphans.add(id, c.o.Clock.Now())
		c.queue.after(sweeping, c.o.Grace)
		return 0, nil
	}
	return c.drop(ctx, id, b, w, leave)
}

// vouched tells whether there are objects that say that they go, and all of them do.
func vouched(leave []claim) bool {
	return len(leave) > 0 && !slices.ContainsFunc(leave, func(cl claim) bool { return cl.object.GetDeletionTimestamp() == nil })
}

// drop deletes a load balancer from the cloud, and takes the finalizers off when nothing of it is
// left.
func (c *controller) drop(ctx context.Context, id model.ID, b *balancer, w work, leave []claim) (time.Duration, error) {
	c.engine.Drop(id)
	if len(b.origins) == 0 {
		b.origins = refs(leave)
	}
	r, err := c.sync(ctx, id)
	if !c.o.Fence.Holds() {
		c.ledger.giveBack(b, work{structure: true})
		return fencedAgain, nil
	}
	if err != nil {
		c.ledger.giveBack(b, work{structure: true})
		return c.failed(ctx, b, err)
	}
	res := r.Results[0]
	c.measure(w, res, false)
	c.tell(ctx, b, append(c.failureNotices(b, res), c.planNotices(ctx, b, r)...))
	if !through(r) {
		c.ledger.giveBack(b, work{structure: true})
		return max(c.next(b, r), time.Second), nil
	}
	if err := c.letGo(ctx, leave); err != nil {
		return 0, err
	}
	c.ledger.forget(id, b)
	c.orphans.remove(id)
	left, _ := c.orphans.list()
	c.o.Metrics.orphans(len(left))
	c.o.Metrics.forget(id)
	c.gatesGone(ctx, namespacesOf(b.origins))
	return 0, nil
}

func refs(cs []claim) []model.Ref {
	out := make([]model.Ref, len(cs))
	for i := range cs {
		out[i] = cs[i].ref()
	}
	return out
}

// through tells whether nothing is left to do.
func through(r reconcile.Report) bool {
	for _, res := range r.Results {
		if res.Err != nil {
			return false
		}
		for _, s := range res.Steps {
			if s.Outcome == nil || s.Outcome.State != provider.Done {
				return false
			}
		}
	}
	return r.Again == 0
}

// abandoned is those objects that a person lets go without cleaning up, by an annotation on them or
// on their namespace.
func abandoned(ctx context.Context, c *controller, leave []claim) []claim {
	var out []claim
	for _, cl := range leave {
		if cl.object.GetAnnotations()[AnnotationAbandon] == "true" || c.namespaceAbandoned(ctx, cl.object.GetNamespace()) {
			out = append(out, cl)
		}
	}
	return out
}

func (c *controller) namespaceAbandoned(ctx context.Context, name string) bool {
	if name == "" {
		return false
	}
	ns := namespaceObject()
	err := c.client.Get(ctx, client.ObjectKey{Name: name}, ns)
	return err == nil && ns.Annotations[AnnotationAbandon] == "true"
}

// namespaceObject is an empty Namespace of which only the metadata is read.
func namespaceObject() *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}}
}

// abandon lets objects go and says what is left behind in the cloud, as far as this process knows.
func (c *controller) abandon(ctx context.Context, id model.ID, b *balancer, gone []claim) error {
	for _, cl := range gone {
		c.say(ctx, cl.ref(), false, "Abandoned", "Release", "load balancer %s is left in the cloud with all that belongs to it, as %s asks; what this cluster owns there shows \"headgate gc --dry-run\"",
			id, AnnotationAbandon)
	}
	if err := c.letGo(ctx, gone); err != nil {
		return err
	}
	c.ledger.forget(id, b)
	return nil
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
