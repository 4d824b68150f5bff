package aws

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// observedLoadBalancer collects a load balancer and its listeners.
type observedLoadBalancer struct {
	loadBalancerRecord
	owner     provider.Owner
	listeners []*observedListener
	listed    bool // the listeners and their rules are those that the tagging API listed
}

// arns returns the ARNs of the listeners and their rules.
func (lb *observedLoadBalancer) arns() []string {
	var arns []string
	for _, l := range lb.listeners {
		arns = append(append(arns, l.arn), convert(l.rules, func(r ruleRecord) string { return r.arn })...)
	}
	return arns
}

// observedListener collects a listener and its rules.
type observedListener struct {
	listenerRecord
	rules []ruleRecord
}

// reserve removes the rules of others, and records their priorities.
func (l *observedListener) reserve(foreign func(arn string) bool) {
	l.rules = slices.DeleteFunc(l.rules, func(r ruleRecord) bool {
		if !foreign(r.arn) {
			return false
		}
		l.spec.Reserved = append(l.spec.Reserved, r.spec.Priority)
		return true
	})
	slices.Sort(l.spec.Reserved)
}

// observedTargetGroup collects a target group and its targets.
type observedTargetGroup struct {
	targetGroupRecord
	owner   provider.Owner
	gone    bool // deleted since it was listed
	targets []netip.AddrPort
}

// listTargetGroups lists the target groups that may be in the scope.
func (o *observation) listTargetGroups(ctx context.Context) error {
	all, err := o.p.client.targetGroups(ctx, "")
	for _, g := range all {
		if strings.HasPrefix(g.name, o.p.prefix) && g.vpc == o.p.options.VPCID && !o.usedElsewhere(g) {
			o.groups = append(o.groups, &observedTargetGroup{targetGroupRecord: g})
		}
	}
	return err
}

// usedElsewhere reports whether a load balancer of the cluster that is not in the scope uses a
// target group.
func (o *observation) usedElsewhere(g targetGroupRecord) bool {
	return slices.ContainsFunc(g.users, func(arn string) bool {
		name := loadBalancerName(arn)
		return strings.HasPrefix(name, o.p.prefix) && !o.maybeInScope(name)
	})
}

// maybeInScope reports whether a load balancer of this name can be in the scope. Its tags decide.
func (o *observation) maybeInScope(name string) bool {
	return len(o.scope.LoadBalancers) == 0 || slices.ContainsFunc(o.scope.LoadBalancers, func(id model.ID) bool {
		return slices.ContainsFunc([]model.Scheme{model.InternetFacing, model.Internal}, func(scheme model.Scheme) bool {
			return o.p.loadBalancerKey(&model.LoadBalancer{ID: id, Scheme: scheme}).Name == name
		})
	})
}

func (o *observation) listLoadBalancers(ctx context.Context) error {
	all, err := o.p.client.loadBalancers(ctx, "")
	for _, lb := range all {
		if strings.HasPrefix(lb.name, o.p.prefix) && o.maybeInScope(lb.name) {
			o.balancers = append(o.balancers, &observedLoadBalancer{loadBalancerRecord: lb})
		}
	}
	return err
}

// selectOwned reads the tags of the listed load balancers and target groups, and drops those that
// are not in the scope.
func (o *observation) selectOwned(ctx context.Context) (err error) {
	arns := slices.Concat(
		convert(o.balancers, func(lb *observedLoadBalancer) string { return lb.arn }),
		convert(o.groups, func(g *observedTargetGroup) string { return g.arn }),
	)
	if o.tags, err = o.p.client.tagsOf(ctx, arns); err != nil {
		return err
	}
	o.balancers = slices.DeleteFunc(o.balancers, func(lb *observedLoadBalancer) (foreign bool) {
		owner, ok := o.ownerInScope(o.tags[lb.arn])
		lb.owner = owner
		return !ok
	})
	o.groups = slices.DeleteFunc(o.groups, func(g *observedTargetGroup) (foreign bool) {
		owner, ok := o.ownerInScope(o.tags[g.arn])
		g.owner = owner
		return !ok
	})
	return nil
}

// read reads the rest of the load balancers and target groups concurrently.
func (o *observation) read(ctx context.Context) error {
	reads := []func(context.Context) error{o.readLoadBalancers}
	for _, g := range o.groups {
		reads = append(reads, func(ctx context.Context) error {
			err := o.readTargetGroup(ctx, g)
			g.gone = provider.IsCode(err, provider.NotFound)
			return ignoreNotFound(err)
		})
	}
	return together(ctx, reads...)
}

// readLoadBalancers reads the listeners of the load balancers and their rules. Those that the
// tagging API listed are read many at once.
func (o *observation) readLoadBalancers(ctx context.Context) error {
	if o.tagged != nil {
		if err := o.readTagged(ctx); err != nil {
			return err
		}
	}
	var reads []func(context.Context) error
	for _, lb := range o.balancers {
		if !lb.listed {
			reads = append(reads, func(ctx context.Context) error { return ignoreNotFound(o.readListeners(ctx, lb)) })
		}
	}
	return together(ctx, reads...)
}

// readListeners reads the listeners of a load balancer and their rules, including those of others,
// which selectParts drops.
func (o *observation) readListeners(ctx context.Context, lb *observedLoadBalancer) error {
	all, err := o.p.client.listeners(ctx, lb.arn)
	if err != nil {
		return err
	}
	for _, record := range all {
		l := &observedListener{listenerRecord: record}
		err := o.readListener(ctx, l)
		if provider.IsCode(err, provider.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		lb.listeners = append(lb.listeners, l)
	}
	return nil
}

func (o *observation) readListener(ctx context.Context, l *observedListener) (err error) {
	if err := o.readCertificates(ctx, l); err != nil {
		return err
	}
	l.rules, err = o.p.client.rules(ctx, l.arn)
	return err
}

// readCertificates reads the certificates of a listener after the default one.
func (o *observation) readCertificates(ctx context.Context, l *observedListener) error {
	if l.spec.Protocol != "HTTPS" {
		return nil
	}
	extra, err := o.p.client.extraCertificates(ctx, l.arn)
	l.spec.Certificates = append(l.spec.Certificates, extra...)
	return err
}

// readTargetGroup reads the attributes and the targets of a target group.
func (o *observation) readTargetGroup(ctx context.Context, g *observedTargetGroup) error {
	decodeAttributes(&g.spec, nil)
	if !o.trustsTag(g) {
		if err := o.p.client.readAttributes(ctx, g.arn, &g.spec); err != nil {
			return err
		}
	}
	registered, err := o.p.client.targets(ctx, g.arn)
	for _, t := range registered {
		if t.state != stateDraining {
			g.targets = append(g.targets, t.address)
		}
	}
	slices.SortFunc(g.targets, netip.AddrPort.Compare)
	return err
}

// trustsTag reports whether the attributes of a target group are known to be the defaults by its
// tag.
func (o *observation) trustsTag(g *observedTargetGroup) bool {
	return o.p.options.Audited && o.tags[g.arn][tagAttributes] == attributesUntouched && o.p.client.firstRead(g.arn)
}

// selectParts reads the tags of listeners and rules, and drops those of others.
func (o *observation) selectParts(ctx context.Context) error {
	var arns []string
	for _, lb := range o.balancers {
		if !lb.listed {
			arns = append(arns, lb.arns()...)
		}
	}
	tags, err := o.p.client.tagsOf(ctx, arns)
	if err != nil {
		return err
	}
	maps.Copy(o.tags, tags)
	for _, lb := range o.balancers {
		if lb.listed {
			for _, arn := range lb.arns() {
				o.tags[arn] = o.tagged[arn]
			}
		}
	}
	foreign := func(arn string) bool {
		_, ok := o.p.owner(o.tags[arn])
		return !ok
	}
	for _, lb := range o.balancers {
		lb.listeners = slices.DeleteFunc(lb.listeners, func(l *observedListener) bool { return foreign(l.arn) })
		for _, l := range lb.listeners {
			l.reserve(foreign)
		}
	}
	return nil
}

func (o *observation) targetGroupResources() []provider.Resource {
	var out []provider.Resource
	for _, g := range o.groups {
		if !g.gone {
			tags := o.tags[g.arn]
			g.spec.Tags, g.spec.Untouched = userTags(tags), tags[tagAttributes] == attributesUntouched
			group := model.GroupID(getTag(tags, tagGroup))
			out = append(out, targetGroupResource(g.targetGroupRecord, g.owner, group), targetsResource(g.targetGroupRecord, g.owner, group, g.targets))
		}
	}
	return out
}

func (o *observation) loadBalancerResources() []provider.Resource {
	var out []provider.Resource
	for _, lb := range o.balancers {
		out = append(out, loadBalancerResource(lb.loadBalancerRecord, lb.owner, o.tags[lb.arn], o.securityGroups))
		for _, l := range lb.listeners {
			out = append(out, o.listenerResources(lb.name, l)...)
		}
	}
	return out
}

// listenerResources returns a listener and its rules.
func (o *observation) listenerResources(balancer string, l *observedListener) []provider.Resource {
	owner, _ := o.p.owner(o.tags[l.arn])
	listener := listenerResource(balancer, l.listenerRecord, owner, o.certificates)
	out := []provider.Resource{listener}
	seen := map[string]bool{}
	for _, r := range l.rules {
		tags := o.tags[r.arn]
		owner, _ := o.p.owner(tags)
		r.spec.Reserved = l.spec.Reserved
		out = append(out, ruleResource(ruleKey(listener.Key, uniqueName(seen, tags[tagName], r.arn)), r, owner))
	}
	return out
}
