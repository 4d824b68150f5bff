package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// hold puts the finalizer on objects, before the first write to the cloud.
func (c *controller) hold(ctx context.Context, ask []claim) error {
	if c.o.DryRun {
		return nil
	}
	for _, cl := range ask {
		if controllerutil.ContainsFinalizer(cl.object, c.finalizer) {
			continue
		}
		if err := c.finalize(ctx, cl.object, controllerutil.AddFinalizer); err != nil {
			return err
		}
	}
	return nil
}

// finalize changes the finalizers of an object, on condition that nobody changed it meanwhile: the
// list has other owners too.
func (c *controller) finalize(ctx context.Context, o client.Object, change func(client.Object, string) bool) error {
	changed, err := clone(o)
	if err != nil {
		return err
	}
	if !change(changed, c.finalizer) {
		return nil
	}
	err = c.client.Patch(ctx, changed, client.MergeFromWithOptions(o, client.MergeFromWithOptimisticLock{}))
	if err != nil {
		return fmt.Errorf("patch finalizers of %s/%s: %w", o.GetNamespace(), o.GetName(), err)
	}
	return nil
}

func clone(o client.Object) (client.Object, error) {
	c, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		return nil, fmt.Errorf("copy %T: %w", o, errNoObject)
	}
	return c, nil
}

// release takes the finalizer off objects that left a load balancer which others still ask for,
// once nothing of theirs is left to delete.
func (c *controller) release(ctx context.Context, leave []claim, res reconcile.Result) error {
	if len(leave) == 0 || c.o.DryRun || deletesLeft(res) {
		return c.letGo(ctx, abandoned(ctx, c, leave))
	}
	return c.letGo(ctx, leave)
}

func deletesLeft(res reconcile.Result) bool {
	if res.Err != nil {
		return true
	}
	return slices.ContainsFunc(res.Steps, func(s reconcile.Step) bool {
		return s.Action == provider.Delete && (s.Outcome == nil || s.Outcome.State != provider.Done)
	})
}

// letGo takes the finalizer off objects. One that goes on living and still shows addresses of the
// load balancer loses them.
func (c *controller) letGo(ctx context.Context, leave []claim) error {
	if c.o.DryRun {
		return nil
	}
	for _, cl := range leave {
		if cl.object.GetDeletionTimestamp() == nil {
			if err := c.show(ctx, cl, nil); err != nil {
				return err
			}
		}
		err := c.finalize(ctx, cl.object, controllerutil.RemoveFinalizer)
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// publish shows the addresses of a load balancer on all that ask for it. Nothing is written where
// they stand already.
func (c *controller) publish(ctx context.Context, id model.ID, addresses []string) error {
	if c.o.DryRun || len(addresses) == 0 {
		return nil
	}
	for _, k := range kinds() {
		objects, err := k.list(ctx, c.client, byBalancer, string(id))
		if err != nil {
			return err
		}
		for _, o := range objects {
			s, err := c.judge.standing(ctx, k, o)
			if err != nil {
				return err
			}
			if s != asking {
				continue
			}
			if err := c.show(ctx, claim{k, o, s}, addresses); err != nil {
				return err
			}
		}
	}
	return nil
}

// show writes the addresses of one object where they differ.
func (c *controller) show(ctx context.Context, cl claim, addresses []string) error {
	if slices.Equal(cl.kind.addresses(cl.object), addresses) {
		return nil
	}
	err := c.client.Status().Patch(ctx, cl.kind.withAddresses(cl.object, addresses), client.MergeFrom(cl.object))
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("patch status of %s: %w", cl.ref(), err)
	}
	if len(addresses) > 0 {
		c.say(ctx, cl.ref(), true, "Programmed", "Publish", "reached at %s", strings.Join(addresses, ", "))
	}
	return nil
}
