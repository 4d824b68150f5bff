package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model/kube"
)

// endpointsRecorder records changes of the endpoints of Services.
type endpointsRecorder interface {
	endpointsChanged(service string, origin time.Time)
}

// onSlice starts the fast path.
func (w *watcher) onSlice(_ context.Context, e change) {
	if e.update() && !sliceChanged(e.before, e.now) {
		return
	}
	services := map[string]bool{}
	e.each(func(o client.Object) { services[serviceOf(o)] = true })
	for s := range services {
		w.pending.endpointsChanged(s, triggerTime(e.object()))
	}
}

// triggerTime returns when the pod changed for which a slice changed. It is zero if the slice does
// not record it.
func triggerTime(slice client.Object) time.Time {
	t, err := time.Parse(time.RFC3339Nano, slice.GetAnnotations()[corev1.EndpointsLastChangeTriggerTime])
	if err != nil {
		return time.Time{}
	}
	return t
}

// onPod handles changes of readiness gates, which slices do not show, and pods that arrive after
// the slice that names them.
func (w *watcher) onPod(ctx context.Context, e change) {
	now, _ := e.now.(*corev1.Pod)
	if now == nil || !late(e) && !w.gateChanged(e, now) {
		return
	}
	services, err := w.servicesOf(ctx, now)
	if err != nil {
		w.log.ErrorContext(ctx, "cannot find the load balancers of a pod", "pod", nameOf(now), "error", err)
		return
	}
	for _, s := range services {
		w.pending.endpointsChanged(s, time.Time{})
	}
}

// late reports whether a pod is new, although the cache was filled before: a slice that names it
// may have come first, and the health check of its group follows its readiness probe.
func late(e change) bool { return e.before == nil && !e.listed }

// gateChanged reports whether a pod starts or stops waiting for nothing but gates of Headgate.
func (w *watcher) gateChanged(e change, now *corev1.Pod) bool {
	if w.noGates || !hasGate(now) {
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

// servicesOf returns the Services that a pod is an endpoint of.
func (w *watcher) servicesOf(ctx context.Context, p *corev1.Pod) ([]string, error) {
	var l discoveryv1.EndpointSliceList
	if err := w.reader.List(ctx, &l, client.MatchingFields{byPod: nameOf(p)}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list endpoint slices of pod %s: %w", nameOf(p), err)
	}
	var out []string
	for i := range l.Items {
		out = append(out, serviceOf(&l.Items[i]))
	}
	return out, nil
}
