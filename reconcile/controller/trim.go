package controller

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/headgate-io/headgate/model/kube"
)

// lastApplied repeats a whole object, and nothing reads it.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// trimMeta keeps of an object's metadata what is used. It is for kinds of which all else is.
func trimMeta(in any) (any, error) {
	if o, ok := in.(metav1.Object); ok {
		strip(o)
	}
	return in, nil
}

func strip(o metav1.Object) {
	o.SetManagedFields(nil)
	if a := o.GetAnnotations(); a[lastApplied] != "" {
		a = maps.Clone(a)
		delete(a, lastApplied)
		o.SetAnnotations(a)
	}
}

// trimSlice keeps of an EndpointSlice what endpoints are made of.
func trimSlice(in any) (any, error) {
	s, ok := in.(*discoveryv1.EndpointSlice)
	if !ok {
		return in, nil
	}
	s.ObjectMeta = metav1.ObjectMeta{
		Namespace: s.Namespace, Name: s.Name, UID: s.UID, ResourceVersion: s.ResourceVersion, Generation: s.Generation,
		Labels:      keep(s.Labels, discoveryv1.LabelServiceName),
		Annotations: keep(s.Annotations, corev1.EndpointsLastChangeTriggerTime),
	}
	for i := range s.Endpoints {
		e := &s.Endpoints[i]
		e.Hostname, e.Hints, e.DeprecatedTopology = nil, nil, nil
		if t := e.TargetRef; t != nil {
			e.TargetRef = &corev1.ObjectReference{Kind: t.Kind, Name: t.Name}
		}
	}
	return s, nil
}

func keep(m map[string]string, name string) map[string]string {
	if v, ok := m[name]; ok {
		return map[string]string{name: v}
	}
	return nil
}

// trimPod keeps of a pod its probes, its gates and the conditions that tell about them.
func trimPod(in any) (any, error) {
	p, ok := in.(*corev1.Pod)
	if !ok {
		return in, nil
	}
	p.ObjectMeta = metav1.ObjectMeta{
		Namespace: p.Namespace, Name: p.Name, UID: p.UID, ResourceVersion: p.ResourceVersion, Labels: p.Labels,
		CreationTimestamp: p.CreationTimestamp, DeletionTimestamp: p.DeletionTimestamp,
	}
	p.Spec = corev1.PodSpec{NodeName: p.Spec.NodeName, ReadinessGates: p.Spec.ReadinessGates, Containers: trimContainers(p.Spec.Containers)}
	p.Status = corev1.PodStatus{PodIP: p.Status.PodIP, PodIPs: p.Status.PodIPs, Conditions: trimConditions(p)}
	return p, nil
}

func trimContainers(all []corev1.Container) []corev1.Container {
	out := make([]corev1.Container, 0, len(all))
	for i := range all {
		c := corev1.Container{Ports: all[i].Ports}
		if p := all[i].ReadinessProbe; p != nil && p.HTTPGet != nil {
			c.ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: p.HTTPGet}}
		}
		out = append(out, c)
	}
	return out
}

func trimConditions(p *corev1.Pod) []corev1.PodCondition {
	gates := p.Spec.ReadinessGates
	return slices.DeleteFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type != corev1.ContainersReady && c.Type != corev1.PodReady && !kube.IsGate(c.Type) &&
			!slices.ContainsFunc(gates, func(g corev1.PodReadinessGate) bool { return g.ConditionType == c.Type })
	})
}

// trimSecret keeps the two keys that a certificate is made of.
func trimSecret(in any) (any, error) {
	s, ok := in.(*corev1.Secret)
	if !ok {
		return in, nil
	}
	s.ObjectMeta = metav1.ObjectMeta{Namespace: s.Namespace, Name: s.Name, UID: s.UID, ResourceVersion: s.ResourceVersion}
	data := map[string][]byte{}
	for _, k := range []string{corev1.TLSCertKey, corev1.TLSPrivateKeyKey} {
		if v, ok := s.Data[k]; ok {
			data[k] = v
		}
	}
	s.Data, s.StringData = data, nil
	return s, nil
}

// trimNode keeps the labels, the addresses and whether the node is ready.
func trimNode(in any) (any, error) {
	n, ok := in.(*corev1.Node)
	if !ok {
		return in, nil
	}
	labels := maps.Clone(n.Labels)
	maps.DeleteFunc(labels, func(k, _ string) bool { return k != corev1.LabelTopologyZone && k != corev1.LabelNodeExcludeBalancers })
	n.ObjectMeta = metav1.ObjectMeta{Name: n.Name, UID: n.UID, ResourceVersion: n.ResourceVersion, Labels: labels}
	n.Spec = corev1.NodeSpec{}
	ready := slices.DeleteFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool { return c.Type != corev1.NodeReady })
	for i := range ready {
		ready[i] = corev1.NodeCondition{Type: ready[i].Type, Status: ready[i].Status}
	}
	n.Status = corev1.NodeStatus{Addresses: n.Status.Addresses, Conditions: ready}
	return n, nil
}

// trimNamespace keeps of a namespace's metadata the labels and annotations.
func trimNamespace(in any) (any, error) {
	if o, ok := in.(metav1.Object); ok {
		o.SetManagedFields(nil)
		o.SetAnnotations(keep(o.GetAnnotations(), AnnotationAbandon))
	}
	return in, nil
}

var _ cache.TransformFunc = trimMeta
