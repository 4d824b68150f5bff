package kube

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// ClassName is the name of the class that an Ingress asks for, from the field or the annotation
// that came before it; false when it names none.
func ClassName(ing *networkingv1.Ingress) (string, bool) { return className(ing) }

// IsDefaultClass tells whether an Ingress without a class belongs to c.
func IsDefaultClass(c *networkingv1.IngressClass) bool { return isDefaultClass(c) }

// LoadBalancerOf is the ID of the load balancer that [Build] gives an Ingress, so that a change of
// one object costs only its own.
func LoadBalancerOf(ing *networkingv1.Ingress) model.ID {
	if value, ok := ing.Annotations[prefix+"group"]; ok {
		if group := strings.TrimSpace(value); isLabel(group) {
			return model.ID("group/" + group)
		}
	}
	if ing.Namespace == "group" {
		return model.ID("ingress/group/" + ing.Name)
	}
	return model.ID(ing.Namespace + "/" + ing.Name)
}

// ServicesOf is the names of the Services that an Ingress refers to, each once. They are of its
// namespace.
func ServicesOf(ing *networkingv1.Ingress) []string {
	var names []string
	eachBackend(ing, func(b *networkingv1.IngressBackend) {
		if b != nil && b.Service != nil && !slices.Contains(names, b.Service.Name) {
			names = append(names, b.Service.Name)
		}
	})
	return names
}

// SecretsOf is the names of the Secrets that an Ingress refers to, each once. They are of its
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

// PortsOf is the numbers of those ports of a Service that an Ingress of its namespace sends
// requests to, each once.
func PortsOf(ing *networkingv1.Ingress, s *corev1.Service) []int32 {
	var ports []int32
	add := func(b *networkingv1.IngressBackend) {
		if b == nil || b.Service == nil || b.Service.Name != s.Name {
			return
		}
		if p := findPort(s, &b.Service.Port); p != nil && !slices.Contains(ports, p.Port) {
			ports = append(ports, p.Port)
		}
	}
	eachBackend(ing, add)
	return ports
}

// eachBackend calls f with every backend of an Ingress.
func eachBackend(ing *networkingv1.Ingress, f func(*networkingv1.IngressBackend)) {
	f(ing.Spec.DefaultBackend)
	for i := range ing.Spec.Rules {
		if http := ing.Spec.Rules[i].HTTP; http != nil {
			for j := range http.Paths {
				f(&http.Paths[j].Backend)
			}
		}
	}
}
