package controller

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
)

// object is a pointer to an object of type T.
type object[T any] interface {
	*T
	client.Object
}

// getAll reads the named objects that exist, each once.
func getAll[T any, P object[T]](ctx context.Context, r client.Reader, names []string) ([]*T, error) {
	slices.Sort(names)
	out := make([]*T, 0, len(names))
	for _, name := range slices.Compact(names) {
		o, err := get[T, P](ctx, r, name)
		if err != nil {
			return nil, err
		}
		if o != nil {
			out = append(out, o)
		}
	}
	return out, nil
}

// get reads the object "namespace/name". It returns nil if the object does not exist.
func get[T any, P object[T]](ctx context.Context, r client.Reader, name string) (*T, error) {
	o := new(T)
	err := r.Get(ctx, keyOf(name), P(o), client.UnsafeDisableDeepCopy)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("get %T %s: %w", o, name, err)
	}
	return o, nil
}

func keyOf(name string) client.ObjectKey {
	namespace, short, found := strings.Cut(name, "/")
	if !found {
		return client.ObjectKey{Name: name}
	}
	return client.ObjectKey{Namespace: namespace, Name: short}
}

func nameOf(o client.Object) string { return o.GetNamespace() + "/" + o.GetName() }

// slicesOf returns the EndpointSlices of a Service.
func slicesOf(ctx context.Context, r client.Reader, service string) ([]*discoveryv1.EndpointSlice, error) {
	var l discoveryv1.EndpointSliceList
	if err := r.List(ctx, &l, client.MatchingFields{byService: service}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list endpoint slices of %s: %w", service, err)
	}
	out := make([]*discoveryv1.EndpointSlice, len(l.Items))
	for i := range l.Items {
		out[i] = &l.Items[i]
	}
	return out, nil
}

// podOf returns a pod from the cache, or nil if it is not there.
func podOf(ctx context.Context, r client.Reader, name string) *corev1.Pod {
	p, err := get[corev1.Pod](ctx, r, name)
	if err != nil {
		return nil
	}
	return p
}

// oldestPod returns the pod whose readiness probe the health check of a group follows: the oldest,
// then the first by name. It returns "" if no pod is known.
func oldestPod(ctx context.Context, r client.Reader, eps []model.Endpoint) string {
	var first *corev1.Pod
	for i := range eps {
		if eps[i].Pod == "" {
			continue
		}
		p := podOf(ctx, r, eps[i].Pod)
		if p != nil && (first == nil || compareAge(p, first) < 0) {
			first = p
		}
	}
	if first == nil {
		return ""
	}
	return first.Namespace + "/" + first.Name
}

func compareAge(x, y *corev1.Pod) int {
	return cmp.Or(x.CreationTimestamp.Compare(y.CreationTimestamp.Time), strings.Compare(x.Name, y.Name))
}
