package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// The field indexes of the cache. The value for an object of a namespace is "namespace/name". The
// indexes by load balancer, Service, Secret, class and namespace cover every kind that claims load
// balancers.
const (
	byBalancer = "headgate/balancer" // the load balancers that an object belongs to
	// the Services that an object refers to; the Service of a slice
	byService   = "headgate/service"
	bySecret    = "headgate/secret"
	byClass     = "headgate/class" // noClass for objects that name none
	byPod       = "headgate/pod"   // the pods of a slice
	byNamespace = "headgate/namespace"
	byGate      = "headgate/gate" // "unmet" for pods with an unmet readiness gate of Headgate
)

const unmet = "unmet"

// Index is a field index by which the controller finds objects.
type Index struct {
	Object  client.Object
	Field   string
	Extract client.IndexerFunc
}

// Indexes returns the field indexes that [Setup] adds to the cache of the manager. A fake client in
// a test needs them too.
func Indexes() []Index {
	all := []Index{
		{&discoveryv1.EndpointSlice{}, byService, func(o client.Object) []string { return nonEmpty(serviceOf(o)) }},
		{&discoveryv1.EndpointSlice{}, byPod, podsOf},
		{&corev1.Pod{}, byGate, gateState},
	}
	for _, k := range kinds() {
		all = append(all, k.indexes()...)
	}
	return all
}

// serviceOf returns the Service of a slice as "namespace/name", or "" if it has none.
func serviceOf(slice client.Object) string {
	name := slice.GetLabels()[discoveryv1.LabelServiceName]
	if name == "" {
		return ""
	}
	return slice.GetNamespace() + "/" + name
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func stringsOf(ids []model.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// podsOf returns the pods of a slice as "namespace/name".
func podsOf(o client.Object) []string {
	s, ok := o.(*discoveryv1.EndpointSlice)
	if !ok {
		return nil
	}
	names := make([]string, 0, len(s.Endpoints))
	for i := range s.Endpoints {
		if t := s.Endpoints[i].TargetRef; t != nil && t.Kind == "Pod" {
			names = append(names, s.Namespace+"/"+t.Name)
		}
	}
	return names
}

func gateState(o client.Object) []string {
	if p, ok := o.(*corev1.Pod); ok && len(unmetGates(p)) > 0 {
		return []string{unmet}
	}
	return nil
}

// unmetGates returns the readiness gates of Headgate that a pod waits for.
func unmetGates(p *corev1.Pod) []corev1.PodConditionType {
	var out []corev1.PodConditionType
	for _, g := range p.Spec.ReadinessGates {
		if kube.IsGate(g.ConditionType) && !isTrue(p, g.ConditionType) {
			out = append(out, g.ConditionType)
		}
	}
	return out
}

func isTrue(p *corev1.Pod, t corev1.PodConditionType) bool {
	for i := range p.Status.Conditions {
		if p.Status.Conditions[i].Type == t {
			return p.Status.Conditions[i].Status == corev1.ConditionTrue
		}
	}
	return false
}

func addIndexes(ctx context.Context, f client.FieldIndexer) error {
	for _, i := range Indexes() {
		if err := f.IndexField(ctx, i.Object, i.Field, i.Extract); err != nil {
			return fmt.Errorf("index %T by %s: %w", i.Object, i.Field, err)
		}
	}
	return nil
}
