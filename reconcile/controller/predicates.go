package controller

import (
	"reflect"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

// relevant reports whether the spec, the annotations or the deletion timestamp of an object
// changed. The controller writes the status and the finalizer itself.
func relevant(a, b client.Object) bool {
	return a.GetGeneration() != b.GetGeneration() || a.GetGeneration() == 0 && a.GetResourceVersion() != b.GetResourceVersion() ||
		(a.GetDeletionTimestamp() == nil) != (b.GetDeletionTimestamp() == nil) ||
		!reflect.DeepEqual(a.GetAnnotations(), b.GetAnnotations())
}

// looksServed reports whether an object shows that it was served before this process started.
func looksServed(k kind, o client.Object, finalizer string) bool {
	return o.GetDeletionTimestamp() == nil && controllerutil.ContainsFinalizer(o, finalizer) && len(k.addresses(o)) > 0
}

func serviceChanged(a, b client.Object) bool {
	x, ok := a.(*corev1.Service)
	y, too := b.(*corev1.Service)
	return !ok || !too || !reflect.DeepEqual(x.Spec, y.Spec) || !reflect.DeepEqual(x.Annotations, y.Annotations)
}

func secretChanged(a, b client.Object) bool {
	x, ok := a.(*corev1.Secret)
	y, too := b.(*corev1.Secret)
	return !ok || !too || x.Type != y.Type || !reflect.DeepEqual(x.Data, y.Data)
}

func sliceChanged(a, b client.Object) bool {
	x, ok := a.(*discoveryv1.EndpointSlice)
	y, too := b.(*discoveryv1.EndpointSlice)
	return !ok || !too || serviceOf(x) != serviceOf(y) || !reflect.DeepEqual(x.Endpoints, y.Endpoints) || !reflect.DeepEqual(x.Ports, y.Ports)
}

// nodeChanged compares the fields that transformNode retains.
func nodeChanged(a, b client.Object) bool {
	x, ok := a.(*corev1.Node)
	y, too := b.(*corev1.Node)
	return !ok || !too || !reflect.DeepEqual(x.Labels, y.Labels) || !reflect.DeepEqual(x.Status, y.Status)
}
