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

// parallelReads bounds how many reads are in flight at once.
const parallelReads = 8

// Observe lists the resources of the cluster by the prefix of their names and keeps those whose
// description says that they are its.
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
	o.memberships()
	o.join()
	slices.SortFunc(o.out, func(a, b provider.Resource) int { return provider.CompareKeys(a.Key, b.Key) })
	return o.out, nil
}

// observation collects what is found.
type observation struct {
	p      *Provider
	wanted map[model.ID]bool // empty is all
	mu     sync.Mutex
	out    []provider.Resource
	// backends are the groups of each backend service, and groups all endpoint groups by the
	// membership that they belong to.
	backends map[provider.Key][]string
	groups   map[provider.Key][]foundGroup
}

// foundGroup is one endpoint group that was found.
type foundGroup struct {
	owner   record
	zone    string
	members []NetworkEndpoint
}

// filter matches the names of what is looked for (list methods, parameter filter). What comes back
// is checked again.
func (o *observation) filter() string {
	prefix := o.p.prefix("")
	if len(o.wanted) == 1 {
		for id := range o.wanted {
			prefix = o.p.prefix(id)
		}
	}
	return "name eq " + prefix + ".*"
}

// lists reads each kind in each place, side by side.
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
		return nil // a stand-in of the API without SSL policies has none of ours
	}
	if err != nil {
		return failure("list "+collection(kind), provider.Key{}, err)
	}
	for _, it := range items {
		if owner, ok := o.p.owner(it.description); ok && (len(o.wanted) == 0 || o.wanted[owner.LoadBalancer]) {
			o.add(it, owner)
		}
	}
	return nil
}

// add keeps an item that is in scope.
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

// resource is the observed form of an item; false for one that is not this cluster's.
func (p *Provider) resource(it item) (provider.Resource, bool) {
	owner, ok := p.owner(it.description)
	if !ok {
		return provider.Resource{}, false
	}
	r := provider.Resource{Key: it.key, WriteScope: unit(it.key), Group: owner.Group, Spec: it.spec,
		Owner: provider.Owner{Cluster: owner.Cluster, LoadBalancer: owner.LoadBalancer}}
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

// endpoints reads the members of each group that was found.
func (o *observation) endpoints(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallelReads)
	for k, groups := range o.groups {
		for i := range groups {
			g.Go(func() error {
				members, err := o.p.client.endpoints(ctx, groups[i].zone, k.Name)
				if isCode(err, provider.NotFound) {
					return nil // gone since it was listed
				}
				groups[i].members = members
				return failure("list endpoints", provider.Key{Kind: KindNetworkEndpointGroup, Name: k.Name, Place: groups[i].zone}, err)
			})
		}
	}
	return g.Wait()
}

// memberships makes one of each backend service of a group and of its endpoint groups. Either may
// be there without the other, as a crash can leave it.
func (o *observation) memberships() {
	owners, linger := map[provider.Key]record{}, map[provider.Key]time.Duration{}
	for _, r := range o.out {
		if r.Key.Kind == KindBackendService && r.Group != "" {
			linger[membersKey(r.Key)] = r.DrainDelay
			owners[membersKey(r.Key)] = record{Cluster: r.Owner.Cluster, LoadBalancer: r.Owner.LoadBalancer, Group: r.Group}
		}
	}
	for k, groups := range o.groups {
		owners[k] = groups[0].owner
	}
	for k, owner := range owners {
		r := o.membership(k, owner)
		r.DrainDelay = cmp.Or(linger[k], model.MinDraining)
		o.out = append(o.out, r)
	}
}

func (o *observation) membership(k provider.Key, owner record) provider.Resource {
	var spec NetworkEndpointsSpec
	for _, g := range o.groups[k] {
		loose := !slices.Contains(o.backends[serviceKey(k)], g.zone)
		spec.Zones = append(spec.Zones, ZoneEndpoints{Zone: g.zone, Members: g.members, Loose: loose})
	}
	spec.sort()
	return provider.Resource{Key: k, WriteScope: unit(k), Needs: []provider.Key{serviceKey(k)}, Group: owner.Group, Member: true,
		Owner: provider.Owner{Cluster: owner.Cluster, LoadBalancer: owner.LoadBalancer}, Spec: spec, Output: o.p.output(k, "")}
}

// join adds the one reference that no resource holds: a forwarding rule has the value of the
// address that it uses, not its name.
func (o *observation) join() {
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
			slices.SortFunc(r.Needs, provider.CompareKeys)
		}
	}
}
