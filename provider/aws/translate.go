package aws

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// defaultDraining is deregistration_delay.timeout_seconds of a new target group
// (TargetGroupAttribute).
const defaultDraining = 300

// defaultSticky is stickiness.lb_cookie.duration_seconds of a new target group: a load balancer has
// no affinity without an end.
const defaultSticky = 86400

// Translate returns the resources of a load balancer, all but the targets of its groups.
func (p *Provider) Translate(lb model.Sealed) ([]provider.Resource, error) {
	t := p.translation(lb)
	for i := range lb.Groups() {
		if err := t.group(&lb.Groups()[i]); err != nil {
			return nil, err
		}
	}
	if len(lb.Listeners()) > 0 {
		t.balancer()
	}
	for _, port := range ports(lb) {
		if err := t.listener(port); err != nil {
			return nil, err
		}
	}
	return t.out, nil
}

func (p *Provider) translation(lb model.Sealed) *translation {
	return &translation{
		p: p, lb: lb, key: p.balancerKey(lb.LoadBalancer()), groups: map[model.GroupID]provider.Key{},
		owner: provider.Owner{Cluster: p.options.ClusterID, LoadBalancer: lb.ID()}, certificates: map[provider.Key]bool{},
	}
}

// translation gathers the resources of one load balancer.
type translation struct {
	p            *Provider
	lb           model.Sealed
	key          provider.Key // of the load balancer
	owner        provider.Owner
	groups       map[model.GroupID]provider.Key
	certificates map[provider.Key]bool
	out          []provider.Resource
}

func (t *translation) add(k provider.Key, spec any, origin []model.Ref, needs ...provider.Key) *provider.Resource {
	t.out = append(t.out, provider.Resource{Key: k, WriteScope: unit(k), Needs: sortedNeeds(needs...), Owner: t.owner, Origin: origin, Spec: spec})
	return &t.out[len(t.out)-1]
}

// refuse says that a part of the load balancer cannot be expressed.
func (t *translation) refuse(part, format string, args ...any) error {
	return &provider.Error{Code: provider.Unsupported, Op: "translate " + string(t.lb.ID()), Err: fmt.Errorf("%s: %w", part, fmt.Errorf(format, args...))}
}

// balancer adds the load balancer and the security group that opens its ports to everybody.
func (t *translation) balancer() {
	lb := t.lb.LoadBalancer()
	group := provider.Key{Kind: KindSecurityGroup, Name: t.key.Name}
	t.add(group, SecurityGroupSpec{Ports: ports(t.lb), Tags: maps.Clone(lb.Tags)}, lb.Origins)
	t.add(t.key, LoadBalancerSpec{
		Scheme: string(lb.Scheme), Subnets: slices.Sorted(slices.Values(t.p.options.SubnetIDs)), SecurityGroups: []string{group.Name}, Tags: maps.Clone(lb.Tags),
	}, lb.Origins, group)
}

// ports are the ports of the listeners, each once, sorted.
func ports(lb model.Sealed) []int {
	var all []int
	for _, l := range lb.Listeners() {
		all = append(all, l.Port)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (t *translation) group(g *model.Group) error {
	spec, err := t.groupSpec(g)
	if err != nil {
		return err
	}
	k := groupKey(t.p, t.key.Name, g)
	t.groups[g.ID] = k
	t.add(k, spec, g.Origins).Group = g.ID
	return nil
}

// groupSpec translates the settings of a group.
func (t *translation) groupSpec(g *model.Group) (TargetGroupSpec, error) {
	spec := TargetGroupSpec{Protocol: targetProtocol(g), Draining: defaultDraining, Tags: maps.Clone(t.lb.LoadBalancer().Tags)}
	if g.Draining > 0 {
		spec.Draining = seconds(g.Draining)
	}
	if g.Affinity.Type == model.AffinityCookie {
		spec.Sticky = cmp.Or(seconds(g.Affinity.TTL), defaultSticky)
	}
	if spec.Sticky > 604800 {
		return spec, t.refuse("group "+string(g.ID), "affinity of %v is over a week", g.Affinity.TTL)
	}
	var err error
	spec.Check, err = t.check(g)
	return spec, err
}

func targetProtocol(g *model.Group) string {
	if g.Protocol == model.BackendHTTPS {
		return "HTTPS"
	}
	return "HTTP"
}

// check translates a health check.
func (t *translation) check(g *model.Group) (CheckSpec, error) {
	h := g.Health
	c := CheckSpec{
		Protocol: string(h.Protocol), Path: cmp.Or(h.Path, "/"), Port: "traffic-port", Interval: seconds(h.Interval), Timeout: seconds(h.Timeout),
		Healthy: h.Healthy, Unhealthy: h.Unhealthy, Codes: strconv.Itoa(h.Statuses.From),
	}
	if h.Port != 0 {
		c.Port = strconv.Itoa(h.Port)
	}
	if h.Statuses.To != h.Statuses.From {
		c.Codes += "-" + strconv.Itoa(h.Statuses.To)
	}
	return c, t.checkBounds("health check of "+string(g.ID), h, c)
}

// checkBounds refuses what CreateTargetGroup would.
func (t *translation) checkBounds(part string, h model.HealthCheck, c CheckSpec) error {
	outside := func(n, least, most int) bool { return n < least || n > most }
	switch {
	case h.Protocol != model.BackendHTTP && h.Protocol != model.BackendHTTPS:
		return t.refuse(part, "protocol %s is not HTTP or HTTPS", h.Protocol)
	case outside(c.Interval, 5, 300):
		return t.refuse(part, "interval %v is not between 5 s and 300 s", h.Interval)
	case outside(c.Timeout, 2, 120) || c.Timeout >= c.Interval:
		return t.refuse(part, "timeout %v is not between 2 s and 120 s and below the interval %v", h.Timeout, h.Interval)
	case outside(c.Healthy, 2, 10) || outside(c.Unhealthy, 2, 10):
		return t.refuse(part, "thresholds %d and %d are not between 2 and 10", h.Healthy, h.Unhealthy)
	case h.Statuses.From < 200 || h.Statuses.To > 499:
		return t.refuse(part, "statuses %d-%d are not between 200 and 499", h.Statuses.From, h.Statuses.To)
	default:
		return nil
	}
}

// seconds rounds up: a timeout must not come out shorter than it was meant.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// listener merges the listeners of one port, the most specific host name first. Behind the rules of
// one with a host name, a rule for that name alone holds its default, so that what it takes never
// falls to another listener.
func (t *translation) listener(port int) error {
	k := listenerKey(t.key.Name, port)
	spec := ListenerSpec{Default: ActionSpec{Fixed: &FixedSpec{Status: "404"}}}
	rules := newRuleSet(t, k)
	var origin []model.Ref
	var needs []provider.Key
	for i := range t.lb.Listeners() {
		l := &t.lb.Listeners()[i]
		if l.Port != port {
			continue
		}
		origin = append(origin, l.Origins...)
		if err := t.mergeTLS(&spec, l); err != nil {
			return err
		}
		if err := rules.entries(l, t.lb.Entries(i)); err != nil {
			return err
		}
		action, err := t.action(l, "default of "+l.Name, l.Default)
		if err != nil {
			return err
		}
		if !l.Hostname.IsAny() {
			if err := rules.add(l, l.Hostname, model.Match{}, action, l.Origins); err != nil {
				return err
			}
			continue
		}
		spec.Default = action
	}
	needs = append(needs, t.key)
	needs = append(needs, groupKeys(spec.Default)...)
	needs = append(needs, certificateKeys(spec.Certificates)...)
	t.add(k, spec, origin, needs...)
	t.out = append(t.out, rules.out...)
	return nil
}

func groupKeys(a ActionSpec) []provider.Key {
	keys := make([]provider.Key, 0, len(a.Forward))
	for _, s := range a.Forward {
		keys = append(keys, provider.Key{Kind: KindTargetGroup, Name: s.Group})
	}
	return keys
}

// certificateKeys are those of the certificates that are resources, not references.
func certificateKeys(names []string) []provider.Key {
	var keys []provider.Key
	for _, name := range names {
		if !isARN(name) {
			keys = append(keys, provider.Key{Kind: KindCertificate, Name: name})
		}
	}
	return keys
}

// mergeTLS adds what a listener says of TLS. The policy is that of the first listener of a port: of
// another with another policy nothing is served, as Refuse says.
func (t *translation) mergeTLS(spec *ListenerSpec, l *model.Listener) error {
	if !l.Protocol.IsHTTP() {
		return t.refuse("listener "+l.Name, "protocol %s is not HTTP or HTTPS", l.Protocol)
	}
	spec.Protocol = string(l.Protocol)
	if l.TLS == nil {
		return nil
	}
	spec.Policy = cmp.Or(spec.Policy, tlsPolicy(l.TLS.Policy))
	for i := range l.TLS.Certificates {
		name := t.certificate(&l.TLS.Certificates[i])
		if !slices.Contains(spec.Certificates, name) {
			spec.Certificates = append(spec.Certificates, name)
		}
	}
	slices.Sort(spec.Certificates[min(1, len(spec.Certificates)):])
	return nil
}

// tlsPolicy is the security policy for the least version that clients may speak; without one it is
// what AWS recommends ("Security policies for your Application Load Balancer").
func tlsPolicy(p model.TLSPolicy) string {
	if p == model.TLS13 {
		return "ELBSecurityPolicy-TLS13-1-3-2021-06"
	}
	return "ELBSecurityPolicy-TLS13-1-2-2021-06"
}

// certificate adds a certificate that comes with its key, once, and returns its name; one by
// reference is its ARN.
func (t *translation) certificate(c *model.Certificate) string {
	if c.Reference != "" {
		return c.Reference
	}
	k := certificateKey(t.p, t.lb.ID(), c)
	if !t.certificates[k] {
		t.certificates[k] = true
		t.add(k, CertificateSpec{PEM: c.PEM, Key: c.Key}, []model.Ref{c.Origin})
	}
	return k.Name
}
