package aws

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// taggedTimeout limits the wait for the tagging API, whose endpoint the network of the cluster may
// not reach.
const taggedTimeout = 10 * time.Second

// listTagged lists the listeners and rules of the cluster by the tagging API. If it fails, for
// example without the permission tag:GetResources, they are read for each load balancer.
func (o *observation) listTagged(ctx context.Context) error {
	if !o.p.options.Audited || len(o.scope.LoadBalancers) > 0 || !o.p.client.firstOfCluster() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, taggedTimeout)
	defer cancel()
	if tagged, err := o.p.client.tagged(ctx, tagCluster, o.p.options.ClusterID); err == nil {
		o.tagged = tagged
	}
	return nil
}

// parts are the ARNs of listeners and rules.
type parts struct{ listeners, rules []string }

// readTagged reads the listeners and rules that the tagging API listed. A load balancer for which
// the list is inconsistent stays unread.
func (o *observation) readTagged(ctx context.Context) error {
	byBalancer, all := o.taggedParts()
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
		found, ok := assemble(byBalancer[lb.arn], listeners, rules)
		if ok && o.seemsComplete(lb, found) {
			reads = append(reads, func(ctx context.Context) error { return o.complete(ctx, lb, found) })
		}
	}
	return together(ctx, reads...)
}

// taggedParts returns the listed parts of each load balancer that exists, by its ARN, and all of
// them. Those of one load balancer are next to each other.
func (o *observation) taggedParts() (map[string]*parts, parts) {
	byBalancer, all := make(map[string]*parts, len(o.balancers)), parts{}
	for _, lb := range o.balancers {
		byBalancer[lb.arn] = &parts{}
	}
	for _, arn := range sortedKeys(o.tagged) {
		if _, ok := o.p.owner(o.tagged[arn]); !ok {
			continue
		}
		if lb := byBalancer[parentOf(arn, ":listener/", ":loadbalancer/")]; lb != nil {
			lb.listeners, all.listeners = append(lb.listeners, arn), append(all.listeners, arn)
		} else if lb := byBalancer[parentOf(listenerOfRule(arn), ":listener/", ":loadbalancer/")]; lb != nil {
			lb.rules, all.rules = append(lb.rules, arn), append(all.rules, arn)
		}
	}
	return byBalancer, all
}

// parentOf returns the ARN of what a listener or rule belongs to. The ARN of a listener is that of
// its load balancer with another type and one more ID (Service Authorization Reference, "Elastic
// Load Balancing V2"). It is empty for an ARN of another type.
func parentOf(arn, from, to string) string {
	if !strings.Contains(arn, from) {
		return ""
	}
	return strings.Replace(arn[:strings.LastIndexByte(arn, '/')], from, to, 1)
}

func listenerOfRule(arn string) string { return parentOf(arn, ":listener-rule/", ":listener/") }

// assemble assigns rules to their listeners. It is false if a listener or rule is gone, or if the
// listener of a rule is not listed.
func assemble(p *parts, listeners map[string]listenerRecord, rules map[string]ruleRecord) (found []*observedListener, ok bool) {
	byARN := map[string]*observedListener{}
	for _, arn := range p.listeners {
		record, ok := listeners[arn]
		if !ok {
			return nil, false
		}
		byARN[arn] = &observedListener{listenerRecord: record}
		found = append(found, byARN[arn])
	}
	for _, arn := range p.rules {
		r, exists := rules[arn]
		l := byARN[listenerOfRule(arn)]
		if !exists || l == nil {
			return nil, false
		}
		if !r.isDefault() {
			l.rules = append(l.rules, r)
		}
	}
	for _, l := range found {
		slices.SortFunc(l.rules, func(a, b ruleRecord) int { return a.spec.Priority - b.spec.Priority })
	}
	return found, len(found) > 0
}

// seemsComplete reports whether no listener or rule seems to be missing from the list. After a
// complete apply, priorities have even steps, and some action sends requests to each target group
// that AWS lists as used by the load balancer.
func (o *observation) seemsComplete(lb *observedLoadBalancer, found []*observedListener) bool {
	used := map[string]bool{}
	use := func(a ActionSpec) {
		for _, s := range a.Forward {
			used[s.Group] = used[s.Group] || s.Weight > 0
		}
	}
	for _, l := range found {
		names := map[string]bool{}
		use(l.spec.Default)
		for i, r := range l.rules {
			use(r.spec.Action)
			names[o.tagged[r.arn][tagName]] = true
			if r.spec.Priority != priorityStep*(i+1) || len(names) != i+1 {
				return false
			}
		}
	}
	return !slices.ContainsFunc(o.groups, func(g *observedTargetGroup) bool { return slices.Contains(g.users, lb.arn) && !used[g.name] })
}

// complete reads the certificates of the found listeners, and sets them as those of a load
// balancer.
func (o *observation) complete(ctx context.Context, lb *observedLoadBalancer, found []*observedListener) error {
	for _, l := range found {
		err := o.readCertificates(ctx, l)
		if provider.IsCode(err, provider.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	lb.listeners, lb.listed = found, true
	return nil
}

// storeListings stores the listing of each load balancer whose parts come from the tagging API, and
// removes that of any other.
func (o *observation) storeListings() {
	for _, lb := range o.balancers {
		if lb.listed {
			o.p.client.setListing(lb.name, &listing{balancer: lb.arn, parts: o.partsOf(lb)})
		} else {
			o.p.client.setListing(lb.name, nil)
		}
	}
}

// partsOf returns the owners and names of a load balancer's listeners and rules, by ARN.
func (o *observation) partsOf(lb *observedLoadBalancer) map[string]string {
	found := map[string]string{}
	for _, arn := range lb.arns() {
		owner, _ := o.p.owner(o.tags[arn])
		found[arn] = string(owner.LoadBalancer) + " " + o.tags[arn][tagName]
	}
	return found
}
