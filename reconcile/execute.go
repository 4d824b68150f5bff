package reconcile

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// execution carries out the ops of one plan that need not wait: one batch at a time for each write
// scope, several write scopes in parallel.
type execution struct {
	ops        []provider.Op
	run        func(ctx context.Context, scope string, ops []provider.Op) []provider.Outcome
	parallel   int
	state      []opState
	missing    []int   // by op, the number of ops in other write scopes that must be done before it
	dependents [][]int // by op, the ops that come after it
	scopes     map[string]*scopeOps
	names      []string // of all write scopes, in the order of the plan
	queue      []string // write scopes to be looked at
	out        []provider.Outcome
}

type scopeOps struct {
	ops     []int // the ones left, in order
	running bool
	queued  bool // in execution.queue
}

type opState uint8

const (
	opLeft opState = iota
	opRunning
	opDone
	opOver // failed, pending, waiting or blocked
)

type finished struct {
	scope string
	ops   []int
	out   []provider.Outcome
}

// execute carries out a plan and returns one outcome for each op. Ops that wait, and those that
// come after an op that is not done, are Blocked.
func execute(ctx context.Context, plan provider.Plan, parallel int, run func(context.Context, string, []provider.Op) []provider.Outcome) []provider.Outcome {
	x := newExecution(plan.Ops, parallel, run)
	results := make(chan finished)
	inFlight := 0
	for {
		for inFlight < x.parallel && ctx.Err() == nil {
			scope, batch, ok := x.next(inFlight == 0)
			if !ok {
				break
			}
			if len(x.names) == 1 { // nothing can run in parallel
				x.finish(finished{scope, batch, x.run(ctx, scope, x.pick(batch))})
				continue
			}
			inFlight++
			go func() { results <- finished{scope, batch, x.run(ctx, scope, x.pick(batch))} }()
		}
		if inFlight == 0 {
			break
		}
		f := <-results
		inFlight--
		x.finish(f)
	}
	x.giveUp(ctx.Err())
	return x.out
}

func newExecution(ops []provider.Op, parallel int, run func(context.Context, string, []provider.Op) []provider.Outcome) *execution {
	x := &execution{
		ops: ops, run: run, parallel: parallel,
		state:      make([]opState, len(ops)),
		missing:    make([]int, len(ops)),
		dependents: make([][]int, len(ops)),
		scopes:     map[string]*scopeOps{},
		out:        make([]provider.Outcome, len(ops)),
	}
	for i, op := range ops {
		x.add(i, op)
	}
	for i, op := range ops {
		if op.Wait != "" {
			x.close(i, provider.Outcome{Key: op.Key, State: provider.Blocked})
		}
	}
	return x
}

func (x *execution) add(i int, op provider.Op) {
	u := x.scopes[op.WriteScope]
	if u == nil {
		u = &scopeOps{}
		x.scopes[op.WriteScope] = u
		x.names = append(x.names, op.WriteScope)
		x.enqueue(op.WriteScope)
	}
	u.ops = append(u.ops, i)
	for _, j := range op.After {
		x.dependents[j] = append(x.dependents[j], i)
		if x.ops[j].WriteScope != op.WriteScope {
			x.missing[i]++
		}
	}
}

// next returns a write scope whose remaining ops can all be done in one batch. If partly is set, it
// also returns a scope of which only some can.
func (x *execution) next(partly bool) (string, []int, bool) {
	for len(x.queue) > 0 {
		name := x.queue[0]
		x.queue = x.queue[1:]
		u := x.scopes[name]
		u.queued = false
		if batch := x.ready(u); len(batch) > 0 && len(batch) == len(u.ops) {
			return name, x.start(u, batch), true
		}
	}
	if !partly {
		return "", nil, false
	}
	for _, name := range x.names {
		if batch := x.ready(x.scopes[name]); len(batch) > 0 {
			return name, x.start(x.scopes[name], batch), true
		}
	}
	return "", nil, false
}

// enqueue schedules a write scope to be looked at.
func (x *execution) enqueue(name string) {
	if u := x.scopes[name]; !u.queued {
		u.queued = true
		x.queue = append(x.queue, name)
	}
}

func (x *execution) start(u *scopeOps, batch []int) []int {
	u.running = true
	for _, i := range batch {
		x.state[i] = opRunning
	}
	u.ops = slices.DeleteFunc(u.ops, func(i int) bool { return x.state[i] == opRunning })
	return batch
}

// ready returns the ops of a write scope that can be done in one batch now: all ops before them are
// done, or in the same batch.
func (x *execution) ready(u *scopeOps) []int {
	if u.running {
		return nil
	}
	var batch []int
	for _, i := range u.ops {
		if x.missing[i] == 0 && x.together(i, batch) {
			batch = append(batch, i)
		}
	}
	return batch
}

func (x *execution) together(i int, batch []int) bool {
	for _, j := range x.ops[i].After {
		if x.ops[j].WriteScope == x.ops[i].WriteScope && x.state[j] != opDone && !contains(batch, j) {
			return false
		}
	}
	return true
}

// contains reports whether j is in a sorted list.
func contains(sorted []int, j int) bool {
	_, ok := slices.BinarySearch(sorted, j)
	return ok
}

func (x *execution) pick(batch []int) []provider.Op {
	ops := make([]provider.Op, len(batch))
	for n, i := range batch {
		ops[n] = x.ops[i]
	}
	return ops
}

func (x *execution) finish(f finished) {
	x.scopes[f.scope].running = false
	x.enqueue(f.scope)
	for n, i := range f.ops {
		if f.out[n].State == provider.Done {
			x.done(i, f.out[n])
			continue
		}
		x.close(i, f.out[n])
	}
}

func (x *execution) done(i int, o provider.Outcome) {
	x.state[i], x.out[i] = opDone, o
	for _, d := range x.dependents[i] {
		if x.ops[d].WriteScope != x.ops[i].WriteScope {
			x.missing[d]--
			x.enqueue(x.ops[d].WriteScope)
		}
	}
}

// close ends op i with an outcome other than Done, and blocks all ops that come after it.
func (x *execution) close(i int, o provider.Outcome) {
	if x.state[i] == opOver || x.state[i] == opDone {
		return
	}
	x.state[i], x.out[i] = opOver, o
	u := x.scopes[x.ops[i].WriteScope]
	u.ops = slices.DeleteFunc(u.ops, func(j int) bool { return j == i })
	x.enqueue(x.ops[i].WriteScope)
	for _, d := range x.dependents[i] {
		if x.state[d] == opLeft {
			x.close(d, provider.Outcome{Key: x.ops[d].Key, State: provider.Blocked})
		}
	}
}

// giveUp blocks the remaining ops because the context has ended.
func (x *execution) giveUp(err error) {
	for i := range x.ops {
		if x.state[i] == opLeft {
			x.close(i, provider.Outcome{Key: x.ops[i].Key, State: provider.Blocked, Err: err})
		}
	}
}
