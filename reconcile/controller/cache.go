package controller

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model/kube"
)

// CacheOptions returns options for caches that contain what the controller reads, reduced to the
// fields that it uses: only Secrets of type kubernetes.io/tls, only the metadata of Namespaces.
// namespaces limits what is watched; without any it is the whole cluster.
func CacheOptions(namespaces ...string) cache.Options {
	shared := true
	o := cache.Options{
		DefaultTransform:             transformMeta,
		DefaultUnsafeDisableDeepCopy: &shared,
		ByObject: map[client.Object]cache.ByObject{
			&discoveryv1.EndpointSlice{}: {Transform: transformSlice},
			&corev1.Pod{}:                {Transform: transformPod},
			&corev1.Node{}:               {Transform: transformNode},
			&corev1.Secret{}:             {Transform: transformSecret, Field: fields.OneTermEqualSelector("type", string(corev1.SecretTypeTLS))},
			namespaceObject():            {Transform: transformNamespace},
		},
	}
	for _, ns := range namespaces {
		if o.DefaultNamespaces == nil {
			o.DefaultNamespaces = map[string]cache.Config{}
		}
		o.DefaultNamespaces[ns] = cache.Config{}
	}
	return o
}

// lastApplied is an annotation of kubectl that repeats the whole object.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// transformMeta removes unused metadata. It is for kinds whose other fields are all used.
func transformMeta(in any) (any, error) {
	o, ok := in.(metav1.Object)
	if !ok {
		return in, nil
	}
	o.SetManagedFields(nil)
	if a := o.GetAnnotations(); a[lastApplied] != "" {
		a = maps.Clone(a)
		delete(a, lastApplied)
		o.SetAnnotations(a)
	}
	return in, nil
}

// transformSlice reduces an EndpointSlice to what endpoints are built from.
func transformSlice(in any) (any, error) {
	s, ok := in.(*discoveryv1.EndpointSlice)
	if !ok {
		return in, nil
	}
	s.ObjectMeta = metav1.ObjectMeta{
		Namespace: s.Namespace, Name: s.Name, UID: s.UID, ResourceVersion: s.ResourceVersion, Generation: s.Generation,
		Labels:      only(s.Labels, discoveryv1.LabelServiceName),
		Annotations: only(s.Annotations, corev1.EndpointsLastChangeTriggerTime),
	}
	for i, e := range s.Endpoints {
		s.Endpoints[i] = discoveryv1.Endpoint{Addresses: e.Addresses, Conditions: e.Conditions, NodeName: e.NodeName, Zone: e.Zone}
		if t := e.TargetRef; t != nil {
			s.Endpoints[i].TargetRef = &corev1.ObjectReference{Kind: t.Kind, Name: t.Name}
		}
	}
	return s, nil
}

// only returns the entry of a map with this name, if there is one.
func only(m map[string]string, name string) map[string]string {
	if v, ok := m[name]; ok {
		return map[string]string{name: v}
	}
	return nil
}

// transformPod reduces a pod to its addresses, readiness probes and readiness gates.
func transformPod(in any) (any, error) {
	p, ok := in.(*corev1.Pod)
	if !ok {
		return in, nil
	}
	p.ObjectMeta = metav1.ObjectMeta{
		Namespace: p.Namespace, Name: p.Name, UID: p.UID, ResourceVersion: p.ResourceVersion, Labels: p.Labels,
		CreationTimestamp: p.CreationTimestamp, DeletionTimestamp: p.DeletionTimestamp,
	}
	p.Spec = corev1.PodSpec{NodeName: p.Spec.NodeName, ReadinessGates: p.Spec.ReadinessGates, Containers: probesOf(p.Spec.Containers)}
	p.Status = corev1.PodStatus{PodIP: p.Status.PodIP, PodIPs: p.Status.PodIPs, Conditions: gateConditions(p)}
	return p, nil
}

// probesOf reduces containers to their ports and their readiness probes over HTTP.
func probesOf(all []corev1.Container) []corev1.Container {
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

// gateConditions returns the conditions of readiness and of readiness gates.
func gateConditions(p *corev1.Pod) []corev1.PodCondition {
	gates := p.Spec.ReadinessGates
	return slices.DeleteFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type != corev1.ContainersReady && c.Type != corev1.PodReady && !kube.IsGate(c.Type) &&
			!slices.ContainsFunc(gates, func(g corev1.PodReadinessGate) bool { return g.ConditionType == c.Type })
	})
}

// transformSecret reduces a Secret to its certificate and private key.
func transformSecret(in any) (any, error) {
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

// transformNode reduces a node to its zone, its addresses and whether it is ready.
func transformNode(in any) (any, error) {
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

// transformNamespace reduces the metadata of a Namespace to its labels and the annotation that is
// read.
func transformNamespace(in any) (any, error) {
	if o, ok := in.(metav1.Object); ok {
		o.SetManagedFields(nil)
		o.SetAnnotations(only(o.GetAnnotations(), AnnotationAbandon))
	}
	return in, nil
}
