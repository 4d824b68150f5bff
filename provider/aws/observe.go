package aws

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// readsAtOnce is how many load balancers or target groups are read side by side.
const readsAtOnce = 4

// Observe reads what the scope owns. Names tell what cannot be the cluster's, tags what is.
func (p *Provider) Observe(ctx context.Context, scope provider.Scope) ([]provider.Resource, error) {
	o := &observation{p: p, scope: scope, certificates: map[string]string{}, securityGroups: map[string]string{}}
	for _, read := range []func(context.Context) error{o.readSecurityGroups, o.readCertificates, o.readGroups, o.readBalancers} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(o.out, func(a, b provider.Resource) int { return provider.CompareKeys(a.Key, b.Key) })
	return o.out, nil
}

// observation gathers what is read.
type observation struct {
	p              *Provider
	scope          provider.Scope
	certificates   map[string]string // names by ARN
	securityGroups map[string]string // names by ID
	out            []provider.Resource
}

// mine tells the owner of what has these tags, if it is in the scope.
func (o *observation) mine(tags map[string]string) (provider.Owner, bool) {
	owner, ok := o.p.owner(tags)
	return owner, ok && (len(o.scope.LoadBalancers) == 0 || slices.Contains(o.scope.LoadBalancers, owner.LoadBalancer))
}

// observed is the form of a resource that is there. Everything but a load balancer is ready as soon as it exists.
func observed(k provider.Key, owner provider.Owner, spec any, id string, needs ...provider.Key) provider.Resource {
	return provider.Resource{
		Key: k, Unit: unit(k), Needs: sortedNeeds(needs...), Owner: owner, Spec: spec, Output: provider.Output{ID: id, Ready: true},
	}
}

func (o *observation) readSecurityGroups(ctx context.Context) error {
	groups, err := o.p.client.securityGroups(ctx, o.p.options.VPCID, "tag:"+tagCluster, o.p.options.ClusterID)
	if err != nil {
		return err
	}
	for _, g := range groups {
		o.securityGroups[g.id] = g.name
		if owner, ok := o.mine(g.tags); ok {
			o.out = append(o.out, securityGroupResource(g, owner))
		}
	}
	return nil
}

func securityGroupResource(g securityGroupRecord, owner provider.Owner) provider.Resource {
	k := provider.Key{Kind: KindSecurityGroup, Name: g.name}
	return observed(k, owner, SecurityGroupSpec{Ports: g.ports, Tags: userTags(g.tags)}, g.id)
}

func (o *observation) readCertificates(ctx context.Context) error {
	all, err := o.p.client.certificates(ctx)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, c := range all {
		if _, ok := o.p.owner(c.tags); !ok {
			continue
		}
		name := spare(seen, c.tags[tagName], c.arn)
		o.certificates[c.arn] = name
		if owner, ok := o.mine(c.tags); ok {
			o.out = append(o.out, certificateResource(name, c.arn, owner))
		}
	}
	return nil
}

// spare gives the second of two things of one name, which a write whose reply was lost can leave behind, a name that nobody wants:
// so it goes.
func spare(seen map[string]bool, name, arn string) string {
	if seen[name] {
		return name + "~" + arn[strings.LastIndexAny(arn, "/-")+1:]
	}
	seen[name] = true
	return name
}

func certificateResource(name, arn string, owner provider.Owner) provider.Resource {
	return observed(provider.Key{Kind: KindCertificate, Name: name}, owner, CertificateSpec{}, arn)
}

// readGroups reads target groups with what is registered.
func (o *observation) readGroups(ctx context.Context) error {
	all, err := o.p.client.groups(ctx, "")
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(g groupRecord) bool { return !strings.HasPrefix(g.name, o.p.prefix) || g.vpc != o.p.options.VPCID })
	tags, err := o.p.client.tags(ctx, arnsOf(all, func(g groupRecord) string { return g.arn }))
	if err != nil {
		return err
	}
	found := make([][]provider.Resource, len(all))
	var reads errgroup.Group
	reads.SetLimit(readsAtOnce)
	for i, g := range all {
		if owner, ok := o.mine(tags[g.arn]); ok {
			reads.Go(func() (err error) {
				found[i], err = o.p.readGroup(ctx, g, owner, tags[g.arn])
				return err
			})
		}
	}
	err = reads.Wait()
	o.out = slices.Concat(append([][]provider.Resource{o.out}, found...)...)
	return err
}

// readGroup completes one target group; one that went in the meantime is nothing.
func (p *Provider) readGroup(ctx context.Context, g groupRecord, owner provider.Owner, tags map[string]string) ([]provider.Resource, error) {
	if err := p.client.readAttributes(ctx, g.arn, &g.spec); err != nil {
		return nil, unlessGone(err)
	}
	registered, err := p.client.targets(ctx, g.arn)
	if err != nil {
		return nil, unlessGone(err)
	}
	g.spec.Tags = userTags(tags)
	var targets []netip.AddrPort
	for _, t := range registered {
		if t.state != stateDraining {
			targets = append(targets, t.address)
		}
	}
	slices.SortFunc(targets, netip.AddrPort.Compare)
	group := model.GroupID(getTag(tags, tagGroup))
	return []provider.Resource{groupResource(g, owner, group), targetsResource(g, owner, group, targets)}, nil
}

func groupResource(g groupRecord, owner provider.Owner, group model.GroupID) provider.Resource {
	r := observed(provider.Key{Kind: KindTargetGroup, Name: g.name}, owner, g.spec, g.arn)
	r.Group = group
	return r
}

func targetsResource(g groupRecord, owner provider.Owner, group model.GroupID, targets []netip.AddrPort) provider.Resource {
	r := membership(provider.Key{Kind: KindTargetGroup, Name: g.name}, owner, group, append([]netip.AddrPort{}, targets...))
	r.Output = provider.Output{ID: g.arn, Ready: true}
	return r
}

func unlessGone(err error) error {
	if is(err, provider.NotFound) {
		return nil
	}
	return err
}

func arnsOf[T any](all []T, arn func(T) string) []string {
	arns := make([]string, 0, len(all))
	for _, one := range all {
		arns = append(arns, arn(one))
	}
	return arns
}

// readBalancers reads load balancers with their listeners and rules.
func (o *observation) readBalancers(ctx context.Context) error {
	all, err := o.p.client.balancers(ctx, "")
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(lb balancerRecord) bool { return !strings.HasPrefix(lb.name, o.p.prefix) })
	tags, err := o.p.client.tags(ctx, arnsOf(all, func(lb balancerRecord) string { return lb.arn }))
	if err != nil {
		return err
	}
	found := make([][]provider.Resource, len(all))
	var reads errgroup.Group
	reads.SetLimit(readsAtOnce)
	for i, lb := range all {
		if owner, ok := o.mine(tags[lb.arn]); ok {
			reads.Go(func() (err error) {
				found[i], err = o.readListeners(ctx, lb)
				found[i] = append(found[i], balancerResource(lb, owner, tags[lb.arn], o.securityGroups))
				return unlessGone(err)
			})
		}
	}
	err = reads.Wait()
	o.out = slices.Concat(append([][]provider.Resource{o.out}, found...)...)
	return err
}

// balancerResource names security groups as the cluster does, where they are its own.
func balancerResource(lb balancerRecord, owner provider.Owner, tags, names map[string]string) provider.Resource {
	spec := LoadBalancerSpec{Scheme: lb.scheme, Subnets: lb.subnets, Tags: userTags(tags)}
	var needs []provider.Key
	for _, id := range lb.groups {
		name, own := names[id]
		if !own {
			name = id
		} else {
			needs = append(needs, provider.Key{Kind: KindSecurityGroup, Name: name})
		}
		spec.SecurityGroups = append(spec.SecurityGroups, name)
	}
	slices.Sort(spec.SecurityGroups)
	r := observed(provider.Key{Kind: KindLoadBalancer, Name: lb.name}, owner, spec, lb.arn, needs...)
	r.Output.Ready, r.Output.Addresses = lb.ready, []string{lb.dns}
	return r
}

func (o *observation) readListeners(ctx context.Context, lb balancerRecord) ([]provider.Resource, error) {
	all, err := o.p.client.listeners(ctx, lb.arn)
	if err != nil {
		return nil, err
	}
	tags, err := o.p.client.tags(ctx, arnsOf(all, func(l listenerRecord) string { return l.arn }))
	if err != nil {
		return nil, err
	}
	var out []provider.Resource
	for _, l := range all {
		owner, ok := o.p.owner(tags[l.arn])
		if !ok {
			continue
		}
		if l.spec.Protocol == "HTTPS" {
			extra, err := o.p.client.extraCertificates(ctx, l.arn)
			if err != nil {
				return nil, err
			}
			l.spec.Certificates = append(l.spec.Certificates, extra...)
		}
		r := listenerResource(lb.name, l, owner, o.certificates)
		rules, err := o.readRules(ctx, r)
		if err != nil {
			return nil, err
		}
		out = append(append(out, r), rules...)
	}
	return out, nil
}

// listenerResource names certificates as the cluster does, where they are its own. AWS does not say in what order those beyond the
// default are.
func listenerResource(balancer string, l listenerRecord, owner provider.Owner, names map[string]string) provider.Resource {
	for i, arn := range l.spec.Certificates {
		if name, own := names[arn]; own {
			l.spec.Certificates[i] = name
		}
	}
	if n := len(l.spec.Certificates); n > 1 {
		extra := l.spec.Certificates[1:]
		extra = slices.DeleteFunc(extra, func(name string) bool { return name == l.spec.Certificates[0] })
		slices.Sort(extra)
		l.spec.Certificates = l.spec.Certificates[:1+len(extra)]
	}
	k := listenerKey(balancer, l.port)
	return observed(k, owner, l.spec, l.arn, listenerNeeds(k, l.spec)...)
}

func (o *observation) readRules(ctx context.Context, l provider.Resource) ([]provider.Resource, error) {
	all, err := o.p.client.rules(ctx, l.Output.ID)
	if err != nil {
		return nil, err
	}
	tags, err := o.p.client.tags(ctx, arnsOf(all, func(r ruleRecord) string { return r.arn }))
	if err != nil {
		return nil, err
	}
	var out []provider.Resource
	seen := map[string]bool{}
	for _, r := range all {
		if owner, ok := o.p.owner(tags[r.arn]); ok {
			out = append(out, ruleResource(ruleKey(l.Key, spare(seen, tags[r.arn][tagName], r.arn)), r, owner))
		}
	}
	return out, nil
}

func ruleResource(k provider.Key, r ruleRecord, owner provider.Owner) provider.Resource {
	out := observed(k, owner, r.spec, r.arn, ruleNeeds(k, r.spec)...)
	out.Staged = staged(k, r.spec)
	return out
}
