package aws

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// doRules carries out the ops on the rules of one listener: rules that stay are moved to their
// places in one call, and those which are about to go are moved aside, then new ones are made,
// others changed, and the last ones deleted.
func (p *Provider) doRules(ctx context.Context, b provider.Batch) []provider.Outcome {
	w := &ruleWriter{p: p, batch: b, out: make([]provider.Outcome, len(b.Ops))}
	listener, err := idOf(b, listenerOf(b.Ops[0].Key))
	if err != nil && slices.ContainsFunc(b.Ops, func(op provider.Op) bool { return op.Action == provider.Create }) {
		return refused(b, err)
	}
	w.listener = listener
	if err := w.move(ctx); err != nil {
		return refused(b, err)
	}
	for _, step := range []provider.Action{provider.Create, provider.Update, provider.Delete} {
		w.each(ctx, step)
	}
	return w.out
}

// each carries out the ops of one action that are left.
func (w *ruleWriter) each(ctx context.Context, action provider.Action) {
	for i, op := range w.batch.Ops {
		if op.Action == action && w.out[i].State == "" {
			have, err := w.write(ctx, op)
			w.out[i] = outcome(op, have, err)
		}
	}
}

// ruleWriter writes the rules of one listener.
type ruleWriter struct {
	p        *Provider
	batch    provider.Batch
	listener string
	out      []provider.Outcome
}

// refused gives the first op the error, and blocks the others.
func refused(b provider.Batch, err error) []provider.Outcome {
	out := make([]provider.Outcome, 0, len(b.Ops))
	for _, op := range b.Ops {
		out = append(out, provider.Outcome{Key: op.Key, State: provider.Blocked})
	}
	out[0] = outcome(b.Ops[0], nil, err)
	return out
}

// move brings the rules that stay to their priorities, and those that are about to go out of the
// way of others, all at once.
func (w *ruleWriter) move(ctx context.Context) error {
	moves := plannedMoves(w.batch.Ops)
	if len(moves) == 0 {
		return nil
	}
	err := w.p.client.setPriorities(ctx, moves)
	if !is(err, provider.NotFound) {
		return err
	}
	if moves, err = w.still(ctx, moves); err != nil || len(moves) == 0 {
		return err
	}
	return w.p.client.setPriorities(ctx, moves)
}

// still leaves out the moves of rules that are gone.
func (w *ruleWriter) still(ctx context.Context, moves map[string]int) (map[string]int, error) {
	all, err := w.p.client.rules(ctx, w.listener)
	if err != nil {
		return nil, err
	}
	left := map[string]int{}
	for _, r := range all {
		if at, ok := moves[r.arn]; ok {
			left[r.arn] = at
		}
	}
	return left, nil
}

// plannedMoves are new priorities by ARN. Wanted priorities are multiples of a step; what goes
// finds a place just behind the one that it gives up, so that the order stays what it was until it
// is gone.
func plannedMoves(ops []provider.Op) map[string]int {
	moves, taken := map[string]int{}, map[int]bool{}
	for _, op := range ops {
		if op.Want == nil {
			continue
		}
		want := op.Want.Spec.(RuleSpec).Priority
		taken[want] = true
		if op.Have != nil && op.Have.Spec.(RuleSpec).Priority != want {
			moves[op.Have.Output.ID] = want
		}
	}
	var leaving []provider.Op
	for _, op := range ops {
		if op.Want == nil {
			leaving = append(leaving, op)
		}
	}
	for _, op := range leaving {
		if at := op.Have.Spec.(RuleSpec).Priority; !taken[at] {
			taken[at] = true
		}
	}
	for _, op := range leaving {
		at := op.Have.Spec.(RuleSpec).Priority
		if wantedAt(ops, at) {
			for taken[at] || at%priorityStep == 0 {
				at++
			}
			taken[at] = true
			moves[op.Have.Output.ID] = at
		}
	}
	return moves
}

// wantedAt tells whether a rule is to be at a priority.
func wantedAt(ops []provider.Op, priority int) bool {
	return slices.ContainsFunc(ops, func(op provider.Op) bool { return op.Want != nil && op.Want.Spec.(RuleSpec).Priority == priority })
}

func (w *ruleWriter) write(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	if op.Action == provider.Delete {
		return nil, unlessGone(w.p.client.deleteRule(ctx, op.Have.Output.ID))
	}
	want := op.Want.Spec.(RuleSpec)
	resolved := want
	var err error
	if resolved.Action, err = resolveAction(w.batch, want.Action); err != nil {
		return nil, err
	}
	r := ruleRecord{spec: want}
	if op.Action == provider.Create {
		r.arn, err = w.create(ctx, op, resolved)
	} else {
		r.arn, err = op.Have.Output.ID, w.change(ctx, op, resolved)
	}
	if err != nil {
		return nil, err
	}
	made := ruleResource(op.Key, r, op.Want.Owner)
	return &made, nil
}

// create makes a rule, or adopts the one with its name that is there already.
func (w *ruleWriter) create(ctx context.Context, op provider.Op, resolved RuleSpec) (string, error) {
	tags := w.p.marks(op.Want.Owner, op.Key.Name, "", nil)
	arn, err := w.p.client.createRule(ctx, w.listener, resolved, tags)
	if is(err, provider.Quota) && slices.ContainsFunc(w.batch.Ops, func(op provider.Op) bool { return op.Action == provider.Delete }) {
		// at the limit there is no room for what goes beside what comes
		w.each(ctx, provider.Delete)
		arn, err = w.p.client.createRule(ctx, w.listener, resolved, tags)
	}
	if is(err, provider.Conflict) {
		if adopted, ok := w.adopt(ctx, op.Key.Name); ok {
			return adopted, w.p.client.modifyRule(ctx, adopted, resolved)
		}
	}
	return arn, err
}

func (w *ruleWriter) adopt(ctx context.Context, name string) (string, bool) {
	all, err := w.p.client.rules(ctx, w.listener)
	if err != nil {
		return "", false
	}
	tags, err := w.p.client.tags(ctx, arnsOf(all, func(r ruleRecord) string { return r.arn }))
	if err != nil {
		return "", false
	}
	for _, r := range all {
		if _, ok := w.p.owner(tags[r.arn]); ok && tags[r.arn][tagName] == name {
			return r.arn, true
		}
	}
	return "", false
}

// change makes the write for what differs besides the priority.
func (w *ruleWriter) change(ctx context.Context, op provider.Op, resolved RuleSpec) error {
	want, have := op.Want.Spec.(RuleSpec), op.Have.Spec.(RuleSpec)
	same := want.Action.String() == have.Action.String() && slices.EqualFunc(want.Conditions, have.Conditions, func(a, b Condition) bool { return a.String() == b.String() })
	if same {
		return nil
	}
	return w.p.client.modifyRule(ctx, op.Have.Output.ID, resolved)
}
