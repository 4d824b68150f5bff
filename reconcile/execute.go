package reconcile

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// execution carries out the open ops of one plan: a unit at a time each, units side by side.
type execution struct {
	ops        []provider.Op
	run        func(ctx context.Context, unit string, ops []provider.Op) []provider.Outcome
	parallel   int
	state      []opState
	missing    []int   // how many ops of other units must still be done before this one
	dependents [][]int // who comes after
	units      map[string]*unitOps
	names      []string // all units, in the order of the plan
	changed    []string // units that something happened to since they were last looked at
	out        []provider.Outcome
}

type unitOps struct {
	ops     []int // that are left, in order
	running bool
	queued  bool // in changed
}

type opState uint8

const (
	opLeft opState = iota
	opRunning
	opDone
	opOver // failed, pending, waiting or blocked
)

type finished struct {
	unit string
	ops  []int
	out  []provider.Outcome
}

// execute returns one outcome for each op of the plan. Ops that wait, and those that come after one
// that was not done, are Blocked.
func execute(ctx context.Context, plan provider.Plan, parallel int, run func(context.Context, string, []provider.Op) []provider.Outcome) []provider.Outcome {
	x := newExecution(plan.Ops, parallel, run)
	results := make(chan finished)
	inFlight := 0
	for {
		for inFlight < x.parallel && ctx.Err() == nil {
			unit, batch, ok := x.next(inFlight == 0)
			if !ok {
				break
			}
			if len(x.names) == 1 { // nothing can run beside it
				x.finish(finished{unit, batch, x.run(ctx, unit, x.pick(batch))})
				continue
			}
			inFlight++
			go func() { results <- finished{unit, batch, x.run(ctx, unit, x.pick(batch))} }()
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
		units:      map[string]*unitOps{},
		out:        make([]provider.Outcome, len(ops)),
	}
	for i, op := range ops {
		x.enroll(i, op)
	}
	for i, op := range ops {
		if op.Wait != "" {
			x.close(i, provider.Outcome{Key: op.Key, State: provider.Blocked})
		}
	}
	return x
}

func (x *execution) enroll(i int, op provider.Op) {
	u := x.units[op.WriteScope]
	if u == nil {
		u = &unitOps{}
		x.units[op.WriteScope] = u
		x.names = append(x.names, op.WriteScope)
		x.touch(op.WriteScope)
	}
	u.ops = append(u.ops, i)
	for _, j := range op.After {
		x.dependents[j] = append(x.dependents[j], i)
		if x.ops[j].WriteScope != op.WriteScope {
			x.missing[i]++
		}
	}
}

// next is a unit all of whose ops can go in one write; when nothing is in flight that could still
// open the rest, a part of one will do.
func (x *execution) next(partly bool) (string, []int, bool) {
	for len(x.changed) > 0 {
		name := x.changed[0]
		x.changed = x.changed[1:]
		u := x.units[name]
		u.queued = false
		if batch := x.ready(u); len(batch) > 0 && len(batch) == len(u.ops) {
			return name, x.take(u, batch), true
		}
	}
	if !partly {
		return "", nil, false
	}
	for _, name := range x.names {
		if batch := x.ready(x.units[name]); len(batch) > 0 {
			return name, x.take(x.units[name], batch), true
		}
	}
	return "", nil, false
}

// touch has a unit looked at again.
func (x *execution) touch(name string) {
	if u := x.units[name]; !u.queued {
		u.queued = true
		x.changed = append(x.changed, name)
	}
}

func (x *execution) take(u *unitOps, batch []int) []int {
	u.running = true
	for _, i := range batch {
		x.state[i] = opRunning
	}
	u.ops = slices.DeleteFunc(u.ops, func(i int) bool { return x.state[i] == opRunning })
	return batch
}

// ready is the ops of a unit that can go in one batch now: all before them, in other units and in
// this batch, is done or goes with them.
func (x *execution) ready(u *unitOps) []int {
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

// contains looks in a sorted list.
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
	x.units[f.unit].running = false
	x.touch(f.unit)
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
			x.touch(x.ops[d].WriteScope)
		}
	}
}

// close ends op i without its being done, and blocks all that come after it.
func (x *execution) close(i int, o provider.Outcome) {
	if x.state[i] == opOver || x.state[i] == opDone {
		return
	}
	x.state[i], x.out[i] = opOver, o
	u := x.units[x.ops[i].WriteScope]
	u.ops = slices.DeleteFunc(u.ops, func(j int) bool { return j == i })
	x.touch(x.ops[i].WriteScope)
	for _, d := range x.dependents[i] {
		if x.state[d] == opLeft {
			x.close(d, provider.Outcome{Key: x.ops[d].Key, State: provider.Blocked})
		}
	}
}

// giveUp blocks what is left, because the context ended.
func (x *execution) giveUp(err error) {
	for i := range x.ops {
		if x.state[i] == opLeft {
			x.close(i, provider.Outcome{Key: x.ops[i].Key, State: provider.Blocked, Err: err})
		}
	}
}
