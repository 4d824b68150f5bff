package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	clientfake "k8s.io/client-go/kubernetes/fake"

	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

func TestAnIngressIsServedAndDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		client := clientfake.NewClientset(objects()...)
		cloud := fake.NewCloud(fake.CloudOptions{})
		defer cloud.Close()
		p, err := fake.New(cloud, fake.Options{ClusterID: "demo"})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		w := newWorker(reconcile.New(p, reconcile.Options{}), informers.NewSharedInformerFactory(client, 0))
		go func() { done <- w.run(ctx) }()
		<-time.After(time.Minute)
		if n := len(cloud.Snapshot()); n == 0 {
			t.Error("nothing is served")
		}
		if err := client.NetworkingV1().Ingresses("shop").Delete(ctx, "web", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		if left := cloud.Snapshot(); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func objects() []runtime.Object {
	prefix, port := networkingv1.PathTypePrefix, int32(8080)
	meta := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: "shop", Name: name} }
	slice := &discoveryv1.EndpointSlice{ObjectMeta: meta("cart-1"), AddressType: discoveryv1.AddressTypeIPv4,
		Ports: []discoveryv1.EndpointPort{{Port: &port}}, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.0.0.1"}}}}
	slice.Labels = map[string]string{discoveryv1.LabelServiceName: "cart"}
	backend := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: "cart", Port: networkingv1.ServiceBackendPort{Number: 80}}}
	rule := networkingv1.IngressRule{Host: "shop.example"}
	rule.HTTP = &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{Path: "/", PathType: &prefix, Backend: backend}}}
	return []runtime.Object{
		&networkingv1.Ingress{ObjectMeta: meta("web"), Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{rule}}},
		&corev1.Service{ObjectMeta: meta("cart"), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}},
		slice,
	}
}
