package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/headgate-io/headgate/internal/e2e/process"
)

// everything is all that a controller watches.
func everything() []string {
	return []string{"ingresses", "ingressclasses", "services", "endpointslices", "secrets", "pods", "nodes", "namespaces"}
}

// blinking is a controller that sees the API server through a veil.
type blinking struct {
	*stage
	veil    *veil
	flags   []string
	running *process.Process
}

// blink brings an Ingress up by a controller behind a veil.
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

// restart begins with caches that are empty from the start.
func (b *blinking) restart(t *testing.T) {
	t.Helper()
	if err := b.running.Kill(); err != nil {
		t.Fatal(err)
	}
	b.running = b.run(t, b.flags...)
}

// hide hides resources and waits until the controller knows.
func (b *blinking) hide(t *testing.T, resources ...string) {
	t.Helper()
	b.veil.hide(resources...)
	eventually(t, fmt.Sprintf("the controller lists anew, with %v hidden", resources), func(context.Context) error { return b.veil.known() })
}

// awaitGuard waits until the controller has found that a load balancer nobody asks for is more than
// it may delete by itself.
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

// A cache that answers empty is the API server's word, and yet nothing that serves is torn down.
// Without the guard it is: that is no accident.
func TestEmptyCacheTearsNothingDown(t *testing.T) {
	abreastOnEachCloud(t, func(t *testing.T, s *stage) { s.keepsServingBlind(t) })
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

// keepsServingBlind hides first everything and then some of it, from a controller that runs and
// from one that starts. Each time less than a few seconds pass until a controller that believed it
// would have acted, or else the guard says that it stopped it.
func (s *stage) keepsServingBlind(t *testing.T) {
	t.Helper()
	b := s.blink(t)
	address, err := s.address(t.Context(), "front")
	if err != nil {
		t.Fatal(err)
	}
	before := s.Snapshot()
	serves := func() {
		t.Helper()
		s.keepsServing(t, func(ctx context.Context) error {
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
	// Each controller waits longer from time to time when it has lost its watches; a new one does
	// not.
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
