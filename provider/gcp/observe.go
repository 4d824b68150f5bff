package gcp

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// parallelReads bounds the concurrent reads.
const parallelReads = 8

// Observe lists resources by the prefix of their names, and returns those whose description names
// the cluster as their owner.
func (p *Provider) Observe(ctx context.Context, scope provider.Scope) ([]provider.Resource, error) {
	o := &observation{p: p, wanted: map[model.ID]bool{}, backends: map[provider.Key][]string{}, groups: map[provider.Key][]foundGroup{}}
	for _, id := range scope.LoadBalancers {
		o.wanted[id] = true
	}
	if err := o.lists(ctx); err != nil {
		return nil, err
	}
	if err := o.endpoints(ctx); err != nil {
		return nil, err
	}
	o.addMemberships()
	o.addAddressNeeds()
	o.addCertificateReferences()
	slices.SortFunc(o.out, provider.CompareResources)
	return o.out, nil
}

// observation collects the resources of one Observe.
type observation struct {
	p      *Provider
	wanted map[model.ID]bool // empty is all
	mu     sync.Mutex
	out    []provider.Resource
	// backends are the zones of the groups of each backend service. groups are all endpoint groups,
	// by the membership that they belong to.
	backends map[provider.Key][]string
	groups   map[provider.Key][]foundGroup
}

// foundGroup is one observed endpoint group.
type foundGroup struct {
	owner   record
	zone    string
	members []NetworkEndpoint
}

// filter returns the filter of the list calls, which matches names (parameter filter of list
// methods).
func (o *observation) filter() string {
	prefix := o.p.prefix("")
	if len(o.wanted) == 1 {
		for id := range o.wanted {
			prefix = o.p.prefix(id)
		}
	}
	return "name eq " + prefix + ".*"
}

// lists lists each kind in each place concurrently.
func (o *observation) lists(ctx context.Context) error {
	places := []string{""}
	if o.p.options.Region != "" {
		places = append(places, o.p.options.Region)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallelReads)
	for _, kind := range []string{KindAddress, KindBackendService, KindSSLCertificate, KindForwardingRule, KindHealthCheck, KindTargetHTTPProxy, KindTargetHTTPSProxy, KindSSLPolicy, KindURLMap} {
		for _, place := range places {
			g.Go(func() error { return o.list(ctx, kind, place) })
		}
	}
	g.Go(func() error { return o.list(ctx, KindNetworkEndpointGroup, "") })
	return g.Wait()
}

func (o *observation) list(ctx context.Context, kind, place string) error {
	items, err := o.p.client.kind(kind).list(ctx, place, o.filter())
	if kind == KindSSLPolicy && missingMethod(err) {
		return nil // stand-ins for the API may lack SSL policies
	}
	if err != nil {
		return provider.WithKey(err, "list "+collection(kind), provider.Key{})
	}
	for _, it := range items {
		if owner, ok := o.p.owner(it.description); ok && (len(o.wanted) == 0 || o.wanted[owner.LoadBalancer]) {
			o.add(it, owner)
		}
	}
	return nil
}

// add records an item.
func (o *observation) add(it item, owner record) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if it.key.Kind == KindNetworkEndpointGroup {
		k := provider.Key{Kind: KindNetworkEndpoints, Name: it.key.Name, Place: owner.Place}
		o.groups[k] = append(o.groups[k], foundGroup{owner: owner, zone: it.key.Place})
		return
	}
	if it.key.Kind == KindBackendService {
		o.backends[it.key] = it.zones
	}
	r, _ := o.p.resource(it)
	o.out = append(o.out, r)
}

// resource returns the observed form of an item. It is false if the item does not belong to the
// cluster.
func (p *Provider) resource(it item) (provider.Resource, bool) {
	owner, ok := p.owner(it.description)
	if !ok {
		return provider.Resource{}, false
	}
	by := provider.Owner{Cluster: owner.Cluster, LoadBalancer: owner.LoadBalancer}
	r := provider.Resource{Key: it.key, WriteScope: writeScope(it.key, by), Group: owner.Group, Spec: it.spec, Owner: by}
	if s, ok := r.Spec.(SSLCertificateSpec); ok {
		s.Name = owner.Certificate
		r.Spec = s
	}
	complete(&r)
	r.Output = p.output(it.key, it.address)
	return r, true
}

func (p *Provider) output(k provider.Key, address string) provider.Output {
	out := provider.Output{ID: p.selfLink(k), Ready: true}
	if address != "" {
		out.Addresses = []string{address}
	}
	return out
}

// endpoints reads the endpoints of each observed group.
func (o *observation) endpoints(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallelReads)
	for k, groups := range o.groups {
		for i := range groups {
			g.Go(func() error {
				members, err := o.p.client.endpoints(ctx, groups[i].zone, k.Name)
				if provider.IsCode(err, provider.NotFound) {
					return nil // deleted since it was listed
				}
				groups[i].members = members
				return provider.WithKey(err, "list endpoints", provider.Key{Kind: KindNetworkEndpointGroup, Name: k.Name, Place: groups[i].zone})
			})
		}
	}
	return g.Wait()
}

// addMemberships adds one membership for each backend service of a group and its endpoint groups.
// After a crash either may exist without the other.
func (o *observation) addMemberships() {
	owners, delays := map[provider.Key]record{}, map[provider.Key]time.Duration{}
	for _, r := range o.out {
		if r.Key.Kind == KindBackendService && r.Group != "" {
			delays[membersKey(r.Key)] = r.DrainDelay
			owners[membersKey(r.Key)] = record{Cluster: r.Owner.Cluster, LoadBalancer: r.Owner.LoadBalancer, Group: r.Group}
		}
	}
	for k, groups := range o.groups {
		owners[k] = groups[0].owner
	}
	for k, owner := range owners {
		r := o.membership(k, owner)
		r.DrainDelay = cmp.Or(delays[k], model.MinDraining)
		o.out = append(o.out, r)
	}
}

func (o *observation) membership(k provider.Key, owner record) provider.Resource {
	var spec NetworkEndpointsSpec
	for _, g := range o.groups[k] {
		unused := !slices.Contains(o.backends[serviceKey(k)], g.zone)
		spec.Zones = append(spec.Zones, ZoneEndpoints{Zone: g.zone, Members: g.members, Unused: unused})
	}
	spec.sort()
	by := provider.Owner{Cluster: owner.Cluster, LoadBalancer: owner.LoadBalancer}
	return provider.Resource{Key: k, WriteScope: writeScope(k, by), Needs: []provider.Key{serviceKey(k)}, Group: owner.Group, Member: true,
		Owner: by, Spec: spec, Output: o.p.output(k, "")}
}

// addAddressNeeds adds the need of a forwarding rule for its address. The API returns the value of
// the address, not its name.
func (o *observation) addAddressNeeds() {
	byValue := map[string]provider.Key{}
	for _, r := range o.out {
		if r.Key.Kind == KindAddress && len(r.Output.Addresses) > 0 {
			byValue[r.Key.Place+" "+r.Output.Addresses[0]] = r.Key
		}
	}
	for i := range o.out {
		r := &o.out[i]
		if r.Key.Kind != KindForwardingRule || len(r.Output.Addresses) == 0 {
			continue
		}
		if k, ok := byValue[r.Key.Place+" "+r.Output.Addresses[0]]; ok {
			r.Needs = append(r.Needs, k)
			r.Needs = provider.SortKeys(r.Needs)
		}
	}
}

// addCertificateReferences adds the references of proxies to certificates that the user created.
func (o *observation) addCertificateReferences() {
	for _, r := range slices.Clone(o.out) {
		s, _ := r.Spec.(TargetProxySpec)
		for _, link := range s.Certificates {
			if k := certificateKey(&r, link); k.Kind == KindCertificateReference {
				o.out = append(o.out, provider.Resource{Key: k, WriteScope: writeScope(k, r.Owner), Owner: r.Owner,
					Spec: CertificateReferenceSpec{Link: link}, Output: provider.Output{ID: link, Ready: true}})
			}
		}
	}
}
