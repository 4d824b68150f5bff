package controller

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// ingressKind is the kind Ingress of networking.k8s.io/v1.
type ingressKind struct{}

func (ingressKind) resource() resource { return resource{"Ingress", &networkingv1.Ingress{}} }

func (ingressKind) class() resource { return resource{"IngressClass", &networkingv1.IngressClass{}} }

func (ingressKind) loadBalancers(o client.Object) []model.ID {
	if i, ok := o.(*networkingv1.Ingress); ok {
		return kube.LoadBalancersOf(i)
	}
	return nil
}

func (ingressKind) list(ctx context.Context, r client.Reader, field, value string) ([]client.Object, error) {
	var l networkingv1.IngressList
	if err := r.List(ctx, &l, client.MatchingFields{field: value}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list ingresses by %s: %w", field, err)
	}
	out := make([]client.Object, len(l.Items))
	for i := range l.Items {
		out[i] = &l.Items[i]
	}
	return out, nil
}

func (ingressKind) classes(ctx context.Context, r client.Reader, controller string) ([]client.Object, error) {
	all, err := ingressClasses(ctx, r)
	if err != nil {
		return nil, err
	}
	var out []client.Object
	for i := range all {
		if all[i].Spec.Controller == controller {
			out = append(out, &all[i])
		}
	}
	return out, nil
}

func (ingressKind) classOf(ctx context.Context, r client.Reader, o client.Object, _ model.ID, controller string) (classState, error) {
	i, ok := o.(*networkingv1.Ingress)
	if !ok {
		return classForeign, nil
	}
	all, err := ingressClasses(ctx, r)
	if err != nil {
		return classMissing, err
	}
	name, named := kube.ClassName(i)
	state := classMissing
	for c := range all {
		class := &all[c]
		if named && class.Name != name || !named && !kube.IsDefaultClass(class) {
			continue
		}
		if class.Spec.Controller == controller {
			return classOurs, nil
		}
		state = classForeign
	}
	return state, nil
}

func ingressClasses(ctx context.Context, r client.Reader) ([]networkingv1.IngressClass, error) {
	var l networkingv1.IngressClassList
	if err := r.List(ctx, &l, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list ingress classes: %w", err)
	}
	return l.Items, nil
}

func (ingressKind) services(o client.Object) []string {
	i, ok := o.(*networkingv1.Ingress)
	if !ok {
		return nil
	}
	return qualified(i.Namespace, kube.ServicesOf(i))
}

func (ingressKind) secrets(o client.Object) []string {
	i, ok := o.(*networkingv1.Ingress)
	if !ok {
		return nil
	}
	return qualified(i.Namespace, kube.SecretsOf(i))
}

func qualified(namespace string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = namespace + "/" + n
	}
	return out
}

func (ingressKind) ports(o client.Object, s *corev1.Service) []int32 {
	if i, ok := o.(*networkingv1.Ingress); ok {
		return kube.PortsOf(i, s)
	}
	return nil
}

// add leaves out the annotation that only the controller reads: it is no part of a load balancer.
func (ingressKind) add(to *kube.Objects, o client.Object) {
	i, ok := o.(*networkingv1.Ingress)
	if !ok {
		return
	}
	if _, own := i.Annotations[AnnotationAbandon]; own {
		c := *i
		c.Annotations = maps.Clone(i.Annotations)
		delete(c.Annotations, AnnotationAbandon)
		i = &c
	}
	to.Ingresses = append(to.Ingresses, i)
}

func (ingressKind) addresses(o client.Object) []string {
	i, ok := o.(*networkingv1.Ingress)
	if !ok {
		return nil
	}
	out := make([]string, 0, len(i.Status.LoadBalancer.Ingress))
	for _, a := range i.Status.LoadBalancer.Ingress {
		out = append(out, a.IP+a.Hostname)
	}
	return out
}

// withStatus writes IP addresses as such, and all others as host names. An Ingress has no
// conditions.
func (k ingressKind) withStatus(o client.Object, s objectStatus) client.Object {
	i, ok := o.(*networkingv1.Ingress)
	if !ok || slices.Equal(k.addresses(o), s.addresses) {
		return o
	}
	c := i.DeepCopy()
	c.Status.LoadBalancer.Ingress = nil
	for _, a := range s.addresses {
		at := networkingv1.IngressLoadBalancerIngress{Hostname: a}
		if _, err := netip.ParseAddr(a); err == nil {
			at = networkingv1.IngressLoadBalancerIngress{IP: a}
		}
		c.Status.LoadBalancer.Ingress = append(c.Status.LoadBalancer.Ingress, at)
	}
	return c
}

func (k ingressKind) indexes() []Index {
	o := k.resource().empty
	return []Index{
		{o, byBalancer, func(o client.Object) []string { return stringsOf(k.loadBalancers(o)) }},
		{o, byNamespace, func(o client.Object) []string { return nonEmpty(o.GetNamespace()) }},
		{o, byService, k.services},
		{o, bySecret, k.secrets},
		{o, byClass, ingressClass},
	}
}

// noClass is the index value of objects that name no class. It is not a valid name of a class.
const noClass = "-"

func ingressClass(o client.Object) []string {
	i, ok := o.(*networkingv1.Ingress)
	if !ok {
		return nil
	}
	if name, named := kube.ClassName(i); named {
		return []string{name}
	}
	return []string{noClass}
}
