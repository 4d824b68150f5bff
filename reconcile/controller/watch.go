package controller

import (
	"context"
	"log/slog"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlevent "sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"github.com/headgate-io/headgate/model"
)

// change is one watch event: before is nil for a new object, now for a deleted one.
type change struct {
	before, now client.Object
	listed      bool // the object existed when the watch began
}

// object returns the newest form of the object.
func (c change) object() client.Object {
	if c.now != nil {
		return c.now
	}
	return c.before
}

// update reports whether the object existed before and exists now.
func (c change) update() bool { return c.before != nil && c.now != nil }

// each calls f with every form of the object that there is.
func (c change) each(f func(client.Object)) {
	if c.before != nil {
		f(c.before)
	}
	if c.now != nil {
		f(c.now)
	}
}

type (
	balancerQueue = workqueue.TypedRateLimitingInterface[model.ID]
	eventHandler  = handler.TypedFuncs[client.Object, model.ID]
)

// handlerFor passes every watch event to f. It ignores the queue argument, because f adds to the
// queue of the controller itself.
func handlerFor(f func(context.Context, change)) eventHandler {
	return eventHandler{
		CreateFunc: func(ctx context.Context, e ctrlevent.CreateEvent, _ balancerQueue) {
			f(ctx, change{now: e.Object, listed: e.IsInInitialList})
		},
		UpdateFunc: func(ctx context.Context, e ctrlevent.UpdateEvent, _ balancerQueue) {
			f(ctx, change{before: e.ObjectOld, now: e.ObjectNew})
		},
		DeleteFunc: func(ctx context.Context, e ctrlevent.DeleteEvent, _ balancerQueue) { f(ctx, change{before: e.Object}) },
	}
}

// watch is a kind of object and the handler of its changes.
type watch struct {
	object  client.Object
	handler func(context.Context, change)
}

// workRecorder records changes and queues the load balancers that they concern.
type workRecorder interface {
	structureChanged(id model.ID)
	listed(id model.ID)
	endpointsRecorder
	nodesChanged()
}

// gateRechecker queues the pods whose readiness gates may have lost their load balancer.
type gateRechecker interface {
	recheck(ctx context.Context, namespaces ...string)
}

// invalidator drops a cached index.
type invalidator interface {
	invalidate()
}

// watcher handles the changes of all objects that load balancers are built from.
type watcher struct {
	reader    client.Reader
	kinds     []kind
	finalizer string
	pending   workRecorder
	queue     enqueuer[model.ID]
	gates     gateRechecker
	nodes     invalidator
	noGates   bool
	log       *slog.Logger
}

// watches returns every kind of object that the controller watches. Classes that several kinds
// share are watched once.
func (w *watcher) watches() []watch {
	all := []watch{
		{&corev1.Service{}, w.onService},
		{&corev1.Secret{}, w.onSecret},
		{&discoveryv1.EndpointSlice{}, w.onSlice},
		{&corev1.Pod{}, w.onPod},
		{&corev1.Node{}, w.onNode},
		{namespaceObject(), w.onNamespace},
	}
	classes := map[string]bool{}
	for _, k := range w.kinds {
		if class := k.class(); !classes[class.name] {
			classes[class.name] = true
			all = append(all, watch{class.empty, w.onClass})
		}
	}
	for _, k := range w.kinds {
		all = append(all, watch{k.resource().empty, w.onKind(k)})
	}
	return all
}

// onKind handles a change of an object that claims load balancers. If the object moves between load
// balancers, both are rebuilt.
func (w *watcher) onKind(k kind) func(context.Context, change) {
	return func(ctx context.Context, e change) {
		if e.update() && !relevant(e.before, e.now) {
			return
		}
		e.each(func(o client.Object) {
			for _, id := range k.loadBalancers(o) {
				if e.listed && looksServed(k, o, w.finalizer) {
					w.pending.listed(id)
				} else {
					w.pending.structureChanged(id)
				}
			}
		})
		if !e.listed {
			w.gates.recheck(ctx, e.object().GetNamespace())
		}
	}
}

// rebuild rebuilds all load balancers whose objects an index finds, or those of them that match.
func (w *watcher) rebuild(ctx context.Context, field, value string, match func(client.Object) bool) {
	for _, k := range w.kinds {
		objects, err := k.list(ctx, w.reader, field, value)
		if err != nil {
			w.log.ErrorContext(ctx, "cannot find the load balancers that a change concerns", "index", field, "value", value, "error", err)
			continue
		}
		for _, o := range objects {
			if match != nil && !match(o) {
				continue
			}
			for _, id := range k.loadBalancers(o) {
				w.pending.structureChanged(id)
			}
		}
	}
}

func (w *watcher) onClass(ctx context.Context, e change) {
	o := e.object()
	if e.listed {
		return // every object of the class is listed too
	}
	w.rebuild(ctx, byClass, o.GetName(), nil)
	w.rebuild(ctx, byClass, noClass, nil)
	if o.GetAnnotations()[AnnotationRelease] != "" {
		w.queue.now(garbageCollection)
	}
}

func (w *watcher) onService(ctx context.Context, e change) {
	if e.listed || e.update() && !serviceChanged(e.before, e.now) {
		return
	}
	w.rebuild(ctx, byService, nameOf(e.object()), nil)
	w.gates.recheck(ctx, e.object().GetNamespace())
}

func (w *watcher) onSecret(ctx context.Context, e change) {
	if e.listed || e.update() && !secretChanged(e.before, e.now) {
		return
	}
	w.rebuild(ctx, bySecret, nameOf(e.object()), nil)
}

func (w *watcher) onNode(_ context.Context, e change) {
	if e.update() && !nodeChanged(e.before, e.now) {
		return
	}
	w.nodes.invalidate()
	w.pending.nodesChanged()
}

// onNamespace handles the annotation that releases objects of a namespace which wait for cleanup.
func (w *watcher) onNamespace(ctx context.Context, e change) {
	if e.now == nil || e.now.GetAnnotations()[AnnotationAbandon] != "true" {
		return
	}
	w.rebuild(ctx, byNamespace, e.now.GetName(), func(o client.Object) bool { return o.GetDeletionTimestamp() != nil })
}
