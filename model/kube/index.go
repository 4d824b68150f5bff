package kube

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// key names a namespaced object.
type key struct{ namespace, name string }

// builder is one Build: the objects by name, what was worked out of them so far, and the result.
type builder struct {
	opts     Options
	classes  map[string]*networkingv1.IngressClass
	defaults bool // a default class names this controller
	services map[key]*service
	secrets  map[key]*secret
	nodes    Nodes
	pods     map[key]*corev1.Pod
	table    map[string]annotation // made at first use
	fields   fields
	none     settings // of all that have no annotations
	flaws    map[*variant][]flaw
	// counts load balancers, so that what is shared knows whether it is in the current one
	sequence int32
	blocks   blocks
	current  assembly
	result   Result
}

// blocks is where the parts of load balancers come from.
type blocks struct {
	scratch
	refs      arena[model.Ref]
	hosts     arena[model.Host]
	matches   arena[model.Match]
	routes    arena[model.Route]
	groups    arena[model.Group]
	listeners arena[model.Listener]
	forwards  arena[forward]
	variants  arena[variant]
	settings  arena[settings]
	slices    arena[*discoveryv1.EndpointSlice]
}

// forward is the action that sends everything to one group, in one piece.
type forward struct {
	model.Forward
	shares [1]model.Weighted
}

// reserve makes room for the load balancers of the members, and for the parts that they are likely
// to have, in one piece each.
func (b *builder) reserve(members []*member) {
	balancers, routes := 0, 0
	for rest := members; len(rest) > 0; rest = rest[together(rest):] {
		balancers++
	}
	for _, m := range members {
		routes += paths(m.ingress)
	}
	groups := min(routes, len(b.services))
	b.result.LoadBalancers = make([]model.LoadBalancer, balancers)
	b.result.Backends = make([]GroupBackend, 0, groups)
	b.blocks.reserve(balancers, routes, groups)
	// of load balancers, and of each group's Service and first Ingress
	b.blocks.refs.reserve(len(members) + 2*groups)
}

// reserve makes room for the parts of load balancers with one listener each.
func (b *blocks) reserve(balancers, routes, groups int) {
	b.listeners.reserve(balancers)
	b.hosts.reserve(routes)
	b.matches.reserve(routes)
	b.routes.reserve(routes)
	b.groups.reserve(groups)
	b.variants.reserve(groups)
	b.forwards.reserve(groups)
}

func (b *blocks) forwardTo(g model.GroupID) *model.Forward {
	f := &b.forwards.take(1)[0]
	f.shares[0].Group, f.shares[0].Weight = g, 1
	f.Groups = f.shares[:]
	return &f.Forward
}

// service is a Service with what hangs on it.
type service struct {
	object   *corev1.Service
	slices   []*discoveryv1.EndpointSlice
	variants *variant            // the latest of them
	settings *backendAnnotations // nil until they are looked at
}

// secret is a TLS secret, parsed once.
type secret struct {
	object *corev1.Secret
	parsed bool
	cert   model.Certificate
	err    string // what is wrong with it
	field  string // where
}

func newBuilder(o Objects, opts Options) *builder {
	b := &builder{
		opts:     opts,
		classes:  make(map[string]*networkingv1.IngressClass, len(o.IngressClasses)),
		services: make(map[key]*service, len(o.Services)),
		secrets:  make(map[key]*secret, len(o.Secrets)),
		pods:     make(map[key]*corev1.Pod, len(o.Pods)),
		nodes:    NewNodes(o.Nodes),
		flaws:    map[*variant][]flaw{},
	}
	for _, c := range o.IngressClasses {
		setOnce(b.classes, c.Name, c)
		b.defaults = b.defaults || (isDefaultClass(c) && c.Spec.Controller == opts.Controller)
	}
	b.indexServices(o.Services, o.EndpointSlices)
	for _, s := range o.Secrets {
		setOnce(b.secrets, key{s.Namespace, s.Name}, &secret{object: s})
	}
	for _, p := range o.Pods {
		setOnce(b.pods, key{p.Namespace, p.Name}, p)
	}
	return b
}

func (b *builder) indexServices(services []*corev1.Service, endpoints []*discoveryv1.EndpointSlice) {
	all := make([]service, len(services))
	// so that of a name that is there twice the first counts
	for i, s := range slices.Backward(services) {
		all[i].object = s
		b.services[key{s.Namespace, s.Name}] = &all[i]
	}
	for _, e := range endpoints {
		name := e.Labels[discoveryv1.LabelServiceName]
		if s := b.services[key{e.Namespace, name}]; s != nil && name != "" {
			if s.slices == nil {
				s.slices = b.blocks.slices.take(1)[:0]
			}
			s.slices = append(s.slices, e)
		}
	}
}

func setOnce[K comparable, V any](m map[K]V, k K, v V) {
	if _, ok := m[k]; !ok {
		m[k] = v
	}
}

func (b *builder) problem(origin model.Ref, reason model.Reason, message string) {
	b.result.Problems = append(b.result.Problems, model.Problem{Origin: origin, Reason: reason, Message: message})
}

// at is the reference to a field of the same object.
func at(r model.Ref, field string) model.Ref {
	r.Field = field
	return r
}
