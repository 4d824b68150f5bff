package kube

import (
	networkingv1 "k8s.io/api/networking/v1"
)

// annotationClass is the annotation that named the class before the field existed. It takes
// precedence over the field (networking.k8s.io/v1beta1 reference, IngressSpec.ingressClassName).
const annotationClass = "kubernetes.io/ingress.class"

// ClassName returns the name of the class that an Ingress asks for, by its field or by the
// annotation that is older than the field. It reports false if the Ingress names none.
func ClassName(ing *networkingv1.Ingress) (string, bool) {
	if v, ok := ing.Annotations[annotationClass]; ok && v != "" {
		return v, true
	}
	if c := ing.Spec.IngressClassName; c != nil && *c != "" {
		return *c, true
	}
	return "", false
}

// IsDefaultClass reports whether Ingresses without a class belong to c.
func IsDefaultClass(c *networkingv1.IngressClass) bool {
	return c.Annotations[networkingv1.AnnotationIsDefaultIngressClass] == "true"
}

// serves reports whether this controller serves an Ingress.
func (x *cluster) serves(ing *networkingv1.Ingress) bool {
	name, named := ClassName(ing)
	if !named {
		return !x.opts.Strict || x.defaultIsOurs
	}
	class := x.classes[name]
	if class == nil {
		return !x.opts.Strict
	}
	return class.Spec.Controller == x.opts.Controller
}
