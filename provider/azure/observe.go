package azure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Observe reads the gateways and what is ours in them: the shared one, or those that the cluster
// has made, with their addresses.
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
	return slices.DeleteFunc(all, func(r provider.Resource) bool { return !inScope(scope, r) }), nil
}

func inScope(scope provider.Scope, r provider.Resource) bool {
	return r.External || len(scope.LoadBalancers) == 0 || slices.Contains(scope.LoadBalancers, r.Owner.LoadBalancer)
}

// documents are the gateways that parts of ours may be in.
func (p *Provider) documents(ctx context.Context) ([]document, error) {
	if p.options.Gateway != "" {
		d, err := p.client.gateway(ctx, p.options.ResourceGroup, p.options.Gateway)
		if err != nil {
			return nil, named(err, "get", provider.Key{Kind: KindGateway, Name: p.options.Gateway})
		}
		return []document{d}, nil
	}
	list, err := p.client.gateways(ctx, p.options.ResourceGroup)
	if err != nil {
		return nil, named(err, "list", provider.Key{Kind: KindGateway})
	}
	return slices.DeleteFunc(list, func(d document) bool { return !p.ownsResource(text(d, "name"), d.tags()) }), nil
}

// ownsResource tells whether a resource with tags of its own is this cluster's.
func (p *Provider) ownsResource(name string, tags map[string]any) bool {
	return p.owns(name) && text(tags, tagCluster) == p.options.ClusterID
}

// addressesOf reads under which addresses a gateway is reached.
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
			return nil, named(err, "get", provider.Key{Kind: KindPublicIP, Name: refName(f, "publicIPAddress")})
		}
		addresses[FrontendPublic] = ip.address
	}
	return addresses, nil
}

func (p *Provider) publicIPs(ctx context.Context) ([]provider.Resource, error) {
	list, err := p.client.publicIPs(ctx, p.options.ResourceGroup)
	if err != nil {
		return nil, named(err, "list", provider.Key{Kind: KindPublicIP})
	}
	var all []provider.Resource
	for _, ip := range list {
		if p.ownsResource(ip.name, ip.tags) {
			all = append(all, p.toPublicIP(ip))
		}
	}
	return all, nil
}

func (p *Provider) toPublicIP(ip publicIP) provider.Resource {
	k := p.key(KindPublicIP, ip.name, "")
	return provider.Resource{
		Key: k, WriteScope: unit(k), Owner: p.owner(model.ID(text(ip.tags, tagBalancer))),
		Spec:   PublicIPSpec{Location: ip.location, address: ip.address},
		Output: provider.Output{ID: ip.id, Version: ip.etag, Ready: ip.ready},
	}
}

// reader makes resources of one document.
type reader struct {
	p         *Provider
	d         document
	gateway   string
	addresses map[Frontend]string
	record    record
	inOrder   map[string]bool // of our rules, by name
	ready     bool
}

// resources are the gateway and our parts in it.
func (p *Provider) resources(d document, addresses map[Frontend]string) []provider.Resource {
	r := &reader{
		p: p, d: d, gateway: p.canonical(text(d, "name")), addresses: addresses, record: p.readRecord(object(d, "tags")),
		inOrder: p.order(d), ready: d.ready(),
	}
	all := []provider.Resource{r.toGateway()}
	for _, c := range collections() {
		for _, m := range d.parts(c.name) {
			if name := text(m, "name"); p.owns(name) && name != p.placeholder() {
				all = append(all, c.read(r, name, object(m, "properties"))...)
			}
		}
	}
	return all
}

// canonical is the name of a gateway as the options spell it: Azure compares without case.
func (p *Provider) canonical(name string) string {
	if strings.EqualFold(name, p.options.Gateway) {
		return p.options.Gateway
	}
	return name
}

// collection is where the parts of a kind are.
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

// collectionOf is where the parts of a kind are; empty for a kind that is no part.
func collectionOf(kind string) string {
	for _, c := range collections() {
		if c.kind == kind {
			return c.name
		}
	}
	return ""
}

// toGateway is the document itself: owned, or external where it is shared.
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
	out := provider.Resource{Key: k, WriteScope: unit(k), Spec: g, Output: provider.Output{ID: r.d.id(), Version: r.d.etag(), Ready: r.ready}}
	if r.p.options.Gateway != "" {
		out.External = true
		return out
	}
	out.Owner = r.p.owner(model.ID(text(object(r.d, "tags"), tagBalancer)))
	if name := g.PublicIP[strings.LastIndexByte(g.PublicIP, '/')+1:]; r.p.owns(name) {
		out.Needs = []provider.Key{r.p.key(KindPublicIP, name, "")}
	}
	return out
}

// part is what all parts have in common.
func (r *reader) part(kind, name string, spec any, needs ...provider.Key) provider.Resource {
	k := r.p.key(kind, name, r.gateway)
	if r.p.options.Gateway == "" {
		needs = append(needs, r.p.key(KindGateway, r.gateway, ""))
	}
	return provider.Resource{
		Key: k, WriteScope: unit(k), Needs: needs, Spec: spec, Owner: r.p.owner(model.ID(r.record[balancerHash(name)])),
		Output: provider.Output{ID: r.d.id() + "/" + collectionOf(kind) + "/" + name, Ready: r.ready},
	}
}

func (r *reader) key(kind, name string) provider.Key { return r.p.key(kind, name, r.gateway) }

func (r *reader) toCertificate(name string, _ map[string]any) []provider.Resource {
	return []provider.Resource{r.part(KindCertificate, name, CertificateSpec{})}
}

// carrier is a part of a group.
func (r *reader) carrier(kind, name string, spec any, needs ...provider.Key) provider.Resource {
	out := r.part(kind, name, spec, needs...)
	out.Group = model.GroupID(r.record[groupHash(name)])
	if out.Group != "" {
		settings := object(r.d.part("backendHttpSettingsCollection", name), "connectionDraining")
		out.DrainDelay = time.Duration(drainingOf(settings)) * time.Second
	}
	return out
}

// drainingOf is how long a member that left keeps its requests, in seconds; 30 where that is off
// (HTTP settings configuration).
func drainingOf(m map[string]any) int {
	if !flag(m, "enabled") {
		return defaultDraining
	}
	return number(m, "drainTimeoutInSec")
}

func (r *reader) toProbe(name string, m map[string]any) []provider.Resource {
	return []provider.Resource{r.carrier(KindProbe, name, ProbeSpec{
		Host: text(m, "host"), Path: text(m, "path"), Port: number(m, "port"), Interval: number(m, "interval"), Timeout: number(m, "timeout"),
		Unhealthy: number(m, "unhealthyThreshold"), Statuses: strings.Join(texts(object(m, "match"), "statusCodes"), " "),
	})}
}

func (r *reader) toSettings(name string, m map[string]any) []provider.Resource {
	s := SettingsSpec{
		Port: number(m, "port"), Timeout: number(m, "requestTimeout"), Draining: drainingOf(object(m, "connectionDraining")),
		Affinity: text(m, "cookieBasedAffinity") == "Enabled", Probe: refName(m, "probe"),
	}
	var needs []provider.Key
	if s.Probe != "" {
		needs = append(needs, r.key(KindProbe, s.Probe))
	}
	return []provider.Resource{r.carrier(KindSettings, name, s, needs...)}
}

// toPool is a pool and, if it belongs to a group, its members.
func (r *reader) toPool(name string, m map[string]any) []provider.Resource {
	var needs []provider.Key
	if r.d.part("backendHttpSettingsCollection", name) != nil {
		needs = append(needs, r.key(KindSettings, name))
	}
	pool := r.carrier(KindPool, name, PoolSpec{}, needs...)
	addresses := []string{}
	for _, a := range objects(m, "backendAddresses") {
		addresses = append(addresses, text(a, "ipAddress")+text(a, "fqdn"))
	}
	if pool.Group == "" {
		return []provider.Resource{pool}
	}
	slices.Sort(addresses)
	members := r.p.membersOf(name, r.gateway, addresses)
	members.Owner, members.Group, members.Output = pool.Owner, pool.Group, pool.Output
	return []provider.Resource{pool, members}
}

func (r *reader) toListener(name string, m map[string]any) []provider.Resource {
	l := readListener(r.d, m)
	var needs []provider.Key
	if l.Certificate != "" {
		needs = append(needs, r.key(KindCertificate, l.Certificate))
	}
	out := r.part(KindListener, name, l, needs...)
	if address := r.addresses[l.Frontend]; address != "" && !isWarm(name) {
		out.Output.Addresses = []string{address}
	}
	return []provider.Resource{out}
}

func isWarm(name string) bool { return strings.HasSuffix(name, warmSuffix) }

// readListener is a listener, of whomever it is.
func readListener(d document, m map[string]any) ListenerSpec {
	l := ListenerSpec{
		Frontend: FrontendPrivate, Protocol: text(m, "protocol"), Host: text(m, "hostName"), Certificate: refName(m, "sslCertificate"),
		Port: number(d.part("frontendPorts", refName(m, "frontendPort")), "port"),
	}
	if object(d.part("frontendIPConfigurations", refName(m, "frontendIPConfiguration")), "publicIPAddress") != nil {
		l.Frontend = FrontendPublic
	}
	if hosts := texts(m, "hostNames"); len(hosts) > 0 {
		l.Host = strings.Join(hosts, " ")
	}
	return l
}

func (r *reader) toRedirect(name string, m map[string]any) []provider.Resource {
	s := RedirectSpec{Type: text(m, "redirectType"), URL: text(m, "targetUrl"), Listener: refName(m, "targetListener")}
	if !flag(m, "includePath") || !flag(m, "includeQueryString") {
		s.Type += " without path or query"
	}
	var needs []provider.Key
	if s.Listener != "" {
		needs = append(needs, r.key(KindListener, s.Listener))
	}
	return []provider.Resource{r.part(KindRedirect, name, s, needs...)}
}

// readDestination reads where a rule, a path rule or a default leads.
func readDestination(m map[string]any) Destination {
	return Destination{
		Pool: refName(m, "backendAddressPool"), Settings: refName(m, "backendHttpSettings"), Redirect: refName(m, "redirectConfiguration"),
	}
}

func (r *reader) toPathMap(name string, m map[string]any) []provider.Resource {
	s := PathMapSpec{Default: Destination{
		Pool: refName(m, "defaultBackendAddressPool"), Settings: refName(m, "defaultBackendHttpSettings"), Redirect: refName(m, "defaultRedirectConfiguration"),
	}}
	list, _ := m["pathRules"].([]any)
	for _, v := range list {
		rule, _ := v.(map[string]any)
		rule = object(rule, "properties")
		s.Rules = append(s.Rules, PathRule{Paths: texts(rule, "paths"), To: readDestination(rule)})
	}
	return []provider.Resource{r.part(KindPathMap, name, s, r.p.needs(r.gateway, s.destinations())...)}
}

func (r *reader) toRule(name string, m map[string]any) []provider.Resource {
	s := RuleSpec{
		Listener: refName(m, "httpListener"), PathMap: refName(m, "urlPathMap"), To: readDestination(m),
		// A document that was taken and then failed has not reached the data plane: writing it
		// again is the cure.
		InOrder: r.inOrder[name] && r.d.state() != "Failed",
	}
	needs := []provider.Key{r.key(KindListener, s.Listener)}
	if s.PathMap != "" {
		needs = append(needs, r.key(KindPathMap, s.PathMap))
	} else {
		needs = append(needs, r.p.needs(r.gateway, []Destination{s.To})...)
	}
	out := r.part(KindRule, name, s, needs...)
	if isWarm(name) {
		out.Staged = []provider.Key{r.key(KindPool, s.To.Pool)}
	}
	return []provider.Resource{out}
}

// named gives an error of the client its operation and resource.
func named(err error, op string, key provider.Key) error {
	var e *provider.Error
	if errors.As(err, &e) {
		out := *e
		out.Op, out.Key = op, key
		return &out
	}
	return fmt.Errorf("%s %s: %w", op, key, err)
}
