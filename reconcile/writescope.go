package reconcile

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/headgate-io/headgate/provider"
)

// writeQueues serializes the writes of each write scope. Requests that arrive while a write is in
// flight wait, and are then merged into one write. Two load balancers that share an Application
// Gateway thus cost one write, not two.
type writeQueues struct {
	do   func(ctx context.Context, b provider.Batch) []provider.Outcome
	mu   sync.Mutex
	busy map[string]*writeQueue
}

type writeQueue struct{ waiting []*request }

// request is one call of run. It has no channels if it does not have to wait.
type request struct {
	ctx   context.Context //nolint:containedctx // a request is one call of run, which waits for it
	batch provider.Batch
	out   []provider.Outcome
	done  chan struct{}
	lead  chan struct{} // closed when this request has to write for all that wait
}

func newWriteQueues(do func(context.Context, provider.Batch) []provider.Outcome) *writeQueues {
	return &writeQueues{do: do, busy: map[string]*writeQueue{}}
}

// run carries out the batch, possibly merged with others of the same write scope, and returns the
// outcomes of b. When ctx ends, a write in flight is finished and a waiting batch is given up.
func (u *writeQueues) run(ctx context.Context, b provider.Batch) []provider.Outcome {
	r := &request{ctx: ctx, batch: b}
	if !u.acquire(r) {
		select {
		case <-r.done:
			return r.out
		case <-r.lead:
		case <-ctx.Done():
			if u.dequeue(r) {
				return sameOutcomes(b.Ops, provider.Blocked, ctx.Err())
			}
			select { // another request has already dequeued it
			case <-r.done:
				return r.out
			case <-r.lead:
			}
		}
	}
	u.write(b.WriteScope, r)
	return r.out
}

// acquire reports whether the write scope was free, and is now locked. Otherwise it adds the
// request to the queue.
func (u *writeQueues) acquire(r *request) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if q := u.busy[r.batch.WriteScope]; q != nil {
		r.done, r.lead = make(chan struct{}), make(chan struct{})
		q.waiting = append(q.waiting, r)
		return false
	}
	u.busy[r.batch.WriteScope] = &writeQueue{}
	return true
}

// dequeue removes a request from the queue. It returns false if the request is not in it.
func (u *writeQueues) dequeue(r *request) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	q := u.busy[r.batch.WriteScope]
	if q == nil {
		return false
	}
	for i, w := range q.waiting {
		if w == r {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// write makes one write for lead and all waiting requests, then releases the write scope.
func (u *writeQueues) write(name string, lead *request) {
	group := append([]*request{lead}, u.dequeueAll(name)...)
	if len(group) == 1 {
		lead.out = u.do(lead.ctx, lead.batch)
		u.release(name)
		return
	}
	merged := provider.Batch{WriteScope: name, Have: lead.batch.Have}
	for _, r := range group {
		merged.Ops = append(merged.Ops, r.batch.Ops...)
	}
	ctx, end := shared(group)
	out := u.do(ctx, merged)
	end()
	u.release(name)
	for _, r := range group {
		n := len(r.batch.Ops)
		r.out, out = out[:n:n], out[n:]
		if r != lead {
			close(r.done)
		}
	}
}

// shared returns a context that ends when the contexts of all the requests have ended, so that one
// request cannot cancel the write of another.
func shared(group []*request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(group[0].ctx))
	var left atomic.Int64
	left.Store(int64(len(group)))
	stops := make([]func() bool, len(group))
	for i, r := range group {
		stops[i] = context.AfterFunc(r.ctx, func() {
			if left.Add(-1) == 0 {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}

func (u *writeQueues) dequeueAll(name string) []*request {
	u.mu.Lock()
	defer u.mu.Unlock()
	q := u.busy[name]
	waiting := q.waiting
	q.waiting = nil
	return waiting
}

// release passes the write scope on to the first waiting request, or unlocks it.
func (u *writeQueues) release(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	q := u.busy[name]
	if len(q.waiting) == 0 {
		delete(u.busy, name)
		return
	}
	next := q.waiting[0]
	q.waiting = q.waiting[1:]
	close(next.lead)
}

func sameOutcomes(ops []provider.Op, s provider.State, err error) []provider.Outcome {
	out := make([]provider.Outcome, len(ops))
	for i, op := range ops {
		out[i] = provider.Outcome{Key: op.Key, State: s, Err: err}
	}
	return out
}
