package controller

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrl "sigs.k8s.io/controller-runtime/pkg/controller"
	ctrlevent "sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/headgate-io/headgate/model"
)

// Setup adds the controller to a manager: its indexes, watches and health checks. The manager's
// cache should have [CacheOptions].
func Setup(mgr manager.Manager, o Options) error {
	o, err := o.complete()
	if err != nil {
		return err
	}
	if err := addIndexes(context.Background(), mgr.GetFieldIndexer()); err != nil {
		return err
	}
	name := "headgate-" + o.Provider.Name()
	log := mgr.GetLogger().WithName(name)
	c := newController(o, mgr.GetClient(), mgr.GetEventRecorder(o.ControllerName), slog.New(logr.ToSlogHandler(log)))
	if err := c.addBalancers(mgr, name, log); err != nil {
		return err
	}
	if err := c.addPods(mgr, name+"-gates", log.WithName("gates")); err != nil {
		return err
	}
	if err := addHealthChecks(mgr, c.connectivity); err != nil {
		return err
	}
	if err := mgr.Add(manager.RunnableFunc(c.discovery.start)); err != nil {
		return fmt.Errorf("add discovery: %w", err)
	}
	return nil
}

// addBalancers adds the controller whose queue contains load balancers. Its watches run while
// another process leads, so that the caches and the queue are full when the leader changes.
func (c *controller) addBalancers(mgr manager.Manager, name string, log logr.Logger) error {
	balancers, err := ctrl.NewTyped(name, mgr, c.balancerOptions(log))
	if err != nil {
		return fmt.Errorf("add controller %s: %w", name, err)
	}
	for _, w := range c.watcher.watches() {
		h := handler.TypedEventHandler[client.Object, model.ID](handlerFor(w.handler))
		if err := balancers.Watch(source.TypedKind(mgr.GetCache(), w.object, h)); err != nil {
			return fmt.Errorf("watch %T: %w", w.object, err)
		}
	}
	return nil
}

func (c *controller) balancerOptions(log logr.Logger) ctrl.TypedOptions[model.ID] {
	warmup := true
	return ctrl.TypedOptions[model.ID]{
		Reconciler: c.reconciler, MaxConcurrentReconciles: c.workers, EnableWarmup: &warmup, NewQueue: c.balancers.create(log),
		LogConstructor: func(id *model.ID) logr.Logger {
			if id == nil {
				return log
			}
			return log.WithValues("loadBalancer", string(*id))
		},
		RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[model.ID](firstRetry, lastRetry),
	}
}

// addPods adds the controller of readiness gates, whose queue contains pods.
func (c *controller) addPods(mgr manager.Manager, name string, log logr.Logger) error {
	if c.gates.disabled {
		return nil
	}
	pods, err := ctrl.NewTyped(name, mgr, c.podOptions(log))
	if err != nil {
		return fmt.Errorf("add controller %s: %w", name, err)
	}
	h := handler.TypedEventHandler[client.Object, types.NamespacedName](c.podEvents())
	if err := pods.Watch(source.TypedKind(mgr.GetCache(), client.Object(&corev1.Pod{}), h)); err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	return nil
}

const podWorkers = 4

func (c *controller) podOptions(log logr.Logger) ctrl.TypedOptions[types.NamespacedName] {
	warmup := true // a pod that is queued several times while another process leads is queued once
	return ctrl.TypedOptions[types.NamespacedName]{
		Reconciler: c.gates, MaxConcurrentReconciles: podWorkers, EnableWarmup: &warmup, NewQueue: c.pods.create(log),
		LogConstructor: func(p *types.NamespacedName) logr.Logger {
			if p == nil {
				return log
			}
			return log.WithValues("pod", p.String())
		},
	}
}

// podEvents queues pods that have an unmet gate.
func (c *controller) podEvents() handler.TypedFuncs[client.Object, types.NamespacedName] {
	add := func(o client.Object) {
		if p, ok := o.(*corev1.Pod); ok && p.DeletionTimestamp == nil && len(unmetGates(p)) > 0 {
			c.pods.now(client.ObjectKeyFromObject(p))
		}
	}
	type podQueue = workqueue.TypedRateLimitingInterface[types.NamespacedName]
	return handler.TypedFuncs[client.Object, types.NamespacedName]{
		CreateFunc: func(_ context.Context, e ctrlevent.CreateEvent, _ podQueue) { add(e.Object) },
		UpdateFunc: func(_ context.Context, e ctrlevent.UpdateEvent, _ podQueue) { add(e.ObjectNew) },
	}
}
