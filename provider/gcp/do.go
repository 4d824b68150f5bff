package gcp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// Do carries out ops one after the other, and a new backend service together with its membership:
// that way the service is made with its backends in one write.
func (p *Provider) Do(ctx context.Context, batch provider.Batch) []provider.Outcome {
	out := make([]provider.Outcome, 0, len(batch.Ops))
	failed := false
	for i := 0; i < len(batch.Ops); i++ {
		op := batch.Ops[i]
		switch {
		case failed || ctx.Err() != nil:
			out = append(out, provider.Outcome{Key: op.Key, State: provider.Blocked})
			continue
		case i+1 < len(batch.Ops) && newGroup(op, batch.Ops[i+1]):
			out = append(out, p.createGroup(ctx, op, batch.Ops[i+1])...)
			i++
		default:
			have, err := p.carryOut(ctx, op, batch.Have)
			out = append(out, p.outcome(ctx, op, have, err))
		}
		failed = out[len(out)-1].State != provider.Done
	}
	return out
}

// newGroup tells whether two ops make a backend service and its membership.
func newGroup(a, b provider.Op) bool {
	return a.Action == provider.Create && b.Action == provider.Create && b.Key == membersKey(a.Key)
}

// lookAgain is when an operation is looked at again that was still running when the context ended.
const lookAgain = 2 * time.Second

func (p *Provider) outcome(ctx context.Context, op provider.Op, have *provider.Resource, err error) provider.Outcome {
	switch {
	case err == nil:
		return provider.Outcome{Key: op.Key, State: provider.Done, Have: have}
	case ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		return provider.Outcome{Key: op.Key, State: provider.Pending, RetryAfter: lookAgain}
	default:
		return provider.Outcome{Key: op.Key, State: provider.Failed, Err: failure(string(op.Action), op.Key, err)}
	}
}

func (p *Provider) carryOut(ctx context.Context, op provider.Op, lookup func(provider.Key) (provider.Resource, bool)) (*provider.Resource, error) {
	if op.Key.Kind == KindNetworkEndpoints {
		return p.doMembers(ctx, op)
	}
	if p.client.kind(op.Key.Kind) == nil {
		return nil, &provider.Error{Code: provider.Unsupported, Op: string(op.Action), Key: op.Key, Err: errKind}
	}
	switch op.Action {
	case provider.Create:
		return p.create(ctx, op, lookup)
	case provider.Update:
		return p.update(ctx, op)
	case provider.Delete:
		return nil, p.remove(ctx, op)
	}
	return nil, fmt.Errorf("%w: %s", errAction, op.Action)
}

var (
	errKind    = errors.New("no such kind")
	errAction  = errors.New("no such action")
	errForeign = errors.New("somebody else has a resource of this name")
	errChanged = errors.New("somebody else has changed it since it was observed")
	errAddress = errors.New("the address of the load balancer is not known")
)

// create inserts a resource, or adopts one that is there and owned: the reply to an earlier insert
// may have been lost.
func (p *Provider) create(ctx context.Context, op provider.Op, lookup func(provider.Key) (provider.Resource, bool)) (*provider.Resource, error) {
	w := wish{key: op.Key, spec: op.Want.Spec, description: describe(op.Want)}
	if s, ok := w.spec.(ForwardingRuleSpec); ok {
		address, err := ruleAddress(op.Want, s, lookup)
		if err != nil {
			return nil, err
		}
		w.address = address
	}
	kind := p.client.kind(op.Key.Kind)
	err := kind.insert(ctx, w)
	if err != nil && isCode(err, provider.Conflict) {
		return p.adopt(ctx, op)
	}
	if err != nil {
		return nil, err
	}
	address, err := p.assigned(ctx, w)
	return p.made(op.Want, address), err
}

// ruleAddress is what a forwarding rule listens on: what the user named, or the load balancer's own
// static address.
func ruleAddress(r *provider.Resource, s ForwardingRuleSpec, lookup func(provider.Key) (provider.Resource, bool)) (string, error) {
	if s.Static != "" {
		return s.Static, nil
	}
	for _, k := range r.Needs {
		if k.Kind != KindAddress {
			continue
		}
		if a, ok := lookup(k); ok && len(a.Output.Addresses) > 0 {
			return a.Output.Addresses[0], nil
		}
	}
	return "", &provider.Error{Code: provider.NotFound, Op: "create", Key: r.Key, Err: errAddress}
}

// assigned is the address that a resource got; only the cloud knows that of an address, and of a
// rule that names one.
func (p *Provider) assigned(ctx context.Context, w wish) (string, error) {
	switch s := w.spec.(type) {
	case AddressSpec:
	case ForwardingRuleSpec:
		if s.Static == "" {
			return w.address, nil
		}
	default:
		return "", nil
	}
	it, err := p.client.kind(w.key.Kind).get(ctx, w.key)
	return it.address, err
}

// adopt takes a resource that is there: owned by this load balancer it is brought to what is
// wanted, else it is a conflict.
func (p *Provider) adopt(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	now, have, err := p.owned(ctx, op.Want)
	if err != nil {
		return nil, err
	}
	if len(p.Compare(*op.Want, have)) > 0 {
		w := wish{key: op.Key, spec: op.Want.Spec, description: describe(op.Want)}
		if err := p.client.kind(op.Key.Kind).update(ctx, w, now); err != nil {
			return nil, err
		}
	}
	return p.made(op.Want, now.address), nil
}

// owned reads a resource and checks that it is its load balancer's.
func (p *Provider) owned(ctx context.Context, r *provider.Resource) (item, provider.Resource, error) {
	now, err := p.client.kind(r.Key.Kind).get(ctx, r.Key)
	if err != nil {
		return item{}, provider.Resource{}, err
	}
	have, ok := p.resource(now)
	if !ok || have.Owner != r.Owner {
		return item{}, provider.Resource{}, &provider.Error{Code: provider.Conflict, Op: "check the owner of", Key: r.Key, Err: errForeign}
	}
	return now, have, nil
}

// update reads the resource, so that what somebody else did since it was observed is not undone
// unseen, and brings it to what is wanted.
func (p *Provider) update(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	now, have, err := p.owned(ctx, op.Want)
	if err != nil {
		return nil, err
	}
	if len(p.Compare(*op.Want, have)) == 0 {
		return p.made(op.Want, now.address), nil
	}
	if op.Have != nil && len(p.Compare(*op.Have, have)) > 0 {
		return nil, &provider.Error{Code: provider.Conflict, Op: "update", Key: op.Key, Err: errChanged}
	}
	w := wish{key: op.Key, spec: op.Want.Spec, description: describe(op.Want)}
	if err := p.client.kind(op.Key.Kind).update(ctx, w, now); err != nil {
		return nil, err
	}
	return p.made(op.Want, now.address), nil
}

// remove deletes a resource that is owned. One that is gone is done.
func (p *Provider) remove(ctx context.Context, op provider.Op) error {
	_, _, err := p.owned(ctx, op.Have)
	if err == nil {
		err = p.client.kind(op.Key.Kind).remove(ctx, op.Key)
	}
	if isCode(err, provider.NotFound) {
		return nil
	}
	return err
}

// made is the observed form of a resource that was brought to what is wanted.
func (p *Provider) made(want *provider.Resource, address string) *provider.Resource {
	r := *want
	r.Origin = nil
	r.Spec = p.client.observed(want)
	r.Output = p.output(r.Key, address)
	return &r
}

func isCode(err error, code provider.Code) bool {
	return err != nil && provider.CodeOf(failure("", provider.Key{}, err)) == code
}
