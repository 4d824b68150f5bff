package kube

import (
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// key names a namespaced object.
type key struct{ namespace, name string }

// cluster is the input of one Build, by name, and what was read of it so far.
type cluster struct {
	opts          Options
	classes       map[string]*networkingv1.IngressClass
	defaultIsOurs bool // a default class names this controller
	services      map[key]*service
	secrets       map[key]*secret
	nodes         Nodes
	pods          map[key]*corev1.Pod
	backends      map[model.GroupID]*backend
	table         *annotationTable // nil until needed
	nothingSet    settings         // of objects without annotations
	httpOnly      []ListenerKey    // of most Ingresses
	problems      []model.Problem
	skipped       []model.Ref
}

func newCluster(o *Objects, opts Options) *cluster {
	x := &cluster{
		opts:     opts,
		classes:  make(map[string]*networkingv1.IngressClass, len(o.IngressClasses)),
		services: indexServices(o.Services, o.EndpointSlices),
		secrets:  indexSecrets(o.Secrets),
		nodes:    NewNodes(o.Nodes),
		pods:     make(map[key]*corev1.Pod, len(o.Pods)),
		backends: make(map[model.GroupID]*backend, len(o.Services)),
		httpOnly: []ListenerKey{plain()},
	}
	for _, c := range o.IngressClasses {
		setOnce(x.classes, c.Name, c)
		x.defaultIsOurs = x.defaultIsOurs || IsDefaultClass(c) && c.Spec.Controller == opts.Controller
	}
	for _, p := range o.Pods {
		setOnce(x.pods, key{p.Namespace, p.Name}, p)
	}
	return x
}

// indexServices indexes Services with their slices.
func indexServices(services []*corev1.Service, all []*discoveryv1.EndpointSlice) map[key]*service {
	index := make(map[key]*service, len(services))
	list := make([]service, len(services))
	members := make([]memberList, len(services)) // most Services need one
	for i, s := range services {
		list[i] = service{object: s, members: members[i : i : i+1]}
		setOnce(index, key{s.Namespace, s.Name}, &list[i])
	}
	addSlices(index, list, all)
	return index
}

// addSlices gives each Service its slices. They are parts of one list.
func addSlices(index map[key]*service, list []service, all []*discoveryv1.EndpointSlice) {
	owners := make([]*service, len(all))
	for i, e := range all {
		if name := e.Labels[discoveryv1.LabelServiceName]; name != "" {
			owners[i] = index[key{e.Namespace, name}]
		}
		if owners[i] != nil {
			owners[i].count++
		}
	}
	room := make([]*discoveryv1.EndpointSlice, len(all))
	for i := range list {
		n := list[i].count
		list[i].slices, room = room[:0:n], room[n:]
	}
	for i, s := range owners {
		if s != nil {
			s.slices = append(s.slices, all[i])
		}
	}
}

func setOnce[K comparable, V any](m map[K]V, k K, v V) {
	if _, ok := m[k]; !ok {
		m[k] = v
	}
}

// problem records a problem and returns it.
func (x *cluster) problem(origin model.Ref, reason model.Reason, message string) *model.Problem {
	p := model.Problem{Origin: origin, Reason: reason, Message: message}
	x.problems = append(x.problems, p)
	return &p
}
