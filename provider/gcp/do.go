package gcp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// Do applies the ops in order. A new backend service and its membership are one step, so that the
// service is created with its backends in one write.
func (p *Provider) Do(ctx context.Context, batch provider.Batch) []provider.Outcome {
	if len(batch.Ops) > 0 && isSecure(batch.Ops[0].Key.Kind) {
		return p.doSecure(ctx, batch)
	}
	out := make([]provider.Outcome, 0, len(batch.Ops))
	failed := false
	for i := 0; i < len(batch.Ops); i++ {
		op := batch.Ops[i]
		switch {
		case failed || ctx.Err() != nil:
			out = append(out, provider.Outcome{Key: op.Key, State: provider.Blocked})
			continue
		case i+1 < len(batch.Ops) && createsGroup(op, batch.Ops[i+1]):
			out = append(out, p.createGroup(ctx, op, batch.Ops[i+1])...)
			i++
		default:
			have, err := p.apply(ctx, op, batch.Have)
			out = append(out, p.outcome(ctx, op, have, err))
		}
		failed = out[len(out)-1].State != provider.Done
	}
	return out
}

// isSecure reports whether a kind is in the write scope of the HTTPS proxies.
func isSecure(kind string) bool {
	return kind == KindTargetHTTPSProxy || kind == KindSSLCertificate || kind == KindCertificateReference
}

// createsGroup reports whether a and b create a backend service and its membership.
func createsGroup(a, b provider.Op) bool {
	return a.Action == provider.Create && b.Action == provider.Create && b.Key == membersKey(a.Key)
}

// retryPending is the delay before the next look at an operation that was running when the context
// ended.
const retryPending = 2 * time.Second

func (p *Provider) outcome(ctx context.Context, op provider.Op, have *provider.Resource, err error) provider.Outcome {
	switch {
	case err == nil:
		return provider.Outcome{Key: op.Key, State: provider.Done, Have: have}
	case ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		return provider.Outcome{Key: op.Key, State: provider.Pending, RetryAfter: retryPending}
	default:
		return provider.Outcome{Key: op.Key, State: provider.Failed, Err: provider.WithKey(err, string(op.Action), op.Key)}
	}
}

// lookup returns the observed form of a resource.
type lookup func(provider.Key) (provider.Resource, bool)

// apply applies one op and returns the observed form of its resource.
func (p *Provider) apply(ctx context.Context, op provider.Op, have lookup) (*provider.Resource, error) {
	switch op.Key.Kind {
	case KindNetworkEndpoints:
		return p.applyNetworkEndpoints(ctx, op)
	case KindCertificateReference:
		return p.applyReference(ctx, op)
	}
	if p.client.kind(op.Key.Kind) == nil {
		return nil, &provider.Error{Code: provider.Unsupported, Op: string(op.Action), Key: op.Key, Err: errKind}
	}
	switch op.Action {
	case provider.Create:
		return p.create(ctx, op, have)
	case provider.Update:
		return p.update(ctx, op)
	case provider.Delete:
		return nil, p.delete(ctx, op)
	}
	return nil, &provider.Error{Code: provider.Unsupported, Op: string(op.Action), Key: op.Key, Err: errAction}
}

// create inserts a resource. It adopts one that exists and is owned, because the reply to an
// earlier insert may have been lost.
func (p *Provider) create(ctx context.Context, op provider.Op, have lookup) (*provider.Resource, error) {
	w := desiredOf(op.Want)
	if s, ok := w.spec.(ForwardingRuleSpec); ok {
		address, err := forwardingRuleAddress(op.Want, s, have)
		if err != nil {
			return nil, err
		}
		w.address = address
	}
	err := p.client.kind(op.Key.Kind).insert(ctx, w)
	if provider.IsCode(err, provider.Conflict) {
		return p.adopt(ctx, op)
	}
	if err != nil {
		return nil, err
	}
	address, err := p.assignedAddress(ctx, w)
	return p.applied(op.Want, address), err
}

func desiredOf(r *provider.Resource) desired {
	return desired{key: r.Key, spec: r.Spec, description: describe(r)}
}

// adopt updates an existing resource to the wanted state. The resource must belong to the same load
// balancer.
func (p *Provider) adopt(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	now, have, err := p.owned(ctx, op.Want)
	if err != nil {
		return nil, err
	}
	if len(p.Compare(*op.Want, have)) > 0 {
		if err := p.client.kind(op.Key.Kind).update(ctx, desiredOf(op.Want), now); err != nil {
			return nil, err
		}
	}
	return p.applied(op.Want, now.address), nil
}

// owned reads a resource. It fails with ErrNotOwned if the description names another owner or
// another group.
func (p *Provider) owned(ctx context.Context, r *provider.Resource) (item, provider.Resource, error) {
	now, err := p.client.kind(r.Key.Kind).get(ctx, r.Key)
	if err != nil {
		return item{}, provider.Resource{}, err
	}
	have, ok := p.resource(now)
	if !ok || have.Owner != r.Owner || have.Group != r.Group {
		return item{}, provider.Resource{}, notOwned(r.Key, now.description)
	}
	return now, have, nil
}

// notOwned returns the error for a resource whose description names another owner, or none.
func notOwned(k provider.Key, text string) error {
	owner := "its description names no owner"
	if r, ok := recordIn(text); ok {
		owner = fmt.Sprintf("its description names load balancer %q of cluster %q", r.LoadBalancer, r.Cluster)
		if r.Group != "" {
			owner = fmt.Sprintf("%s, group %q", owner, r.Group)
		}
	}
	err := fmt.Errorf("%w (%s): delete it if nothing uses it", provider.ErrNotOwned, owner)
	return &provider.Error{Code: provider.Conflict, Op: "check the owner of", Key: k, Err: err}
}

// update changes a resource to the wanted state. It reads the resource first and fails with code
// Conflict if the resource changed since it was observed.
func (p *Provider) update(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	now, have, err := p.owned(ctx, op.Want)
	if err != nil {
		return nil, err
	}
	if len(p.Compare(*op.Want, have)) == 0 {
		return p.applied(op.Want, now.address), nil
	}
	if op.Have != nil && len(p.Compare(*op.Have, have)) > 0 {
		return nil, &provider.Error{Code: provider.Conflict, Op: "update", Key: op.Key, Err: errChanged}
	}
	if err := p.client.kind(op.Key.Kind).update(ctx, desiredOf(op.Want), now); err != nil {
		return nil, err
	}
	return p.applied(op.Want, now.address), nil
}

// delete deletes an owned resource. A resource that no longer exists is not an error.
func (p *Provider) delete(ctx context.Context, op provider.Op) error {
	_, _, err := p.owned(ctx, op.Have)
	if err == nil {
		err = p.client.kind(op.Key.Kind).delete(ctx, op.Key)
	}
	if provider.IsCode(err, provider.NotFound) {
		return nil
	}
	return err
}

// applied returns the observed form of a resource that has the wanted state.
func (p *Provider) applied(want *provider.Resource, address string) *provider.Resource {
	r := *want
	r.Origin = nil
	r.Spec = p.client.observed(want)
	r.Output = p.output(r.Key, address)
	return &r
}
