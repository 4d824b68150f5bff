package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// deleteLoadBalancer deletes a load balancer, which also deletes its listeners and rules
// (DeleteLoadBalancer). It fails if any of these belongs to others, or if the load balancer is
// protected. The plan deletes nothing else of the load balancer before.
func (p *Provider) deleteLoadBalancer(ctx context.Context, b provider.Batch, op provider.Op) error {
	d := deletion{p: p, batch: b, name: op.Key.Name}
	if err := d.checkParts(ctx, op.Have.Output.ID); err != nil {
		return err
	}
	err := p.client.deleteLoadBalancer(ctx, op.Have.Output.ID)
	if hasServiceCode(err, "OperationNotPermitted") {
		return &provider.Error{Code: provider.Invalid, Op: "DeleteLoadBalancer", Err: fmt.Errorf(
			"nothing of the load balancer was deleted; if it is to go, set its attribute deletion_protection.enabled to false: %w", err)}
	}
	return err
}

// deletion finds the parts of a load balancer that is about to be deleted.
type deletion struct {
	p       *Provider
	batch   provider.Batch
	name    string            // of the load balancer
	unknown map[string]string // by ARN, descriptions of the parts that were never observed
}

// checkParts returns an error that names the listeners and rules of others. It reads the tags only
// of parts that were never observed as the cluster's own.
func (d *deletion) checkParts(ctx context.Context, balancer string) error {
	d.unknown = map[string]string{}
	listeners, err := d.p.client.listeners(ctx, balancer)
	if err != nil {
		return err
	}
	for _, l := range listeners {
		if err := d.checkListener(ctx, l); err != nil {
			return err
		}
	}
	tags, err := d.p.client.tagsOf(ctx, sortedKeys(d.unknown))
	if err != nil {
		return err
	}
	var foreign []string
	for arn, text := range d.unknown {
		if _, own := d.p.owner(tags[arn]); !own {
			foreign = append(foreign, text)
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	slices.Sort(foreign)
	return &provider.Error{Code: provider.Invalid, Op: "DeleteLoadBalancer", Err: fmt.Errorf(
		"the load balancer was not deleted, because this would also delete what does not belong to this cluster: %s; delete or move it first",
		strings.Join(foreign, ", "))}
}

func (d *deletion) checkListener(ctx context.Context, l listenerRecord) error {
	k := listenerKey(d.name, l.port)
	d.check(k, l.arn, "listener "+k.Name)
	rules, err := d.p.client.rules(ctx, l.arn)
	for _, r := range rules {
		d.check(ruleKey(k, ruleName(r.spec.Conditions)), r.arn, fmt.Sprintf("rule %d of listener %s", r.spec.Priority, k.Name))
	}
	return ignoreNotFound(err)
}

// check records a part unless it was observed as the cluster's own.
func (d *deletion) check(k provider.Key, arn, text string) {
	if have, ok := d.batch.Have(k); !ok || have.External || have.Output.ID != arn {
		d.unknown[arn] = text
	}
}
