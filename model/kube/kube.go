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

// Objects are the input of [Build]. The order within a list means nothing. The objects are only
// read.
type Objects struct {
	Ingresses      []*networkingv1.Ingress
	IngressClasses []*networkingv1.IngressClass
	Services       []*corev1.Service
	EndpointSlices []*discoveryv1.EndpointSlice
	Secrets        []*corev1.Secret
	// Pods are optional. With them, a health check without annotations follows the readiness probe.
	Pods []*corev1.Pod
	// Nodes are needed for target mode "node". They also give endpoints without a zone the zone of
	// their node.
	Nodes      []*corev1.Node
	Namespaces []*corev1.Namespace
}

// Options select the objects that Build serves.
type Options struct {
	// Controller is the controller name that a class must have, such as "headgate.io/aws".
	Controller string
	// Strict serves only what belongs to this controller in a live cluster: an object whose class
	// exists and names Controller, and an object without a class if the default class names it.
	// Otherwise an object with no class, or with a class that is not among the input, is served
	// too.
	Strict bool
}

// Result is the output of [Build]. Load balancers may share memory with each other and with the
// bytes of Secrets: do not change them. [model.Seal] copies.
type Result struct {
	// LoadBalancers are sorted by ID.
	LoadBalancers []model.LoadBalancer
	// Backends name the Service port of each group, by load balancer and in the order of its
	// groups.
	Backends []GroupBackend
	// Attachments are all claims of all objects, refused ones included, by load balancer and in the
	// order of precedence.
	Attachments []Attachment
	// Problems are sorted by object, field and message.
	Problems []model.Problem
	// Skipped are the objects whose class names another controller, sorted.
	Skipped []model.Ref
}

// GroupBackend connects a group of a load balancer with the source of its endpoints, so that a
// change of the slices of one Service costs only [Backend.Members].
type GroupBackend struct {
	LoadBalancer model.ID
	Group        model.GroupID
	Backend      Backend
}

// Build turns objects into load balancers. It is pure, and the same objects in any order give the
// same result.
//
// Each kind of object is read into attachments, which carry claims. The assembly then decides
// between claims, without regard to their kinds.
func Build(o Objects, opts Options) Result { return newCluster(&o, opts).build(&o) }

func (x *cluster) build(o *Objects) Result {
	var all []Attachment
	for _, attach := range sources() {
		all = attach(x, o, all)
	}
	slices.SortFunc(all, compareAttachments)

	r := assembleAll(x, all)
	r.Attachments = all
	r.Problems = sortedProblems(x.problems)
	r.Skipped = x.skipped
	slices.SortFunc(r.Skipped, compareRefs)
	return r
}

// source reads the objects of one kind, and appends their attachments to all.
type source func(x *cluster, o *Objects, all []Attachment) []Attachment

// sources is the list of the kinds of objects that claim parts of load balancers.
func sources() []source {
	return []source{
		(*cluster).ingresses,
	}
}

func sortedProblems(problems []model.Problem) []model.Problem {
	slices.SortFunc(problems, func(x, y model.Problem) int {
		return cmp.Or(compareRefs(x.Origin, y.Origin), strings.Compare(string(x.Reason), string(y.Reason)), strings.Compare(x.Message, y.Message))
	})
	return slices.Compact(problems)
}

func compareRefs(x, y model.Ref) int {
	return cmp.Or(strings.Compare(x.Kind, y.Kind), strings.Compare(x.Namespace, y.Namespace),
		strings.Compare(x.Name, y.Name), strings.Compare(x.Field, y.Field))
}
