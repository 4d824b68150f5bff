package dataplane_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
)

const (
	a = "10.0.0.1:8080"
	b = "10.0.0.2:8080"
	c = "10.0.0.3:8080"
)

// fleet is a set of targets without sockets, for TCP checks.
type fleet struct {
	mu    sync.Mutex
	down  map[string]bool
	hangs map[string]bool
	dials []string
}

func newFleet() *fleet { return &fleet{down: map[string]bool{}, hangs: map[string]bool{}} }

var errDown = errors.New("connection refused")

func (f *fleet) dial(ctx context.Context, _, address string) (net.Conn, error) {
	f.mu.Lock()
	f.dials = append(f.dials, address)
	down, hangs := f.down[address], f.hangs[address]
	f.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if down {
		return nil, errDown
	}
	near, far := net.Pipe()
	return near, far.Close()
}

func (f *fleet) set(address string, down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down[address] = down
}

func (f *fleet) hang(address string, hangs bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hangs[address] = hangs
}

// dialed returns the addresses dialed since the last call.
func (f *fleet) dialed() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.dials = nil }()
	return slices.Sorted(slices.Values(f.dials))
}

// config returns a configuration with checks every 10 seconds, thresholds of 3 good and 2 bad
// results, and a draining time of a minute.
func config() dataplane.PoolConfig {
	return dataplane.PoolConfig{
		Check:    dataplane.Check{Protocol: "tcp", Interval: 10 * time.Second, Timeout: 4 * time.Second, Healthy: 3, Unhealthy: 2},
		Draining: time.Minute,
	}
}

// pooled runs a test with a referenced pool in a synctest bubble.
func pooled(t *testing.T, test func(t *testing.T, p *dataplane.Pool, f *fleet)) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet()
		p := dataplane.NewPool(dataplane.PoolOptions{Dial: f.dial})
		defer p.Close()
		p.Configure(config())
		p.SetReferenced(true)
		test(t, p, f)
	})
}

// pass waits for d and then until all goroutines are idle.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func expect(t *testing.T, p *dataplane.Pool, want map[string]dataplane.Health) {
	t.Helper()
	if diff := cmp.Diff(want, p.Health()); diff != "" {
		t.Errorf("health (-want +got):\n%s", diff)
	}
}

func healthy(h dataplane.Health) bool { return h == dataplane.Healthy }
func all(dataplane.Health) bool       { return true }

func TestUnreferencedPoolRunsNoCheck(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		p.SetReferenced(false)
		p.SetTargets([]string{a, b})
		pass(time.Hour)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Unused, b: dataplane.Unused})
		if dials := f.dialed(); dials != nil {
			t.Errorf("it checked %v", dials)
		}
		p.SetReferenced(true)
		pass(0)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Initial, b: dataplane.Initial})
		pass(20 * time.Second)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Healthy, b: dataplane.Healthy})
		f.dialed()
		p.SetReferenced(false)
		pass(time.Hour)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Unused, b: dataplane.Unused})
		if dials := f.dialed(); dials != nil {
			t.Errorf("it checked %v after it was no longer referenced", dials)
		}
		p.SetReferenced(true)
		pass(0)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Initial, b: dataplane.Initial})
	})
}

func TestChecksRunAtTheirInterval(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		p.SetTargets([]string{a})
		pass(0)
		for i := range 5 {
			if dials := f.dialed(); len(dials) != 1 {
				t.Errorf("%d checks after %d intervals, want 1", len(dials), i)
			}
			pass(10*time.Second - 1)
			if dials := f.dialed(); len(dials) != 0 {
				t.Errorf("%d checks before interval %d was over", len(dials), i)
			}
			pass(1)
		}
	})
}

func TestSlowChecksDoNotExtendTheInterval(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		f.hang(a, true)
		p.SetTargets([]string{a})
		pass(50 * time.Second)
		if dials := f.dialed(); len(dials) != 6 {
			t.Errorf("%d checks in 50 seconds, want 6", len(dials))
		}
	})
}

func TestTargetIsHealthyAfterItsThreshold(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		p.SetTargets([]string{a})
		pass(20*time.Second - 1)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Initial})
		pass(1)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Healthy})
	})
}

func TestFirstCheckOpens(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		quick := config()
		quick.FirstCheckOpens = true
		p.Configure(quick)
		f.set(b, true)
		p.SetTargets([]string{a, b})
		pass(0)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Healthy, b: dataplane.Unhealthy})
	})
}

func TestSilentTargetFailsItsCheckAfterTheTimeout(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		f.hang(a, true)
		p.SetTargets([]string{a})
		pass(14*time.Second - 1)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Initial})
		pass(1)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Unhealthy})
	})
}

func TestUnhealthyTargetGetsNoRequest(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		p.SetTargets([]string{a, b})
		pass(20 * time.Second)
		f.set(a, true)
		pass(10 * time.Second)
		if got := picks(p, healthy, 4); !cmp.Equal(got, map[string]int{a: 2, b: 2}) {
			t.Errorf("after one bad check: %v", got)
		}
		pass(10 * time.Second)
		if got := picks(p, healthy, 4); !cmp.Equal(got, map[string]int{b: 4}) {
			t.Errorf("after two bad checks: %v", got)
		}
		f.set(b, true)
		pass(20 * time.Second)
		if _, ok := p.Pick(healthy); ok {
			t.Error("an unhealthy target was picked")
		}
		if got := picks(p, all, 4); !cmp.Equal(got, map[string]int{a: 2, b: 2}) {
			t.Errorf("when all are eligible: %v", got)
		}
	})
}

// picks counts how often each target is picked.
func picks(p *dataplane.Pool, eligible func(dataplane.Health) bool, n int) map[string]int {
	counts := map[string]int{}
	for range n {
		if l, ok := p.Pick(eligible); ok {
			counts[l.Address()]++
			l.Release()
		}
	}
	return counts
}

func TestRoundRobinIsFair(t *testing.T) {
	p := dataplane.NewPool(dataplane.PoolOptions{})
	defer p.Close()
	p.SetTargets([]string{a, b, c, a})
	totals := make([]map[string]int, 8)
	var clients sync.WaitGroup
	for i := range totals {
		clients.Go(func() { totals[i] = picks(p, all, 300) })
	}
	clients.Wait()
	sum := map[string]int{}
	for _, counts := range totals {
		for address, n := range counts {
			sum[address] += n
		}
	}
	if want := map[string]int{a: 800, b: 800, c: 800}; !cmp.Equal(sum, want) {
		t.Errorf("picks %v, want %v", sum, want)
	}
}

func TestIneligibleTargetsDoNotSkewTheRoundRobin(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		f.set(b, true)
		p.SetTargets([]string{a, b, c})
		pass(20 * time.Second)
		if got := picks(p, healthy, 10); !cmp.Equal(got, map[string]int{a: 5, c: 5}) {
			t.Errorf("picks %v", got)
		}
	})
}

func TestEmptyPoolPicksNothing(t *testing.T) {
	p := dataplane.NewPool(dataplane.PoolOptions{})
	defer p.Close()
	if l, ok := p.Pick(all); ok || l != nil {
		t.Errorf("picked %v", l)
	}
}

func TestConfigurationWithTheSameCheckRestartsNoCheck(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		p.SetTargets([]string{a})
		pass(15 * time.Second)
		f.dialed()
		longer := config()
		longer.Draining = time.Hour
		p.Configure(longer)
		p.SetTargets([]string{a})
		p.SetReferenced(true)
		pass(0)
		if dials := f.dialed(); dials != nil {
			t.Errorf("it checked %v before the interval ended", dials)
		}
		pass(5 * time.Second)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Healthy})
	})
}

func TestChangedCheckRetainsHealthAndResetsTheCount(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		p.SetTargets([]string{a})
		pass(20 * time.Second)
		f.set(a, true)
		pass(10 * time.Second) // the first of two bad results
		f.dialed()
		other := config()
		other.Check.Port = 9000
		f.set("10.0.0.1:9000", true)
		p.Configure(other)
		pass(0)
		if diff := cmp.Diff([]string{"10.0.0.1:9000"}, f.dialed()); diff != "" {
			t.Errorf("checked (-want +got):\n%s", diff)
		}
		expect(t, p, map[string]dataplane.Health{a: dataplane.Healthy})
		pass(10 * time.Second)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Unhealthy})
	})
}

func TestChangedCheckReplacesTheRunningOne(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		strict := config()
		strict.Check.Unhealthy = 1
		p.Configure(strict)
		f.hang(a, true)
		p.SetTargets([]string{a})
		pass(time.Second)
		f.hang(a, false)
		strict.Check.Healthy = 2
		f.dialed() // before Configure, because the new check may dial before it returns
		p.Configure(strict)
		pass(0)
		if dials := f.dialed(); len(dials) != 1 {
			t.Errorf("%d checks at the change, want 1", len(dials))
		}
		pass(9 * time.Second) // longer than the timeout of the old check
		expect(t, p, map[string]dataplane.Health{a: dataplane.Initial})
		pass(time.Second)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Healthy})
	})
}

func TestStatusesOfACheckMayChange(t *testing.T) {
	target := pod(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	p := dataplane.NewPool(dataplane.PoolOptions{Clock: clock.Scaled(1000)})
	defer p.Close()
	p.SetTargets([]string{target})
	check := dataplane.Check{Protocol: "http"}
	p.Configure(dataplane.PoolConfig{Check: check})
	await(t, p, map[string]dataplane.Health{target: dataplane.Unhealthy})
	check.OK = func(status int) bool { return status == http.StatusTeapot }
	p.Configure(dataplane.PoolConfig{Check: check})
	await(t, p, map[string]dataplane.Health{target: dataplane.Healthy})
}

func TestPoolWithoutACheckLeavesTargetsInitial(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		p.Configure(dataplane.PoolConfig{})
		p.SetTargets([]string{a})
		pass(time.Hour)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Initial})
	})
}

func TestChangedReportsEachChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet()
		calls := 0
		p := dataplane.NewPool(dataplane.PoolOptions{Dial: f.dial, OnChange: func() { calls++ }})
		defer p.Close()
		p.Configure(config())
		steps := []struct {
			name    string
			do      func()
			changes int
		}{
			{"a target comes", func() { p.SetTargets([]string{a}) }, 1},
			{"the same targets", func() { p.SetTargets([]string{a}) }, 0},
			{"a reference comes", func() { p.SetReferenced(true) }, 1},
			{"checks begin", func() { pass(20*time.Second - 1) }, 0},
			{"it is healthy", func() { pass(1) }, 1},
			{"it stays healthy", func() { pass(time.Minute) }, 0},
			{"it fails", func() { f.set(a, true); pass(20 * time.Second) }, 1},
			{"it goes", func() { p.SetTargets(nil) }, 1},
		}
		for _, step := range steps {
			calls = 0
			changed := p.Changed()
			step.do()
			if calls != step.changes {
				t.Errorf("%s: %d changes reported, want %d", step.name, calls, step.changes)
			}
			select {
			case <-changed:
				if step.changes == 0 {
					t.Errorf("%s: changed", step.name)
				}
			default:
				if step.changes > 0 {
					t.Errorf("%s: not changed", step.name)
				}
			}
		}
	})
}

func TestClosedPoolDoesNothing(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		p.SetTargets([]string{a})
		pass(20 * time.Second)
		l, _ := p.Pick(healthy)
		ctx, cancel := l.Context(t.Context())
		defer cancel()
		p.Close()
		<-ctx.Done()
		if err := context.Cause(ctx); !errors.Is(err, dataplane.ErrDrained) {
			t.Errorf("a request in flight ends by %v", err)
		}
		l.Release()
		f.dialed()
		p.SetTargets([]string{b})
		p.SetReferenced(true)
		pass(time.Hour)
		if dials := f.dialed(); dials != nil {
			t.Errorf("it checked %v", dials)
		}
		expect(t, p, map[string]dataplane.Health{})
		p.Close()
	})
}
