package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrl "sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// GateType is the condition type of the readiness gate for one port of a Service behind one load
// balancer. Groups of the same port with other settings share it: it is met when all of them serve
// the pod.
func GateType(id model.ID, group model.GroupID) corev1.PodConditionType {
	base, _, _ := strings.Cut(string(group), "~")
	h := fnv.New32a()
	_, _ = h.Write([]byte(string(id) + "\n" + base)) // never fails, as package hash says
	_, name, _ := strings.Cut(base, "/")
	service, port, _ := strings.Cut(name, ":")
	const room = 40 // with port, hash and two dashes no more than 63
	return corev1.PodConditionType(fmt.Sprintf("%s%s-%s-%08x", kube.GatePrefix, service[:min(len(service), room)], port, h.Sum32()))
}

// gatesFor is the gates that a pod with some labels must have, and which load balancer sets each.
func (j judge) gatesFor(ctx context.Context, namespace string, of map[string]string) (map[corev1.PodConditionType]feed, error) {
	var l corev1.ServiceList
	if err := j.client.List(ctx, &l, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list services of %s: %w", namespace, err)
	}
	out := map[corev1.PodConditionType]feed{}
	for i := range l.Items {
		service := &l.Items[i]
		if len(service.Spec.Selector) == 0 || !labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(of)) {
			continue
		}
		if err := j.addGates(ctx, service, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// addGates adds those that belong to one Service.
func (j judge) addGates(ctx context.Context, service *corev1.Service, to map[corev1.PodConditionType]feed) error {
	k := ingressKind{}
	objects, err := k.list(ctx, j.client, byService, nameOf(service))
	if err != nil {
		return err
	}
	for _, o := range objects {
		ing, ok := o.(*networkingv1.Ingress)
		if !ok {
			continue
		}
		at, err := j.standing(ctx, k, o)
		if err != nil {
			return err
		}
		if at != asking {
			continue
		}
		for _, port := range kube.PortsOf(ing, service) {
			f := feed{kube.LoadBalancerOf(ing), model.GroupID(fmt.Sprintf("%s:%d", nameOf(service), port))}
			to[GateType(f.balancer, f.group)] = f
		}
	}
	return nil
}

// pollGates is how often the cloud is asked about pods that wait for it.
const pollGates = 2 * time.Second

// openGates sets the gates of those pods that the cloud sends requests to. It returns when to ask
// again, zero when no pod waits.
func (c *controller) openGates(ctx context.Context, id model.ID, b *balancer) (time.Duration, error) {
	if c.o.NoGates || c.o.DryRun || len(b.routes) == 0 {
		return 0, nil
	}
	waiting, err := c.waiting(ctx, id, b)
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	serving, err := c.engine.Serving(ctx, id, groupsOf(waiting)...)
	if err != nil {
		return pollGates, nil //nolint:nilerr // the next look will tell; the passes themselves report what fails
	}
	left := false
	for _, w := range waiting {
		reason, met := c.verdict(id, w, serving)
		if !met {
			left = left || kube.AwaitsGate(w.pod)
			continue
		}
		if err := c.setGate(ctx, w.pod, w.gate, reason); err != nil {
			return 0, err
		}
	}
	if left {
		return pollGates, nil
	}
	return 0, nil
}

// waiter is a pod that waits for a gate, and the groups that must serve it.
type waiter struct {
	pod    *corev1.Pod
	gate   corev1.PodConditionType
	routes []kube.GroupBackend
}

// waiting is the pods that wait for this load balancer.
func (c *controller) waiting(ctx context.Context, id model.ID, b *balancer) ([]waiter, error) {
	var l corev1.PodList
	if err := c.client.List(ctx, &l, client.MatchingFields{byGate: unmet}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list pods with unmet gates: %w", err)
	}
	if len(l.Items) == 0 {
		return nil, nil
	}
	gates := map[corev1.PodConditionType][]kube.GroupBackend{}
	for _, r := range b.routes {
		t := GateType(id, r.Group)
		gates[t] = append(gates[t], r)
	}
	var out []waiter
	for i := range l.Items {
		p := &l.Items[i]
		for _, t := range unmetGates(p) {
			if routes := gates[t]; len(routes) > 0 && routes[0].Backend.Namespace == p.Namespace {
				out = append(out, waiter{p, t, routes})
			}
		}
	}
	return out, nil
}

func groupsOf(ws []waiter) []model.GroupID {
	var out []model.GroupID
	for _, w := range ws {
		for _, r := range w.routes {
			if !slices.Contains(out, r.Group) {
				out = append(out, r.Group)
			}
		}
	}
	return out
}

// verdict tells whether a gate is met, and why: all groups serve the pod that have pods at all and
// are not refused.
func (c *controller) verdict(id model.ID, w waiter, serving map[model.GroupID]map[netip.AddrPort]bool) (reason string, met bool) {
	reason = "NotServed"
	for _, r := range w.routes {
		switch {
		case r.Backend.Target == model.TargetNode, !c.engine.Wants(id, r.Group):
			continue
		case !c.engine.ReportsHealth():
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
		if ap.Addr().String() == p.Status.PodIP || slices.ContainsFunc(p.Status.PodIPs, func(ip corev1.PodIP) bool { return ip.IP == ap.Addr().String() }) {
			return true
		}
	}
	return false
}

// setGate sets the condition of a gate. The patch names that condition alone, so that others are
// left alone.
func (c *controller) setGate(ctx context.Context, p *corev1.Pod, gate corev1.PodConditionType, reason string) error {
	condition := corev1.PodCondition{Type: gate, Status: corev1.ConditionTrue, Reason: reason, LastTransitionTime: metav1.NewTime(c.o.Clock.Now())}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": p.UID},
		"status":   map[string]any{"conditions": []corev1.PodCondition{condition}},
	})
	if err != nil {
		return fmt.Errorf("write patch of pod %s: %w", nameOf(p), err)
	}
	target := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name}}
	err = c.client.Status().Patch(ctx, target, client.RawPatch(types.StrategicMergePatchType, patch))
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("patch status of pod %s: %w", nameOf(p), err)
	}
	c.o.Metrics.gateMet(p, c.o.Clock.Now())
	return nil
}

// reconcilePod opens the gates of a pod that no load balancer will ever open, and has the load
// balancers of the others look at it.
func (c *controller) reconcilePod(ctx context.Context, key types.NamespacedName) (ctrl.Result, error) {
	p := c.pod(ctx, key.String())
	if p == nil || p.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	gates, err := c.judge.gatesFor(ctx, p.Namespace, p.Labels)
	if err != nil {
		return ctrl.Result{}, err
	}
	young := p.CreationTimestamp.Add(c.o.Grace).Sub(c.o.Clock.Now())
	for _, t := range unmetGates(p) {
		if f, ok := gates[t]; ok {
			c.queue.now(f.balancer)
			continue
		}
		if young > 0 { // who gave it the gate may have seen an object that has yet to come here
			return ctrl.Result{RequeueAfter: young}, nil
		}
		if err := c.setGate(ctx, p, t, "NoLoadBalancer"); err != nil {
			return ctrl.Result{}, err
		}
	}
	return ctrl.Result{}, nil
}

// gatesGone has the pods of namespaces looked at whose gates may have lost their load balancer.
func (c *controller) gatesGone(ctx context.Context, namespaces []string) {
	if c.o.NoGates || c.o.DryRun {
		return
	}
	for _, ns := range namespaces {
		var l corev1.PodList
		if err := c.client.List(ctx, &l, client.InNamespace(ns), client.MatchingFields{byGate: unmet}, client.UnsafeDisableDeepCopy); err != nil {
			c.log.ErrorContext(ctx, "pods that wait for a gate are not known", "namespace", ns, "error", err)
			continue
		}
		for i := range l.Items {
			c.pods.now(client.ObjectKeyFromObject(&l.Items[i]))
		}
	}
}
