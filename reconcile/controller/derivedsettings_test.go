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

// probed is the pod behind an endpoint, with a readiness probe.
func probed(name, path string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, Spec: corev1.PodSpec{Containers: []corev1.Container{{
		Name: "app", Ports: []corev1.ContainerPort{{ContainerPort: 8080}},
		ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(8080)}}},
	}}}}
}

// touched is the Ingress with a change that means nothing, for which it is built anew all the same.
func (e *env) touched(name string) *networkingv1.Ingress {
	i := e.read(ingress(name)).(*networkingv1.Ingress) //nolint:forcetypeassert // it is one
	i.Annotations = map[string]string{"example.com/touched": time.Now().String()}
	return i
}

func TestALoadBalancerBuiltAnewWithNobodyBehindItKeepsItsSettings(t *testing.T) {
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
				e.put(e.touched("web"))
				e.wait(10 * time.Minute)
				if diff := cmp.Diff(before, e.cloud.Snapshot()); diff != "" {
					t.Errorf("(-before +after):\n%s", diff)
				}
			})
		})
	}
}

// Pods that are known again, or that become known after the slice that names them, are heard.
func TestAHealthCheckFollowsPodsThatBecomeKnownLate(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		pods := []client.Object{probed("cart-1", "/healthz"), probed("cart-2", "/healthz")}
		e.put(pods...)
		e.shop()
		want := e.cloud.Snapshot()
		e.put(e.read(pods[0])) // nothing
		e.restart()
		e.remove(pods...)
		e.restart()
		e.put(e.touched("web"))
		e.wait(time.Minute)
		if cmp.Equal(want, e.cloud.Snapshot()) {
			t.Fatal("a process that never knew the pods has their health check")
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

func TestAProbeThatIsTakenAwayIsBelieved(t *testing.T) {
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
		e.put(e.touched("web"))
		e.wait(10 * time.Minute)
		if diff := cmp.Diff(after, e.cloud.Snapshot()); diff != "" || cmp.Equal(with, after) {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A scheme that cannot be read moves nothing that serves, in this process or the next; without a
// word it would be internal.
func TestAMalformedSchemeLeavesWhatServesWhereItIs(t *testing.T) {
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
			t.Error("a scheme that can be read is not heard")
		}
	})
}
