package kube

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-io/headgate/model"
)

// GatePrefix begins the condition type of each readiness gate that Headgate sets: one for each
// group of a load balancer.
const GatePrefix = "gate." + prefix

// IsGate reports whether a condition type is that of a readiness gate of Headgate.
func IsGate(t corev1.PodConditionType) bool { return strings.HasPrefix(string(t), GatePrefix) }

// Promote returns the endpoints with those pods as ready that only wait for a readiness gate of
// Headgate: the gate opens once the load balancer serves the pod, so the pod must be registered
// before. The function pod finds a pod by "namespace/name", and may return nil. Promote does not
// change eps, and returns it if no pod waits.
func Promote(eps []model.Endpoint, pod func(name string) *corev1.Pod) []model.Endpoint {
	var out []model.Endpoint
	for i := range eps {
		if eps[i].State != model.NotReady || eps[i].Pod == "" || !AwaitsGate(pod(eps[i].Pod)) {
			continue
		}
		if out == nil {
			out = slices.Clone(eps)
		}
		out[i].State = model.Ready
	}
	if out == nil {
		return eps
	}
	return out
}

// AwaitsGate reports whether only readiness gates of Headgate prevent a pod from being ready
// (Kubernetes concepts, "Pod Lifecycle": readiness gates).
func AwaitsGate(p *corev1.Pod) bool {
	if p == nil || p.DeletionTimestamp != nil || !conditionTrue(p, corev1.ContainersReady) {
		return false
	}
	waits := false
	for _, g := range p.Spec.ReadinessGates {
		met := conditionTrue(p, g.ConditionType)
		if !met && !IsGate(g.ConditionType) {
			return false
		}
		waits = waits || !met
	}
	return waits
}

func conditionTrue(p *corev1.Pod, t corev1.PodConditionType) bool {
	for i := range p.Status.Conditions {
		if p.Status.Conditions[i].Type == t {
			return p.Status.Conditions[i].Status == corev1.ConditionTrue
		}
	}
	return false
}
