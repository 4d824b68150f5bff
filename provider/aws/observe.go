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

// maxReads is the number of reads that run at the same time.
const maxReads = 10

// Observe reads the resources that the scope owns. Names exclude most resources of others, and tags
// decide about the rest. Most kinds are read with one call for all resources. The listeners of each
// load balancer, the rules of each listener, and the targets and attributes of each target group
// need a call each. With Options.Audited, the first observation makes such calls only for targets.
func (p *Provider) Observe(ctx context.Context, scope provider.Scope) ([]provider.Resource, error) {
	o := &observation{p: p, scope: scope, certificates: map[string]string{}, securityGroups: map[string]string{}}
	if err := together(ctx, o.listSecurityGroups, o.listCertificates, o.listTargetGroups, o.listLoadBalancers, o.listTagged); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{o.selectOwned, o.read, o.selectParts} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	o.storeListings()
	out := slices.Concat(o.out, o.targetGroupResources(), o.loadBalancerResources())
	slices.SortFunc(out, provider.CompareResources)
	return out, nil
}

// together makes reads concurrently and returns the first error.
func together(ctx context.Context, reads ...func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxReads)
	for _, read := range reads {
		group.Go(func() error { return read(ctx) })
	}
	return group.Wait()
}

// observation collects what one Observe reads.
type observation struct {
	p              *Provider
	scope          provider.Scope
	balancers      []*observedLoadBalancer
	groups         []*observedTargetGroup
	certificates   map[string]string // names by ARN
	securityGroups map[string]string // names by ID
	tags           map[string]map[string]string
	// tagged holds the tags of listeners and rules by ARN, as the tagging API lists them. It is nil
	// if the API was not called, or failed.
	tagged map[string]map[string]string
	outMu  sync.Mutex
	out    []provider.Resource // security groups and certificates
}

// ownerInScope returns the owner that the tags name. It is false for a resource that is not in the
// scope.
func (o *observation) ownerInScope(tags map[string]string) (provider.Owner, bool) {
	owner, ok := o.p.owner(tags)
	return owner, ok && o.scope.Contains(owner.LoadBalancer)
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
		if owner, ok := o.ownerInScope(g.tags); ok {
			o.add(securityGroupResource(g, owner))
		}
	}
	return nil
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
		name := uniqueName(seen, c.tags[tagName], c.arn)
		o.certificates[c.arn] = name
		if owner, ok := o.ownerInScope(c.tags); ok {
			o.add(certificateResource(name, c.arn, owner))
		}
	}
	return nil
}

// uniqueName returns the name of an observed resource. If the response to a create is lost, there
// may be two resources with the same name. The second gets a name that is never wanted, so that it
// is deleted.
func uniqueName(seen map[string]bool, name, arn string) string {
	if seen[name] {
		return name + "~" + arn[strings.LastIndexAny(arn, "/-")+1:]
	}
	seen[name] = true
	return name
}

// observed returns the observed form of a resource. It is ready, because only load balancers need
// time for provisioning.
func observed(k provider.Key, owner provider.Owner, spec any, id string, needs ...provider.Key) provider.Resource {
	return provider.Resource{
		Key: k, WriteScope: writeScope(k), Needs: provider.SortKeys(needs), DeletedWith: deletedWith(k), Owner: owner, Spec: spec,
		Output: provider.Output{ID: id, Ready: true},
	}
}

// deletedWith returns the key of the resource whose delete deletes k too (DeleteLoadBalancer,
// DeleteListener). It is zero if there is none.
func deletedWith(k provider.Key) provider.Key {
	switch k.Kind {
	case KindListener:
		return provider.Key{Kind: KindLoadBalancer, Name: k.Place}
	case KindRule:
		return listenerOf(k)
	default:
		return provider.Key{}
	}
}

func securityGroupResource(g securityGroupRecord, owner provider.Owner) provider.Resource {
	k := provider.Key{Kind: KindSecurityGroup, Name: g.name}
	return observed(k, owner, SecurityGroupSpec{Ports: g.ports, Tags: userTags(g.tags)}, g.id)
}

func certificateResource(name, arn string, owner provider.Owner) provider.Resource {
	return observed(provider.Key{Kind: KindCertificate, Name: name}, owner, CertificateSpec{}, arn)
}

func targetGroupResource(g targetGroupRecord, owner provider.Owner, group model.GroupID) provider.Resource {
	r := observed(provider.Key{Kind: KindTargetGroup, Name: g.name}, owner, g.spec, g.arn)
	r.Group = group
	return r
}

func targetsResource(g targetGroupRecord, owner provider.Owner, group model.GroupID, targets []netip.AddrPort) provider.Resource {
	r := membership(provider.Key{Kind: KindTargetGroup, Name: g.name}, owner, group, append([]netip.AddrPort{}, targets...))
	r.Output = provider.Output{ID: g.arn, Ready: true}
	return r
}

// loadBalancerResource replaces the IDs of the cluster's security groups by their names.
func loadBalancerResource(lb loadBalancerRecord, owner provider.Owner, tags, names map[string]string) provider.Resource {
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

// listenerResource replaces the ARNs of the cluster's certificates by their names. It sorts the
// certificates after the default one, because AWS does not document their order.
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
