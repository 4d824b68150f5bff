package main

import (
	"context"
	"fmt"

	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/reconcile"
)

// worker makes a pass over the load balancers that a change of objects affects.
type worker struct {
	engine    *reconcile.Engine
	informers informers.SharedInformerFactory
	queue     workqueue.TypedRateLimitingInterface[model.ID]
}

func newWorker(e *reconcile.Engine, f informers.SharedInformerFactory) *worker {
	return &worker{e, f, workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[model.ID]())}
}

func (w *worker) run(ctx context.Context) error {
	if err := w.watch(); err != nil {
		return err
	}
	w.informers.Start(ctx.Done())
	w.informers.WaitForCacheSync(ctx.Done())
	context.AfterFunc(ctx, w.queue.ShutDown)
	for w.next(ctx) {
	}
	w.informers.Shutdown()
	return nil
}

// watch enqueues the load balancer of an Ingress that changes, and the load balancers that refer to
// a Service whose endpoints change.
func (w *worker) watch() error {
	ingress := w.informers.Networking().V1().Ingresses().Informer()
	slices := w.informers.Discovery().V1().EndpointSlices().Informer()
	w.informers.Core().V1().Services().Informer()
	if _, err := ingress.AddEventHandler(each(func(o any) {
		if i, ok := o.(*networkingv1.Ingress); ok {
			w.enqueue(i)
		}
	})); err != nil {
		return fmt.Errorf("watch ingresses: %w", err)
	}
	if _, err := slices.AddEventHandler(each(func(o any) {
		if s, ok := o.(*discoveryv1.EndpointSlice); ok {
			w.concerned(s.Namespace, s.Labels[discoveryv1.LabelServiceName])
		}
	})); err != nil {
		return fmt.Errorf("watch endpoint slices: %w", err)
	}
	return nil
}

func each(f func(any)) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{AddFunc: f, UpdateFunc: func(_, o any) { f(o) }, DeleteFunc: func(o any) {
		if gone, ok := o.(cache.DeletedFinalStateUnknown); ok {
			o = gone.Obj
		}
		f(o)
	}}
}

func (w *worker) enqueue(i *networkingv1.Ingress) {
	for _, id := range kube.LoadBalancersOf(i) {
		w.queue.Add(id)
	}
}

// concerned enqueues the load balancers with an Ingress that names the Service.
func (w *worker) concerned(namespace, service string) {
	all, err := w.informers.Networking().V1().Ingresses().Lister().Ingresses(namespace).List(labels.Everything())
	if err != nil {
		return
	}
	for _, i := range all {
		for _, name := range kube.ServicesOf(i) {
			if name == service {
				w.enqueue(i)
			}
		}
	}
}

// next makes one pass over the next load balancer in the queue.
func (w *worker) next(ctx context.Context) bool {
	id, over := w.queue.Get()
	if over {
		return false
	}
	defer w.queue.Done(id)
	if err := w.set(id); err != nil {
		w.queue.AddRateLimited(id)
		return true
	}
	report, err := w.engine.Sync(ctx, id)
	switch {
	case err != nil || report.Err() != nil:
		w.queue.AddRateLimited(id)
	case report.Again > 0:
		w.queue.AddAfter(id, report.Again)
	default:
		w.queue.Forget(id)
	}
	return true
}

// set sets the desired state of a load balancer in the engine, or drops it if no object asks for
// it. It builds all load balancers; for a large cluster, use an index to find the objects of one.
func (w *worker) set(id model.ID) error {
	var o kube.Objects
	var err error
	if o.Ingresses, err = w.informers.Networking().V1().Ingresses().Lister().List(labels.Everything()); err != nil {
		return fmt.Errorf("list ingresses: %w", err)
	}
	if o.Services, err = w.informers.Core().V1().Services().Lister().List(labels.Everything()); err != nil {
		return fmt.Errorf("list services: %w", err)
	}
	if o.EndpointSlices, err = w.informers.Discovery().V1().EndpointSlices().Lister().List(labels.Everything()); err != nil {
		return fmt.Errorf("list endpoint slices: %w", err)
	}
	built := kube.Build(o, kube.Options{})
	for _, lb := range built.LoadBalancers {
		if lb.ID != id {
			continue
		}
		sealed, problems, err := model.SealValid(lb)
		if err != nil {
			return fmt.Errorf("seal: %w", err)
		}
		w.engine.Set(sealed, append(built.Problems, problems...)...)
		return nil
	}
	w.engine.Drop(id)
	return nil
}
