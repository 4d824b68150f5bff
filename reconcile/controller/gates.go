package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrl "sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// healthEngine reports which endpoints the cloud sends requests to.
type healthEngine interface {
	Serving(ctx context.Context, id model.ID, groups ...model.GroupID) (map[model.GroupID]map[netip.AddrPort]bool, error)
	ReportsHealth() bool
	Wants(id model.ID, g model.GroupID) bool
}

// statusReader reads objects and writes their status.
type statusReader interface {
	client.Reader
	client.StatusClient
}

// readinessGates sets the readiness gates of pods: once the cloud sends a pod requests, or when no
// load balancer of the pod is left.
type readinessGates struct {
	client    statusReader
	engine    healthEngine
	finder    gateFinder
	balancers enqueuer[model.ID]
	pods      enqueuer[types.NamespacedName]
	metrics   *Metrics
	clock     clock.Clock
	grace     time.Duration // see Options.Grace
	log       *slog.Logger
	disabled  bool
}

// gatePoll is how often the cloud is asked about pods that wait for it.
const gatePoll = 2 * time.Second

// open sets the gates of the pods of a load balancer that the cloud sends requests to. It returns
// when to ask again, or zero if no pod waits.
func (g *readinessGates) open(ctx context.Context, id model.ID, routes []kube.GroupBackend) (time.Duration, error) {
	if g.disabled || len(routes) == 0 {
		return 0, nil
	}
	waiting, err := g.waiting(ctx, id, routes)
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	serving, err := g.engine.Serving(ctx, id, groupsOf(waiting)...)
	if err != nil {
		return gatePoll, nil //nolint:nilerr // the next poll asks again, and passes report failures
	}
	left := false
	for _, w := range waiting {
		reason, met := g.check(id, w, serving)
		if !met {
			left = left || kube.AwaitsGate(w.pod)
			continue
		}
		if err := g.set(ctx, w.pod, w.gate, reason); err != nil {
			return 0, err
		}
	}
	if left {
		return gatePoll, nil
	}
	return 0, nil
}

// waitingPod is a pod with an unmet gate, and the groups that must serve it.
type waitingPod struct {
	pod    *corev1.Pod
	gate   corev1.PodConditionType
	routes []kube.GroupBackend
}

// waiting returns the pods that wait for a load balancer.
func (g *readinessGates) waiting(ctx context.Context, id model.ID, routes []kube.GroupBackend) ([]waitingPod, error) {
	var l corev1.PodList
	if err := g.client.List(ctx, &l, client.MatchingFields{byGate: unmet}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list pods with unmet gates: %w", err)
	}
	if len(l.Items) == 0 {
		return nil, nil
	}
	gates := map[corev1.PodConditionType][]kube.GroupBackend{}
	for _, r := range routes {
		t := GateType(id, r.Group)
		gates[t] = append(gates[t], r)
	}
	var out []waitingPod
	for i := range l.Items {
		p := &l.Items[i]
		for _, t := range unmetGates(p) {
			if routes := gates[t]; len(routes) > 0 && routes[0].Backend.Namespace == p.Namespace {
				out = append(out, waitingPod{p, t, routes})
			}
		}
	}
	return out, nil
}

func groupsOf(waiting []waitingPod) []model.GroupID {
	var out []model.GroupID
	for _, w := range waiting {
		for _, r := range w.routes {
			if !slices.Contains(out, r.Group) {
				out = append(out, r.Group)
			}
		}
	}
	return out
}

// check reports whether a gate is met, and why: every group serves the pod, apart from groups
// without pods and groups that the engine refused.
func (g *readinessGates) check(id model.ID, w waitingPod, serving map[model.GroupID]map[netip.AddrPort]bool) (reason string, met bool) {
	reason = "NotServed"
	for _, r := range w.routes {
		switch {
		case r.Backend.Target == model.TargetNode, !g.engine.Wants(id, r.Group):
			continue
		case !g.engine.ReportsHealth():
			reason = "HealthUnknown"
		case !servesPod(serving[r.Group], w.pod):
			return "", false
		default:
			reason = "Serving"
		}
	}
	return reason, true
}

func servesPod(serving map[netip.AddrPort]bool, p *corev1.Pod) bool {
	for ap := range serving {
		ip := ap.Addr().String()
		if ip == p.Status.PodIP || slices.ContainsFunc(p.Status.PodIPs, func(p corev1.PodIP) bool { return p.IP == ip }) {
			return true
		}
	}
	return false
}

// set sets the condition of a gate. The patch names no other condition, so that those of other
// writers do not change.
func (g *readinessGates) set(ctx context.Context, p *corev1.Pod, gate corev1.PodConditionType, reason string) error {
	now := g.clock.Now()
	condition := corev1.PodCondition{Type: gate, Status: corev1.ConditionTrue, Reason: reason, LastTransitionTime: metav1.NewTime(now)}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": p.UID},
		"status":   map[string]any{"conditions": []corev1.PodCondition{condition}},
	})
	if err != nil {
		return fmt.Errorf("write patch of pod %s: %w", nameOf(p), err)
	}
	target := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name}}
	err = g.client.Status().Patch(ctx, target, client.RawPatch(types.StrategicMergePatchType, patch))
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("patch status of pod %s: %w", nameOf(p), err)
	}
	g.metrics.gateMet(p, now)
	return nil
}

// Reconcile queues the load balancers that a pod waits for, and sets the gates of a pod that no
// load balancer will set.
func (g *readinessGates) Reconcile(ctx context.Context, key types.NamespacedName) (ctrl.Result, error) {
	p := podOf(ctx, g.client, key.String())
	if p == nil || p.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	gates, err := g.finder.gatesFor(ctx, p.Namespace, p.Labels)
	if err != nil {
		return ctrl.Result{}, err //nolint:wrapcheck // it names the namespace
	}
	grace := p.CreationTimestamp.Add(g.grace).Sub(g.clock.Now())
	for _, t := range unmetGates(p) {
		if f, ok := gates[t]; ok {
			g.balancers.now(f.balancer)
			continue
		}
		if grace > 0 { // the webhook may have seen an object that is not in this cache yet
			return ctrl.Result{RequeueAfter: grace}, nil
		}
		if err := g.set(ctx, p, t, "NoLoadBalancer"); err != nil {
			return ctrl.Result{}, err
		}
	}
	return ctrl.Result{}, nil
}

// recheck queues the pods with unmet gates in some namespaces, whose load balancers may be gone.
func (g *readinessGates) recheck(ctx context.Context, namespaces ...string) {
	if g.disabled {
		return
	}
	for _, ns := range namespaces {
		var l corev1.PodList
		if err := g.client.List(ctx, &l, client.InNamespace(ns), client.MatchingFields{byGate: unmet}, client.UnsafeDisableDeepCopy); err != nil {
			g.log.ErrorContext(ctx, "cannot list the pods with unmet gates", "namespace", ns, "error", err)
			continue
		}
		for i := range l.Items {
			g.pods.now(client.ObjectKeyFromObject(&l.Items[i]))
		}
	}
}
