package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
)

// vanish removes an object regardless of its finalizer, as an empty cache does.
func (e *env) vanish(o *networkingv1.Ingress) {
	e.t.Helper()
	before := e.read(o)
	bare := before.DeepCopyObject().(*networkingv1.Ingress) //nolint:forcetypeassert // it is one
	bare.Finalizers = nil
	if err := e.objects.Update(context.Background(), bare); err != nil {
		e.t.Fatal(err)
	}
	if err := e.objects.Delete(context.Background(), bare); err != nil {
		e.t.Fatal(err)
	}
	e.dispatch(change{before: before})
}

// fleet creates n Ingresses, each with its own load balancer, and waits until they are served.
func (e *env) fleet(n int) []*networkingv1.Ingress {
	e.t.Helper()
	e.put(class(), service("cart"), slice("cart", 1, 2))
	all := make([]*networkingv1.Ingress, n)
	for i := range all {
		all[i] = ingress(fmt.Sprintf("web%d", i), "cart")
		e.put(all[i])
	}
	e.wait(time.Minute)
	if got := len(e.loadBalancers()); got != n {
		e.t.Fatalf("%d load balancers, want %d", got, n)
	}
	return all
}

func TestAnEmptyCacheDeletesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		for _, i := range e.fleet(4) {
			e.vanish(i)
		}
		e.wait(10 * time.Minute)
		if got := e.loadBalancers(); len(got) != 4 {
			t.Errorf("left: %v", got)
		}
		guarded := 0
		for _, ev := range e.events.drain() {
			if strings.HasPrefix(ev, "/edge Guarded: ") {
				guarded++
			}
		}
		if guarded != 1 {
			t.Errorf("the guard was reported %d times", guarded)
		}
	})
}

func TestASmallShareThatVanishedIsCollected(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		all := e.fleet(4)
		e.vanish(all[0])
		e.wait(time.Minute)
		if got := e.loadBalancers(); len(got) != 3 {
			t.Errorf("left: %v", got)
		}
	})
}

func TestAnAnnotationReleasesTheGuard(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		for _, i := range e.fleet(3) {
			e.vanish(i)
		}
		e.wait(time.Minute)
		_, value, found := strings.Cut(strings.Join(e.events.drain(), "\n"), AnnotationRelease+`: "`)
		if !found {
			t.Fatal("the event has no value")
		}
		value, _, _ = strings.Cut(value, `"`)
		wrong := class()
		wrong.Annotations = map[string]string{AnnotationRelease: "true"}
		e.put(wrong)
		e.wait(5 * time.Minute)
		if got := e.loadBalancers(); len(got) != 3 {
			t.Fatalf("another value released the guard: %v left", got)
		}
		right := class()
		right.Annotations = map[string]string{AnnotationRelease: value}
		e.put(right)
		e.wait(time.Minute)
		if got := e.cloud.Snapshot(); len(got) != 0 {
			t.Errorf("left: %v", got)
		}
	})
}

func TestUnclaimedLoadBalancersAreCollectedAfterAStart(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		all := e.fleet(4)
		e.stop()
		bare := e.read(all[0]).(*networkingv1.Ingress) //nolint:forcetypeassert // it is one
		bare.Finalizers = nil
		if err := e.objects.Update(context.Background(), bare); err != nil {
			t.Fatal(err)
		}
		if err := e.objects.Delete(context.Background(), bare); err != nil {
			t.Fatal(err)
		}
		e.renew()
		e.start()
		e.wait(time.Minute)
		if got := e.loadBalancers(); len(got) != 3 {
			t.Errorf("left: %v", got)
		}
	})
}

func TestAStartWithAnEmptyCacheDeletesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.fleet(1)
		e.stop()
		full := e.objects
		e.objects = newEnv(t).objects
		e.renew()
		e.start()
		e.wait(10 * time.Minute)
		if got := e.loadBalancers(); len(got) != 1 {
			t.Errorf("left: %v", got)
		}
		e.stop()
		e.objects = full
		e.renew()
		e.start()
		e.put(slice("cart", 5))
		e.wait(time.Minute)
		if got := e.members("shop/" + "web0"); !slices.Equal(got, []string{"10.0.0.5:8080"}) {
			t.Errorf("registered: %v", got)
		}
	})
}

func TestServicesThatVanishAtOnceAreStillServed(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		names := []string{"a", "b", "c"}
		e.put(class(), ingress("web", names...))
		for n, name := range names {
			e.put(service(name), slice(name, 1+n))
		}
		e.wait(time.Minute)
		for _, name := range names {
			e.remove(service(name))
		}
		e.wait(10 * time.Minute)
		if got := e.members("shop/web"); len(got) < 2 {
			t.Errorf("registered: %v", got)
		}
		for n, name := range names {
			e.put(service(name), slice(name, 11+n))
		}
		e.wait(2 * time.Minute)
		if got := e.members("shop/web"); !slices.Equal(got, []string{"10.0.0.11:8080", "10.0.0.12:8080", "10.0.0.13:8080"}) {
			t.Errorf("registered: %v", got)
		}
	})
}

func TestADeletedServiceIsRemoved(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.put(class(), service("a"), slice("a", 1), service("b"), slice("b", 2), ingress("web", "a", "b"))
		e.wait(time.Minute)
		e.remove(service("a"))
		e.wait(5 * time.Minute)
		if got := e.members("shop/web"); !slices.Equal(got, []string{"10.0.0.2:8080"}) {
			t.Errorf("registered: %v", got)
		}
	})
}

func TestSlicesThatVanishDeregisterNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		e.remove(slice("cart"))
		e.wait(10 * time.Minute)
		if got := e.members("shop/web"); len(got) != 2 {
			t.Errorf("registered: %v", got)
		}
	})
}
