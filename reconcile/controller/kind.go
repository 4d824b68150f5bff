package controller

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// kind is a kind of object that claims load balancers: how it is read, which load balancers it
// belongs to, and how its status is written. Another kind is one more file that implements this
// interface, and an entry in kinds.
type kind interface {
	// resource is the kind itself, and class the kind of object that selects its controller.
	resource() resource
	class() resource

	// list returns the objects that a field index finds.
	list(ctx context.Context, r client.Reader, field, value string) ([]client.Object, error)
	// classes returns the classes that name the controller.
	classes(ctx context.Context, r client.Reader, controller string) ([]client.Object, error)
	// classOf reports whether the class by which an object belongs to a load balancer names the
	// controller.
	classOf(ctx context.Context, r client.Reader, o client.Object, id model.ID, controller string) (classState, error)
	// loadBalancers returns the IDs of all load balancers that an object belongs to.
	loadBalancers(o client.Object) []model.ID
	// services and secrets return what an object refers to, as "namespace/name".
	services(o client.Object) []string
	secrets(o client.Object) []string
	// ports returns the ports of a Service that an object forwards to.
	ports(o client.Object, s *corev1.Service) []int32
	// add adds an object to the input of a build.
	add(to *kube.Objects, o client.Object)

	// addresses returns the addresses in the status of an object.
	addresses(o client.Object) []string
	// withStatus returns a copy of an object with this status, or the object itself if that is its
	// status already.
	withStatus(o client.Object, s objectStatus) client.Object

	indexes() []Index
}

// objectStatus is what the status of an object reports: the addresses of its load balancers, and
// the problems found in it, from which a kind with conditions derives them.
type objectStatus struct {
	addresses []string
	problems  []model.Problem
}

// kinds returns every kind that claims load balancers. All that depends on the kind of an object
// goes by this list.
func kinds() []kind { return []kind{ingressKind{}} }

// resource is a kind of Kubernetes object.
type resource struct {
	name  string // as in model.Ref
	empty client.Object
}

// resources returns the kinds of all objects that a model.Ref may name: those that claim load
// balancers, their classes, and what they refer to.
func resources(all []kind) []resource {
	out := []resource{
		{"Service", &corev1.Service{}},
		{"Secret", &corev1.Secret{}},
		{"EndpointSlice", &discoveryv1.EndpointSlice{}},
	}
	for _, k := range all {
		out = append(out, k.resource(), k.class())
	}
	return out
}

// newObject returns an empty object of a kind, or nil if no [model.Ref] names objects of that kind.
func newObject(all []kind, name string) client.Object {
	known := resources(all)
	i := slices.IndexFunc(known, func(r resource) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return known[i].empty
}
