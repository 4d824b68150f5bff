package reconcile

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// writer carries out writes of one write scope that take a second each.
type writer struct {
	mu     sync.Mutex
	writes []int // ops in each
	busy   bool
	twice  bool
}

func (w *writer) do(ctx context.Context, b provider.Batch) []provider.Outcome {
	w.mu.Lock()
	w.writes = append(w.writes, len(b.Ops))
	w.twice = w.twice || w.busy
	w.busy = true
	w.mu.Unlock()
	var err error
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		err = ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = false
	if err != nil {
		return sameOutcomes(b.Ops, provider.Failed, err)
	}
	return sameOutcomes(b.Ops, provider.Done, nil)
}

func batch(names ...string) provider.Batch {
	b := provider.Batch{WriteScope: "u"}
	for _, n := range names {
		b.Ops = append(b.Ops, op(n, "u"))
	}
	return b
}

func TestRequestsDuringAWriteAreMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &writer{}
		u := newWriteQueues(w.do)
		var group sync.WaitGroup
		group.Go(func() { u.run(t.Context(), batch("first")) })
		synctest.Wait()
		for i := range 10 {
			group.Go(func() {
				name := strconv.Itoa(i)
				out := u.run(t.Context(), batch(name, name+"'"))
				if len(out) != 2 || out[0].Key.Name != name || out[1].Key.Name != name+"'" || out[1].State != provider.Done {
					t.Errorf("the outcomes of %s are %+v", name, out)
				}
			})
		}
		group.Wait()
		if len(w.writes) != 2 || w.writes[1] != 20 || w.twice {
			t.Errorf("writes of %v ops, two at a time: %v", w.writes, w.twice)
		}
		if len(u.busy) > 0 {
			t.Errorf("units are still busy: %v", u.busy)
		}
	})
}

func TestAWaitingRequestEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &writer{}
		u := newWriteQueues(w.do)
		var group sync.WaitGroup
		group.Go(func() { u.run(t.Context(), batch("first")) })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		group.Go(func() {
			if out := u.run(ctx, batch("second")); out[0].State != provider.Blocked {
				t.Errorf("outcome %+v", out[0])
			}
		})
		group.Go(func() {
			if out := u.run(t.Context(), batch("third")); out[0].State != provider.Done {
				t.Errorf("outcome %+v", out[0])
			}
		})
		synctest.Wait()
		cancel()
		group.Wait()
		if len(w.writes) != 2 || w.writes[1] != 1 {
			t.Errorf("writes of %v ops", w.writes)
		}
	})
}

func TestTheContextOfOneRequestDoesNotCancelAMergedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &writer{}
		u := newWriteQueues(w.do)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { u.run(t.Context(), batch("first")) })
		synctest.Wait()
		group.Go(func() { u.run(ctx, batch("leads")) })
		synctest.Wait()
		group.Go(func() {
			if out := u.run(t.Context(), batch("follows")); out[0].State != provider.Done {
				t.Errorf("outcome %+v", out[0])
			}
		})
		synctest.Wait()
		<-time.After(1500 * time.Millisecond) // the second write is in flight
		cancel()
		group.Wait()
	})
}

func TestAMergedWriteEndsWhenAllContextsHaveEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &writer{}
		u := newWriteQueues(w.do)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			if out := u.run(ctx, batch("only")); out[0].State != provider.Failed {
				t.Errorf("outcome %+v", out[0])
			}
		})
		synctest.Wait()
		cancel()
		group.Wait()
	})
}

func TestWriteScopesDoNotBlockEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &writer{}
		u := newWriteQueues(w.do)
		begin := time.Now()
		var group sync.WaitGroup
		for i := range 5 {
			group.Go(func() {
				b := batch("a")
				b.WriteScope = strconv.Itoa(i)
				u.run(t.Context(), b)
			})
		}
		group.Wait()
		if took := time.Since(begin); took != time.Second {
			t.Errorf("five units took %v", took)
		}
	})
}
