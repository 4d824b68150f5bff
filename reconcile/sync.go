package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Plan returns what a pass over the load balancers would do; without ids, over all that the engine
// knows. It observes the cloud and writes nothing. Ops that have to wait are included, with the
// reason, and so are those that a guard stops. An error means that the cloud could not be observed;
// an error of one load balancer is in its Result.
func (e *Engine) Plan(ctx context.Context, ids ...model.ID) (Report, error) {
	drafts, end := e.begin(e.orAll(ids))
	defer end()
	if err := e.prepare(ctx, drafts); err != nil {
		return Report{}, err
	}
	var r Report
	for _, d := range drafts {
		steps := make([]Step, 0, len(d.plan.Ops)+len(d.follow))
		for _, op := range d.plan.Ops {
			steps = append(steps, Step{Op: op, Retained: d.retained[op.Key]})
		}
		for _, op := range d.follow {
			steps = append(steps, Step{Op: op})
		}
		r.Results = append(r.Results, e.result(d, steps))
		r.again(d.again)
	}
	return r, nil
}

// Sync makes one pass: it plans, carries out what can be done now, and reports when to make the
// next pass. It does not wait for the cloud. A later pass, of this process or another one,
// continues where this one stopped.
func (e *Engine) Sync(ctx context.Context, ids ...model.ID) (Report, error) {
	drafts, end := e.begin(e.orAll(ids))
	defer end()
	if err := e.prepare(ctx, drafts); err != nil {
		return Report{}, err
	}
	plan, owner := merge(drafts)
	outcomes := execute(ctx, plan, e.o.Parallel, e.runScope)
	var r Report
	byDraft := collect(plan.Ops, outcomes, owner, drafts)
	for i, d := range drafts {
		steps := byDraft[i]
		e.conclude(d, steps)
		for _, op := range d.follow {
			steps = append(steps, Step{Op: op, Outcome: &provider.Outcome{Key: op.Key, State: provider.Blocked}})
		}
		r.Results = append(r.Results, e.result(d, steps))
		r.again(d.again)
	}
	return r, nil
}

func (e *Engine) orAll(ids []model.ID) []model.ID {
	if len(ids) == 0 {
		return e.known()
	}
	return ids
}

func (r *Report) again(d time.Duration) {
	if d > 0 && (r.Again == 0 || d < r.Again) {
		r.Again = d
	}
}

func (e *Engine) result(d *draft, steps []Step) Result {
	res := Result{ID: d.id, Steps: steps, Problems: d.problems, Err: d.err}
	if d.err != nil {
		res.Err = fmt.Errorf("load balancer %s: %w", d.id, d.err)
	}
	if d.full {
		d.w.addresses = e.addresses(d.id)
	}
	res.Addresses = d.w.addresses
	return res
}

func (e *Engine) addresses(id model.ID) []string {
	var out []string
	for _, r := range e.have.of(id) {
		out = append(out, r.Output.Addresses...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// merge returns one plan of all drafts, so that a write scope that several load balancers share is
// written once. owner is the index of each op's draft.
func merge(drafts []*draft) (provider.Plan, []int) {
	var p provider.Plan
	var owner []int
	for i, d := range drafts {
		if d.guarded {
			continue
		}
		base := len(p.Ops)
		for _, op := range d.plan.Ops {
			op.After = shift(op.After, base)
			p.Ops = append(p.Ops, op)
			owner = append(owner, i)
		}
	}
	return p, owner
}

func shift(after []int, base int) []int {
	out := make([]int, len(after))
	for i, j := range after {
		out[i] = j + base
	}
	return out
}

// collect returns the steps of each draft.
func collect(ops []provider.Op, outcomes []provider.Outcome, owner []int, drafts []*draft) [][]Step {
	steps := make([][]Step, len(drafts))
	for i := range ops {
		retained := drafts[owner[i]].retained[ops[i].Key]
		steps[owner[i]] = append(steps[owner[i]], Step{Op: ops[i], Outcome: &outcomes[i], Retained: retained})
	}
	return steps
}

// runScope carries out ops of one write scope.
func (e *Engine) runScope(ctx context.Context, scope string, ops []provider.Op) []provider.Outcome {
	for _, op := range ops {
		e.progress(Event{Step: Step{Op: op}})
	}
	out := e.writes.run(ctx, provider.Batch{WriteScope: scope, Ops: ops, Have: e.have.get})
	for i, op := range ops {
		e.progress(Event{Step: Step{Op: op, Outcome: &out[i]}})
	}
	return out
}

func (e *Engine) progress(ev Event) {
	if e.o.Progress != nil {
		e.o.Progress(ev)
	}
}

// write is the only place that changes the cloud. It stores the outcomes before the next write of
// the scope begins.
func (e *Engine) write(ctx context.Context, b provider.Batch) []provider.Outcome {
	out := e.do(ctx, b)
	if len(out) != len(b.Ops) {
		out = sameOutcomes(b.Ops, provider.Failed, &provider.Error{Code: provider.Unknown, Op: "do", Err: errOutcomes})
	}
	for i, op := range b.Ops {
		e.absorb(op, out[i])
		e.log(ctx, op, out[i])
	}
	return out
}

// do passes the ops to the provider, except those of resources that were deleted with another one.
func (e *Engine) do(ctx context.Context, b provider.Batch) []provider.Outcome {
	var own []provider.Op
	for _, op := range b.Ops {
		if op.With == (provider.Key{}) {
			own = append(own, op)
		}
	}
	if len(own) == len(b.Ops) {
		return e.cloud.Do(ctx, b)
	}
	all := sameOutcomes(b.Ops, provider.Done, nil)
	if len(own) == 0 {
		return all
	}
	b.Ops = own
	out := e.cloud.Do(ctx, b)
	for i := range all {
		if len(out) > 0 && all[i].Key == out[0].Key {
			all[i], out = out[0], out[1:]
		}
	}
	return all
}

func (e *Engine) log(ctx context.Context, op provider.Op, o provider.Outcome) {
	if o.State == provider.Failed {
		e.o.Logger.ErrorContext(ctx, "write failed", "action", op.Action, "resource", op.Key.String(), "code", provider.CodeOf(o.Err), "error", o.Err)
		return
	}
	if !e.o.Logger.Enabled(ctx, slog.LevelInfo) {
		return
	}
	e.o.Logger.InfoContext(ctx, "write", "action", op.Action, "resource", op.Key.String(), "state", o.State)
}

// absorb stores the outcome of an op. After a failure, the state of the load balancer is unknown
// until it is observed again.
func (e *Engine) absorb(op provider.Op, o provider.Outcome) {
	switch o.State {
	case provider.Done:
		if o.Have == nil {
			e.have.drop(op.Key)
		}
	case provider.Failed:
		e.have.forget(ownerOf(op))
	case provider.Pending, provider.Blocked:
	}
	if o.Have != nil {
		e.have.put(*o.Have)
	}
	e.have.put(o.Also...)
}

func ownerOf(op provider.Op) model.ID {
	if op.Want != nil {
		return op.Want.Owner.LoadBalancer
	}
	return op.Have.Owner.LoadBalancer
}

// conclude decides when to look again, and clears the pending changes if the pass completed them.
func (e *Engine) conclude(d *draft, steps []Step) {
	complete := e.complete(d, steps)
	e.mu.Lock()
	defer e.mu.Unlock()
	if d.w.generation != d.generation {
		d.lookAgain(time.Nanosecond)
		return
	}
	if complete {
		d.w.dirty = false
		clear(d.w.changedGroups)
	} else if d.full && d.err == nil {
		d.w.dirty = true
	}
	if complete && d.gone {
		delete(e.lbs, d.id)
	}
}

// complete reports whether the load balancer has reached its desired state. If not, it records when
// to look again.
func (e *Engine) complete(d *draft, steps []Step) bool {
	complete := d.err == nil && !d.over && d.again == 0
	for _, s := range steps {
		if s.Retained {
			continue
		}
		complete = complete && s.Outcome.State == provider.Done
		d.lookAgainAfter(*s.Outcome)
		if s.Wait != "" && d.again == 0 {
			d.lookAgain(pollPending)
		}
	}
	if complete && d.full && !e.ready(d.id) {
		complete = false
		d.lookAgain(pollReady)
		e.have.forget(d.id)
	}
	return complete
}

// The times until the next pass if the cloud does not report one.
const (
	pollReady   = 3 * time.Second // the load balancer is being provisioned
	pollPending = 2 * time.Second // an op is pending
	retryFailed = time.Second
)

func (d *draft) lookAgainAfter(o provider.Outcome) {
	switch o.State {
	case provider.Pending:
		d.lookAgain(orElse(o.RetryAfter, pollPending))
	case provider.Failed:
		if provider.CodeOf(o.Err).Retryable() {
			d.lookAgain(orElse(max(o.RetryAfter, provider.RetryAfterOf(o.Err)), retryFailed))
		}
	case provider.Done, provider.Blocked:
	}
}

func orElse(d, other time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return other
}

// ready reports whether the cloud has provisioned all resources of a load balancer.
func (e *Engine) ready(id model.ID) bool {
	for _, r := range e.have.of(id) {
		if !r.External && !r.Output.Ready {
			return false
		}
	}
	return true
}
