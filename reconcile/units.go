package reconcile

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/headgate-io/headgate/provider"
)

// units keeps one write in flight for each unit, whoever asks. Who comes while a write is in flight
// waits, and all that wait go together in the next one: two load balancers that share an
// Application Gateway cost one write, not two.
type units struct {
	do   func(ctx context.Context, b provider.Batch) []provider.Outcome
	mu   sync.Mutex
	busy map[string]*unit
}

type unit struct{ waiting []*request }

// A request that does not have to wait has no channels.
type request struct {
	ctx   context.Context //nolint:containedctx // a request is one call of run, which waits for it
	batch provider.Batch
	out   []provider.Outcome
	done  chan struct{}
	lead  chan struct{} // closed when this request must carry out all that wait
}

func newUnits(do func(context.Context, provider.Batch) []provider.Outcome) *units {
	return &units{do: do, busy: map[string]*unit{}}
}

// run carries out the batch, alone or together with others of its unit, and returns its own
// outcomes. What was begun is finished even when ctx ends; what only waits is then given up.
func (u *units) run(ctx context.Context, b provider.Batch) []provider.Outcome {
	r := &request{ctx: ctx, batch: b}
	if !u.enter(r) {
		select {
		case <-r.done:
			return r.out
		case <-r.lead:
		case <-ctx.Done():
			if u.leave(r) {
				return all(b.Ops, provider.Blocked, ctx.Err())
			}
			select { // somebody has taken it already
			case <-r.done:
				return r.out
			case <-r.lead:
			}
		}
	}
	u.carry(b.WriteScope, r)
	return r.out
}

// enter tells whether the unit is free, and takes it; else the request is put in the queue.
func (u *units) enter(r *request) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if q := u.busy[r.batch.WriteScope]; q != nil {
		r.done, r.lead = make(chan struct{}), make(chan struct{})
		q.waiting = append(q.waiting, r)
		return false
	}
	u.busy[r.batch.WriteScope] = &unit{}
	return true
}

// leave takes a request out of the queue; false when it is not there any more.
func (u *units) leave(r *request) bool {
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

// carry does the write for lead and all that wait, then hands the unit on.
func (u *units) carry(name string, lead *request) {
	group := append([]*request{lead}, u.takeAll(name)...)
	if len(group) == 1 {
		lead.out = u.do(lead.ctx, lead.batch)
		u.handOn(name)
		return
	}
	merged := provider.Batch{WriteScope: name, Have: lead.batch.Have}
	for _, r := range group {
		merged.Ops = append(merged.Ops, r.batch.Ops...)
	}
	ctx, end := shared(group)
	out := u.do(ctx, merged)
	end()
	u.handOn(name)
	for _, r := range group {
		n := len(r.batch.Ops)
		r.out, out = out[:n:n], out[n:]
		if r != lead {
			close(r.done)
		}
	}
}

// shared is a context that ends when those of all the requests have ended: who leads must not end
// the write of who follows.
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

func (u *units) takeAll(name string) []*request {
	u.mu.Lock()
	defer u.mu.Unlock()
	q := u.busy[name]
	taken := q.waiting
	q.waiting = nil
	return taken
}

// handOn makes the first of those that came meanwhile lead, or frees the unit.
func (u *units) handOn(name string) {
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

func all(ops []provider.Op, s provider.State, err error) []provider.Outcome {
	out := make([]provider.Outcome, len(ops))
	for i, op := range ops {
		out[i] = provider.Outcome{Key: op.Key, State: s, Err: err}
	}
	return out
}
