package dataplane_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// leased returns a lease of a and its context, in a pool where a and b are healthy.
func leased(t *testing.T, p *dataplane.Pool) (*dataplane.Lease, context.Context) {
	t.Helper()
	p.SetTargets([]string{a, b})
	pass(20 * time.Second)
	l, ok := p.Pick(healthy)
	if !ok || l.Address() != a {
		t.Fatalf("picked %v", l)
	}
	ctx, cancel := l.Context(t.Context())
	t.Cleanup(cancel)
	return l, ctx
}

func TestDrainingTargetGetsNoNewRequest(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		l, ctx := leased(t, p)
		p.SetTargets([]string{b})
		expect(t, p, map[string]dataplane.Health{a: dataplane.Draining, b: dataplane.Healthy})
		f.dialed()
		pass(time.Minute - 1)
		if slices.Contains(f.dialed(), a) {
			t.Error("a draining target was checked")
		}
		if got := picks(p, all, 4); got[a] != 0 || got[b] != 4 {
			t.Errorf("picks %v", got)
		}
		if ctx.Err() != nil {
			t.Error("the request was canceled before the draining time ended")
		}
		changed := p.Changed()
		l.Release()
		<-changed
		expect(t, p, map[string]dataplane.Health{b: dataplane.Healthy})
	})
}

func TestDrainingEndsWithTheLastRequest(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, _ *fleet) {
		p.SetTargets([]string{a})
		first, _ := p.Pick(all)
		second, _ := p.Pick(all)
		p.SetTargets(nil)
		first.Release()
		first.Release()
		expect(t, p, map[string]dataplane.Health{a: dataplane.Draining})
		second.Release()
		expect(t, p, map[string]dataplane.Health{})
	})
}

func TestRequestIsCanceledAfterTheDrainingTime(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, _ *fleet) {
		l, ctx := leased(t, p)
		p.SetTargets([]string{b})
		pass(time.Minute)
		if err := context.Cause(ctx); !errors.Is(err, dataplane.ErrDrained) {
			t.Errorf("the request ended by %v", err)
		}
		expect(t, p, map[string]dataplane.Health{b: dataplane.Healthy})
		l.Release()
		expect(t, p, map[string]dataplane.Health{b: dataplane.Healthy})
	})
}

func TestRequestIsCanceledImmediatelyWithoutADrainingTime(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, _ *fleet) {
		abrupt := config()
		abrupt.Draining = 0
		p.Configure(abrupt)
		_, ctx := leased(t, p)
		p.SetTargets([]string{b})
		expect(t, p, map[string]dataplane.Health{b: dataplane.Healthy})
		synctest.Wait()
		if err := context.Cause(ctx); !errors.Is(err, dataplane.ErrDrained) {
			t.Errorf("the request ended by %v", err)
		}
	})
}

func TestIdleTargetIsRemovedImmediately(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, _ *fleet) {
		l, _ := leased(t, p)
		l.Release()
		p.SetTargets([]string{b})
		expect(t, p, map[string]dataplane.Health{b: dataplane.Healthy})
	})
}

func TestReaddedDrainingTargetServesAgain(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, _ *fleet) {
		l, ctx := leased(t, p)
		p.SetTargets([]string{b})
		pass(30 * time.Second)
		p.SetTargets([]string{a, b})
		expect(t, p, map[string]dataplane.Health{a: dataplane.Healthy, b: dataplane.Healthy})
		if got := picks(p, healthy, 4); got[a] != 2 {
			t.Errorf("picks %v", got)
		}
		pass(time.Hour)
		if ctx.Err() != nil {
			t.Error("the request was canceled although the target was added again")
		}
		l.Release()
		expect(t, p, map[string]dataplane.Health{a: dataplane.Healthy, b: dataplane.Healthy})
	})
}

func TestReaddedUnhealthyTargetIsInitial(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		_, _ = leased(t, p)
		f.set(a, true)
		pass(20 * time.Second)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Unhealthy, b: dataplane.Healthy})
		p.SetTargets([]string{b})
		f.set(a, false)
		p.SetTargets([]string{a, b})
		expect(t, p, map[string]dataplane.Health{a: dataplane.Initial, b: dataplane.Healthy})
		pass(20 * time.Second)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Healthy, b: dataplane.Healthy})
	})
}

func TestReaddedTargetOfAnUnreferencedPoolIsUnused(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, _ *fleet) {
		_, _ = leased(t, p)
		p.SetTargets([]string{b})
		p.SetReferenced(false)
		expect(t, p, map[string]dataplane.Health{a: dataplane.Draining, b: dataplane.Unused})
		p.SetTargets([]string{a, b})
		expect(t, p, map[string]dataplane.Health{a: dataplane.Unused, b: dataplane.Unused})
	})
}

// world is a pool with its expected targets and leases.
type world struct {
	pool    *dataplane.Pool
	serving []string
	flying  []*dataplane.Lease
}

func (w *world) known() map[string]dataplane.Health {
	known := map[string]dataplane.Health{}
	for _, l := range w.flying {
		known[l.Address()] = dataplane.Draining
	}
	for _, address := range w.serving {
		known[address] = dataplane.Unused
	}
	return known
}

// TestMembershipFollowsTheLastTargets sets random targets, and starts and ends requests. A pool
// must only pick its targets, and report the health of these and of those with a request in flight.
func TestMembershipFollowsTheLastTargets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{pool: dataplane.NewPool(dataplane.PoolOptions{})}
		defer w.pool.Close()
		w.pool.Configure(dataplane.PoolConfig{Draining: time.Hour})
		t.Repeat(map[string]func(*rapid.T){
			"targets": func(t *rapid.T) {
				w.serving = rapid.SliceOfDistinct(rapid.SampledFrom([]string{a, b, c}), rapid.ID).Draw(t, "targets")
				w.pool.SetTargets(w.serving)
			},
			"pick": func(t *rapid.T) {
				l, ok := w.pool.Pick(all)
				if ok != (len(w.serving) > 0) || ok && !slices.Contains(w.serving, l.Address()) {
					t.Fatalf("picked %v, %v of %v", l, ok, w.serving)
				}
				if ok {
					w.flying = append(w.flying, l)
				}
			},
			"release": func(t *rapid.T) {
				if len(w.flying) == 0 {
					t.Skip("no request in flight")
				}
				i := rapid.IntRange(0, len(w.flying)-1).Draw(t, "request")
				w.flying[i].Release()
				w.flying = slices.Delete(w.flying, i, i+1)
			},
			"": func(t *rapid.T) {
				if diff := cmp.Diff(w.known(), w.pool.Health()); diff != "" {
					t.Fatalf("health (-want +got):\n%s", diff)
				}
			},
		})
	})
}

func BenchmarkPick(b *testing.B) {
	for _, size := range []int{1, 100, 10000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			p := dataplane.NewPool(dataplane.PoolOptions{})
			defer p.Close()
			addresses := make([]string, size)
			for i := range addresses {
				addresses[i] = net.JoinHostPort("10.0.0.1", strconv.Itoa(i))
			}
			p.SetTargets(addresses)
			b.ReportAllocs()
			for b.Loop() {
				l, _ := p.Pick(all)
				l.Release()
			}
		})
	}
}
