package kube

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// ClassName is the name of the class that an Ingress asks for, from the field or the annotation that came before it; false when it
// names none.
func ClassName(ing *networkingv1.Ingress) (string, bool) { return className(ing) }

// IsDefaultClass tells whether an Ingress without a class belongs to c.
func IsDefaultClass(c *networkingv1.IngressClass) bool { return isDefaultClass(c) }

// LoadBalancerOf is the ID of the load balancer that [Build] gives an Ingress, so that a change of one object costs only its own.
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

// ServicesOf is the names of the Services that an Ingress refers to, each once. They are of its namespace.
func ServicesOf(ing *networkingv1.Ingress) []string {
	var names []string
	add := func(b *networkingv1.IngressBackend) {
		if b != nil && b.Service != nil {
			names = addOnce(names, b.Service.Name)
		}
	}
	add(ing.Spec.DefaultBackend)
	for i := range ing.Spec.Rules {
		if http := ing.Spec.Rules[i].HTTP; http != nil {
			for j := range http.Paths {
				add(&http.Paths[j].Backend)
			}
		}
	}
	return names
}

// SecretsOf is the names of the Secrets that an Ingress refers to, each once. They are of its namespace.
func SecretsOf(ing *networkingv1.Ingress) []string {
	var names []string
	for i := range ing.Spec.TLS {
		if n := ing.Spec.TLS[i].SecretName; n != "" {
			names = addOnce(names, n)
		}
	}
	return names
}

func addOnce(names []string, name string) []string {
	for _, n := range names {
		if n == name {
			return names
		}
	}
	return append(names, name)
}
