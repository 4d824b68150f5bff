package kube

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// Objects is everything that a load balancer can come from. The order within a list means nothing.
// The objects are only read.
type Objects struct {
	Ingresses      []*networkingv1.Ingress
	IngressClasses []*networkingv1.IngressClass
	Services       []*corev1.Service
	EndpointSlices []*discoveryv1.EndpointSlice
	Secrets        []*corev1.Secret
	// Pods are optional: with them, a health check without annotations follows the readiness probe.
	Pods []*corev1.Pod
	// Nodes are needed for target mode "node", and give the zone of endpoints that state none.
	Nodes      []*corev1.Node
	Namespaces []*corev1.Namespace
}

// Options says how objects are taken.
type Options struct {
	// Controller is the controller name that an IngressClass must have, such as "headgate.io/aws".
	Controller string
	// Strict takes only what a live cluster gives to this controller: an Ingress whose class exists
	// and names Controller, or an Ingress without a class where the default class does. Otherwise
	// an Ingress with no class, or with a class that is not among the objects, is taken too.
	Strict bool
}

// Result is what Build made of the objects. Load balancers may share memory with each other and
// with the bytes of Secrets, so that none of it must be changed; [model.Seal] copies.
type Result struct {
	// LoadBalancers is sorted by ID.
	LoadBalancers []model.LoadBalancer
	// Backends tells which port of which Service each group stands for, sorted by load balancer,
	// then in the order of its groups.
	Backends []GroupBackend
	// Problems is sorted by object, field and message.
	Problems []model.Problem
	// Skipped are the objects whose class names another controller, sorted.
	Skipped []model.Ref
}

// GroupBackend ties a group of a load balancer to what its endpoints come from, so that a change of
// one Service's slices costs only [Backend.Members].
type GroupBackend struct {
	LoadBalancer model.ID
	Group        model.GroupID
	Backend      Backend
}

// Build makes load balancers of objects. It is pure, and the same objects in any order give the
// same result.
func Build(o Objects, opts Options) Result {
	b := newBuilder(o, opts)
	members := b.members(o.Ingresses)
	b.reserve(members)
	for i := range b.result.LoadBalancers {
		n := together(members)
		b.assemble(&b.result.LoadBalancers[i], members[:n])
		members = members[n:]
	}
	b.sortProblems()
	slices.SortFunc(b.result.Skipped, compareRefs)
	return b.result
}

// together is how many of the members, at the front, share a load balancer.
func together(members []*member) int {
	n := 1
	for n < len(members) && members[n].id == members[0].id {
		n++
	}
	return n
}

func (b *builder) sortProblems() {
	p := b.result.Problems
	slices.SortFunc(p, func(x, y model.Problem) int {
		return cmp.Or(compareRefs(x.Origin, y.Origin), strings.Compare(string(x.Reason), string(y.Reason)), strings.Compare(x.Message, y.Message))
	})
	b.result.Problems = slices.Compact(p)
}

func compareRefs(x, y model.Ref) int {
	return cmp.Or(strings.Compare(x.Kind, y.Kind), strings.Compare(x.Namespace, y.Namespace),
		strings.Compare(x.Name, y.Name), strings.Compare(x.Field, y.Field))
}
