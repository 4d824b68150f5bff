package kube_test

import (
	"fmt"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// fleet is n Ingresses of one host and two paths, each with two Services of its own and two
// endpoints for each.
func fleet(n int) kube.Objects {
	var o kube.Objects
	for i := range n {
		ns, host := "team-"+strconv.Itoa(i%50), "app-"+strconv.Itoa(i)+".example.com"
		a, b := "app-"+strconv.Itoa(i), "api-"+strconv.Itoa(i)
		o.Ingresses = append(o.Ingresses, &networkingv1.Ingress{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: a},
			Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{
				HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{path("/", a), path("/api", b)}},
			}}}},
		})
		for _, s := range []string{a, b} {
			o.Services = append(o.Services, serviceOf(ns, s))
			o.EndpointSlices = append(o.EndpointSlices, sliceOf(ns, s, i*2, 2))
		}
	}
	return o
}

func path(p, service string) networkingv1.HTTPIngressPath {
	prefix := networkingv1.PathTypePrefix
	return networkingv1.HTTPIngressPath{Path: p, PathType: &prefix, Backend: networkingv1.IngressBackend{
		Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Number: 80}},
	}}
}

func serviceOf(ns, name string) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "http", Port: 80, Protocol: corev1.ProtocolTCP}}},
	}
}

// sliceOf is a slice of n endpoints, in an order that is not the sorted one.
func sliceOf(ns, service string, first, n int) *discoveryv1.EndpointSlice {
	name, port, zone := "http", int32(8080), "zone-a"
	s := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: ns, Name: service + "-" + strconv.Itoa(first), Labels: map[string]string{discoveryv1.LabelServiceName: service}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: &name, Port: &port}},
	}
	for i := range n {
		k := first + (i*7919)%n
		node := "node-" + strconv.Itoa(k/100)
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{
			Addresses: []string{fmt.Sprintf("10.%d.%d.%d", k>>16&255, k>>8&255, k&255)}, Zone: &zone, NodeName: &node,
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: service + "-" + strconv.Itoa(k)},
		})
	}
	return s
}

// BenchmarkBuild is Build, and Build with Seal, of Ingresses with one host and two paths each.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		o := fleet(n)
		b.Run("ingresses="+strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := kube.Build(o, kube.Options{}); len(r.LoadBalancers) != n {
					b.Fatal(len(r.LoadBalancers))
				}
			}
		})
		b.Run("seal/ingresses="+strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, lb := range kube.Build(o, kube.Options{}).LoadBalancers {
					if _, err := model.Seal(lb); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkBuildOne is one load balancer of many routes, two for each Ingress.
func BenchmarkBuildOne(b *testing.B) {
	for _, n := range []int{10, 1000, 2000, 10000} {
		o := fleet(n / 2)
		for _, i := range o.Ingresses {
			i.Annotations = map[string]string{"headgate.io/group": "all"}
		}
		b.Run("routes="+strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := kube.Build(o, kube.Options{}); len(r.LoadBalancers) != 1 || len(r.LoadBalancers[0].Listeners[0].Routes) != n {
					b.Fatal("not one load balancer of all routes")
				}
			}
		})
	}
}

// BenchmarkMembers is the endpoints of one Service in slices of 100.
func BenchmarkMembers(b *testing.B) {
	for _, n := range []int{100, 10000, 100000} {
		var slices []*discoveryv1.EndpointSlice
		for i := 0; i < n; i += 100 {
			slices = append(slices, sliceOf("shop", "web", i, 100))
		}
		backend := kube.Backend{Namespace: "shop", Service: "web", Port: "http"}
		b.Run("endpoints="+strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if eps, _, _ := backend.Members(slices, nil); len(eps) != n {
					b.Fatal(len(eps))
				}
			}
		})
	}
}
