package controller

import (
	"context"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// change is one event: before is nil for an object that is new, now for one that is gone.
type change struct {
	before, now client.Object
	listed      bool // it stood there when the watch began
}

// object is the newest form.
func (c change) object() client.Object {
	if c.now != nil {
		return c.now
	}
	return c.before
}

// each calls f with both forms.
func (c change) each(f func(client.Object)) {
	if c.before != nil {
		f(c.before)
	}
	if c.now != nil {
		f(c.now)
	}
}

type (
	limiting = workqueue.TypedRateLimitingInterface[model.ID]
	handling = handler.TypedFuncs[client.Object, model.ID]
)

// on hands every event to f. The queue that comes with it is the controller's own, which f knows.
func on(f func(context.Context, change)) handling {
	return handling{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, _ limiting) {
			f(ctx, change{now: e.Object, listed: e.IsInInitialList})
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, _ limiting) {
			f(ctx, change{before: e.ObjectOld, now: e.ObjectNew})
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, _ limiting) { f(ctx, change{before: e.Object}) },
	}
}

// watch is a kind of object and what its changes do.
type watch struct {
	object  client.Object
	handler func(context.Context, change)
}

func (c *controller) watches() []watch {
	all := []watch{
		{&networkingv1.IngressClass{}, c.onClass},
		{&corev1.Service{}, c.onService},
		{&corev1.Secret{}, c.onSecret},
		{&discoveryv1.EndpointSlice{}, c.onSlice},
		{&corev1.Pod{}, c.onPod},
		{&corev1.Node{}, c.onNode},
		{namespaceObject(), c.onNamespace},
	}
	for _, k := range kinds() {
		all = append(all, watch{k.object(), c.onKind(k)})
	}
	return all
}

// queueStructure has a load balancer built anew.
func (c *controller) queueStructure(id model.ID) {
	c.ledger.mark(id, c.o.Clock.Now())
	c.queue.now(id)
}

// onKind is a change of an object that asks for load balancers. One that moves between two concerns
// both.
func (c *controller) onKind(k kind) func(context.Context, change) {
	return func(ctx context.Context, e change) {
		if e.before != nil && e.now != nil && !worth(e.before, e.now) {
			return
		}
		e.each(func(o client.Object) {
			id := k.balancer(o)
			c.ledger.mark(id, c.o.Clock.Now())
			if e.listed && c.settled(k, o) {
				c.queue.add(id, listed, 0)
				return
			}
			c.queue.now(id)
		})
		if !e.listed {
			c.gatesGone(ctx, []string{e.object().GetNamespace()})
		}
	}
}

// settled tells whether an object shows that it was served when the controller last looked at it.
func (c *controller) settled(k kind, o client.Object) bool {
	return o.GetDeletionTimestamp() == nil && controllerutil.ContainsFinalizer(o, c.finalizer) && len(k.addresses(o)) > 0
}

// worth tells whether an update can mean anything: the spec, an annotation or the deletion changed.
// Status and finalizer are our own.
func worth(a, b client.Object) bool {
	return a.GetGeneration() != b.GetGeneration() || a.GetGeneration() == 0 && a.GetResourceVersion() != b.GetResourceVersion() ||
		(a.GetDeletionTimestamp() == nil) != (b.GetDeletionTimestamp() == nil) ||
		!reflect.DeepEqual(a.GetAnnotations(), b.GetAnnotations())
}

// markBy has all load balancers built anew whose objects an index finds.
func (c *controller) markBy(ctx context.Context, field, value string, only func(client.Object) bool) {
	for _, k := range kinds() {
		objects, err := k.list(ctx, c.client, field, value)
		if err != nil {
			c.log.ErrorContext(ctx, "what a change concerns is not known", "index", field, "value", value, "error", err)
			continue
		}
		for _, o := range objects {
			if only == nil || only(o) {
				c.queueStructure(k.balancer(o))
			}
		}
	}
}

func (c *controller) onClass(ctx context.Context, e change) {
	o := e.object()
	if e.listed {
		return // every object that it concerns is listed, too
	}
	c.markBy(ctx, byClass, o.GetName(), nil)
	c.markBy(ctx, byClass, noClass, nil)
	if o.GetAnnotations()[AnnotationRelease] != "" {
		c.queue.now(sweeping)
	}
}

func (c *controller) onService(ctx context.Context, e change) {
	if e.listed || e.before != nil && e.now != nil && !serviceChanged(e.before, e.now) {
		return
	}
	c.markBy(ctx, byService, nameOf(e.object()), nil)
	c.gatesGone(ctx, []string{e.object().GetNamespace()})
}

func serviceChanged(a, b client.Object) bool {
	x, ok := a.(*corev1.Service)
	y, too := b.(*corev1.Service)
	return !ok || !too || !reflect.DeepEqual(x.Spec, y.Spec) || !reflect.DeepEqual(x.Annotations, y.Annotations)
}

func (c *controller) onSecret(ctx context.Context, e change) {
	if e.listed || e.before != nil && e.now != nil && !secretChanged(e.before, e.now) {
		return
	}
	c.markBy(ctx, bySecret, nameOf(e.object()), nil)
}

func secretChanged(a, b client.Object) bool {
	x, ok := a.(*corev1.Secret)
	y, too := b.(*corev1.Secret)
	return !ok || !too || x.Type != y.Type || !reflect.DeepEqual(x.Data, y.Data)
}

// onSlice is the beginning of the short path.
func (c *controller) onSlice(_ context.Context, e change) {
	if e.before != nil && e.now != nil && !sliceChanged(e.before, e.now) {
		return
	}
	services := map[string]bool{}
	e.each(func(o client.Object) { services[serviceOf(o)] = true })
	for s := range services {
		c.touchService(s, triggered(e.object()))
	}
}

func sliceChanged(a, b client.Object) bool {
	x, ok := a.(*discoveryv1.EndpointSlice)
	y, too := b.(*discoveryv1.EndpointSlice)
	return !ok || !too || serviceOf(x) != serviceOf(y) || !reflect.DeepEqual(x.Endpoints, y.Endpoints) || !reflect.DeepEqual(x.Ports, y.Ports)
}

// triggered is when the pod changed that a slice changed for, as its controller noted.
func triggered(slice client.Object) time.Time {
	t, err := time.Parse(time.RFC3339Nano, slice.GetAnnotations()[corev1.EndpointsLastChangeTriggerTime])
	if err != nil {
		return time.Time{}
	}
	return t
}

func (c *controller) touchService(service string, origin time.Time) {
	for _, t := range c.ledger.touch(service, c.o.Clock.Now(), origin, c.o.Window) {
		c.queue.after(t.id, t.after)
	}
}

// onPod concerns load balancers through gates, whose changes slices do not show, and through the
// probes of pods that slices were faster to name.
func (c *controller) onPod(ctx context.Context, e change) {
	now, _ := e.now.(*corev1.Pod)
	if now == nil || !late(e) && !c.gateTurned(e, now) {
		return
	}
	services, err := c.servicesOf(ctx, now)
	if err != nil {
		c.log.ErrorContext(ctx, "what a pod concerns is not known", "pod", nameOf(now), "error", err)
		return
	}
	for _, s := range services {
		c.touchService(s, time.Time{})
	}
}

// late tells whether a pod is new here, although the cache was filled long ago: a slice that names
// it may have been faster, and a health check follows the pod's probe.
func late(e change) bool { return e.before == nil && !e.listed }

// gateTurned tells whether a pod has come to wait for nothing but gates of ours, or does so no
// more.
func (c *controller) gateTurned(e change, now *corev1.Pod) bool {
	if c.o.NoGates || !hasGate(now) {
		return false
	}
	old, ok := e.before.(*corev1.Pod)
	return !ok || kube.AwaitsGate(old) != kube.AwaitsGate(now)
}

func hasGate(p *corev1.Pod) bool {
	for _, g := range p.Spec.ReadinessGates {
		if kube.IsGate(g.ConditionType) {
			return true
		}
	}
	return false
}

// servicesOf is the Services that a pod is an endpoint of.
func (c *controller) servicesOf(ctx context.Context, p *corev1.Pod) ([]string, error) {
	var l discoveryv1.EndpointSliceList
	if err := c.client.List(ctx, &l, client.MatchingFields{byPod: nameOf(p)}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, err //nolint:wrapcheck // the caller says what for
	}
	var out []string
	for i := range l.Items {
		out = append(out, serviceOf(&l.Items[i]))
	}
	return out, nil
}

func (c *controller) onNode(_ context.Context, e change) {
	if e.before != nil && e.now != nil && !nodeChanged(e.before, e.now) {
		return
	}
	c.nodes.drop()
	for _, t := range c.ledger.touchNodes(c.o.Clock.Now(), c.o.Window) {
		c.queue.after(t.id, t.after)
	}
}

// nodeChanged compares what trimNode keeps.
func nodeChanged(a, b client.Object) bool {
	x, ok := a.(*corev1.Node)
	y, too := b.(*corev1.Node)
	return !ok || !too || !reflect.DeepEqual(x.Labels, y.Labels) || !reflect.DeepEqual(x.Status, y.Status)
}

// onNamespace matters where objects of the namespace wait for the cloud and a person lets them go.
func (c *controller) onNamespace(ctx context.Context, e change) {
	if e.now == nil || e.now.GetAnnotations()[AnnotationAbandon] != "true" {
		return
	}
	c.markBy(ctx, byNamespace, e.now.GetName(), func(o client.Object) bool { return o.GetDeletionTimestamp() != nil })
}

func nameOf(o client.Object) string { return o.GetNamespace() + "/" + o.GetName() }
