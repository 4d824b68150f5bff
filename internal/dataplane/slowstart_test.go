package dataplane_test

import (
	"testing"
	"time"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// requests returns how many of n requests each target receives.
func requests(t *testing.T, p *dataplane.Pool, n int) map[string]int {
	t.Helper()
	count := map[string]int{}
	for range n {
		l, ok := p.Pick(healthy)
		if !ok {
			t.Fatal("no target is healthy")
		}
		count[l.Address()]++
		l.Release()
	}
	return count
}

func slow(p *dataplane.Pool) {
	c := config()
	c.SlowStart = 100 * time.Second
	p.Configure(c)
}

func TestSlowStartGrowsTheShareOfANewTarget(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, _ *fleet) {
		slow(p)
		p.SetTargets([]string{a})
		pass(20 * time.Second)
		p.SetTargets([]string{a, b})
		pass(20 * time.Second) // b becomes healthy now
		if got := requests(t, p, 100); got[b] != 0 {
			t.Errorf("at the beginning: %v", got)
		}
		pass(50 * time.Second)
		if got := requests(t, p, 300); got[b] < 95 || got[b] > 105 {
			t.Errorf("in the middle: %v, want a third", got)
		}
		pass(50 * time.Second)
		if got := requests(t, p, 100); got[b] != 50 {
			t.Errorf("at the end: %v, want a half", got)
		}
	})
}

func TestSlowStartNeedsAnotherHealthyTarget(t *testing.T) {
	pooled(t, func(t *testing.T, p *dataplane.Pool, f *fleet) {
		slow(p)
		p.SetTargets([]string{a, b})
		pass(20 * time.Second)
		pass(time.Hour)
		f.set(a, true)
		pass(20 * time.Second)
		f.set(a, false)
		pass(30 * time.Second) // a is healthy again, and in slow start
		f.set(b, true)
		pass(20 * time.Second)
		if got := requests(t, p, 10); got[a] != 10 {
			t.Errorf("the only healthy target got %v", got)
		}
	})
}
