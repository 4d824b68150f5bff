package aws

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// retryBusy is the time until the next look at something that AWS is busy with, such as draining
// targets or the network interfaces of a deleted load balancer.
const retryBusy = 5 * time.Second

// Do carries out the ops of one write scope.
func (p *Provider) Do(ctx context.Context, b provider.Batch) []provider.Outcome {
	if err := p.verifyListing(ctx, b); err != nil {
		return blocked(b, err)
	}
	if len(b.Ops) > 0 && b.Ops[0].Key.Kind == KindRule {
		return p.doRules(ctx, b)
	}
	out := make([]provider.Outcome, 0, len(b.Ops))
	for _, op := range b.Ops {
		have, err := p.do(ctx, b, op)
		out = append(out, outcome(op, have, err))
	}
	return out
}

// do carries out one op. It returns the resource as it is then, or nil if it is gone or not known.
func (p *Provider) do(ctx context.Context, b provider.Batch, op provider.Op) (*provider.Resource, error) {
	switch op.Action {
	case provider.Create:
		return p.create(ctx, b, op)
	case provider.Update:
		if op.Have.Group != op.Want.Group {
			return nil, p.notOwned("update", op.Want)
		}
		return p.update(ctx, b, op)
	case provider.Delete:
		return p.delete(ctx, b, op)
	default:
		return nil, unknownKind(op)
	}
}

// create creates a resource, or adopts the cluster's own if it exists.
func (p *Provider) create(ctx context.Context, b provider.Batch, op provider.Op) (*provider.Resource, error) {
	switch op.Key.Kind {
	case KindSecurityGroup:
		return p.createSecurityGroup(ctx, op)
	case KindLoadBalancer:
		return p.createLoadBalancer(ctx, b, op)
	case KindCertificate:
		return p.createCertificate(ctx, op)
	case KindTargetGroup:
		return p.createTargetGroup(ctx, op)
	case KindTargets:
		return p.updateTargets(ctx, b, op, TargetsSpec{})
	case KindListener:
		return p.createListener(ctx, b, op)
	default:
		return nil, unknownKind(op)
	}
}

// update writes the fields that differ.
func (p *Provider) update(ctx context.Context, b provider.Batch, op provider.Op) (*provider.Resource, error) {
	switch op.Key.Kind {
	case KindSecurityGroup:
		return p.updateSecurityGroup(ctx, op, *op.Have)
	case KindLoadBalancer:
		return p.updateLoadBalancer(ctx, b, op, *op.Have)
	case KindCertificate:
		return op.Have, nil // nothing of a certificate can change
	case KindTargetGroup:
		return p.updateTargetGroup(ctx, op, *op.Have)
	case KindTargets:
		return p.updateTargets(ctx, b, op, op.Have.Spec.(TargetsSpec))
	case KindListener:
		return p.updateListener(ctx, b, op, *op.Have)
	default:
		return nil, unknownKind(op)
	}
}

// delete deletes an observed resource. It succeeds if the resource is already gone.
func (p *Provider) delete(ctx context.Context, b provider.Batch, op provider.Op) (*provider.Resource, error) {
	id := op.Have.Output.ID
	switch op.Key.Kind {
	case KindSecurityGroup:
		return nil, ignoreNotFound(p.client.deleteSecurityGroup(ctx, id))
	case KindLoadBalancer:
		return nil, ignoreNotFound(p.deleteLoadBalancer(ctx, b, op))
	case KindCertificate:
		return nil, ignoreNotFound(p.client.deleteCertificate(ctx, id))
	case KindTargetGroup:
		return nil, ignoreNotFound(p.client.deleteTargetGroup(ctx, id))
	case KindTargets:
		return p.deleteTargets(ctx, op)
	case KindListener:
		return nil, ignoreNotFound(p.client.deleteListener(ctx, id))
	default:
		return nil, unknownKind(op)
	}
}

func unknownKind(op provider.Op) error {
	return &provider.Error{Code: provider.Invalid, Op: string(op.Action), Key: op.Key, Err: errUnknownKind}
}

// outcome returns the outcome of an op. The op is pending if AWS is busy with it.
func outcome(op provider.Op, have *provider.Resource, err error) provider.Outcome {
	switch {
	case err == nil:
		return provider.Outcome{Key: op.Key, State: provider.Done, Have: have}
	case provider.IsCode(err, provider.InProgress):
		return provider.Outcome{Key: op.Key, State: provider.Pending, Have: have, RetryAfter: retryBusy}
	default:
		return provider.Outcome{Key: op.Key, State: provider.Failed, Err: provider.WithKey(err, string(op.Action), op.Key)}
	}
}

// blocked returns the outcomes of a batch whose first op fails with err before anything is written.
// The other ops are blocked by it.
func blocked(b provider.Batch, err error) []provider.Outcome {
	out := make([]provider.Outcome, 0, len(b.Ops))
	for _, op := range b.Ops {
		out = append(out, provider.Outcome{Key: op.Key, State: provider.Blocked})
	}
	out[0] = outcome(b.Ops[0], nil, err)
	return out
}

// idOf returns the ID of a resource that an op refers to.
func idOf(b provider.Batch, k provider.Key) (string, error) {
	if r, ok := b.Have(k); ok && r.Output.ID != "" {
		return r.Output.ID, nil
	}
	return "", &provider.Error{Code: provider.NotFound, Op: "look up", Key: k, Err: errNoID}
}

// ownTags returns the tags of an existing resource because of which a create failed. It returns
// provider.ErrNotOwned if the tags do not name the owner that the wanted resource has.
func (p *Provider) ownTags(ctx context.Context, op, arn string, want *provider.Resource) (map[string]string, error) {
	tags, err := p.client.tags(ctx, []string{arn})
	if err != nil {
		return nil, err
	}
	if !p.owns(tags[arn], want) {
		return nil, p.notOwned(op, want)
	}
	return tags[arn], nil
}

// owns reports whether tags are those of the wanted resource: of the same cluster, load balancer
// and group. A name alone may be the same for two of them.
func (p *Provider) owns(tags map[string]string, want *provider.Resource) bool {
	owner, ok := p.owner(tags)
	return ok && owner == want.Owner && getTag(tags, tagGroup) == string(want.Group)
}

// notOwned is the error of a create that fails because of a resource of others, or of one that has
// lost its tags.
func (p *Provider) notOwned(op string, want *provider.Resource) error {
	tags, text := p.resourceTags(want.Owner, want.Key.Name, want.Group, nil), []string(nil)
	for _, key := range sortedKeys(tags) {
		text = append(text, key+"="+tags[key])
	}
	return &provider.Error{Code: provider.Conflict, Op: op, Err: fmt.Errorf(
		"%w; if its tags were removed, add them again (%s), otherwise rename or delete it", provider.ErrNotOwned, strings.Join(text, ", "))}
}

// notListed is the error of a create that fails because of a resource which cannot be read yet.
func notListed(op string) error {
	return &provider.Error{Code: provider.Conflict, Op: op, Err: errNotListed}
}

// ignoreNotFound returns nil for an error of code NotFound, and any other error as it is.
func ignoreNotFound(err error) error {
	if provider.IsCode(err, provider.NotFound) {
		return nil
	}
	return err
}
