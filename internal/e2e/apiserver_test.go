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

// variableOutage is how long the API server is away in tests of that; the default shows the same as
// ten minutes do.
const variableOutage = "HEADGATE_E2E_OUTAGE"

// outage is how long an outage lasts.
func outage(t *testing.T) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(cmp.Or(os.Getenv(variableOutage), "12s"))
	if err != nil {
		t.Fatalf("%s: %v", variableOutage, err)
	}
	return d
}

// scene is a stage of each cloud, for what befalls all of them at once.
type scene []*stage

// onAllClouds makes a scene, with the Services of these tests.
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

// perform has the Ingress of each stage served by n pods.
func (all scene) perform(t *testing.T, n int) {
	t.Helper()
	for _, s := range all {
		s.ingress(t, "front", "shop", "cart")
	}
	for _, s := range all {
		s.awaitAll(t, n)
	}
}

// growTo scales, waits until that is served, and takes all down: everything works as ever.
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

// watch returns a test of whether all is as it is now: each stage serves, and nothing is written to
// a cloud.
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

// Controllers that are elected lose their lease in an outage, end, and are started again and again:
// none of them knows of any object, and none leads.
func TestOutageTearsNothingDownByElectedControllers(t *testing.T) {
	all := onAllClouds(t)
	for _, s := range all {
		s.keepRunning(t, "--lease-duration=3s", "--renew-deadline=2s", "--retry-period=300ms")
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

// Controllers that need no lease go on in an outage with what they know, and compare it with the
// cloud from time to time; those that start in it know nothing.
func TestOutageTearsNothingDownByControllersThatGoOn(t *testing.T) {
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
		s.keepRunning(t, flags...)
	}
	never(t, "a request that fails, or a change, with new controllers", outage(t)/2, same)
	if err := all[0].cluster.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	never(t, "a request that fails, or a change, after the outage", quiet, same)
	all.growTo(t, 4)
}

// The API server is killed while load balancers are made, and what controllers would write to
// objects is lost.
func TestAPIServerKilledInTheMidstOfAnApplyConverges(t *testing.T) {
	all := onAllClouds(t)
	writes, holds := all.calm(t)
	for _, s := range all {
		s.Wire().SetLatency(pace * 50 * time.Millisecond) // On the clouds' clock.
		s.keepRunning(t, "--leader-elect=false")
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
		s.awaitCensus(t, holds[i])
		s.retire(t, "front")
	}
}

// calm is what calm is for one stage.
func (all scene) calm(t *testing.T) (writes []int, holds []map[string]int) {
	t.Helper()
	var running []*process.Process
	for _, s := range all {
		running = append(running, s.run(t, "--leader-elect=false"))
	}
	all.perform(t, 3)
	for i, s := range all {
		writes, holds = append(writes, len(s.Wire().Writes())), append(holds, census(s.Snapshot()))
		s.retire(t, "front")
		if err := running[i].Kill(); err != nil {
			t.Fatal(err)
		}
	}
	return writes, holds
}
