package kube

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// LoadBalancersOf returns the IDs of the load balancers that [Build] attaches an Ingress to, so
// that a change of one object costs only its own load balancers. An Ingress has exactly one.
func LoadBalancersOf(ing *networkingv1.Ingress) []model.ID {
	group := strings.TrimSpace(ing.Annotations[prefix+"group"])
	if !isLabel(group) {
		group = ""
	}
	return []model.ID{loadBalancerID(ing, group)}
}

// loadBalancerID never gives a single Ingress the ID of a group, see the package comment.
func loadBalancerID(ing *networkingv1.Ingress, group string) model.ID {
	switch {
	case group != "":
		return model.ID("group/" + group)
	case ing.Namespace == "group":
		return model.ID("ingress/group/" + ing.Name)
	default:
		return model.ID(ing.Namespace + "/" + ing.Name)
	}
}

// ServicesOf returns the names of the Services that an Ingress refers to, each once. They are in
// its namespace.
func ServicesOf(ing *networkingv1.Ingress) []string {
	var names []string
	for b := range backendsOf(ing) {
		if b.Service != nil && !slices.Contains(names, b.Service.Name) {
			names = append(names, b.Service.Name)
		}
	}
	return names
}

// SecretsOf returns the names of the Secrets that an Ingress refers to, each once. They are in its
// namespace.
func SecretsOf(ing *networkingv1.Ingress) []string {
	var names []string
	for i := range ing.Spec.TLS {
		if n := ing.Spec.TLS[i].SecretName; n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// PortsOf returns the numbers of the ports of a Service that an Ingress of its namespace routes to,
// each once.
func PortsOf(ing *networkingv1.Ingress, s *corev1.Service) []int32 {
	var ports []int32
	for b := range backendsOf(ing) {
		if b.Service == nil || b.Service.Name != s.Name {
			continue
		}
		if p := findPort(s, &b.Service.Port); p != nil && !slices.Contains(ports, p.Port) {
			ports = append(ports, p.Port)
		}
	}
	return ports
}

// backendsOf yields every backend of an Ingress.
func backendsOf(ing *networkingv1.Ingress) func(yield func(*networkingv1.IngressBackend) bool) {
	return func(yield func(*networkingv1.IngressBackend) bool) {
		if b := ing.Spec.DefaultBackend; b != nil && !yield(b) {
			return
		}
		for i := range ing.Spec.Rules {
			http := ing.Spec.Rules[i].HTTP
			for j := 0; http != nil && j < len(http.Paths); j++ {
				if !yield(&http.Paths[j].Backend) {
					return
				}
			}
		}
	}
}
