package controller

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/provider/fake"
)

// shop creates an Ingress with a Service of two pods, and waits until it is served.
func (e *env) shop() *networkingv1.Ingress {
	i := ingress("web", "cart")
	e.put(class(), service("cart"), slice("cart", 1, 2), i)
	e.wait(time.Minute)
	return i
}

func TestAnIngressIsServed(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		i := e.shop()
		if got := e.members("shop/web"); !slices.Equal(got, []string{"10.0.0.1:8080", "10.0.0.2:8080"}) {
			t.Errorf("registered: %v", got)
		}
		stored := e.read(i).(*networkingv1.Ingress) //nolint:forcetypeassert // it is one
		if len(stored.Status.LoadBalancer.Ingress) != 1 || stored.Status.LoadBalancer.Ingress[0].IP == "" {
			t.Errorf("status: %v", stored.Status)
		}
		if !slices.Equal(stored.Finalizers, []string{"headgate.io/cleanup-fake"}) {
			t.Errorf("finalizers: %v", stored.Finalizers)
		}
		if got := e.events.drain(); len(got) != 1 || !strings.Contains(got[0], "shop/web Programmed: reachable at ") {
			t.Errorf("events: %q", got)
		}
	})
}

func TestTheFinalizerIsAddedBeforeTheFirstWrite(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.writes.fail = func(string, clientObject) error { return errTest }
		e.shop()
		if n := e.cloudWrites(); n != 0 {
			t.Errorf("%d writes although the finalizer could not be set", n)
		}
		e.writes.mu.Lock()
		e.writes.fail = nil
		e.writes.mu.Unlock()
		e.wait(2 * time.Minute)
		if len(e.loadBalancers()) != 1 {
			t.Error("it never recovered")
		}
	})
}

func TestNothingIsWrittenWhenNothingChanged(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		i := e.shop()
		e.writes.drain()
		e.cloud.ResetCalls()
		again := e.read(i)
		again.SetAnnotations(map[string]string{"example.com/changed": "yes"})
		e.put(again)
		e.put(slice("cart", 2, 1))
		e.wait(5 * time.Minute)
		if calls := e.cloud.Calls(); len(calls) > 0 {
			t.Errorf("calls: %v", calls)
		}
		if w := e.writes.drain(); len(w) > 0 {
			t.Errorf("writes: %v", w)
		}
	})
}

func TestARestartWithoutChangesReadsOnceAndWritesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		e.put(service("pay"), slice("pay", 9), ingress("pay", "pay"))
		e.wait(time.Minute)
		e.writes.drain()
		e.events.drain()
		e.cloud.ResetCalls()
		e.restart()
		if calls := e.cloud.Calls(); len(calls) != 1 || calls[0].Write {
			t.Errorf("calls: %v", calls)
		}
		if w := e.writes.drain(); len(w) > 0 {
			t.Errorf("writes: %v", w)
		}
		if got := e.events.drain(); len(got) > 0 {
			t.Errorf("events: %v", got)
		}
	})
}

func TestAnEndpointCostsOneWriteAndNoRead(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		e.cloud.ResetCalls()
		begun := time.Now()
		e.put(slice("cart", 1, 2, 3))
		e.wait(0)
		if got := e.members("shop/web"); len(got) != 3 {
			t.Errorf("registered without a wait: %v", got)
		}
		if d := time.Since(begun); d > time.Millisecond {
			t.Errorf("the first change after a quiet time took %s", d)
		}
		calls := e.cloud.Calls()
		calls = calls[:len(calls)-1] // without the call of the test
		if len(calls) != 1 || calls[0].Op != "register" {
			t.Errorf("calls: %v", calls)
		}
	})
}

func TestPodsThatBecomeReadyOneByOneAreBatched(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		e.cloud.ResetCalls()
		ips := []int{1, 2}
		for n := range 10 {
			ips = append(ips, 10+n)
			e.put(slice("cart", ips...))
			e.wait(200 * time.Millisecond)
		}
		e.wait(time.Second)
		if n := len(e.cloud.Calls()); n == 0 || n > 5 {
			t.Errorf("%d calls for ten pods", n)
		}
		if got := e.members("shop/web"); len(got) != 12 {
			t.Errorf("registered: %v", got)
		}
	})
}

func TestReplacementPodsAreRegisteredBeforeOldOnesAreDeregistered(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		e.cloud.ResetCalls()
		e.put(slice("cart", 11, 12))
		e.wait(time.Minute)
		var ops []string
		for _, c := range e.cloud.Calls() {
			if c.Write {
				ops = append(ops, c.Op)
			}
		}
		if diff := cmp.Diff([]string{"register", "deregister"}, ops); diff != "" {
			t.Error(diff)
		}
		if got := e.members("shop/web"); !slices.Equal(got, []string{"10.0.0.11:8080", "10.0.0.12:8080"}) {
			t.Errorf("registered: %v", got)
		}
	})
}

func TestAProblemIsReportedOnceOnItsObject(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.put(class(), service("cart"), slice("cart", 1), ingress("web", "cart", "gone"))
		e.wait(time.Minute)
		e.put(slice("cart", 1, 2))
		e.wait(10 * time.Minute)
		var problems []string
		for _, ev := range e.events.drain() {
			if strings.Contains(ev, "NotFound") {
				problems = append(problems, ev)
			}
		}
		if len(problems) != 1 || !strings.HasPrefix(problems[0], "shop/web NotFound: spec.rules[1].http.paths[0].backend") {
			t.Errorf("events: %q", problems)
		}
		e.put(service("gone"), slice("gone", 7))
		e.wait(time.Minute)
		if got := e.members("shop/web"); len(got) != 3 {
			t.Errorf("the Service that was created later is not served: %v", got)
		}
	})
}

// TestEndpointsThatChangeDuringABuildSetItsPort creates the first slice after a pass has read the
// slices and before its groups are known. No event finds the group then, and the port of the
// Service is not that of its endpoints.
func TestEndpointsThatChangeDuringABuildSetItsPort(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.put(class(), service("a"))
		late := func() { e.put(slice("a", 1)) }
		e.between.Store(&late)
		e.put(ingress("web", "a"))
		e.wait(time.Minute)
		if _, ok := e.cloud.Snapshot()["Group//test.shop/web/shop/a:80.http.8080"]; !ok {
			t.Errorf("the group does not have the port of its endpoints: %v", slices.Sorted(maps.Keys(e.cloud.Snapshot())))
		}
	})
}

// TestNoPassWaitsForAnother blocks the cloud for one load balancer and changes another.
func TestNoPassWaitsForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowProvider{release: make(chan struct{})}
		e := newEnv(t)
		defer e.cloud.Close()
		e.renew(func(o *Options, _ *fake.CloudOptions) {
			slow.Provider = o.Provider
			o.Provider = slow
		})
		e.start()
		e.put(class(), service("cart"), slice("cart", 1), ingress("blocked", "cart"))
		e.wait(time.Second)
		e.put(ingress("free", "cart"))
		e.wait(time.Minute)
		if got := e.loadBalancers(); len(got) != 1 || !strings.Contains(got[0], "free") {
			t.Errorf("load balancers: %v", got)
		}
		close(slow.release)
		e.wait(time.Minute)
		if got := e.loadBalancers(); len(got) != 2 {
			t.Errorf("load balancers: %v", got)
		}
		e.stop()
	})
}
