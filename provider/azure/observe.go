package azure

import (
	"context"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Observe reads the gateways, the cluster's parts in them, and their public IP addresses. The
// gateways are the shared one, or those that the cluster owns.
func (p *Provider) Observe(ctx context.Context, scope provider.Scope) ([]provider.Resource, error) {
	documents, err := p.documents(ctx)
	if err != nil {
		return nil, err
	}
	var all []provider.Resource
	for _, d := range documents {
		addresses, err := p.addressesOf(ctx, d)
		if err != nil {
			return nil, err
		}
		all = append(all, p.resources(d, addresses)...)
	}
	if p.options.Gateway == "" {
		ips, err := p.publicIPs(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, ips...)
	}
	return slices.DeleteFunc(all, func(r provider.Resource) bool { return !r.External && !scope.Contains(r.Owner.LoadBalancer) }), nil
}

// documents returns the gateways that may contain parts of the cluster.
func (p *Provider) documents(ctx context.Context) ([]document, error) {
	if p.options.Gateway != "" {
		d, err := p.client.gateway(ctx, p.options.ResourceGroup, p.options.Gateway)
		if err != nil {
			return nil, provider.WithKey(err, "get", provider.Key{Kind: KindGateway, Name: p.options.Gateway})
		}
		return []document{d}, nil
	}
	list, err := p.client.gateways(ctx, p.options.ResourceGroup)
	if err != nil {
		return nil, provider.WithKey(err, "list", provider.Key{Kind: KindGateway})
	}
	return slices.DeleteFunc(list, func(d document) bool { return !p.ownsResource(text(d, "name"), d.tags()) }), nil
}

// ownsResource reports whether a resource with its own tags is this cluster's.
func (p *Provider) ownsResource(name string, tags map[string]any) bool {
	return p.owns(name) && text(tags, tagCluster) == p.options.ClusterID
}

// ownsFor reports whether a resource with its own tags belongs to a load balancer of this cluster.
func (p *Provider) ownsFor(lb model.ID, name string, tags map[string]any) bool {
	return p.ownsResource(name, tags) && text(tags, tagLoadBalancer) == string(lb)
}

// addressesOf returns the addresses of the frontends of a gateway.
func (p *Provider) addressesOf(ctx context.Context, d document) (map[Frontend]string, error) {
	addresses := map[Frontend]string{}
	for _, f := range d.parts("frontendIPConfigurations") {
		f := object(f, "properties")
		id := text(object(f, "publicIPAddress"), "id")
		if id == "" {
			addresses[FrontendPrivate] = text(f, "privateIPAddress")
			continue
		}
		ip, err := p.client.publicIP(ctx, id)
		if err != nil {
			return nil, provider.WithKey(err, "get", provider.Key{Kind: KindPublicIP, Name: refName(f, "publicIPAddress")})
		}
		addresses[FrontendPublic] = ip.address
	}
	return addresses, nil
}

func (p *Provider) publicIPs(ctx context.Context) ([]provider.Resource, error) {
	list, err := p.client.publicIPs(ctx, p.options.ResourceGroup)
	if err != nil {
		return nil, provider.WithKey(err, "list", provider.Key{Kind: KindPublicIP})
	}
	var all []provider.Resource
	for _, ip := range list {
		if p.ownsResource(ip.name, ip.tags) {
			all = append(all, p.observedPublicIP(ip))
		}
	}
	return all, nil
}

func (p *Provider) observedPublicIP(ip publicIP) provider.Resource {
	k := p.key(KindPublicIP, ip.name, "")
	return provider.Resource{
		Key: k, WriteScope: writeScope(k), Owner: p.owner(model.ID(text(ip.tags, tagLoadBalancer))),
		Spec:   PublicIPSpec{Location: ip.location, address: ip.address},
		Output: provider.Output{ID: ip.id, Version: ip.etag, Ready: ip.ready},
	}
}

// reader converts one document to resources.
type reader struct {
	p         *Provider
	d         document
	gateway   string
	addresses map[Frontend]string
	record    record
	inOrder   map[string]bool // of the cluster's rules, by name
	ready     bool
}

// resources returns the gateway and the cluster's parts in it.
func (p *Provider) resources(d document, addresses map[Frontend]string) []provider.Resource {
	r := &reader{
		p: p, d: d, gateway: p.canonical(text(d, "name")), addresses: addresses, record: p.readRecord(object(d, "tags")),
		inOrder: p.order(d), ready: d.settled(),
	}
	all := []provider.Resource{r.toGateway()}
	for _, c := range collections() {
		for _, m := range d.parts(c.name) {
			if name := text(m, "name"); p.owns(name) && name != p.placeholderName() {
				all = append(all, c.read(r, name, object(m, "properties"))...)
			}
		}
	}
	return all
}

// canonical returns the name of a gateway as the options spell it. Azure compares names without
// case.
func (p *Provider) canonical(name string) string {
	if strings.EqualFold(name, p.options.Gateway) {
		return p.options.Gateway
	}
	return name
}

// collection is the property of a gateway that contains the parts of a kind.
type collection struct {
	name string
	kind string
	read func(r *reader, name string, properties map[string]any) []provider.Resource
}

func collections() []collection {
	return []collection{
		{"sslCertificates", KindCertificate, (*reader).toCertificate},
		{"probes", KindProbe, (*reader).toProbe},
		{"backendHttpSettingsCollection", KindSettings, (*reader).toSettings},
		{"backendAddressPools", KindPool, (*reader).toPool},
		{"httpListeners", KindListener, (*reader).toListener},
		{"redirectConfigurations", KindRedirect, (*reader).toRedirect},
		{"urlPathMaps", KindPathMap, (*reader).toPathMap},
		{"requestRoutingRules", KindRule, (*reader).toRule},
	}
}

// collectionOf returns the collection of a kind, or "" for a kind that is no part of a gateway.
func collectionOf(kind string) string {
	if kind == KindMembers {
		kind = KindPool
	}
	for _, c := range collections() {
		if c.kind == kind {
			return c.name
		}
	}
	return ""
}

// toGateway returns the gateway itself: owned, or external if it is shared.
func (r *reader) toGateway() provider.Resource {
	k := r.p.key(KindGateway, r.gateway, "")
	g := GatewaySpec{Location: text(r.d, "location"), Tags: map[string]string{}, document: r.d, addresses: r.addresses}
	for k := range object(r.d, "tags") {
		g.Tags[k] = text(object(r.d, "tags"), k)
	}
	for _, c := range r.d.parts("gatewayIPConfigurations") {
		g.SubnetID = text(object(c, "properties", "subnet"), "id")
	}
	for _, f := range r.d.parts("frontendIPConfigurations") {
		f := object(f, "properties")
		g.Frontend, g.PrivateAddress = FrontendPrivate, text(f, "privateIPAddress")
		if g.PublicIP = text(object(f, "publicIPAddress"), "id"); g.PublicIP != "" {
			g.Frontend = FrontendPublic
			break
		}
	}
	out := provider.Resource{Key: k, WriteScope: writeScope(k), Spec: g, Output: provider.Output{ID: r.d.id(), Version: r.d.etag(), Ready: r.ready}}
	if r.p.options.Gateway != "" {
		out.External = true
		return out
	}
	out.Owner = r.p.owner(model.ID(text(object(r.d, "tags"), tagLoadBalancer)))
	if name := g.PublicIP[strings.LastIndexByte(g.PublicIP, '/')+1:]; r.p.owns(name) {
		out.Needs = []provider.Key{r.p.key(KindPublicIP, name, "")}
	}
	return out
}

// part returns a part with what all kinds have in common.
func (r *reader) part(kind, name string, spec any, needs ...provider.Key) provider.Resource {
	k := r.p.key(kind, name, r.gateway)
	if r.p.options.Gateway == "" {
		needs = append(needs, r.p.key(KindGateway, r.gateway, ""))
	}
	return provider.Resource{
		Key: k, WriteScope: writeScope(k), Needs: needs, Spec: spec, Owner: r.p.owner(model.ID(r.record[loadBalancerHash(name)])),
		Output: provider.Output{ID: r.d.id() + "/" + collectionOf(kind) + "/" + name, Ready: r.ready},
	}
}

func (r *reader) key(kind, name string) provider.Key { return r.p.key(kind, name, r.gateway) }
