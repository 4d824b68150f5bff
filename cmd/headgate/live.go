package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// live lists the objects of the cluster of a kubeconfig file, with one call for each kind.
func (g *loaded) live(ctx context.Context, kubeconfig string) error {
	rest, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("kubeconfig %s: %w", kubeconfig, err)
	}
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		return fmt.Errorf("kubeconfig %s: %w", kubeconfig, err)
	}
	g.strict = true
	for _, kind := range g.kinds(client) {
		if err := kind.list(ctx); err != nil {
			return fmt.Errorf("kubeconfig %s: list %s: %w", kubeconfig, kind.name, err)
		}
	}
	return nil
}

type liveKind struct {
	name string
	list func(context.Context) error
}

func (g *loaded) kinds(c kubernetes.Interface) []liveKind {
	const everywhere = metav1.NamespaceAll
	core, net, slices := c.CoreV1(), c.NetworkingV1(), c.DiscoveryV1()
	o := &g.objects
	return []liveKind{
		{"ingresses", lister(net.Ingresses(everywhere).List, func(l *networkingv1.IngressList) { o.Ingresses = pointers(l.Items) })},
		{"ingressclasses", lister(net.IngressClasses().List, func(l *networkingv1.IngressClassList) { o.IngressClasses = pointers(l.Items) })},
		{"services", lister(core.Services(everywhere).List, func(l *corev1.ServiceList) { o.Services = pointers(l.Items) })},
		{"endpointslices", lister(slices.EndpointSlices(everywhere).List, func(l *discoveryv1.EndpointSliceList) { o.EndpointSlices = pointers(l.Items) })},
		{"secrets", listerOf(tlsSecrets(), core.Secrets(everywhere).List, func(l *corev1.SecretList) { o.Secrets = pointers(l.Items) })},
		{"pods", lister(core.Pods(everywhere).List, func(l *corev1.PodList) { o.Pods = pointers(l.Items) })},
		{"nodes", lister(core.Nodes().List, func(l *corev1.NodeList) { o.Nodes = pointers(l.Items) })},
		{"namespaces", lister(core.Namespaces().List, func(l *corev1.NamespaceList) { o.Namespaces = pointers(l.Items) })},
	}
}

// tlsSecrets selects certificates. Headgate does not read other Secrets.
func tlsSecrets() metav1.ListOptions {
	return metav1.ListOptions{FieldSelector: "type=kubernetes.io/tls"}
}

type listFunc[L any] func(context.Context, metav1.ListOptions) (*L, error)

func lister[L any](list listFunc[L], store func(*L)) func(context.Context) error {
	return listerOf(metav1.ListOptions{}, list, store)
}

func listerOf[L any](o metav1.ListOptions, list listFunc[L], store func(*L)) func(context.Context) error {
	return func(ctx context.Context) error {
		l, err := list(ctx, o)
		if err == nil {
			store(l)
		}
		return err
	}
}

func pointers[T any](items []T) []*T {
	out := make([]*T, len(items))
	for i := range items {
		out[i] = &items[i]
	}
	return out
}
