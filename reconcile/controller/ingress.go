package controller

import (
	"context"
	"fmt"
	"maps"
	"net/netip"

	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// ingressKind is Ingress.
type ingressKind struct{}

func (ingressKind) object() client.Object { return &networkingv1.Ingress{} }

func (ingressKind) name() string { return "Ingress" }

func (ingressKind) balancer(o client.Object) model.ID {
	if i, ok := o.(*networkingv1.Ingress); ok {
		return kube.LoadBalancerOf(i)
	}
	return ""
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

func (ingressKind) class(ctx context.Context, r client.Reader, o client.Object, controller string) (whose, error) {
	i, ok := o.(*networkingv1.Ingress)
	if !ok {
		return others, nil
	}
	var l networkingv1.IngressClassList
	if err := r.List(ctx, &l, client.UnsafeDisableDeepCopy); err != nil {
		return nobodys, fmt.Errorf("list ingress classes: %w", err)
	}
	name, named := kube.ClassName(i)
	found := nobodys
	for c := range l.Items {
		class := &l.Items[c]
		if named && class.Name != name || !named && !kube.IsDefaultClass(class) {
			continue
		}
		if class.Spec.Controller == controller {
			return ours, nil
		}
		found = others
	}
	return found, nil
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

// add takes the annotations out that are the controller's own affair, and no part of a load
// balancer.
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

// withAddresses shows IP addresses as such, and all else as host names.
func (ingressKind) withAddresses(o client.Object, addresses []string) client.Object {
	i, ok := o.(*networkingv1.Ingress)
	if !ok {
		return o
	}
	c := i.DeepCopy()
	c.Status.LoadBalancer.Ingress = nil
	for _, a := range addresses {
		at := networkingv1.IngressLoadBalancerIngress{Hostname: a}
		if _, err := netip.ParseAddr(a); err == nil {
			at = networkingv1.IngressLoadBalancerIngress{IP: a}
		}
		c.Status.LoadBalancer.Ingress = append(c.Status.LoadBalancer.Ingress, at)
	}
	return c
}

func (k ingressKind) indexes() []Index {
	o := k.object()
	return []Index{
		{o, byBalancer, func(o client.Object) []string { return one(string(k.balancer(o))) }},
		{o, byNamespace, func(o client.Object) []string { return one(o.GetNamespace()) }},
		{o, byService, k.services},
		{o, bySecret, k.secrets},
		{o, byClass, ingressClass},
	}
}

// noClass is the index of objects that name no class; it is no valid name of one.
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
