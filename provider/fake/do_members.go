package fake

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// doMembers registers members first, then deregisters others, with up to two writes.
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
			return provider.Outcome{Key: op.Key, State: provider.Failed, Err: provider.WithKey(err, string(op.Action), op.Key)}
		}
	}
	if op.Action == provider.Delete {
		return p.deleteMembers(ctx, op)
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

// missing returns the members of have that are not in want.
func missing(have, want []Member) []Member {
	return slices.DeleteFunc(slices.Clone(have), func(m Member) bool {
		return slices.ContainsFunc(want, func(w Member) bool { return w.Address == m.Address })
	})
}

func (p *Provider) writeMembers(ctx context.Context, name string, op provider.Op) provider.Outcome {
	var out provider.Outcome
	err := p.write(ctx, Call{Op: name, WriteScope: op.WriteScope, Keys: []provider.Key{op.Key}}, func() error {
		if err := p.apply(op); err != nil {
			return err
		}
		if name == "deregister" {
			p.cloud.drain(op)
		}
		out = p.done(op.Key)
		return nil
	})
	if err != nil {
		return provider.Outcome{Key: op.Key, State: provider.Failed, Err: provider.WithKey(err, string(op.Action), op.Key)}
	}
	return out
}

// deleteMembers deregisters all members. If the cloud reports when draining ends, the outcome is
// pending until then.
func (p *Provider) deleteMembers(ctx context.Context, op provider.Op) provider.Outcome {
	if p.hidesDraining() {
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
		return provider.Outcome{Key: op.Key, State: provider.Failed, Err: provider.WithKey(err, string(op.Action), op.Key)}
	}
	return out
}

// drain records when the last requests to removed members end.
func (c *Cloud) drain(op provider.Op) {
	spec, _ := op.Have.Spec.(MembersSpec)
	c.drainedAt[spec.Group] = c.options.Clock.Now().Add(c.options.InFlight)
}

// drained deletes members without an endpoint once draining has ended.
func (c *Cloud) drained(op provider.Op) provider.Outcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	spec, _ := op.Have.Spec.(MembersSpec)
	rest := c.drainedAt[spec.Group].Sub(c.options.Clock.Now())
	if c.plane != nil && c.plane.drains(spec.Group) {
		rest = drainPoll
	}
	if rest > 0 {
		return provider.Outcome{Key: op.Key, State: provider.Pending, Have: op.Have, RetryAfter: min(rest, drainPoll)}
	}
	delete(c.objects, op.Key)
	return provider.Outcome{Key: op.Key, State: provider.Done}
}
