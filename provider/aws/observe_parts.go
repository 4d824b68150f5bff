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

// balancerReading is a load balancer on its way to become resources.
type balancerReading struct {
	balancerRecord
	owner     provider.Owner
	listeners []*listenerReading
	told      bool // that these are its listeners and their rules, by the tagging API
}

// arns are those of its listeners and their rules.
func (lb *balancerReading) arns() []string {
	var arns []string
	for _, l := range lb.listeners {
		arns = append(append(arns, l.arn), arnsOf(l.rules, func(r ruleRecord) string { return r.arn })...)
	}
	return arns
}

type listenerReading struct {
	listenerRecord
	rules []ruleRecord
}

// groupReading is a target group on its way to become resources.
type groupReading struct {
	groupRecord
	owner   provider.Owner
	gone    bool // in the meantime
	targets []netip.AddrPort
}

// listGroups lists the target groups that may be in the scope. One that a load balancer of the
// cluster uses is that load balancer's.
func (o *observation) listGroups(ctx context.Context) error {
	all, err := o.p.client.groups(ctx, "")
	for _, g := range all {
		if strings.HasPrefix(g.name, o.p.prefix) && g.vpc == o.p.options.VPCID && !o.elsewhere(g) {
			o.groups = append(o.groups, &groupReading{groupRecord: g})
		}
	}
	return err
}

// elsewhere tells whether a target group is in use by a load balancer that is out of the scope.
func (o *observation) elsewhere(g groupRecord) bool {
	return slices.ContainsFunc(g.users, func(arn string) bool {
		name := balancerName(arn)
		return strings.HasPrefix(name, o.p.prefix) && !o.inScope(name)
	})
}

// inScope tells whether a load balancer of this name may be in the scope.
func (o *observation) inScope(name string) bool {
	return len(o.scope.LoadBalancers) == 0 || slices.ContainsFunc(o.scope.LoadBalancers, func(id model.ID) bool {
		return slices.ContainsFunc([]model.Scheme{model.InternetFacing, model.Internal}, func(scheme model.Scheme) bool {
			return o.p.balancerKey(&model.LoadBalancer{ID: id, Scheme: scheme}).Name == name
		})
	})
}

func (o *observation) listBalancers(ctx context.Context) error {
	all, err := o.p.client.balancers(ctx, "")
	for _, lb := range all {
		if strings.HasPrefix(lb.name, o.p.prefix) && o.inScope(lb.name) {
			o.balancers = append(o.balancers, &balancerReading{balancerRecord: lb})
		}
	}
	return err
}

// sift reads the tags of all that was listed and leaves what is in the scope.
func (o *observation) sift(ctx context.Context) (err error) {
	arns := slices.Concat(
		arnsOf(o.balancers, func(lb *balancerReading) string { return lb.arn }), arnsOf(o.groups, func(g *groupReading) string { return g.arn }),
	)
	if o.tags, err = o.p.client.tagsOf(ctx, arns); err != nil {
		return err
	}
	o.balancers = slices.DeleteFunc(o.balancers, func(lb *balancerReading) (foreign bool) {
		owner, ok := o.mine(o.tags[lb.arn])
		lb.owner = owner
		return !ok
	})
	o.groups = slices.DeleteFunc(o.groups, func(g *groupReading) (foreign bool) {
		owner, ok := o.mine(o.tags[g.arn])
		g.owner = owner
		return !ok
	})
	return nil
}

// read completes load balancers and target groups, side by side.
func (o *observation) read(ctx context.Context) error {
	reads := []func(context.Context) error{o.readBalancers}
	for _, g := range o.groups {
		reads = append(reads, func(ctx context.Context) error {
			err := o.readGroup(ctx, g)
			g.gone = is(err, provider.NotFound)
			return unlessGone(err)
		})
	}
	return together(ctx, reads...)
}

// readBalancers reads the listeners of load balancers and their rules: of many at once where the
// tagging API told of them.
func (o *observation) readBalancers(ctx context.Context) error {
	if o.tagged != nil {
		if err := o.readTold(ctx); err != nil {
			return err
		}
	}
	var reads []func(context.Context) error
	for _, lb := range o.balancers {
		if !lb.told {
			reads = append(reads, func(ctx context.Context) error { return unlessGone(o.readListeners(ctx, lb)) })
		}
	}
	return together(ctx, reads...)
}

// readListeners reads the listeners of a load balancer and their rules. Those of others are read
// too: tags tell them apart, and are read of all at once.
func (o *observation) readListeners(ctx context.Context, lb *balancerReading) error {
	all, err := o.p.client.listeners(ctx, lb.arn)
	if err != nil {
		return err
	}
	for _, record := range all {
		l := &listenerReading{listenerRecord: record}
		err := o.readListener(ctx, l)
		if is(err, provider.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		lb.listeners = append(lb.listeners, l)
	}
	return nil
}

func (o *observation) readListener(ctx context.Context, l *listenerReading) (err error) {
	if err := o.readCertificates(ctx, l); err != nil {
		return err
	}
	l.rules, err = o.p.client.rules(ctx, l.arn)
	return err
}

// readCertificates reads the certificates of a listener beyond its default one.
func (o *observation) readCertificates(ctx context.Context, l *listenerReading) error {
	if l.spec.Protocol != "HTTPS" {
		return nil
	}
	extra, err := o.p.client.extraCertificates(ctx, l.arn)
	l.spec.Certificates = append(l.spec.Certificates, extra...)
	return err
}

// readGroup completes a target group.
func (o *observation) readGroup(ctx context.Context, g *groupReading) error {
	g.spec.Draining, g.spec.Sticky = defaultDraining, 0
	if !o.untouched(g) {
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

// untouched tells whether the tag of a target group is to be believed that its attributes are what
// they were when it was made.
func (o *observation) untouched(g *groupReading) bool {
	return o.p.options.Audited && o.tags[g.arn][tagAttributes] == attributesUntouched && o.p.client.first(g.arn)
}

// siftParts reads the tags of listeners and rules, and leaves those that are the cluster's.
func (o *observation) siftParts(ctx context.Context) error {
	var arns []string
	for _, lb := range o.balancers {
		if !lb.told {
			arns = append(arns, lb.arns()...)
		}
	}
	tags, err := o.p.client.tagsOf(ctx, arns)
	if err != nil {
		return err
	}
	maps.Copy(o.tags, tags)
	for _, lb := range o.balancers {
		if lb.told {
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
		lb.listeners = slices.DeleteFunc(lb.listeners, func(l *listenerReading) bool { return foreign(l.arn) })
		for _, l := range lb.listeners {
			l.rules = slices.DeleteFunc(l.rules, func(r ruleRecord) bool { return foreign(r.arn) })
		}
	}
	return nil
}

func (o *observation) groupResources() []provider.Resource {
	var out []provider.Resource
	for _, g := range o.groups {
		if !g.gone {
			tags := o.tags[g.arn]
			g.spec.Tags, g.spec.Untouched = userTags(tags), tags[tagAttributes] == attributesUntouched
			group := model.GroupID(getTag(tags, tagGroup))
			out = append(out, groupResource(g.groupRecord, g.owner, group), targetsResource(g.groupRecord, g.owner, group, g.targets))
		}
	}
	return out
}

func (o *observation) balancerResources() []provider.Resource {
	var out []provider.Resource
	for _, lb := range o.balancers {
		out = append(out, balancerResource(lb.balancerRecord, lb.owner, o.tags[lb.arn], o.securityGroups))
		for _, l := range lb.listeners {
			out = append(out, o.listenerResources(lb.name, l)...)
		}
	}
	return out
}

// listenerResources are a listener and its rules.
func (o *observation) listenerResources(balancer string, l *listenerReading) []provider.Resource {
	owner, _ := o.p.owner(o.tags[l.arn])
	listener := listenerResource(balancer, l.listenerRecord, owner, o.certificates)
	out := []provider.Resource{listener}
	seen := map[string]bool{}
	for _, r := range l.rules {
		tags := o.tags[r.arn]
		owner, _ := o.p.owner(tags)
		out = append(out, ruleResource(ruleKey(listener.Key, spare(seen, tags[tagName], r.arn)), r, owner))
	}
	return out
}
