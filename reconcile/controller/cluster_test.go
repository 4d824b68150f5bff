package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// recording returns the client of the controller. Its writes are recorded, and come back as watch
// events.
func (e *env) recording() client.Client {
	under, ok := e.objects.(client.WithWatch)
	if !ok {
		e.t.Fatal("the client cannot be watched")
	}
	return interceptor.NewClient(under, interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, l client.ObjectList, opts ...client.ListOption) error {
			err := c.List(ctx, l, opts...)
			if _, ok := l.(*discoveryv1.EndpointSliceList); ok {
				if then := e.between.Swap(nil); then != nil {
					(*then)()
				}
			}
			return err
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			return e.written("patch", o, func() error { return c.Patch(ctx, o, p, opts...) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
			return e.written("patch "+sub, o, func() error { return c.SubResource(sub).Patch(ctx, o, p, opts...) })
		},
	})
}

func (e *env) written(verb string, o client.Object, do func() error) error {
	if err := e.writes.note(verb, o); err != nil {
		return err
	}
	before := e.read(o)
	if err := do(); err != nil {
		return err
	}
	e.dispatch(change{before: before, now: e.read(o)})
	return nil
}

// read returns the object as it is stored, or nil if it does not exist.
func (e *env) read(o client.Object) client.Object {
	e.t.Helper()
	c, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		e.t.Fatalf("%T is not an object", o)
	}
	err := e.objects.Get(context.Background(), client.ObjectKeyFromObject(o), c)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		e.t.Fatal(err)
	}
	return c
}

// dispatch passes a change to the handlers of its kind, as informers do.
func (e *env) dispatch(ch change) {
	if ch.before == nil && ch.now == nil {
		return
	}
	for _, w := range e.c.watcher.watches() {
		if fmt.Sprintf("%T", w.object) == fmt.Sprintf("%T", ch.object()) {
			w.handler(context.Background(), ch)
		}
	}
	if p, ok := ch.now.(*corev1.Pod); ok && len(unmetGates(p)) > 0 {
		e.c.pods.now(client.ObjectKeyFromObject(p))
	}
}

// list passes every stored object to the handlers, as the initial list does.
func (e *env) list() {
	for _, l := range []client.ObjectList{&networkingv1.IngressClassList{}, &networkingv1.IngressList{}, &corev1.ServiceList{},
		&discoveryv1.EndpointSliceList{}, &corev1.PodList{}, &corev1.NodeList{}, &corev1.SecretList{}} {
		if err := e.objects.List(context.Background(), l); err != nil {
			e.t.Fatal(err)
		}
		for _, o := range itemsOf(l) {
			e.dispatch(change{now: o, listed: true})
		}
	}
}

func itemsOf(l client.ObjectList) []client.Object {
	var out []client.Object
	switch l := l.(type) {
	case *networkingv1.IngressClassList:
		out = pointers(l.Items)
	case *networkingv1.IngressList:
		out = pointers(l.Items)
	case *corev1.ServiceList:
		out = pointers(l.Items)
	case *discoveryv1.EndpointSliceList:
		out = pointers(l.Items)
	case *corev1.PodList:
		out = pointers(l.Items)
	case *corev1.NodeList:
		out = pointers(l.Items)
	case *corev1.SecretList:
		out = pointers(l.Items)
	}
	return out
}

func pointers[T any, P object[T]](items []T) []client.Object {
	out := make([]client.Object, len(items))
	for i := range items {
		out[i] = P(&items[i])
	}
	return out
}

// put creates or updates objects and dispatches the change.
func (e *env) put(objects ...client.Object) {
	e.t.Helper()
	for _, o := range objects {
		before, err := e.store(o)
		for apierrors.IsConflict(err) { // the controller was faster
			before, err = e.store(o)
		}
		if err != nil {
			e.t.Fatal(err)
		}
		e.dispatch(change{before: before, now: e.read(o)})
	}
}

func (e *env) store(o client.Object) (before client.Object, err error) {
	before = e.read(o)
	if before == nil {
		o.SetResourceVersion("")
		return nil, e.objects.Create(context.Background(), o)
	}
	o.SetResourceVersion(before.GetResourceVersion())
	o.SetFinalizers(before.GetFinalizers())
	o.SetGeneration(before.GetGeneration() + 1)
	return before, e.objects.Update(context.Background(), o)
}

// remove deletes objects. Those with a finalizer stay until it is removed.
func (e *env) remove(objects ...client.Object) {
	e.t.Helper()
	for _, o := range objects {
		before := e.read(o)
		if err := e.objects.Delete(context.Background(), o); err != nil {
			e.t.Fatal(err)
		}
		e.dispatch(change{before: before, now: e.read(o)})
	}
}
