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

// IsGate tells whether a condition type is that of a readiness gate of Headgate's.
func IsGate(t corev1.PodConditionType) bool { return strings.HasPrefix(string(t), GatePrefix) }

// Promote returns the endpoints as a load balancer must see them where pods have readiness gates: a
// pod that lacks nothing but the word of the load balancer is taken for ready, since it gets that
// word only once it is registered. pod looks a pod up by "namespace/name", and may return nil. The
// endpoints are not changed; they come back as they are where no pod waits for a gate.
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

// AwaitsGate tells whether a pod would be ready, were it not for gates of Headgate's (Kubernetes
// concepts, "Pod Lifecycle": readiness gates).
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
