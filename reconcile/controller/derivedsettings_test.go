package controller

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// probed returns the pod behind an endpoint, with a readiness probe.
func probed(name, path string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, Spec: corev1.PodSpec{Containers: []corev1.Container{{
		Name: "app", Ports: []corev1.ContainerPort{{ContainerPort: 8080}},
		ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(8080)}}},
	}}}}
}

// annotated returns an Ingress with an annotation that has no meaning, but causes a build.
func (e *env) annotated(name string) *networkingv1.Ingress {
	i := e.read(ingress(name)).(*networkingv1.Ingress) //nolint:forcetypeassert // it is one
	i.Annotations = map[string]string{"example.com/changed": time.Now().String()}
	return i
}

func TestABuildWithoutEndpointsRetainsDerivedSettings(t *testing.T) {
	empty := slice("cart")
	for name, gone := range map[string]func(e *env){
		"no pods":        func(e *env) { e.remove(probed("cart-1", ""), probed("cart-2", "")) },
		"no slices":      func(e *env) { e.remove(slice("cart")) },
		"neither":        func(e *env) { e.remove(slice("cart"), probed("cart-1", ""), probed("cart-2", "")) },
		"scaled to zero": func(e *env) { e.put(empty) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, e *env) {
				e.put(probed("cart-1", "/healthz"), probed("cart-2", "/healthz"))
				e.shop()
				gone(e)
				e.wait(10 * time.Minute)
				before := e.cloud.Snapshot()
				e.put(e.annotated("web"))
				e.wait(10 * time.Minute)
				if diff := cmp.Diff(before, e.cloud.Snapshot()); diff != "" {
					t.Errorf("(-before +after):\n%s", diff)
				}
			})
		})
	}
}

// A pod may arrive after the slice that names it.
func TestAHealthCheckFollowsPodsThatArriveLate(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		pods := []client.Object{probed("cart-1", "/healthz"), probed("cart-2", "/healthz")}
		e.put(pods...)
		e.shop()
		want := e.cloud.Snapshot()
		e.put(e.read(pods[0])) // no change
		e.restart()
		e.remove(pods...)
		e.restart()
		e.put(e.annotated("web"))
		e.wait(time.Minute)
		if cmp.Equal(want, e.cloud.Snapshot()) {
			t.Fatal("a process that never read the pods has their health check")
		}
		for _, p := range pods {
			p.SetResourceVersion("")
			e.put(p)
		}
		e.wait(time.Minute)
		if diff := cmp.Diff(want, e.cloud.Snapshot()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestARemovedProbeIsNotRetained(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.put(probed("cart-1", "/healthz"), probed("cart-2", "/healthz"))
		e.shop()
		with := e.cloud.Snapshot()
		bare := probed("cart-3", "/")
		bare.Spec.Containers[0].ReadinessProbe = nil
		e.put(bare, slice("cart", 3))
		e.wait(10 * time.Minute)
		after := e.cloud.Snapshot()
		e.remove(probed("cart-1", ""), probed("cart-2", ""))
		e.put(e.annotated("web"))
		e.wait(10 * time.Minute)
		if diff := cmp.Diff(after, e.cloud.Snapshot()); diff != "" || cmp.Equal(with, after) {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// The default for a malformed scheme is internal, but a load balancer that serves retains its
// scheme, in this process and in the next.
func TestAMalformedSchemeMovesNoLoadBalancer(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		i := e.shop()
		before := e.loadBalancers()
		i.Annotations = map[string]string{"headgate.io/scheme": "Internet-Facing"}
		e.put(i)
		e.wait(10 * time.Minute)
		if diff := cmp.Diff(before, e.loadBalancers()); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
		e.restart()
		e.wait(10 * time.Minute)
		if diff := cmp.Diff(before, e.loadBalancers()); diff != "" {
			t.Errorf("in a new process (-before +after):\n%s", diff)
		}
		i.Annotations = map[string]string{"headgate.io/scheme": "internal"}
		e.put(i)
		e.wait(10 * time.Minute)
		if cmp.Equal(before, e.loadBalancers()) {
			t.Error("a valid scheme has no effect")
		}
	})
}
