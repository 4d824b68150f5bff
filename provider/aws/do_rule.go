package aws

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// ruleWriter carries out the ops on the rules of one listener.
type ruleWriter struct {
	p        *Provider
	batch    provider.Batch
	listener string // ARN
	reserved []int  // priorities of rules of others
	out      []provider.Outcome
}

// doRules carries out the ops on the rules of one listener. It first moves existing rules to their
// new priorities in one call, then creates, updates and deletes rules.
func (p *Provider) doRules(ctx context.Context, b provider.Batch) []provider.Outcome {
	reserved := reservedPriorities(b)
	b.Ops = withFreePriorities(b.Ops, reserved)
	w := &ruleWriter{p: p, batch: b, reserved: reserved, out: make([]provider.Outcome, len(b.Ops))}
	listener, err := idOf(b, listenerOf(b.Ops[0].Key))
	if err != nil && slices.ContainsFunc(b.Ops, func(op provider.Op) bool { return op.Action == provider.Create }) {
		return blocked(b, err)
	}
	w.listener = listener
	if err := w.setPriorities(ctx); err != nil {
		return blocked(b, err)
	}
	for _, action := range []provider.Action{provider.Create, provider.Update, provider.Delete} {
		w.each(ctx, action)
	}
	return w.out
}

// reservedPriorities returns the priorities that rules of others have in the listener.
func reservedPriorities(b provider.Batch) []int {
	l, _ := b.Have(listenerOf(b.Ops[0].Key))
	spec, _ := l.Spec.(ListenerSpec)
	return spec.Reserved
}

// withFreePriorities returns ops that want the priorities which are free.
func withFreePriorities(ops []provider.Op, reserved []int) []provider.Op {
	ops = slices.Clone(ops)
	for i, op := range ops {
		if op.Want != nil {
			want := *op.Want
			want.Spec = withFreePriority(want.Spec.(RuleSpec), reserved)
			ops[i].Want = &want
		}
	}
	return ops
}

// each carries out the ops of one action, except those that have an outcome already.
func (w *ruleWriter) each(ctx context.Context, action provider.Action) {
	for i, op := range w.batch.Ops {
		if op.Action == action && w.out[i].State == "" {
			have, err := w.do(ctx, op)
			w.out[i] = outcome(op, have, err)
		}
	}
}

func (w *ruleWriter) do(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	if op.Action == provider.Delete {
		return nil, ignoreNotFound(w.p.client.deleteRule(ctx, op.Have.Output.ID))
	}
	want := op.Want.Spec.(RuleSpec)
	resolved := want
	var err error
	if resolved.Action, err = resolveAction(w.batch, want.Action); err != nil {
		return nil, err
	}
	r := ruleRecord{spec: want}
	if op.Action == provider.Create {
		r.arn, err = w.createRule(ctx, op, resolved)
	} else {
		r.arn, err = op.Have.Output.ID, w.updateRule(ctx, op, resolved)
	}
	if err != nil {
		return nil, err
	}
	made := ruleResource(op.Key, r, op.Want.Owner)
	return &made, nil
}

// createRule creates a rule, or adopts it. It returns the ARN.
func (w *ruleWriter) createRule(ctx context.Context, op provider.Op, resolved RuleSpec) (string, error) {
	tags := w.p.resourceTags(op.Want.Owner, op.Key.Name, "", nil)
	arn, err := w.p.client.createRule(ctx, w.listener, resolved, tags)
	if provider.IsCode(err, provider.Quota) && slices.ContainsFunc(w.batch.Ops, func(op provider.Op) bool { return op.Action == provider.Delete }) {
		// At the quota old rules must go before new ones can be created.
		w.each(ctx, provider.Delete)
		arn, err = w.p.client.createRule(ctx, w.listener, resolved, tags)
	}
	if provider.IsCode(err, provider.Conflict) {
		if adopted, ok := w.adoptRule(ctx, op.Want); ok {
			return adopted, w.p.client.modifyRule(ctx, adopted, resolved)
		}
	}
	return arn, err
}

// adoptRule returns the ARN of the wanted rule, if it exists.
func (w *ruleWriter) adoptRule(ctx context.Context, want *provider.Resource) (string, bool) {
	all, err := w.p.client.rules(ctx, w.listener)
	if err != nil {
		return "", false
	}
	tags, err := w.p.client.tags(ctx, convert(all, func(r ruleRecord) string { return r.arn }))
	if err != nil {
		return "", false
	}
	for _, r := range all {
		if w.p.owns(tags[r.arn], want) && tags[r.arn][tagName] == want.Key.Name {
			return r.arn, true
		}
	}
	return "", false
}

// updateRule writes the action and the conditions if they differ.
func (w *ruleWriter) updateRule(ctx context.Context, op provider.Op, resolved RuleSpec) error {
	want, have := op.Want.Spec.(RuleSpec), op.Have.Spec.(RuleSpec)
	same := want.Action.String() == have.Action.String() && slices.EqualFunc(want.Conditions, have.Conditions, func(a, b Condition) bool { return a.String() == b.String() })
	if same {
		return nil
	}
	return w.p.client.modifyRule(ctx, op.Have.Output.ID, resolved)
}

// setPriorities moves existing rules to their new priorities, all in one call.
func (w *ruleWriter) setPriorities(ctx context.Context) error {
	priorities := newPriorities(w.batch.Ops, w.reserved)
	if len(priorities) == 0 {
		return nil
	}
	err := w.p.client.setPriorities(ctx, priorities)
	if !provider.IsCode(err, provider.NotFound) {
		return err
	}
	if priorities, err = w.withoutDeleted(ctx, priorities); err != nil || len(priorities) == 0 {
		return err
	}
	return w.p.client.setPriorities(ctx, priorities)
}

// withoutDeleted returns the priorities of the rules that still exist.
func (w *ruleWriter) withoutDeleted(ctx context.Context, priorities map[string]int) (map[string]int, error) {
	all, err := w.p.client.rules(ctx, w.listener)
	if err != nil {
		return nil, err
	}
	left := map[string]int{}
	for _, r := range all {
		if priority, ok := priorities[r.arn]; ok {
			left[r.arn] = priority
		}
	}
	return left, nil
}

// newPriorities returns the new priorities of existing rules, by ARN. A rule that is deleted later,
// and whose priority is wanted by another rule, moves to the next free priority between two steps,
// so that the order of the rules does not change before it is gone.
func newPriorities(ops []provider.Op, reserved []int) map[string]int {
	moves, used := map[string]int{}, map[int]bool{}
	wanted := map[int]bool{}
	for _, op := range ops {
		if op.Want == nil {
			used[op.Have.Spec.(RuleSpec).Priority] = true
			continue
		}
		want := op.Want.Spec.(RuleSpec).Priority
		wanted[want], used[want] = true, true
		if op.Have != nil && op.Have.Spec.(RuleSpec).Priority != want {
			moves[op.Have.Output.ID] = want
		}
	}
	for _, op := range ops {
		if op.Want != nil || !wanted[op.Have.Spec.(RuleSpec).Priority] {
			continue
		}
		priority := op.Have.Spec.(RuleSpec).Priority
		for used[priority] || priority%priorityStep == 0 || isReserved(priority, reserved) {
			priority++
		}
		used[priority] = true
		moves[op.Have.Output.ID] = priority
	}
	return moves
}
