package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// calm creates an Ingress without any disturbance, and deletes it again. It returns the number of
// writes, and how many objects of each kind the account had.
func (s *stage) calm(t *testing.T) (writes int, objects map[string]int) {
	t.Helper()
	p := s.run(t, "--leader-elect=false")
	s.ingress(t, "front", "shop", "cart")
	s.awaitAll(t, 3)
	writes, objects = len(s.Wire().Writes()), census(s.Snapshot())
	s.retire(t, "front")
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	return writes, objects
}

// workloads creates the Services of these tests.
func (s *stage) workloads(t *testing.T) {
	t.Helper()
	s.workload(t, s.ns, "shop", 3, nil)
	s.workload(t, s.ns, "cart", 1, nil)
	s.awaitReady(t, s.ns, "shop", 3)
	s.awaitReady(t, s.ns, "cart", 1)
}

// awaitAll waits until both paths are served, the first by n pods.
func (s *stage) awaitAll(t *testing.T, n int) {
	t.Helper()
	s.awaitServing(t, "front", "/", "shop", n)
	s.awaitServing(t, "front", "/cart", "cart", 1)
}

// awaitCensus waits until the account has as many objects of each kind as it should, that is, no
// duplicates.
func (s *stage) awaitCensus(t *testing.T, want map[string]int) {
	t.Helper()
	eventually(t, "as many objects as undisturbed", func(context.Context) error {
		if diff := cmp.Diff(want, census(s.Snapshot())); diff != "" {
			return fmt.Errorf("(-want +got):\n%s", diff)
		}
		return nil
	})
}

func await(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s: not within %v", what, patience)
	}
}

func TestControllersKilledAtAWriteConverge(t *testing.T) {
	abreastOnEachCloud(t, func(t *testing.T, s *stage) {
		s.workloads(t)
		writes, objects := s.calm(t)
		for _, n := range []int{1, 1 + rand.IntN(writes), writes} {
			t.Logf("killed at write %d of %d", n, writes)
			crashed := s.Wire().CrashAfter(n)
			p := s.run(t, "--leader-elect=false")
			s.ingress(t, "front", "shop", "cart")
			await(t, "the crash", crashed)
			if err := p.Kill(); err != nil {
				t.Fatal(err)
			}
			s.Wire().Heal()
			p = s.run(t, "--leader-elect=false")
			s.awaitAll(t, 3)
			s.awaitCensus(t, objects)
			s.retire(t, "front")
			if err := p.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestControllersKilledAtRandomMomentsConverge(t *testing.T) {
	abreastOnEachCloud(t, func(t *testing.T, s *stage) {
		s.workloads(t)
		_, objects := s.calm(t)
		s.ingress(t, "front", "shop", "cart")
		for range 5 {
			p := s.run(t, "--leader-elect=false")
			pods := 2 + rand.Int32N(4)
			if err := scale(t.Context(), s.client, s.ns, "shop", pods); err != nil {
				t.Fatal(err)
			}
			moment := rand.N(2 * time.Second)
			t.Logf("killed after %v, on the way to %d pods", moment, pods)
			<-time.After(moment) // The test is about this moment; it waits for nothing.
			if err := p.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		s.run(t, "--leader-elect=false")
		if err := scale(t.Context(), s.client, s.ns, "shop", inEveryZone); err != nil {
			t.Fatal(err)
		}
		s.awaitAll(t, inEveryZone)
		s.awaitCensus(t, objects)
		s.retire(t, "front")
	})
}

// inEveryZone is a number of pods large enough that every zone gets one, wherever up to five
// earlier ones are: new pods go to the zone with the fewest. Google Cloud has a network endpoint
// group for each zone with a pod.
const inEveryZone = 7

// The leader is frozen during an apply, like a process on a machine that stalls. Another process
// takes over and completes the apply. When the first one resumes, it must notice that it no longer
// leads before it writes again.
func TestLeaderChangesDuringApply(t *testing.T) {
	abreastOnEachCloud(t, func(t *testing.T, s *stage) {
		s.workloads(t)
		writes, objects := s.calm(t)
		s.Wire().SetLatency(pace * 50 * time.Millisecond) // In the clouds' time.
		first := s.run(t)
		s.Wire().Reset()
		s.ingress(t, "front", "shop", "cart")
		eventually(t, "half of the writes", func(context.Context) error {
			if n := len(s.Wire().Writes()); n < (writes+1)/2 {
				return fmt.Errorf("%d of %d", n, writes)
			}
			return nil
		})
		if err := first.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		s.runSupervised(t)
		s.awaitAll(t, 3)
		s.awaitCensus(t, objects)
		before := len(s.Wire().Writes())
		if err := first.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		await(t, "the end of the leader that was", first.Exited())
		if n := len(s.Wire().Writes()); n > before {
			t.Errorf("the leader that was made %d writes: %v", n-before, s.Wire().Writes()[before:])
		}
		s.notWarned(t, "CloudUnavailable")
		s.awaitCensus(t, objects)
		s.retire(t, "front")
	})
}

// notWarned fails the test if an object has a warning event for that reason. What happens to a
// process must not be reported on an object.
func (s *stage) notWarned(t *testing.T, reason string) {
	t.Helper()
	all, err := s.client.EventsV1().Events(s.ns).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all.Items {
		if e.Reason == reason {
			t.Errorf("%s %s has the event: %s", e.Regarding.Kind, e.Regarding.Name, e.Note)
		}
	}
}
