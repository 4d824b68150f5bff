package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/headgate-io/headgate/internal/e2e/process"
)

// everything lists all resources that a controller watches.
func everything() []string {
	return []string{"ingresses", "ingressclasses", "services", "endpointslices", "secrets", "pods", "nodes", "namespaces"}
}

// blinking is a controller that reaches the API server through a veil.
type blinking struct {
	*stage
	veil    *veil
	flags   []string
	running *process.Process
}

// blink creates an Ingress and serves it by a controller behind a veil.
func (s *stage) blink(t *testing.T, flags ...string) *blinking {
	t.Helper()
	v, kubeconfig := veiled(t, s.cluster, s.user())
	b := &blinking{stage: s, veil: v, flags: append([]string{"--leader-elect=false", "--kubeconfig=" + kubeconfig, "--metrics-address=" + s.metrics()}, flags...)}
	s.workloads(t)
	b.running = s.run(t, b.flags...)
	s.ingress(t, "front", "shop", "cart")
	s.awaitAll(t, 3)
	return b
}

// restart starts a controller whose caches are empty from the beginning.
func (b *blinking) restart(t *testing.T) {
	t.Helper()
	if err := b.running.Kill(); err != nil {
		t.Fatal(err)
	}
	b.running = b.run(t, b.flags...)
}

// hide hides resources and waits until the controller has noticed.
func (b *blinking) hide(t *testing.T, resources ...string) {
	t.Helper()
	b.veil.hide(resources...)
	eventually(t, fmt.Sprintf("the controller lists anew, with %v hidden", resources), func(context.Context) error { return b.veil.known() })
}

// awaitGuard waits until the controller reports that a guard stops it from deleting a load balancer
// that no object requests.
func (b *blinking) awaitGuard(t *testing.T) {
	t.Helper()
	eventually(t, "the guard stops the deletion", func(ctx context.Context) error {
		m, err := metrics(ctx, b.metrics())
		if err == nil && m("headgate_guarded_load_balancers", "") != 1 {
			err = errors.New("it has not")
		}
		return err
	})
}

// The API server itself reports that there are no objects, and still nothing that serves is
// deleted. Without the guard it is deleted, which shows that the test proves something.
func TestEmptyCacheDeletesNothing(t *testing.T) {
	abreastOnEachCloud(t, func(t *testing.T, s *stage) { s.requireSteadyWhileHidden(t) })
	t.Run("aws without the guard", func(t *testing.T) {
		t.Parallel()
		s := clouds()[0].stage(t)
		b := s.blink(t, "--delete-share=1")
		b.hide(t, everything()...)
		eventually(t, "nothing is left in the cloud", func(context.Context) error { return unequal(s.fresh, s.Snapshot()) })
		b.hide(t)
		s.awaitAll(t, 3)
		s.retire(t, "front")
	})
}

// requireSteadyWhileHidden hides first everything and then some resources, from a controller that
// runs and from one that starts. Each time a few seconds are long enough for a controller that
// believes it to act, unless the guard reports that it stopped it.
func (s *stage) requireSteadyWhileHidden(t *testing.T) {
	t.Helper()
	b := s.blink(t)
	address, err := s.address(t.Context(), "front")
	if err != nil {
		t.Fatal(err)
	}
	before := s.Snapshot()
	serves := func() {
		t.Helper()
		s.requireSteady(t, func(ctx context.Context) error {
			_, err := s.sendTo(ctx, address, "front", "/")
			return err
		})
	}
	b.hide(t, everything()...)
	b.awaitGuard(t)
	serves()
	b.hide(t) // What was hidden comes back in any order.
	serves()
	b.hide(t, everything()...)
	b.restart(t)
	b.awaitGuard(t)
	serves()
	b.veil.hide()
	// A controller that has lost its watches backs off longer each time; a new one does not.
	b.restart(t)
	serves()
	b.hide(t, "endpointslices", "pods")
	serves()
	b.hide(t, "services")
	serves()
	b.hide(t)
	if err := unequal(before, s.Snapshot()); err != nil {
		t.Errorf("the cloud: %v", err)
	}
	if err := scale(t.Context(), s.client, s.ns, "shop", 4); err != nil {
		t.Fatal(err)
	}
	s.awaitAll(t, 4)
	s.retire(t, "front")
}
