package e2e_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/headgate-io/headgate/internal/e2e/process"
)

// variableOutage names the environment variable that sets how long the API server is down in outage
// tests. The default shows the same behaviour as ten minutes.
const variableOutage = "HEADGATE_E2E_OUTAGE"

// outage returns how long an outage lasts.
func outage(t *testing.T) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(cmp.Or(os.Getenv(variableOutage), "12s"))
	if err != nil {
		t.Fatalf("%s: %v", variableOutage, err)
	}
	return d
}

// scene holds one stage for each cloud, for events that affect all clouds at once.
type scene []*stage

// onAllClouds returns a scene with the Services of these tests.
func onAllClouds(t *testing.T) scene {
	t.Helper()
	var all scene
	for _, c := range clouds() {
		s := c.stage(t)
		s.workload(t, s.ns, "shop", 3, nil)
		s.workload(t, s.ns, "cart", 1, nil)
		all = append(all, s)
	}
	for _, s := range all {
		s.awaitReady(t, s.ns, "shop", 3)
		s.awaitReady(t, s.ns, "cart", 1)
	}
	return all
}

// perform waits until the Ingress of each stage is served by n pods.
func (all scene) perform(t *testing.T, n int) {
	t.Helper()
	for _, s := range all {
		s.ingress(t, "front", "shop", "cart")
	}
	for _, s := range all {
		s.awaitAll(t, n)
	}
}

// growTo scales up, waits until the new pods are served, and deletes everything.
func (all scene) growTo(t *testing.T, n int) {
	t.Helper()
	for _, s := range all {
		if err := scale(t.Context(), s.client, s.ns, "shop", int32(n)); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range all {
		s.awaitAll(t, n)
		s.retire(t, "front")
	}
}

// watch returns a check that nothing has changed since: every stage serves, and nothing is written
// to a cloud.
func (all scene) watch(t *testing.T) func(ctx context.Context) error {
	t.Helper()
	var asks []func(context.Context) error
	for _, s := range all {
		address, err := s.address(t.Context(), "front")
		if err != nil {
			t.Fatal(err)
		}
		before := s.Snapshot()
		s.Wire().Reset()
		asks = append(asks, func(ctx context.Context) error {
			if w := s.Wire().Writes(); len(w) > 0 {
				return fmt.Errorf("%s: writes: %v", s.name, w)
			}
			_, err := s.sendTo(ctx, address, "front", "/")
			return errors.Join(err, unequal(before, s.Snapshot()))
		})
	}
	return func(ctx context.Context) error {
		var errs []error
		for _, ask := range asks {
			errs = append(errs, ask(ctx))
		}
		return errors.Join(errs...)
	}
}

// Controllers with leader election lose their lease in an outage, exit, and are restarted again and
// again. None of the new processes knows any object, and none becomes the leader.
func TestOutageWithLeaderElectionDeletesNothing(t *testing.T) {
	all := onAllClouds(t)
	for _, s := range all {
		s.runSupervised(t, "--lease-duration=3s", "--renew-deadline=2s", "--retry-period=300ms")
	}
	all.perform(t, 3)
	same := all.watch(t)
	if err := all[0].cluster.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	never(t, "a request that fails, or a change", outage(t), same)
	if err := all[0].cluster.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	never(t, "a request that fails, or a change, after the outage", quiet, same)
	all.growTo(t, 4)
}

// Controllers without leader election keep running in an outage with what they know, and audit the
// cloud from time to time. Those that start during the outage know nothing.
func TestOutageWithoutLeaderElectionDeletesNothing(t *testing.T) {
	all := onAllClouds(t)
	flags := []string{"--leader-elect=false", "--audit-interval=2s"}
	var running []*process.Process
	for _, s := range all {
		running = append(running, s.run(t, flags...))
	}
	all.perform(t, 3)
	same := all.watch(t)
	if err := all[0].cluster.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	never(t, "a request that fails, or a change", outage(t)/2, same)
	for i, s := range all {
		eventually(t, s.name+" is looked at", func(context.Context) error {
			if len(s.Wire().Calls()) == 0 {
				return errors.New("it was not")
			}
			return nil
		})
		if err := running[i].Kill(); err != nil {
			t.Fatal(err)
		}
		s.runSupervised(t, flags...)
	}
	never(t, "a request that fails, or a change, with new controllers", outage(t)/2, same)
	if err := all[0].cluster.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	never(t, "a request that fails, or a change, after the outage", quiet, same)
	all.growTo(t, 4)
}

// The API server is killed while load balancers are created, so that the controllers' writes to
// Kubernetes objects are lost.
func TestAPIServerKilledDuringApplyConverges(t *testing.T) {
	all := onAllClouds(t)
	writes, objects := all.calm(t)
	for _, s := range all {
		s.Wire().SetLatency(pace * 50 * time.Millisecond) // In the clouds' time.
		s.runSupervised(t, "--leader-elect=false")
	}
	for _, s := range all {
		s.Wire().Reset()
		s.ingress(t, "front", "shop", "cart")
	}
	eventually(t, "one cloud has half of its writes", func(context.Context) error {
		for i, s := range all {
			if len(s.Wire().Writes()) >= (writes[i]+1)/2 {
				return nil
			}
		}
		return errors.New("none has")
	})
	if err := all[0].cluster.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		t.Logf("%s: killed after %d writes", s.name, len(s.Wire().Writes()))
	}
	if err := all[0].cluster.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, s := range all {
		s.awaitAll(t, 3)
		s.awaitCensus(t, objects[i])
		s.retire(t, "front")
	}
}

// calm runs stage.calm for every stage.
func (all scene) calm(t *testing.T) (writes []int, objects []map[string]int) {
	t.Helper()
	var running []*process.Process
	for _, s := range all {
		running = append(running, s.run(t, "--leader-elect=false"))
	}
	all.perform(t, 3)
	for i, s := range all {
		writes, objects = append(writes, len(s.Wire().Writes())), append(objects, census(s.Snapshot()))
		s.retire(t, "front")
		if err := running[i].Kill(); err != nil {
			t.Fatal(err)
		}
	}
	return writes, objects
}
