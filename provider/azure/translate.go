package azure

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// translator collects the resources of one load balancer.
type translator struct {
	p       *Provider
	s       model.Sealed
	lb      *model.LoadBalancer
	gateway string
	seen    map[provider.Key]int     // index in out
	err     error                    // two resources have one key
	names   map[model.GroupID]string // of groups
	out     []provider.Resource
}

// Translate returns the parts of the gateway for a load balancer. If the load balancer has its own
// gateway, that and its public IP address are included.
func (p *Provider) Translate(lb model.Sealed) ([]provider.Resource, error) {
	t := p.newTranslator(lb)
	if p.options.Gateway == "" {
		t.ownGateway()
	}
	for i := range lb.Groups() {
		t.group(&lb.Groups()[i])
	}
	for _, port := range t.ports() {
		for _, site := range t.sites(port) {
			if err := t.site(site); err != nil {
				return nil, err
			}
		}
	}
	return t.out, t.err
}

func (p *Provider) newTranslator(lb model.Sealed) *translator {
	t := &translator{p: p, s: lb, lb: lb.LoadBalancer(), gateway: p.gatewayName(lb), seen: map[provider.Key]int{}, names: map[model.GroupID]string{}}
	for i := range lb.Groups() {
		t.names[lb.Groups()[i].ID] = p.groupName(lb.ID(), &lb.Groups()[i])
	}
	return t
}

// add adds a resource, unless it exists. The keys contain hashes; two resources of one key are an
// error.
func (t *translator) add(kind, name string, spec any, r provider.Resource) provider.Key {
	k := t.p.key(kind, name, t.gateway)
	if i, ok := t.seen[k]; ok {
		if other := t.out[i]; other.Group != r.Group || !reflect.DeepEqual(other.Spec, spec) {
			t.err = errorf(provider.Invalid, "translate", k, "two different resources have this name: rename an object that it was made from (%v, %v)", other.Origin, r.Origin)
		}
		return k
	}
	t.seen[k] = len(t.out)
	r.Key, r.WriteScope, r.Spec, r.Owner = k, writeScope(k), spec, t.p.owner(t.s.ID())
	if k.Place != "" && t.p.options.Gateway == "" {
		r.Needs = append(r.Needs, t.p.key(KindGateway, t.gateway, ""))
	}
	t.out = append(t.out, r)
	return k
}

// ownGateway adds the gateway of this load balancer. An internal gateway that names no address gets
// a free one when it is created.
func (t *translator) ownGateway() {
	g := GatewaySpec{Location: t.p.options.Location, SubnetID: t.p.options.SubnetID, Frontend: frontendOf(t.s), Tags: t.lb.Tags}
	r := provider.Resource{Origin: t.lb.Origins}
	switch {
	case g.Frontend == FrontendPrivate && len(t.lb.Addresses) > 0:
		g.PrivateAddress = t.lb.Addresses[0]
	case g.Frontend == FrontendPrivate:
	case len(t.lb.Addresses) > 0:
		g.PublicIP = t.p.publicIPID(t.lb.Addresses[0])
	default:
		ip := t.add(KindPublicIP, t.gateway, PublicIPSpec{Location: t.p.options.Location}, provider.Resource{Origin: t.lb.Origins})
		r.Needs = append(r.Needs, ip)
		g.PublicIP = t.p.publicIPID(t.gateway)
	}
	t.add(KindGateway, t.gateway, g, r)
}

// publicIPID returns the resource ID of a public IP address, given its name or ID.
func (p *Provider) publicIPID(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Network/publicIPAddresses/%s", p.options.SubscriptionID, p.options.ResourceGroup, name)
}

// group adds a pool with its settings and its probe, all of one name.
func (t *translator) group(g *model.Group) {
	name := t.names[g.ID]
	settings := settingsOf(g, name)
	base := provider.Resource{Origin: g.Origins, Group: g.ID, DrainDelay: time.Duration(settings.Draining) * time.Second}
	t.add(KindProbe, name, probeOf(g), base)
	withProbe, withSettings := base, base
	withProbe.Needs = []provider.Key{t.p.key(KindProbe, name, t.gateway)}
	t.add(KindSettings, name, settings, withProbe)
	withSettings.Needs = []provider.Key{t.p.key(KindSettings, name, t.gateway)}
	t.add(KindPool, name, PoolSpec{}, withSettings)
}

// settingsOf translates a group. Without endpoints the port is unknown and does not matter.
func settingsOf(g *model.Group, probe string) SettingsSpec {
	s := SettingsSpec{
		Port: g.Port, Timeout: seconds(g.Timeout), Draining: seconds(g.Draining),
		Affinity: g.Affinity.Type == model.AffinityCookie, Probe: probe,
	}
	if s.Port == 0 {
		s.Port = 80
	}
	if s.Timeout == 0 {
		s.Timeout = defaultTimeout
	}
	if s.Draining == 0 {
		s.Draining = defaultDraining
	}
	return s
}

// seconds rounds up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// probeOf translates a health check. Application Gateway has no healthy threshold.
func probeOf(g *model.Group) ProbeSpec {
	h := g.Health
	return ProbeSpec{
		Host: cmp.Or(h.Host, "127.0.0.1"), Path: cmp.Or(h.Path, "/"), Port: h.Port, Interval: max(1, seconds(h.Interval)), Timeout: max(1, seconds(h.Timeout)),
		Unhealthy: h.Unhealthy, Statuses: strconv.Itoa(h.Statuses.From) + "-" + strconv.Itoa(h.Statuses.To),
	}
}

// emptyPool returns a pool without members, for requests that no backend serves.
func (t *translator) emptyPool() Destination {
	name := t.p.emptyPoolName(t.s.ID())
	settings := t.add(KindSettings, name, SettingsSpec{Port: 80, Timeout: defaultTimeout, Draining: defaultDraining}, provider.Resource{Origin: t.lb.Origins})
	t.add(KindPool, name, PoolSpec{}, provider.Resource{Origin: t.lb.Origins, Needs: []provider.Key{settings}})
	return Destination{Pool: name, Settings: name}
}

// site adds a listener with its rule and, if its requests have several destinations, a path map,
// all of one name.
func (t *translator) site(s site) error {
	l := &t.s.Listeners()[s.listener]
	name := t.p.siteName(t.s, l.Port, s.pattern)
	listener := ListenerSpec{Frontend: frontendOf(t.s), Port: l.Port, Protocol: "Http", Host: s.pattern}
	r := provider.Resource{Origin: l.Origins}
	if l.Protocol == model.HTTPS {
		listener.Protocol = "Https"
		key := t.certificate(l, s.pattern)
		listener.Certificate = key.Name
		r.Needs = append(r.Needs, key)
	}
	at := t.add(KindListener, name, listener, r)
	rules, fallback := t.paths(s, nil)
	if len(rules) > maxPathRules {
		return errorf(provider.Quota, "translate", at, "host %q needs %d path rules, but a path map has at most %d", s.pattern, len(rules), maxPathRules)
	}
	rule := RuleSpec{Listener: name, To: fallback, InOrder: true}
	needs := []provider.Key{at}
	if len(rules) > 0 {
		rule.PathMap, rule.To = name, Destination{}
		m := PathMapSpec{Rules: rules, Default: fallback}
		needs = append(needs, t.add(KindPathMap, name, m, provider.Resource{Origin: t.origins(s), Needs: t.needsOf(m.destinations()...)}))
	} else {
		needs = append(needs, t.needsOf(fallback)...)
	}
	t.add(KindRule, name, rule, provider.Resource{Origin: t.origins(s), Needs: needs})
	return nil
}

// destinations returns all destinations of a path map.
func (s PathMapSpec) destinations() []Destination {
	all := []Destination{s.Default}
	for _, r := range s.Rules {
		all = append(all, r.To)
	}
	return all
}

// needsOf returns the keys of the pools and redirects of destinations, each once.
func (t *translator) needsOf(destinations ...Destination) []provider.Key {
	return t.p.needs(t.gateway, destinations)
}

func (p *Provider) needs(gateway string, destinations []Destination) []provider.Key {
	var keys []provider.Key
	seen := map[provider.Key]bool{}
	for _, d := range destinations {
		k := p.key(KindPool, d.Pool, gateway)
		if d.Redirect != "" {
			k = p.key(KindRedirect, d.Redirect, gateway)
		}
		if !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	return keys
}

// origins returns the objects that the listener and the routes of a site came from, each once.
func (t *translator) origins(s site) []model.Ref {
	var refs []model.Ref
	seen := map[model.Ref]bool{}
	add := func(r model.Ref) {
		if r != (model.Ref{}) && !seen[r] {
			seen[r] = true
			refs = append(refs, r)
		}
	}
	if s.table != nil {
		for e := range s.table.All() {
			add(e.Route.Origin)
		}
	}
	for _, o := range t.s.Listeners()[s.listener].Origins {
		add(o)
	}
	return refs
}
