package fake

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// pollDrained is when to look again at members that drain.
const pollDrained = time.Second

// Do carries out the ops of one unit: in one write, but that members are registered in one and
// deregistered in another, and that each is deregistered before its membership is over.
func (p *Provider) Do(ctx context.Context, b provider.Batch) []provider.Outcome {
	if p.o.Document == "" && len(b.Ops) == 1 && b.Ops[0].Key.Kind == KindMembers {
		return []provider.Outcome{p.doMembers(ctx, b.Ops[0])}
	}
	failed := -1
	var out []provider.Outcome
	err := p.write(ctx, Call{Op: "write", WriteScope: b.WriteScope, Keys: keysOf(b.Ops)}, func() error {
		if err := p.checkVersion(b); err != nil {
			return err
		}
		for i, op := range b.Ops {
			if err := p.put(op); err != nil {
				failed = i
				return err
			}
		}
		out = p.outcomes(b.Ops)
		return nil
	})
	if err != nil {
		return refused(b.Ops, failed, err)
	}
	return out
}

func keysOf(ops []provider.Op) []provider.Key {
	out := make([]provider.Key, len(ops))
	for i, op := range ops {
		out[i] = op.Key
	}
	return out
}

// write is one call that changes the cloud, whole or not at all.
func (p *Provider) write(ctx context.Context, call Call, fn func() error) error {
	call.Write = true
	return p.cloud.calls.do(ctx, call, func() error { return p.cloud.change(fn) })
}

// checkVersion refuses to write a document that somebody else has written since it was read.
func (p *Provider) checkVersion(b provider.Batch) error {
	if p.o.Document == "" {
		return nil
	}
	have, ok := b.Have(p.document())
	if now := p.cloud.resource(p.document()); !ok || have.Output.Version != now.Output.Version {
		return &provider.Error{Code: provider.Conflict, Op: "write", Key: p.document(), Err: errVersion}
	}
	p.cloud.store(p.document(), object{spec: DocumentSpec{}})
	return nil
}

// put carries out one op. The cloud's lock is held.
func (p *Provider) put(op provider.Op) error {
	o, there := p.cloud.objects[op.Key]
	if there && o.owner.Cluster != p.o.Cluster {
		return &provider.Error{Code: provider.Conflict, Op: string(op.Action), Key: op.Key, Err: errExists}
	}
	switch op.Action {
	case provider.Delete:
		return p.remove(op.Key)
	case provider.Update:
		if !there {
			return &provider.Error{Code: provider.NotFound, Op: string(op.Action), Key: op.Key, Err: errMissing}
		}
	case provider.Create:
	}
	spec, ok := op.Want.Spec.(Spec)
	if !ok {
		return &provider.Error{Code: provider.Invalid, Op: string(op.Action), Key: op.Key, Err: errSpec}
	}
	if err := p.cloud.check(spec); err != nil {
		return err
	}
	p.cloud.store(op.Key, object{spec: spec, owner: op.Want.Owner, group: op.Want.Group})
	return nil
}

var errSpec = errors.New("it is not of this cloud")

// remove deletes what nothing refers to; what is gone is gone.
func (p *Provider) remove(k provider.Key) error {
	if k.Kind != KindGroup && p.cloud.used(k) || p.cloud.referred(k) {
		return &provider.Error{Code: provider.Conflict, Op: "delete", Key: k, Err: errInUse}
	}
	if m := membersOf(k); k.Kind == KindGroup {
		delete(p.cloud.objects, m) // the members of a group go with it
	}
	delete(p.cloud.objects, k)
	return nil
}

// outcomes is what the cloud answers to a write that was done. The cloud's lock is held.
func (p *Provider) outcomes(ops []provider.Op) []provider.Outcome {
	out := make([]provider.Outcome, len(ops))
	for i, op := range ops {
		out[i] = p.done(op.Key)
	}
	if p.o.Document != "" {
		out[0].Also = []provider.Resource{p.observedDocument()}
	}
	return out
}

func (p *Provider) done(k provider.Key) provider.Outcome {
	o := provider.Outcome{Key: k, State: provider.Done}
	if _, there := p.cloud.objects[k]; there {
		r := p.observed(k)
		o.Have = &r
	}
	return o
}

// refused is the outcomes of a write that failed for the sake of one op, or as a whole (failed <
// 0).
func refused(ops []provider.Op, failed int, err error) []provider.Outcome {
	out := make([]provider.Outcome, len(ops))
	for i, op := range ops {
		out[i] = provider.Outcome{Key: op.Key, State: provider.Failed, Err: about(err, op)}
		if failed >= 0 && i != failed {
			out[i] = provider.Outcome{Key: op.Key, State: provider.Blocked, Err: err}
		}
	}
	return out
}

// about names the op that an error of the cloud concerns.
func about(err error, op provider.Op) error {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return &provider.Error{Code: provider.CodeOf(err), Op: string(op.Action), Key: op.Key, Err: err}
	}
	if e.Key == (provider.Key{}) {
		return &provider.Error{Code: e.Code, Op: string(op.Action), Key: op.Key, RetryAfter: e.RetryAfter, Err: e.Err}
	}
	return err
}

// doMembers registers first, then deregisters: two writes where there is both to do.
func (p *Provider) doMembers(ctx context.Context, op provider.Op) provider.Outcome {
	want, have := membersIn(op.Want), membersIn(op.Have)
	both := op
	if op.Action == provider.Update && len(missing(have, want)) > 0 && len(missing(want, have)) > 0 {
		all := *op.Want
		all.Spec = MembersSpec{Group: op.Want.Spec.(MembersSpec).Group, Members: sortMembers(slices.Concat(want, have))}
		both.Want = &all
		if o := p.writeMembers(ctx, "register", both); o.State != provider.Done {
			return o
		}
		if err := ctx.Err(); err != nil {
			return provider.Outcome{Key: op.Key, State: provider.Failed, Err: about(err, op)}
		}
	}
	if op.Action == provider.Delete {
		return p.endMembership(ctx, op)
	}
	name := "register"
	if len(missing(have, want)) > 0 {
		name = "deregister"
	}
	return p.writeMembers(ctx, name, op)
}

func membersIn(r *provider.Resource) []Member {
	if r == nil {
		return nil
	}
	spec, _ := r.Spec.(MembersSpec)
	return spec.Members
}

// missing is those of have that want lacks.
func missing(have, want []Member) []Member {
	return slices.DeleteFunc(slices.Clone(have), func(m Member) bool {
		return slices.ContainsFunc(want, func(w Member) bool { return w.Address == m.Address })
	})
}

func (p *Provider) writeMembers(ctx context.Context, name string, op provider.Op) provider.Outcome {
	var out provider.Outcome
	err := p.write(ctx, Call{Op: name, WriteScope: op.WriteScope, Keys: []provider.Key{op.Key}}, func() error {
		if err := p.put(op); err != nil {
			return err
		}
		if name == "deregister" {
			p.cloud.leave(op)
		}
		out = p.done(op.Key)
		return nil
	})
	if err != nil {
		return provider.Outcome{Key: op.Key, State: provider.Failed, Err: about(err, op)}
	}
	return out
}

// endMembership deregisters all members, and is done once the last has drained, if the cloud tells.
func (p *Provider) endMembership(ctx context.Context, op provider.Op) provider.Outcome {
	if p.untold() {
		return p.writeMembers(ctx, "deregister", op)
	}
	if len(membersIn(op.Have)) > 0 {
		empty := *op.Have
		empty.Spec = MembersSpec{Group: op.Have.Spec.(MembersSpec).Group}
		o := p.writeMembers(ctx, "deregister", provider.Op{Action: provider.Create, Key: op.Key, WriteScope: op.WriteScope, Want: &empty, Have: op.Have})
		if o.State != provider.Done {
			return o
		}
		op.Have = o.Have
	}
	var out provider.Outcome
	err := p.cloud.calls.do(ctx, Call{Op: "read draining", Keys: []provider.Key{op.Key}}, func() error {
		out = p.cloud.drained(op)
		return nil
	})
	if err != nil {
		return provider.Outcome{Key: op.Key, State: provider.Failed, Err: about(err, op)}
	}
	return out
}

// leave notes how long requests to members that left go on.
func (c *Cloud) leave(op provider.Op) {
	spec, _ := op.Have.Spec.(MembersSpec)
	c.busyTill[spec.Group] = c.o.Clock.Now().Add(c.o.InFlight)
}

// drained drops a membership without members once nothing drains any more.
func (c *Cloud) drained(op provider.Op) provider.Outcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	spec, _ := op.Have.Spec.(MembersSpec)
	left := c.busyTill[spec.Group].Sub(c.o.Clock.Now())
	if c.plane != nil && c.plane.drains(spec.Group) {
		left = pollDrained
	}
	if left > 0 {
		return provider.Outcome{Key: op.Key, State: provider.Pending, Have: op.Have, RetryAfter: min(left, pollDrained)}
	}
	delete(c.objects, op.Key)
	return provider.Outcome{Key: op.Key, State: provider.Done}
}
