package gcp

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/internal/naming"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The defaults for settings that the model leaves to the cloud. The timeout is Google Cloud's own
// (reference of BackendService.timeoutSec). The draining time is the model's minimum.
const (
	defaultTimeout  = 30
	defaultDraining = int(model.MinDraining / time.Second)
)

// Translate returns the resources of a load balancer except the memberships of its groups. It fails
// if Refuse names a part of the load balancer that the API cannot express.
func (p *Provider) Translate(lb model.Sealed) ([]provider.Resource, error) {
	unsupported := func(err error) error {
		return &provider.Error{Code: provider.Unsupported, Op: "translate " + string(lb.ID()), Err: err}
	}
	if part, err := p.refusals(lb).refused.First(); err != nil {
		return nil, unsupported(fmt.Errorf("%s: %w", describePart(part), err))
	}
	t := p.translation(lb)
	if err := cmp.Or(t.loadBalancer(), t.err); err != nil {
		return nil, unsupported(err)
	}
	slices.SortFunc(t.out, provider.CompareResources)
	return t.out, nil
}

func (p *Provider) translation(lb model.Sealed) *translation {
	return &translation{p: p, lb: lb, scheme: lb.LoadBalancer().Scheme, have: map[provider.Key]int{}, services: map[model.GroupID]string{}}
}

// translation collects the resources of one load balancer.
type translation struct {
	p      *Provider
	lb     model.Sealed
	scheme model.Scheme
	out    []provider.Resource
	have   map[provider.Key]int // indexes in out
	err    error                // the first collision of names
	// services are the names of the backend services.
	services map[model.GroupID]string
	// faultService is the backend service that rules with an injected fault name.
	faultService string
}

func (t *translation) loadBalancer() error {
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
	t.chooseFaultService()
	for _, port := range ports {
		if err := t.port(port); err != nil {
			return err
		}
	}
	return nil
}

// fixed returns the settings that no resource of the load balancer can change in place.
func (t *translation) fixed() naming.Settings { return naming.Settings{"scheme": string(t.scheme)} }

func (t *translation) place() string { return t.p.place(t.scheme) }

func (t *translation) key(kind, name string) provider.Key {
	return provider.Key{Kind: kind, Name: name, Place: t.place()}
}

// add appends a resource with its owner, origin and needs, unless an equal one was added before.
func (t *translation) add(r provider.Resource) {
	if i, ok := t.have[r.Key]; ok {
		t.collide(&t.out[i], &r)
		return
	}
	t.have[r.Key] = len(t.out)
	r.Owner = provider.Owner{Cluster: t.p.options.ClusterID, LoadBalancer: t.lb.ID()}
	r.WriteScope = writeScope(r.Key, r.Owner)
	if r.Origin == nil {
		r.Origin = t.lb.LoadBalancer().Origins
	}
	complete(&r)
	t.out = append(t.out, r)
}

// collide records an error if two resources with one key differ. Only equal resources are shared.
func (t *translation) collide(a, b *provider.Resource) {
	if t.err == nil && (a.Group != b.Group || !reflect.DeepEqual(a.Spec, b.Spec)) {
		t.err = fmt.Errorf("%s is wanted twice with different settings: the names of two resources collide", a.Key)
	}
}

// lbScheme returns the load balancing scheme of forwarding rules and backend services.
func lbScheme(s model.Scheme) string {
	if s == model.Internal {
		return "INTERNAL_MANAGED"
	}
	return "EXTERNAL_MANAGED"
}

// ports returns the indexes of the listeners of each port, ordered by port.
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
	return t.key(KindAddress, t.p.name(t.lb.ID(), "address", t.fixed()))
}

func (t *translation) address() {
	spec := AddressSpec{Internal: t.scheme == model.Internal}
	if spec.Internal {
		spec.Subnetwork = t.p.options.Subnetwork
	}
	t.add(provider.Resource{Key: t.addressKey(), Spec: spec})
}

// chooseFaultService chooses the first backend service by name. A load balancer without groups gets
// a service without backends.
func (t *translation) chooseFaultService() {
	for _, r := range t.out {
		if r.Key.Kind == KindBackendService && (t.faultService == "" || r.Key.Name < t.faultService) {
			t.faultService = r.Key.Name
		}
	}
	if t.faultService == "" {
		t.faultService = t.p.name(t.lb.ID(), "none", t.fixed())
		t.add(provider.Resource{Key: t.key(KindBackendService, t.faultService),
			Spec: BackendServiceSpec{Scheme: lbScheme(t.scheme), Protocol: "HTTP", Timeout: defaultTimeout, Draining: defaultDraining}})
	}
}

// port adds the URL map, proxy and forwarding rule for the listeners of one port.
func (t *translation) port(listeners []int) error {
	first := &t.lb.Listeners()[listeners[0]]
	readable := strings.ToLower(string(first.Protocol)) + "-" + strconv.Itoa(first.Port)
	name := t.p.name(t.lb.ID(), readable, t.fixed())
	origin := t.origins(listeners)
	t.add(provider.Resource{Key: t.key(KindURLMap, name), Origin: origin, Spec: t.urlMap(listeners)})
	proxy := t.key(KindTargetHTTPProxy, name)
	spec := TargetProxySpec{URLMap: name}
	if first.Protocol == model.HTTPS {
		proxy = t.key(KindTargetHTTPSProxy, name)
		spec.Certificates, spec.Policy = t.certificates(listeners, proxy), t.policy(listeners)
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
		return fmt.Errorf("%d static addresses are named: want at most one", len(given))
	}
	if len(given) == 1 {
		static, err := t.static(given[0])
		if err != nil {
			return err
		}
		rule.Static = static
	}
	fixed := t.fixed()
	fixed["address"], fixed["network"], fixed["subnetwork"] = rule.Static, t.p.options.Network, t.p.options.Subnetwork
	name := t.p.name(t.lb.ID(), "port-"+strconv.Itoa(port), fixed)
	r := provider.Resource{Key: t.key(KindForwardingRule, name), Origin: origin, Spec: rule}
	if rule.Static == "" {
		r.Needs = []provider.Key{t.addressKey()}
	}
	t.add(r)
	return nil
}

// static returns the value or the link of an address that the user named.
func (t *translation) static(given string) (string, error) {
	if a, err := netip.ParseAddr(given); err == nil {
		return a.String(), nil
	}
	base := target{project: t.p.options.Project, place: t.place(), collection: collection(KindAddress)}
	a, ok := parseLink(given, base)
	if !ok || a.place != base.place {
		return "", fmt.Errorf("static address %q: want an IP address, or the name or link of %s", given, base.article("address"))
	}
	return a.link(), nil
}
