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

// Translate returns the resources of a load balancer, except the targets of its groups.
func (p *Provider) Translate(lb model.Sealed) ([]provider.Resource, error) {
	t := p.translation(lb)
	for i := range lb.Groups() {
		if err := t.targetGroup(&lb.Groups()[i]); err != nil {
			return nil, err
		}
	}
	if len(lb.Listeners()) > 0 {
		t.loadBalancer()
	}
	for _, port := range ports(lb) {
		if err := t.listener(port); err != nil {
			return nil, err
		}
	}
	return t.out, t.checkKeys()
}

// checkKeys returns an error if two resources have the same key, because one of them would serve
// the requests of the other.
func (t *translation) checkKeys() error {
	seen := make(map[provider.Key]bool, len(t.out))
	for _, r := range t.out {
		if seen[r.Key] {
			return t.refuse(r.Key.String(), "two parts of the load balancer have this name; rename one of them")
		}
		seen[r.Key] = true
	}
	return nil
}

func (p *Provider) translation(lb model.Sealed) *translation {
	return &translation{
		p: p, lb: lb, key: p.loadBalancerKey(lb.LoadBalancer()), groups: map[model.GroupID]provider.Key{},
		owner: provider.Owner{Cluster: p.options.ClusterID, LoadBalancer: lb.ID()}, certificates: map[provider.Key]bool{},
	}
}

// translation collects the resources of one load balancer.
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
	t.out = append(t.out, provider.Resource{Key: k, WriteScope: writeScope(k), Needs: provider.SortKeys(needs), DeletedWith: deletedWith(k), Owner: t.owner, Origin: origin, Spec: spec})
	return &t.out[len(t.out)-1]
}

// refuse returns the error for a part of the load balancer that cannot be expressed.
func (t *translation) refuse(part, format string, args ...any) error {
	return &provider.Error{Code: provider.Unsupported, Op: "translate " + string(t.lb.ID()), Err: fmt.Errorf("%s: %w", part, fmt.Errorf(format, args...))}
}

// loadBalancer adds the load balancer and the security group that opens its ports to everyone.
func (t *translation) loadBalancer() {
	lb := t.lb.LoadBalancer()
	group := provider.Key{Kind: KindSecurityGroup, Name: t.key.Name}
	t.add(group, SecurityGroupSpec{Ports: ports(t.lb), Tags: maps.Clone(lb.Tags)}, lb.Origins)
	t.add(t.key, LoadBalancerSpec{
		Scheme: string(lb.Scheme), Subnets: slices.Sorted(slices.Values(t.p.options.SubnetIDs)), SecurityGroups: []string{group.Name}, Tags: maps.Clone(lb.Tags),
	}, lb.Origins, group)
}

// ports returns the ports of the listeners, sorted and without duplicates.
func ports(lb model.Sealed) []int {
	var all []int
	for _, l := range lb.Listeners() {
		all = append(all, l.Port)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (t *translation) targetGroup(g *model.Group) error {
	spec, err := t.targetGroupSpec(g)
	if err != nil {
		return err
	}
	k := t.p.targetGroupKey(t.key.Name, g)
	t.groups[g.ID] = k
	t.add(k, spec, g.Origins).Group = g.ID
	return nil
}

// targetGroupSpec translates the settings of a group.
func (t *translation) targetGroupSpec(g *model.Group) (TargetGroupSpec, error) {
	spec := TargetGroupSpec{Protocol: targetProtocol(g), Tags: maps.Clone(t.lb.LoadBalancer().Tags)}
	decodeAttributes(&spec, nil)
	if g.Draining > 0 {
		spec.Draining = seconds(g.Draining)
	}
	if g.Affinity.Type == model.AffinityCookie {
		spec.Sticky = cmp.Or(seconds(g.Affinity.TTL), defaultSticky)
	}
	if spec.Sticky > maxSticky {
		return spec, t.refuse("group "+string(g.ID), "affinity of %v is longer than a week", g.Affinity.TTL)
	}
	spec.SlowStart = seconds(g.SlowStart)
	if spec.SlowStart > maxSlowStart || g.SlowStart > 0 && spec.SlowStart < minSlowStart {
		return spec, t.refuse("group "+string(g.ID), "slow start is %v; allowed: %ds to %ds", g.SlowStart, minSlowStart, maxSlowStart)
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

// checkBounds returns an error for what CreateTargetGroup rejects.
func (t *translation) checkBounds(part string, h model.HealthCheck, c CheckSpec) error {
	outside := func(n, low, high int) bool { return n < low || n > high }
	switch {
	case h.Protocol != model.BackendHTTP && h.Protocol != model.BackendHTTPS:
		return t.refuse(part, "protocol %s is not HTTP or HTTPS", h.Protocol)
	case outside(c.Interval, 5, 300):
		return t.refuse(part, "interval %v is not between 5s and 300s", h.Interval)
	case outside(c.Timeout, 2, 120) || c.Timeout >= c.Interval:
		return t.refuse(part, "timeout %v is not between 2s and 120s, and below the interval %v", h.Timeout, h.Interval)
	case outside(c.Healthy, 2, 10) || outside(c.Unhealthy, 2, 10):
		return t.refuse(part, "thresholds %d and %d are not between 2 and 10", h.Healthy, h.Unhealthy)
	case h.Statuses.From < 200 || h.Statuses.To > 499:
		return t.refuse(part, "statuses %d-%d are not between 200 and 499", h.Statuses.From, h.Statuses.To)
	default:
		return nil
	}
}

// seconds rounds up, so that a timeout does not become shorter.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// listener merges the listeners of one port, the most specific host name first. The rules of a
// listener with a host name end with a rule for that name and its default action, so that its
// requests never reach the rules of another listener.
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
	needs = append(needs, targetGroupKeys(spec.Default)...)
	needs = append(needs, certificateKeys(spec.Certificates)...)
	t.add(k, spec, origin, needs...)
	t.out = append(t.out, rules.out...)
	return nil
}

func targetGroupKeys(a ActionSpec) []provider.Key {
	keys := make([]provider.Key, 0, len(a.Forward))
	for _, s := range a.Forward {
		keys = append(keys, provider.Key{Kind: KindTargetGroup, Name: s.Group})
	}
	return keys
}

// certificateKeys returns the keys of the certificates that are resources, and not references.
func certificateKeys(names []string) []provider.Key {
	var keys []provider.Key
	for _, name := range names {
		if !isARN(name) {
			keys = append(keys, provider.Key{Kind: KindCertificate, Name: name})
		}
	}
	return keys
}

// mergeTLS adds the TLS settings of a listener. The policy is that of the first listener of a port;
// Refuse refuses listeners of that port with another one.
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

// tlsPolicy returns the security policy for a minimum version. Without one it is the policy that
// AWS recommends ("Security policies for your Application Load Balancer").
func tlsPolicy(p model.TLSPolicy) string {
	if p == model.TLS13 {
		return "ELBSecurityPolicy-TLS13-1-3-2021-06"
	}
	return "ELBSecurityPolicy-TLS13-1-2-2021-06"
}

// certificate adds a certificate that comes with its key, unless it was added before, and returns
// its name. For a certificate by reference it returns the ARN.
func (t *translation) certificate(c *model.Certificate) string {
	if c.Reference != "" {
		return c.Reference
	}
	k := t.p.certificateKey(t.lb.ID(), c)
	if !t.certificates[k] {
		t.certificates[k] = true
		t.add(k, CertificateSpec{PEM: c.PEM, Key: c.Key}, []model.Ref{c.Origin})
	}
	return k.Name
}
