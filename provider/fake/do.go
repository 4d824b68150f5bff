package fake

import (
	"context"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// drainPoll is the time between two polls of draining members.
const drainPoll = time.Second

// Do carries out the ops of one write scope in one write. Members that are not in a document need
// two: they are registered by one write and deregistered by another.
func (p *Provider) Do(ctx context.Context, b provider.Batch) []provider.Outcome {
	if p.options.Document == "" && len(b.Ops) == 1 && b.Ops[0].Key.Kind == KindMembers {
		return []provider.Outcome{p.doMembers(ctx, b.Ops[0])}
	}
	failed := -1
	var out []provider.Outcome
	err := p.write(ctx, Call{Op: "write", WriteScope: b.WriteScope, Keys: keysOf(b.Ops)}, func() error {
		if err := p.checkVersion(b); err != nil {
			return err
		}
		for i, op := range b.Ops {
			if err := p.apply(op); err != nil {
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

// write makes one call that changes the cloud, completely or not at all.
func (p *Provider) write(ctx context.Context, call Call, fn func() error) error {
	call.Write = true
	return p.cloud.calls.do(ctx, call, func() error { return p.cloud.change(fn) })
}

// checkVersion returns an error for a document that has changed since it was read.
func (p *Provider) checkVersion(b provider.Batch) error {
	if p.options.Document == "" {
		return nil
	}
	have, ok := b.Have(p.documentKey())
	if now := p.cloud.resource(p.documentKey()); !ok || have.Output.Version != now.Output.Version {
		return &provider.Error{Code: provider.Conflict, Op: "write", Key: p.documentKey(), Err: errStale}
	}
	p.cloud.store(p.documentKey(), object{spec: DocumentSpec{}})
	return nil
}

// apply carries out one op. The caller has locked the cloud.
func (p *Provider) apply(op provider.Op) error {
	o, exists := p.cloud.objects[op.Key]
	if exists && o.owner.Cluster != p.options.ClusterID {
		return provider.NotOwned(string(op.Action), op.Key)
	}
	switch {
	case op.Action == provider.Delete:
		return p.delete(op.Key)
	case op.Action == provider.Update && !exists:
		return opError(provider.NotFound, op, errNotFound)
	default:
		return p.update(op)
	}
}

// update stores the wanted object. It creates an object that is missing, and adopts one that
// exists.
func (p *Provider) update(op provider.Op) error {
	spec, ok := op.Want.Spec.(Spec)
	if !ok {
		return opError(provider.Invalid, op, errSpec)
	}
	if err := p.cloud.check(spec); err != nil {
		return err
	}
	p.cloud.store(op.Key, object{spec: spec, owner: op.Want.Owner, group: op.Want.Group})
	return nil
}

// delete deletes an object that nothing refers to, if it exists.
func (p *Provider) delete(k provider.Key) error {
	if k.Kind != KindGroup && p.cloud.used(k) || p.cloud.referred(k) {
		return &provider.Error{Code: provider.Conflict, Op: "delete", Key: k, Err: errInUse}
	}
	if m := membersKey(k); k.Kind == KindGroup {
		delete(p.cloud.objects, m) // the members of a group go with it
	}
	delete(p.cloud.objects, k)
	return nil
}

// outcomes returns the outcomes of a successful write. The caller has locked the cloud.
func (p *Provider) outcomes(ops []provider.Op) []provider.Outcome {
	out := make([]provider.Outcome, len(ops))
	for i, op := range ops {
		out[i] = p.done(op.Key)
	}
	if p.options.Document != "" {
		out[0].Also = []provider.Resource{p.observedDocument()}
	}
	return out
}

func (p *Provider) done(k provider.Key) provider.Outcome {
	o := provider.Outcome{Key: k, State: provider.Done}
	if _, exists := p.cloud.objects[k]; exists {
		r := p.observed(k)
		o.Have = &r
	}
	return o
}

// refused returns the outcomes of a write that failed because of one op, or as a whole if failed is
// negative.
func refused(ops []provider.Op, failed int, err error) []provider.Outcome {
	out := make([]provider.Outcome, len(ops))
	for i, op := range ops {
		out[i] = provider.Outcome{Key: op.Key, State: provider.Failed, Err: provider.WithKey(err, string(op.Action), op.Key)}
		if failed >= 0 && i != failed {
			out[i] = provider.Outcome{Key: op.Key, State: provider.Blocked, Err: err}
		}
	}
	return out
}
