package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// claim is one object and what it means for its load balancer.
type claim struct {
	kind   kind
	object client.Object
	standing
}

func (c claim) ref() model.Ref {
	return model.Ref{Kind: c.kind.name(), Namespace: c.object.GetNamespace(), Name: c.object.GetName()}
}

// claims is the objects that ask for a load balancer, or did.
func (c *controller) claims(ctx context.Context, id model.ID) (ask, leave []claim, err error) {
	for _, k := range kinds() {
		objects, err := k.list(ctx, c.client, byBalancer, string(id))
		if err != nil {
			return nil, nil, err
		}
		for _, o := range objects {
			s, err := c.judge.standing(ctx, k, o)
			if err != nil {
				return nil, nil, err
			}
			switch s {
			case asking:
				ask = append(ask, claim{k, o, s})
			case leaving:
				leave = append(leave, claim{k, o, s})
			case bystander:
			}
		}
	}
	return ask, leave, nil
}

// judge tells what objects mean for load balancers.
type judge struct {
	client    client.Reader
	name      string // of the controller
	finalizer string
}

func (j judge) standing(ctx context.Context, k kind, o client.Object) (standing, error) {
	w, err := k.class(ctx, j.client, o, j.name)
	if err != nil {
		return bystander, err
	}
	return standingOf(w, controllerutil.ContainsFinalizer(o, j.finalizer), o.GetDeletionTimestamp() != nil), nil
}

// gather reads all that the load balancer of some objects is made of. What does not exist is left
// out, and reported by the build.
func (c *controller) gather(ctx context.Context, b *balancer, claims []claim) (kube.Objects, error) {
	var out kube.Objects
	var services, secrets []string
	for _, cl := range claims {
		cl.kind.add(&out, cl.object)
		services = append(services, cl.kind.services(cl.object)...)
		secrets = append(secrets, cl.kind.secrets(cl.object)...)
	}
	var err error
	if out.Services, err = getAll[corev1.Service](ctx, c.client, services); err != nil {
		return out, err
	}
	if err := c.keepVanished(ctx, b, &out, services); err != nil {
		return out, err
	}
	if out.Secrets, err = getAll[corev1.Secret](ctx, c.client, secrets); err != nil {
		return out, err
	}
	for _, s := range out.Services {
		of, err := c.slices(ctx, s.Namespace+"/"+s.Name)
		if err != nil {
			return out, err
		}
		out.EndpointSlices = append(out.EndpointSlices, of...)
	}
	if out.Pods, err = c.podsBehind(ctx, out.EndpointSlices); err != nil {
		return out, err
	}
	nodes, err := c.nodes.get(ctx, c.client)
	for _, n := range nodes {
		out.Nodes = append(out.Nodes, n)
	}
	return out, err
}

// object is a pointer to an object of type T.
type object[T any] interface {
	*T
	client.Object
}

// getAll reads those of the named objects that exist, each once.
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

// get reads "namespace/name"; nil when it does not exist.
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

// slices is the EndpointSlices of a Service.
func (c *controller) slices(ctx context.Context, service string) ([]*discoveryv1.EndpointSlice, error) {
	var l discoveryv1.EndpointSliceList
	if err := c.client.List(ctx, &l, client.MatchingFields{byService: service}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list endpoint slices of %s: %w", service, err)
	}
	out := make([]*discoveryv1.EndpointSlice, len(l.Items))
	for i := range l.Items {
		out[i] = &l.Items[i]
	}
	return out, nil
}

func (c *controller) podsBehind(ctx context.Context, of []*discoveryv1.EndpointSlice) ([]*corev1.Pod, error) {
	var names []string
	for _, s := range of {
		names = append(names, podsOf(s)...)
	}
	return getAll[corev1.Pod](ctx, c.client, names)
}
