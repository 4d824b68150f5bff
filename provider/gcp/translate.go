package gcp

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The defaults of this plugin where the model leaves them to the cloud. The timeout is Google
// Cloud's own (reference of BackendService.timeoutSec); draining is the model's least.
const (
	defaultTimeout  = 30
	defaultDraining = int(model.MinDraining / time.Second)
)

// Translate returns the resources of a load balancer, all but the endpoints of its groups. It takes
// none with a part that Refuse names.
func (p *Provider) Translate(lb model.Sealed) ([]provider.Resource, error) {
	unsupported := func(err error) error {
		return &provider.Error{Code: provider.Unsupported, Op: "translate " + string(lb.ID()), Err: err}
	}
	if err := refusals(lb).first; err != nil {
		return nil, unsupported(err)
	}
	t := &translation{p: p, lb: lb, scheme: lb.LoadBalancer().Scheme, have: map[provider.Key]bool{}, services: map[model.GroupID]string{}}
	if err := t.balancer(); err != nil {
		return nil, unsupported(err)
	}
	slices.SortFunc(t.out, func(a, b provider.Resource) int { return provider.CompareKeys(a.Key, b.Key) })
	return t.out, nil
}

// translation collects the resources of one load balancer.
type translation struct {
	p      *Provider
	lb     model.Sealed
	scheme model.Scheme
	out    []provider.Resource
	have   map[provider.Key]bool
	// services are the names of the backend services.
	services map[model.GroupID]string
	// carrier is the backend service that rules name which never forward: redirects need none,
	// faults do.
	carrier string
}

func (t *translation) balancer() error {
	groups := t.lb.Groups()
	for i := range groups {
		t.group(&groups[i])
	}
	ports := t.ports()
	if len(ports) == 0 {
		return nil
	}
	if len(t.lb.LoadBalancer().Addresses) == 0 {
		t.address()
	}
	t.chooseCarrier()
	for _, port := range ports {
		if err := t.port(port); err != nil {
			return err
		}
	}
	return nil
}

func (t *translation) place() string { return t.p.place(t.scheme) }

func (t *translation) key(kind, name string) provider.Key {
	return provider.Key{Kind: kind, Name: name, Place: t.place()}
}

// add fills in what all resources have, and skips one that another part has made already.
func (t *translation) add(r provider.Resource) {
	if t.have[r.Key] {
		return
	}
	t.have[r.Key] = true
	r.WriteScope = unit(r.Key)
	r.Owner = provider.Owner{Cluster: t.p.options.ClusterID, LoadBalancer: t.lb.ID()}
	if r.Origin == nil {
		r.Origin = t.lb.LoadBalancer().Origins
	}
	complete(&r)
	t.out = append(t.out, r)
}

// lbScheme is the load balancing scheme of forwarding rules and backend services.
func lbScheme(s model.Scheme) string {
	if s == model.Internal {
		return "INTERNAL_MANAGED"
	}
	return "EXTERNAL_MANAGED"
}

// group makes health check and backend service of one group; its endpoint groups are part of the
// membership.
func (t *translation) group(g *model.Group) {
	check := healthCheck(&g.Health)
	checkKey := t.key(KindHealthCheck, t.p.name(t.lb.ID(), "check", string(t.scheme), fmt.Sprintf("%+v", check)))
	t.add(provider.Resource{Key: checkKey, Spec: check})
	name := t.p.groupName(t.lb.ID(), t.scheme, g)
	t.services[g.ID] = name
	service := BackendServiceSpec{Scheme: lbScheme(t.scheme), Protocol: backendProtocol(g.Protocol), Timeout: seconds(g.Timeout, defaultTimeout),
		Draining: seconds(g.Draining, defaultDraining), HealthCheck: checkKey.Name}
	t.add(provider.Resource{Key: t.key(KindBackendService, name), Group: g.ID, Origin: g.Origins, Spec: service})
}

// placeable tells whether an endpoint can be in a zonal group: it needs a zone, an instance and an
// IPv4 address. The groups of an internal load balancer are in its region.
func (p *Provider) placeable(scheme model.Scheme, e *model.Endpoint) bool {
	if scheme == model.Internal && !strings.HasPrefix(e.Zone, p.options.Region+"-") {
		return false
	}
	return isZone(e.Zone) && e.Node != "" && e.Address.Is4()
}

// backendProtocol maps the model's HTTP2, which is without TLS (appProtocol kubernetes.io/h2c), to
// H2C.
func backendProtocol(p model.BackendProtocol) string {
	switch p {
	case model.BackendHTTPS:
		return "HTTPS"
	case model.BackendHTTP2:
		return "H2C"
	case model.BackendHTTP, model.BackendGRPC, model.BackendTCP, model.BackendUDP:
		return "HTTP"
	}
	return "HTTP"
}

// seconds rounds up, so that nothing becomes shorter than it was asked for.
func seconds(d time.Duration, otherwise int) int {
	if d == 0 {
		return otherwise
	}
	return int((d + time.Second - 1) / time.Second)
}

func healthCheck(h *model.HealthCheck) HealthCheckSpec {
	out := HealthCheckSpec{Path: h.Path, Host: h.Host, Port: h.Port, Interval: seconds(h.Interval, 1), Timeout: seconds(h.Timeout, 1),
		Healthy: h.Healthy, Unhealthy: h.Unhealthy}
	switch h.Protocol {
	case model.BackendHTTPS:
		out.Type = "HTTPS"
	case model.BackendTCP:
		out.Type, out.Path, out.Host = "TCP", "", ""
	// others than HTTP are refused
	case model.BackendHTTP, model.BackendHTTP2, model.BackendGRPC, model.BackendUDP:
		out.Type = "HTTP"
	}
	return out
}

// ports are the ports with their listeners, in order.
func (t *translation) ports() [][]int {
	byPort := map[int][]int{}
	for i, l := range t.lb.Listeners() {
		byPort[l.Port] = append(byPort[l.Port], i)
	}
	out := make([][]int, 0, len(byPort))
	for _, port := range slices.Sorted(maps.Keys(byPort)) {
		out = append(out, byPort[port])
	}
	return out
}

func (t *translation) addressKey() provider.Key {
	return t.key(KindAddress, t.p.name(t.lb.ID(), "address", string(t.scheme)))
}

func (t *translation) address() {
	spec := AddressSpec{Internal: t.scheme == model.Internal}
	if spec.Internal {
		spec.Subnetwork = t.p.options.Subnetwork
	}
	t.add(provider.Resource{Key: t.addressKey(), Spec: spec})
}

// chooseCarrier takes the first backend service. A load balancer without groups gets one without
// backends.
func (t *translation) chooseCarrier() {
	for _, r := range t.out {
		if r.Key.Kind == KindBackendService && (t.carrier == "" || r.Key.Name < t.carrier) {
			t.carrier = r.Key.Name
		}
	}
	if t.carrier == "" {
		t.carrier = t.p.name(t.lb.ID(), "none", string(t.scheme))
		t.add(provider.Resource{Key: t.key(KindBackendService, t.carrier),
			Spec: BackendServiceSpec{Scheme: lbScheme(t.scheme), Protocol: "HTTP", Timeout: defaultTimeout, Draining: defaultDraining}})
	}
}

// port makes URL map, proxy and forwarding rule of the listeners of one port.
func (t *translation) port(listeners []int) error {
	first := &t.lb.Listeners()[listeners[0]]
	readable := strings.ToLower(string(first.Protocol)) + "-" + strconv.Itoa(first.Port)
	name := t.p.name(t.lb.ID(), readable, string(t.scheme))
	origin := t.origins(listeners)
	t.add(provider.Resource{Key: t.key(KindURLMap, name), Origin: origin, Spec: t.urlMap(listeners)})
	proxy := t.key(KindTargetHTTPProxy, name)
	spec := TargetProxySpec{URLMap: name}
	if first.Protocol == model.HTTPS {
		proxy = t.key(KindTargetHTTPSProxy, name)
		spec.Certificates, spec.Policy = t.certificates(listeners), t.policy(listeners)
	}
	t.add(provider.Resource{Key: proxy, Origin: origin, Spec: spec})
	return t.forwardingRule(first.Port, proxy, origin)
}

func (t *translation) origins(listeners []int) []model.Ref {
	var out []model.Ref
	for _, i := range listeners {
		out = append(out, t.lb.Listeners()[i].Origins...)
	}
	return out
}

func (t *translation) forwardingRule(port int, proxy provider.Key, origin []model.Ref) error {
	rule := ForwardingRuleSpec{Port: port, Target: t.p.selfLink(proxy), Scheme: lbScheme(t.scheme)}
	given := t.lb.LoadBalancer().Addresses
	if len(given) > 1 {
		return fmt.Errorf("%d static addresses are named: want one", len(given))
	}
	if len(given) == 1 {
		rule.Static = t.static(given[0])
	}
	name := t.p.name(t.lb.ID(), "port-"+strconv.Itoa(port), string(t.scheme), rule.Static, t.p.options.Network, t.p.options.Subnetwork)
	r := provider.Resource{Key: t.key(KindForwardingRule, name), Origin: origin, Spec: rule}
	if rule.Static == "" {
		r.Needs = []provider.Key{t.addressKey()}
	}
	t.add(r)
	return nil
}

// static is the value or the link of an address that the user named.
func (t *translation) static(given string) string {
	if _, err := netip.ParseAddr(given); err == nil || strings.Contains(given, "/") {
		return given
	}
	return t.p.link("addresses", t.place(), given)
}

// certificates makes those that come with their keys and returns links to all, the first listener's
// first.
func (t *translation) certificates(listeners []int) []string {
	var links []string
	for _, i := range listeners {
		tls := t.lb.Listeners()[i].TLS
		if tls == nil {
			continue
		}
		for _, c := range tls.Certificates {
			link := t.certificate(&c)
			if !slices.Contains(links, link) {
				links = append(links, link)
			}
		}
	}
	return links
}

// policy makes the SSL policy of a port and returns its name; empty where the cloud's own will do.
// It is that of the first listener: of another with another policy nothing is served, as Refuse
// says.
func (t *translation) policy(listeners []int) string {
	var asked model.TLSPolicy
	if tls := t.lb.Listeners()[listeners[0]].TLS; tls != nil {
		asked = tls.Policy
	}
	spec := SSLPolicySpec{Profile: "MODERN", MinVersion: "TLS_1_2"}
	switch asked {
	case "":
		return ""
	case model.TLS12:
	case model.TLS13:
		// Reference of SslPolicy.minTlsVersion: TLS 1.3 alone needs the profile RESTRICTED.
		spec = SSLPolicySpec{Profile: "RESTRICTED", MinVersion: "TLS_1_3"}
	}
	name := t.p.name(t.lb.ID(), "tls", string(t.scheme), spec.MinVersion)
	t.add(provider.Resource{Key: t.key(KindSSLPolicy, name), Spec: spec})
	return name
}

func (t *translation) certificate(c *model.Certificate) string {
	if c.Reference != "" {
		if strings.Contains(c.Reference, "/") {
			return c.Reference
		}
		return t.p.link("sslCertificates", t.place(), c.Reference)
	}
	// The key is in the hash, so that a certificate whose key was replaced is another resource;
	// eight digits give nothing of it away.
	name := t.p.name(t.lb.ID(), "cert-"+c.Name, string(t.scheme), string(c.PEM), hash(32, string(c.Key.Reveal())))
	k := t.key(KindSSLCertificate, name)
	t.add(provider.Resource{Key: k, Origin: []model.Ref{c.Origin}, Spec: SSLCertificateSpec{PEM: string(c.PEM), Key: c.Key}})
	return t.p.selfLink(k)
}

// complete fills in what follows from a spec, the same for wanted and observed resources: needs,
// staged references and how long it must stay after its last use.
func complete(r *provider.Resource) {
	in := func(kind, name string) provider.Key { return provider.Key{Kind: kind, Name: name, Place: r.Key.Place} }
	switch s := r.Spec.(type) {
	case BackendServiceSpec:
		if s.HealthCheck != "" {
			r.Needs = append(r.Needs, in(KindHealthCheck, s.HealthCheck))
		}
		if r.Group != "" {
			r.DrainDelay = time.Duration(s.Draining) * time.Second
		}
	case URLMapSpec:
		completeURLMap(r, s)
	case TargetProxySpec:
		r.Needs = append(r.Needs, in(KindURLMap, s.URLMap))
		if strings.HasPrefix(s.Policy, ownPrefix) {
			r.Needs = append(r.Needs, in(KindSSLPolicy, s.Policy))
		}
		for _, link := range s.Certificates {
			if name := lastPart(link); strings.HasPrefix(name, ownPrefix) {
				r.Needs = append(r.Needs, in(KindSSLCertificate, name))
			}
		}
	case ForwardingRuleSpec:
		kind := KindTargetHTTPProxy
		if strings.Contains(s.Target, "/"+collection(KindTargetHTTPSProxy)+"/") {
			kind = KindTargetHTTPSProxy
		}
		r.Needs = append(r.Needs, in(kind, lastPart(s.Target)))
	}
	slices.SortFunc(r.Needs, provider.CompareKeys)
}

// completeURLMap needs every service that the map names. Those that get no request, because they
// only carry a fault or have weight 0, are referred to for their health alone.
func completeURLMap(r *provider.Resource, m URLMapSpec) {
	serving := map[string]bool{}
	m.each(func(o *Outcome) {
		for _, s := range o.Services {
			serving[s.Service] = serving[s.Service] || s.Weight > 0 && o.Fault == 0
		}
	})
	for _, name := range slices.Sorted(maps.Keys(serving)) {
		k := provider.Key{Kind: KindBackendService, Name: name, Place: r.Key.Place}
		r.Needs = append(r.Needs, k)
		if !serving[name] {
			r.Staged = append(r.Staged, k)
		}
	}
}

// each visits every outcome of a map.
func (m *URLMapSpec) each(visit func(*Outcome)) {
	visit(&m.Default)
	for i := range m.Matchers {
		visit(&m.Matchers[i].Default)
		for j := range m.Matchers[i].Rules {
			visit(&m.Matchers[i].Rules[j].Outcome)
		}
	}
}

func compareEndpoints(a, b NetworkEndpoint) int {
	return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Instance, b.Instance))
}
