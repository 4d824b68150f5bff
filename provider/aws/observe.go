package aws

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// readsAtOnce is how many reads of one kind are under way side by side.
const readsAtOnce = 10

// Observe reads what the scope owns. Names tell what cannot be the cluster's, tags what is. What
// can be asked of many resources at once is; the rest is one read for the listeners of each load
// balancer, one for the rules of each listener, one for the targets of each target group, and one
// for its attributes. Options.Audited spares all of them but the targets at the first look.
func (p *Provider) Observe(ctx context.Context, scope provider.Scope) ([]provider.Resource, error) {
	o := &observation{p: p, scope: scope, certificates: map[string]string{}, securityGroups: map[string]string{}}
	if err := together(ctx, o.listSecurityGroups, o.listCertificates, o.listGroups, o.listBalancers, o.listTagged); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{o.sift, o.read, o.siftParts} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	o.remember()
	out := slices.Concat(o.out, o.groupResources(), o.balancerResources())
	slices.SortFunc(out, func(a, b provider.Resource) int { return provider.CompareKeys(a.Key, b.Key) })
	return out, nil
}

// together makes reads side by side.
func together(ctx context.Context, reads ...func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	for _, read := range reads {
		group.Go(func() error { return read(ctx) })
	}
	return group.Wait()
}

// observation gathers what is read.
type observation struct {
	p              *Provider
	scope          provider.Scope
	balancers      []*balancerReading
	groups         []*groupReading
	certificates   map[string]string // names by ARN
	securityGroups map[string]string // names by ID
	tags           map[string]map[string]string
	// tags of listeners and rules by ARN, as the tagging API has them; nil where it was not asked
	tagged map[string]map[string]string
	outMu  sync.Mutex
	out    []provider.Resource // security groups and certificates
}

// mine tells the owner of what has these tags, if it is in the scope.
func (o *observation) mine(tags map[string]string) (provider.Owner, bool) {
	owner, ok := o.p.owner(tags)
	return owner, ok && (len(o.scope.LoadBalancers) == 0 || slices.Contains(o.scope.LoadBalancers, owner.LoadBalancer))
}

// observed is the form of a resource that is there. Everything but a load balancer is ready as soon
// as it exists.
func observed(k provider.Key, owner provider.Owner, spec any, id string, needs ...provider.Key) provider.Resource {
	return provider.Resource{
		Key: k, WriteScope: unit(k), Needs: sortedNeeds(needs...), Owner: owner, Spec: spec, Output: provider.Output{ID: id, Ready: true},
	}
}

func (o *observation) add(r provider.Resource) {
	o.outMu.Lock()
	defer o.outMu.Unlock()
	o.out = append(o.out, r)
}

func (o *observation) listSecurityGroups(ctx context.Context) error {
	groups, err := o.p.client.securityGroups(ctx, o.p.options.VPCID, "tag:"+tagCluster, o.p.options.ClusterID)
	if err != nil {
		return err
	}
	for _, g := range groups {
		o.securityGroups[g.id] = g.name
		if owner, ok := o.mine(g.tags); ok {
			o.add(securityGroupResource(g, owner))
		}
	}
	return nil
}

func securityGroupResource(g securityGroupRecord, owner provider.Owner) provider.Resource {
	k := provider.Key{Kind: KindSecurityGroup, Name: g.name}
	return observed(k, owner, SecurityGroupSpec{Ports: g.ports, Tags: userTags(g.tags)}, g.id)
}

func (o *observation) listCertificates(ctx context.Context) error {
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
			o.add(certificateResource(name, c.arn, owner))
		}
	}
	return nil
}

// spare gives the second of two things of one name, which a write whose reply was lost can leave
// behind, a name that nobody wants: so it goes.
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

// listenerResource names certificates as the cluster does, where they are its own. AWS does not say
// in what order those beyond the default are.
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

func ruleResource(k provider.Key, r ruleRecord, owner provider.Owner) provider.Resource {
	out := observed(k, owner, r.spec, r.arn, ruleNeeds(k, r.spec)...)
	out.Staged = staged(k, r.spec)
	return out
}
