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

	"github.com/headgate-io/headgate/provider/fake"
)

// vanish takes an object away without its finalizer having been heard: what a cache that answers
// empty looks like.
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

// fleet is n Ingresses of their own, served.
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

func TestAnEmptyCacheTearsNothingDown(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		for _, i := range e.fleet(4) {
			e.vanish(i)
		}
		e.wait(10 * time.Minute)
		if got := e.loadBalancers(); len(got) != 4 {
			t.Errorf("left: %v", got)
		}
		guarded := 0
		for _, ev := range e.events.take() {
			if strings.HasPrefix(ev, "/edge Guarded: ") {
				guarded++
			}
		}
		if guarded != 1 {
			t.Errorf("the guard was told %d times", guarded)
		}
	})
}

func TestASmallPartThatVanishedIsCollected(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		all := e.fleet(4)
		e.vanish(all[0])
		e.wait(time.Minute)
		if got := e.loadBalancers(); len(got) != 3 {
			t.Errorf("left: %v", got)
		}
	})
}

func TestAPersonReleasesTheGuard(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		for _, i := range e.fleet(3) {
			e.vanish(i)
		}
		e.wait(time.Minute)
		_, value, found := strings.Cut(strings.Join(e.events.take(), "\n"), AnnotationRelease+`: "`)
		if !found {
			t.Fatal("the guard shows no value")
		}
		value, _, _ = strings.Cut(value, `"`)
		wrong := class()
		wrong.Annotations = map[string]string{AnnotationRelease: "true"}
		e.put(wrong)
		e.wait(5 * time.Minute)
		if got := e.loadBalancers(); len(got) != 3 {
			t.Fatalf("a value that was not shown released the guard: %v left", got)
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

func TestWhatWasLeftBehindIsCollectedAfterAStart(t *testing.T) {
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

func TestAStartWithAnEmptyCacheTearsNothingDown(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		all := e.fleet(1)
		e.stop()
		kept := e.objects
		e.objects = newEnv(t).objects
		e.renew()
		e.start()
		e.wait(10 * time.Minute)
		if got := e.loadBalancers(); len(got) != 1 {
			t.Errorf("left: %v", got)
		}
		e.stop()
		e.objects = kept
		e.renew()
		e.start()
		e.put(slice("cart", 5))
		e.wait(time.Minute)
		if got := e.members("shop/" + "web0"); !slices.Equal(got, []string{"10.0.0.5:8080"}) {
			t.Errorf("registered: %v", got)
		}
		_ = all
	})
}

func TestAClassThatIsGoneTearsNothingDown(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		t.Run(fmt.Sprintf("restarted %v", restarted), func(t *testing.T) {
			inBubble(t, func(t *testing.T, e *env) {
				i := e.shop()
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
					t.Errorf("the class that came back made calls: %v", calls)
				}
				_ = i
			})
		})
	}
}

func TestAnIngressThatMovesToAnotherControllerIsLetGo(t *testing.T) {
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

func TestAnIngressThatMovesToAGroupLeavesNothingBehind(t *testing.T) {
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

func TestSlicesThatVanishEmptyNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		e.remove(slice("cart"))
		e.wait(10 * time.Minute)
		if got := e.members("shop/web"); len(got) != 2 {
			t.Errorf("registered: %v", got)
		}
	})
}

func TestServicesThatVanishAllAtOnceServeOn(t *testing.T) {
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

func TestOneServiceThatIsDeletedIsBelieved(t *testing.T) {
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

func TestADryRunWritesNothing(t *testing.T) {
	dry := func(o *Options, _ *fake.CloudOptions) { o.DryRun = true }
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		if n := e.cloudWrites(); n != 0 {
			t.Errorf("%d writes", n)
		}
		if w := e.writes.take(); len(w) > 0 {
			t.Errorf("writes to the API server: %v", w)
		}
		if got := strings.Join(e.events.take(), "\n"); !strings.Contains(got, "shop/web Planned: ") {
			t.Errorf("events: %s", got)
		}
	}, dry)
}

func TestDriftIsFoundAndMended(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		other, err := fake.New(e.cloud, fake.Options{ClusterID: "test"})
		if err != nil {
			t.Fatal(err)
		}
		drift(t, other)
		if got := e.members("shop/web"); len(got) != 0 {
			t.Fatalf("no drift was made: %v", got)
		}
		e.wait(time.Hour)
		if got := e.members("shop/web"); len(got) != 2 {
			t.Errorf("registered: %v", got)
		}
	})
}

func TestAFailureThatLastsIsToldOnceAndNeverGivenUp(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.cloud.Inject(fake.Fault{Op: "write", Kind: fake.FailBefore})
		e.put(class(), service("cart"), slice("cart", 1), ingress("web", "cart"))
		e.wait(time.Hour)
		told := 0
		for _, ev := range e.events.take() {
			if strings.Contains(ev, "CloudUnavailable") {
				told++
			}
		}
		if n := e.cloudWrites(); told == 0 || told > 3 || n < 10 || n > 300 {
			t.Errorf("told %d times, %d writes tried within an hour", told, n)
		}
		e.cloud.Heal()
		e.wait(5 * time.Minute)
		if got := e.members("shop/web"); len(got) != 1 {
			t.Errorf("registered: %v", got)
		}
	})
}

func TestANamespaceThatIsAbandonedLetsItsObjectsGo(t *testing.T) {
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
