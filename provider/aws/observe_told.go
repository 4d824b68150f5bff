package aws

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// taggedTime bounds how long the tagging API is waited for: its endpoint may be one that the
// network of the cluster does not reach.
const taggedTime = 10 * time.Second

// listTagged asks the tagging API which listeners and rules the cluster has. Where it does not
// answer, for want of the permission tag:GetResources for instance, they are read of one load
// balancer after the other.
func (o *observation) listTagged(ctx context.Context) error {
	if !o.p.options.Audited || len(o.scope.LoadBalancers) > 0 || !o.p.client.firstWhole() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, taggedTime)
	defer cancel()
	if tagged, err := o.p.client.tagged(ctx, tagCluster, o.p.options.ClusterID); err == nil {
		o.tagged = tagged
	}
	return nil
}

// parts are the ARNs of what a load balancer is said to consist of.
type parts struct{ listeners, rules []string }

// readTold reads the listeners and rules that the tagging API told of. A load balancer where they
// do not fit together is left to be read the long way.
func (o *observation) readTold(ctx context.Context) error {
	told, all := o.partsTold()
	var listeners map[string]listenerRecord
	var rules map[string]ruleRecord
	err := together(ctx,
		func(ctx context.Context) (err error) {
			listeners, err = o.p.client.listenersByARN(ctx, all.listeners)
			return err
		},
		func(ctx context.Context) (err error) { rules, err = o.p.client.rulesByARN(ctx, all.rules); return err },
	)
	if err != nil {
		return err
	}
	var reads []func(context.Context) error
	for _, lb := range o.balancers {
		found, ok := assemble(told[lb.arn], listeners, rules)
		if ok && o.fit(lb, found) {
			reads = append(reads, func(ctx context.Context) error { return o.settle(ctx, lb, found) })
		}
	}
	return together(ctx, reads...)
}

// partsTold are what is told of, by the ARNs of load balancers that are there, and all of it, that
// of a load balancer side by side.
func (o *observation) partsTold() (map[string]*parts, parts) {
	told, all := make(map[string]*parts, len(o.balancers)), parts{}
	for _, lb := range o.balancers {
		told[lb.arn] = &parts{}
	}
	for _, arn := range sortedKeys(o.tagged) {
		if _, ok := o.p.owner(o.tagged[arn]); !ok {
			continue
		}
		if lb := told[parentOf(arn, ":listener/", ":loadbalancer/")]; lb != nil {
			lb.listeners, all.listeners = append(lb.listeners, arn), append(all.listeners, arn)
		} else if lb := told[parentOf(listenerOfRule(arn), ":listener/", ":loadbalancer/")]; lb != nil {
			lb.rules, all.rules = append(lb.rules, arn), append(all.rules, arn)
		}
	}
	return told, all
}

// parentOf is the ARN of what something is part of: that of a listener is its load balancer's, of
// another type and with an ID more (Service Authorization Reference, "Elastic Load Balancing V2").
// It is empty for an ARN of another type.
func parentOf(arn, from, to string) string {
	if !strings.Contains(arn, from) {
		return ""
	}
	return strings.Replace(arn[:strings.LastIndexByte(arn, '/')], from, to, 1)
}

func listenerOfRule(arn string) string { return parentOf(arn, ":listener-rule/", ":listener/") }

// assemble puts rules under listeners; ok is false where something is gone, or its listener is not
// told of.
func assemble(p *parts, listeners map[string]listenerRecord, rules map[string]ruleRecord) (found []*listenerReading, ok bool) {
	byARN := map[string]*listenerReading{}
	for _, arn := range p.listeners {
		record, ok := listeners[arn]
		if !ok {
			return nil, false
		}
		byARN[arn] = &listenerReading{listenerRecord: record}
		found = append(found, byARN[arn])
	}
	for _, arn := range p.rules {
		r, there := rules[arn]
		l := byARN[listenerOfRule(arn)]
		if !there || l == nil {
			return nil, false
		}
		if !r.byDefault() {
			l.rules = append(l.rules, r)
		}
	}
	for _, l := range found {
		slices.SortFunc(l.rules, func(a, b ruleRecord) int { return a.spec.Priority - b.spec.Priority })
	}
	return found, len(found) > 0
}

// fit tells whether nothing seems to be missing. Priorities are in even steps once an apply is
// through; and a target group that AWS says the load balancer uses gets requests by one of the
// actions.
func (o *observation) fit(lb *balancerReading, found []*listenerReading) bool {
	used := map[string]bool{}
	note := func(a ActionSpec) {
		for _, s := range a.Forward {
			used[s.Group] = used[s.Group] || s.Weight > 0
		}
	}
	for _, l := range found {
		names := map[string]bool{}
		note(l.spec.Default)
		for i, r := range l.rules {
			note(r.spec.Action)
			names[o.tagged[r.arn][tagName]] = true
			if r.spec.Priority != priorityStep*(i+1) || len(names) != i+1 {
				return false
			}
		}
	}
	return !slices.ContainsFunc(o.groups, func(g *groupReading) bool { return slices.Contains(g.users, lb.arn) && !used[g.name] })
}

// settle completes the listeners of a load balancer and takes them for all that it has.
func (o *observation) settle(ctx context.Context, lb *balancerReading, found []*listenerReading) error {
	for _, l := range found {
		err := o.readCertificates(ctx, l)
		if is(err, provider.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	lb.listeners, lb.told = found, true
	return nil
}

// remember keeps in mind which load balancers are known by hearsay, and which no longer are.
func (o *observation) remember() {
	for _, lb := range o.balancers {
		if lb.told {
			o.p.client.believe(lb.name, &hearsay{balancer: lb.arn, parts: o.partsOf(lb)})
		} else {
			o.p.client.believe(lb.name, nil)
		}
	}
}

// partsOf are the names and owners of a load balancer's listeners and rules by ARN.
func (o *observation) partsOf(lb *balancerReading) map[string]string {
	found := map[string]string{}
	for _, arn := range lb.arns() {
		owner, _ := o.p.owner(o.tags[arn])
		found[arn] = string(owner.LoadBalancer) + " " + o.tags[arn][tagName]
	}
	return found
}
