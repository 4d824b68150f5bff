package controller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/headgate-io/headgate/model"
)

// patcher patches objects. It is the part of a client that is used.
type patcher interface {
	Patch(ctx context.Context, o client.Object, p client.Patch, opts ...client.PatchOption) error
}

// statusClearer removes what the status of an object reports of load balancers, and returns the
// object as it is then.
type statusClearer interface {
	clear(ctx context.Context, c claimant) (client.Object, error)
}

// finalizers adds the finalizer of this controller to objects, and removes it from an object once
// all of its load balancers have released it.
type finalizers struct {
	name    string // of the finalizer
	objects patcher
	reader  client.Reader // of Namespaces
	status  statusClearer
	events  reporter
	dryRun  bool

	mu       sync.Mutex
	released map[objectID]map[model.ID]bool // of objects with several load balancers
}

// objectID identifies an object. A later object of the same name has another UID.
type objectID struct {
	ref model.Ref
	uid types.UID
}

// add adds the finalizer to objects. It is called before the first write to the cloud.
func (f *finalizers) add(ctx context.Context, claimants []claimant) error {
	if f.dryRun {
		return nil
	}
	for _, c := range claimants {
		f.forget(c)
		if controllerutil.ContainsFinalizer(c.object, f.name) {
			continue
		}
		if err := f.patch(ctx, c.object, controllerutil.AddFinalizer); err != nil {
			return err
		}
	}
	return nil
}

// release records that nothing of some objects is left on a load balancer. An object that no other
// load balancer serves loses the finalizer; if it is not being deleted, its status is cleared.
func (f *finalizers) release(ctx context.Context, id model.ID, claimants []claimant) error {
	if f.dryRun {
		return nil
	}
	for _, c := range claimants {
		if !f.releasedByAll(c, id) {
			continue
		}
		if err := f.remove(ctx, c); err != nil {
			return err
		}
		f.forget(c)
	}
	return nil
}

// releasedByAll records that a load balancer released an object, and reports whether all load
// balancers of the object have. A new process does not know which have: it makes a pass over each
// of them, and each releases the object again.
func (f *finalizers) releasedByAll(c claimant, id model.ID) bool {
	all := c.kind.loadBalancers(c.object)
	f.mu.Lock()
	defer f.mu.Unlock()
	key := objectID{c.ref(), c.object.GetUID()}
	done := maps.Clone(f.released[key])
	if done == nil {
		done = map[model.ID]bool{}
	}
	done[id] = true
	if !slices.ContainsFunc(all, func(id model.ID) bool { return !done[id] }) {
		return true
	}
	if f.released == nil {
		f.released = map[objectID]map[model.ID]bool{}
	}
	f.released[key] = done
	return false
}

func (f *finalizers) forget(c claimant) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.released, objectID{c.ref(), c.object.GetUID()})
}

func (f *finalizers) remove(ctx context.Context, c claimant) error {
	o := c.object
	if !c.deleted() {
		cleared, err := f.status.clear(ctx, c)
		if err != nil {
			return err
		}
		o = cleared
	}
	err := f.patch(ctx, o, controllerutil.RemoveFinalizer)
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// patch changes the finalizers of an object under an optimistic lock, because the list has other
// writers too.
func (f *finalizers) patch(ctx context.Context, o client.Object, change func(client.Object, string) bool) error {
	changed, err := clone(o)
	if err != nil {
		return err
	}
	if !change(changed, f.name) {
		return nil
	}
	err = f.objects.Patch(ctx, changed, client.MergeFromWithOptions(o, client.MergeFromWithOptimisticLock{}))
	if err != nil {
		return fmt.Errorf("patch finalizers of %s/%s: %w", o.GetNamespace(), o.GetName(), err)
	}
	return nil
}

var errNotObject = errors.New("the copy is not an object")

func clone(o client.Object) (client.Object, error) {
	c, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		return nil, fmt.Errorf("copy %T: %w", o, errNotObject)
	}
	return c, nil
}

// abandoned returns the objects that a person releases without cleanup, by an annotation on them or
// on their namespace.
func (f *finalizers) abandoned(ctx context.Context, claimants []claimant) []claimant {
	var out []claimant
	for _, c := range claimants {
		if c.object.GetAnnotations()[AnnotationAbandon] == "true" || f.namespaceAbandoned(ctx, c.object.GetNamespace()) {
			out = append(out, c)
		}
	}
	return out
}

func (f *finalizers) namespaceAbandoned(ctx context.Context, name string) bool {
	if name == "" {
		return false
	}
	ns := namespaceObject()
	err := f.reader.Get(ctx, client.ObjectKey{Name: name}, ns)
	return err == nil && ns.Annotations[AnnotationAbandon] == "true"
}

// namespaceObject returns an empty Namespace of which only the metadata is read.
func namespaceObject() *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}}
}

// abandon releases objects without cleanup, and reports what stays in the cloud.
func (f *finalizers) abandon(ctx context.Context, id model.ID, claimants []claimant) error {
	for _, c := range claimants {
		f.events.report(ctx, event{
			eventKey{object: c.ref(), reason: "Abandoned", action: "Release"},
			fmt.Sprintf("load balancer %s and its resources stay in the cloud, because of the annotation %s; "+
				"\"headgate gc --dry-run\" lists what this cluster owns there", id, AnnotationAbandon),
		})
	}
	return f.release(ctx, id, claimants)
}
