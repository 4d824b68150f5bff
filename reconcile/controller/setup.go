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
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	ctrlreconcile "sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/reconcile"
)

// Setup adds the controller to a manager: its indexes, watches and probes. The manager's cache
// should be made with [CacheOptions].
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
	if err := addProbes(mgr, c); err != nil {
		return err
	}
	if err := mgr.Add(manager.RunnableFunc(c.discover)); err != nil {
		return fmt.Errorf("add discovery: %w", err)
	}
	return nil
}

func newController(o Options, cl client.Client, r recorder, log *slog.Logger) *controller {
	o.Metrics.follow(o.Fence)
	finalizer := Finalizer(o.ControllerName)
	c := &controller{
		o: o, finalizer: finalizer, judge: judge{cl, o.ControllerName, finalizer}, client: cl, recorder: r, log: log,
		ledger: newLedger(), orphans: newOrphans(), ready: make(chan struct{}),
		reach: &reach{clock: o.Clock},
	}
	c.engine = reconcile.New(instrument(o, c.reach), reconcile.Options{Clock: o.Clock, Logger: log, Guard: o.Guard})
	return c
}

// addBalancers adds the controller whose queue holds load balancers. Its watches run while another
// process leads, so that a change of leader finds the caches full and the queue filled.
func (c *controller) addBalancers(mgr manager.Manager, name string, log logr.Logger) error {
	ours, err := ctrl.NewTyped(name, mgr, c.balancerOptions(log))
	if err != nil {
		return fmt.Errorf("add controller %s: %w", name, err)
	}
	for _, w := range c.watches() {
		if err := ours.Watch(source.TypedKind(mgr.GetCache(), w.object, handler.TypedEventHandler[client.Object, model.ID](on(w.handler)))); err != nil {
			return fmt.Errorf("watch %T: %w", w.object, err)
		}
	}
	return nil
}

func (c *controller) balancerOptions(log logr.Logger) ctrl.TypedOptions[model.ID] {
	warm := true
	return ctrl.TypedOptions[model.ID]{
		Reconciler: c, MaxConcurrentReconciles: c.o.Workers, EnableWarmup: &warm, NewQueue: c.queue.create(log),
		LogConstructor: func(id *model.ID) logr.Logger {
			if id == nil {
				return log
			}
			return log.WithValues("loadBalancer", string(*id))
		},
		RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[model.ID](firstRetry, lastRetry),
	}
}

// addPods adds the controller that looks after gates which no load balancer opens.
func (c *controller) addPods(mgr manager.Manager, name string, log logr.Logger) error {
	if c.o.NoGates || c.o.DryRun {
		return nil
	}
	pods, err := ctrl.NewTyped(name, mgr, c.podOptions(log))
	if err != nil {
		return fmt.Errorf("add controller %s: %w", name, err)
	}
	err = pods.Watch(source.TypedKind(mgr.GetCache(), client.Object(&corev1.Pod{}), handler.TypedEventHandler[client.Object, types.NamespacedName](c.podEvents())))
	if err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	return nil
}

const podWorkers = 4

func (c *controller) podOptions(log logr.Logger) ctrl.TypedOptions[types.NamespacedName] {
	warm := true // so that what is queued while another process leads is queued once
	return ctrl.TypedOptions[types.NamespacedName]{
		Reconciler: ctrlreconcile.TypedFunc[types.NamespacedName](c.reconcilePod), MaxConcurrentReconciles: podWorkers,
		EnableWarmup: &warm, NewQueue: c.pods.create(log),
		LogConstructor: func(p *types.NamespacedName) logr.Logger {
			if p == nil {
				return log
			}
			return log.WithValues("pod", p.String())
		},
	}
}

func (c *controller) podEvents() handler.TypedFuncs[client.Object, types.NamespacedName] {
	look := func(o client.Object) {
		if p, ok := o.(*corev1.Pod); ok && p.DeletionTimestamp == nil && len(unmetGates(p)) > 0 {
			c.pods.now(client.ObjectKeyFromObject(p))
		}
	}
	type limited = workqueue.TypedRateLimitingInterface[types.NamespacedName]
	return handler.TypedFuncs[client.Object, types.NamespacedName]{
		CreateFunc: func(_ context.Context, e event.CreateEvent, _ limited) { look(e.Object) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, _ limited) { look(e.ObjectNew) },
	}
}
