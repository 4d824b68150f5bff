package kube_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// crossed is Ingresses that use the same Services: more than there is room for at first, in another
// order and with other settings each.
func crossed() kube.Objects {
	const services = 30
	var o kube.Objects
	var paths []networkingv1.HTTPIngressPath
	for i := range services {
		name := "s" + strconv.Itoa(i)
		o.Services = append(o.Services, serviceOf("shop", name))
		o.EndpointSlices = append(o.EndpointSlices, sliceOf("shop", name, 2*i, 2))
		paths = append(paths, path("/"+name, name))
	}
	backwards := slices.Clone(paths)
	slices.Reverse(backwards)
	for name, paths := range map[string][]networkingv1.HTTPIngressPath{"a": paths, "b": backwards, "c": paths[7:20], "d": backwards[:12]} {
		ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
		if name == "b" || name == "d" {
			ing.Annotations = map[string]string{"headgate.io/request-timeout": "30s", "headgate.io/health-check-path": "/healthy"}
		}
		if name == "c" || name == "d" {
			metav1.SetMetaDataAnnotation(&ing.ObjectMeta, "headgate.io/group", "cd")
		}
		ing.Spec.DefaultBackend = &paths[0].Backend
		ing.Spec.Rules = []networkingv1.IngressRule{{
			Host:             name + ".example.com",
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths}},
		}}
		o.Ingresses = append(o.Ingresses, ing)
	}
	return o
}

// What a load balancer is must not depend on which others are built beside it, though they share
// what was worked out of a Service.
func TestALoadBalancerIsTheSameAloneAndAmongOthers(t *testing.T) {
	all := crossed()
	together := kube.Build(all, kube.Options{})
	if len(together.LoadBalancers) != 3 {
		t.Fatalf("got %d load balancers", len(together.LoadBalancers))
	}
	for _, lb := range together.LoadBalancers {
		alone := all
		alone.Ingresses = slices.DeleteFunc(slices.Clone(all.Ingresses), func(i *networkingv1.Ingress) bool { return kube.LoadBalancerOf(i) != lb.ID })
		want := kube.Build(alone, kube.Options{})
		got := kube.Result{Problems: slices.DeleteFunc(slices.Clone(together.Problems), func(p model.Problem) bool {
			return !slices.ContainsFunc(alone.Ingresses, func(i *networkingv1.Ingress) bool { return i.Name == p.Origin.Name })
		})}
		got.LoadBalancers = append(got.LoadBalancers, lb)
		for _, b := range together.Backends {
			if b.LoadBalancer == lb.ID {
				got.Backends = append(got.Backends, b)
			}
		}
		if diff := cmp.Diff(canonical(t, want), canonical(t, got)); diff != "" {
			t.Errorf("%s (-alone +together):\n%s", lb.ID, diff)
		}
		for i, b := range got.Backends {
			if b.Group != lb.Groups[i].ID || len(lb.Groups[i].Endpoints) != 2 {
				t.Errorf("%s: group %d is %s of backend %s with %d endpoints", lb.ID, i, lb.Groups[i].ID, b.Group, len(lb.Groups[i].Endpoints))
			}
		}
	}
}
