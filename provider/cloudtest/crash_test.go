package cloudtest_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestCrashAfterEachWrite(t *testing.T) {
	const writes = 4
	for n := range writes + 1 {
		p := newPlane(t)
		crashed := p.wire.CrashAfter(n)
		for i := range writes {
			if closed(crashed) != (i >= n) {
				t.Errorf("crash after %d: crashed is %v after %d writes", n, closed(crashed), i)
			}
			p.checkReplies(t, n, i)
		}
		if got := p.effects.Load(); got != int64(n) {
			t.Errorf("crash after %d: %d effects", n, got)
		}
		p.wire.Heal()
		if got := p.send(t, "POST", "Create"); got != http.StatusCreated {
			t.Errorf("crash after %d: %d after heal", n, got)
		}
	}
}

// checkReplies sends a read and then the write with index i. n writes take effect, and n-1 get a
// reply.
func (p *plane) checkReplies(t *testing.T, n, i int) {
	t.Helper()
	want := map[bool]int{true: http.StatusCreated, false: 0}
	if got := p.send(t, "GET", "Describe"); got != want[i < n] {
		t.Errorf("crash after %d: read before write %d got %d", n, i, got)
	}
	if got := p.send(t, "POST", "Create"); got != want[i < n-1] {
		t.Errorf("crash after %d: write %d got %d", n, i, got)
	}
}

func TestCrashWaitsForWritesUnderWay(t *testing.T) {
	p := newPlane(t)
	p.release = make(chan struct{})
	var clients sync.WaitGroup
	clients.Go(func() {
		if got := p.send(t, "POST", "Early"); got != 0 {
			t.Errorf("a write that was under way at the crash got %d", got)
		}
	})
	<-p.entered
	crashed := p.wire.CrashAfter(0)
	if closed(crashed) {
		t.Error("crashed before the write under way took effect")
	}
	close(p.release)
	<-crashed
	if got := p.effects.Load(); got != 1 {
		t.Errorf("%d effects at the crash, want 1", got)
	}
	clients.Wait()
}

func TestParallelWritesCrashAtTheSameCount(t *testing.T) {
	p := newPlane(t)
	crashed := p.wire.CrashAfter(5)
	var clients sync.WaitGroup
	for range 20 {
		clients.Go(func() { p.send(t, "POST", "Create") })
	}
	<-crashed
	if got := p.effects.Load(); got != 5 {
		t.Errorf("%d effects at the crash, want 5", got)
	}
	clients.Wait()
	if got := p.effects.Load(); got != 5 {
		t.Errorf("%d effects in the end, want 5", got)
	}
}

func TestWritesWithoutEffectDoNotCountTowardsTheCrash(t *testing.T) {
	p := newPlane(t)
	p.wire.Inject(cloudtest.Fault{Kind: cloudtest.Throttle, Times: 2})
	crashed := p.wire.CrashAfter(1)
	for range 2 {
		if got := p.send(t, "POST", "Create"); got != http.StatusTooManyRequests {
			t.Errorf("got %d, want 429", got)
		}
	}
	if closed(crashed) {
		t.Error("crashed by a write that had no effect")
	}
	if got := p.send(t, "POST", "Create"); got != 0 || !closed(crashed) {
		t.Errorf("got %d, crashed %v", got, closed(crashed))
	}
}
