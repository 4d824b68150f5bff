package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestADeletedClassDeletesNothing(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		t.Run(fmt.Sprintf("restarted %v", restarted), func(t *testing.T) {
			inBubble(t, func(t *testing.T, e *env) {
				e.shop()
				e.remove(class())
				e.wait(time.Minute)
				if restarted {
					e.restart()
				}
				e.put(slice("cart", 7, 8))
				e.wait(10 * time.Minute)
				if got := e.members("shop/web"); !slices.Equal(got, []string{"10.0.0.7:8080", "10.0.0.8:8080"}) {
					t.Errorf("without a class: %v", got)
				}
				e.cloud.ResetCalls()
				e.put(class())
				e.wait(time.Minute)
				if calls := e.cloud.Calls(); len(calls) > 0 {
					t.Errorf("the recreated class caused calls: %v", calls)
				}
			})
		})
	}
}

func TestAnIngressThatMovesToAnotherControllerIsReleased(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		i := e.shop()
		other := class()
		other.Name, other.Spec.Controller = "other", "example.com/other"
		e.put(other)
		moved := e.read(i).(*networkingv1.Ingress) //nolint:forcetypeassert // it is one
		moved.Spec.IngressClassName = &other.Name
		e.put(moved)
		e.wait(time.Minute)
		if got := e.cloud.Snapshot(); len(got) > 0 {
			t.Errorf("left: %v", got)
		}
		stored := e.read(i).(*networkingv1.Ingress) //nolint:forcetypeassert // it is one
		if len(stored.Finalizers) > 0 || len(stored.Status.LoadBalancer.Ingress) > 0 {
			t.Errorf("finalizers %v, status %v", stored.Finalizers, stored.Status)
		}
	})
}

func TestAnIngressThatMovesToAGroupLeavesNothingInTheCloud(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		i := e.shop()
		moved := e.read(i)
		moved.SetAnnotations(map[string]string{"headgate.io/group": "g"})
		e.put(moved)
		e.wait(2 * time.Minute)
		if got := e.members("group/g"); len(got) != 2 {
			t.Errorf("registered: %v", got)
		}
		if got := e.loadBalancers(); len(got) != 1 {
			t.Errorf("load balancers: %v", got)
		}
	})
}

func TestAnAbandonedNamespaceReleasesItsObjects(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		i := e.shop()
		<-e.cloud.CrashAfter(0)
		e.remove(i)
		e.wait(time.Minute)
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Annotations: map[string]string{AnnotationAbandon: "true"}}}
		if err := e.objects.Create(context.Background(), ns); err != nil {
			t.Fatal(err)
		}
		seen := namespaceObject()
		seen.ObjectMeta = ns.ObjectMeta
		e.dispatch(change{now: seen})
		e.wait(time.Minute)
		if e.read(i) != nil {
			t.Error("it still waits for the cloud")
		}
	})
}

func TestADeletedIngressIsCleanedUpBeforeItsRelease(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		i := e.shop()
		e.remove(i)
		e.wait(time.Minute)
		if left := e.cloud.Snapshot(); len(left) > 0 {
			t.Errorf("left in the cloud: %v", left)
		}
		if e.read(i) != nil {
			t.Error("the finalizer was not removed")
		}
	})
}

func TestADeletedIngressStaysWhileTheCloudIsUnreachable(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		i := e.shop()
		<-e.cloud.CrashAfter(0)
		e.remove(i)
		e.wait(10 * time.Minute)
		if e.read(i) == nil {
			t.Fatal("it was released before its load balancer was deleted")
		}
		e.cloud.Heal()
		e.wait(3 * time.Minute)
		if e.read(i) != nil || len(e.cloud.Snapshot()) > 0 {
			t.Errorf("left: %v", e.cloud.Snapshot())
		}
	})
}

func TestAnAbandonedIngressIsReleasedWithoutTheCloud(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		i := e.shop()
		<-e.cloud.CrashAfter(0)
		e.remove(i)
		e.wait(time.Minute)
		stuck := e.read(i)
		stuck.SetAnnotations(map[string]string{AnnotationAbandon: "true"})
		e.put(stuck)
		e.wait(time.Minute)
		if e.read(i) != nil {
			t.Error("it still waits for the cloud")
		}
		if got := strings.Join(e.events.drain(), "\n"); !strings.Contains(got, "Abandoned: load balancer shop/web and its resources stay") {
			t.Errorf("events: %s", got)
		}
	})
}

func TestIngressesOfAGroupLeaveTheirLoadBalancerOneByOne(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		a, b := ingress("a", "cart"), ingress("b", "pay")
		a.Annotations, b.Annotations = map[string]string{"headgate.io/group": "g"}, map[string]string{"headgate.io/group": "g"}
		e.put(class(), service("cart"), service("pay"), slice("cart", 1), slice("pay", 2), a, b)
		e.wait(time.Minute)
		if got := e.loadBalancers(); len(got) != 1 {
			t.Fatalf("load balancers: %v", got)
		}
		e.remove(a)
		e.wait(time.Minute)
		if e.read(a) != nil {
			t.Error("the deleted one still has its finalizer")
		}
		if got := e.members("group/g"); !slices.Equal(got, []string{"10.0.0.2:8080"}) {
			t.Errorf("registered: %v", got)
		}
	})
}
