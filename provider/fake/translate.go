package fake

import (
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Translate returns the resources of a load balancer, except the members of its groups.
func (p *Provider) Translate(lb model.Sealed) ([]provider.Resource, error) {
	t := translation{p: p, lb: lb.LoadBalancer(), groups: map[model.GroupID]provider.Key{}}
	for i := range lb.Groups() {
		t.group(&lb.Groups()[i])
	}
	if len(lb.Listeners()) == 0 {
		return t.out, nil
	}
	t.add(p.loadBalancerKey(t.lb), LoadBalancerSpec{Scheme: t.lb.Scheme, Addresses: t.lb.Addresses, Tags: t.lb.Tags}, t.lb.Origins)
	for i := range lb.Listeners() {
		t.listener(&lb.Listeners()[i], lb.Entries(i))
	}
	return t.out, nil
}

// translation collects the resources of one load balancer.
type translation struct {
	p      *Provider
	lb     *model.LoadBalancer
	groups map[model.GroupID]provider.Key
	out    []provider.Resource
}

func (t *translation) add(k provider.Key, spec Spec, origin []model.Ref) *provider.Resource {
	t.out = append(t.out, provider.Resource{
		Key: k, WriteScope: t.p.writeScope(k), Needs: spec.refs(), Owner: t.p.owner(t.lb.ID), Origin: origin, Spec: spec,
	})
	return &t.out[len(t.out)-1]
}

func (p *Provider) owner(id model.ID) provider.Owner {
	return provider.Owner{Cluster: p.options.ClusterID, LoadBalancer: id}
}

func (t *translation) group(g *model.Group) {
	k := t.p.groupKey(t.lb, g)
	t.groups[g.ID] = k
	spec := GroupSpec{Protocol: g.Protocol, Health: g.Health, Draining: max(g.Draining, model.MinDraining), Timeout: g.Timeout}
	r := t.add(k, spec, g.Origins)
	r.Group, r.DrainDelay = g.ID, t.p.drainDelay(spec)
}

// drainDelay returns how long a group stays after its last use. It is 0 if the cloud reports when
// draining ends.
func (p *Provider) drainDelay(g GroupSpec) time.Duration {
	if p.hidesDraining() {
		return g.Draining
	}
	return 0
}

func (t *translation) listener(l *model.Listener, entries []model.Entry) {
	k := t.p.listenerKey(t.lb, l)
	spec := ListenerSpec{LoadBalancer: t.p.loadBalancerKey(t.lb), Port: l.Port, Protocol: l.Protocol, Default: t.action(&l.Default)}
	if l.TLS != nil {
		for i := range l.TLS.Certificates {
			spec.Certificates = append(spec.Certificates, t.certificate(&l.TLS.Certificates[i]))
		}
	}
	t.add(k, spec, l.Origins)
	for i := range entries {
		e := &entries[i]
		rule := RuleSpec{Listener: k, Priority: i + 1, Host: e.Host, Match: e.Match, Action: t.action(&e.Route.Action)}
		t.add(t.p.ruleKey(k, ruleName(e)), rule, []model.Ref{e.Route.Origin})
	}
}

// certificate adds a certificate, unless another listener uses it too, and returns its key.
func (t *translation) certificate(c *model.Certificate) provider.Key {
	k := t.p.certificateKey(t.lb, c)
	if !slices.ContainsFunc(t.out, func(r provider.Resource) bool { return r.Key == k }) {
		t.add(k, CertificateSpec{Fingerprint: fingerprint(c), Chain: string(c.PEM), Key: c.Key}, []model.Ref{c.Origin})
	}
	return k
}

func (t *translation) action(a *model.Action) Action {
	out := Action{Redirect: a.Redirect, Fixed: a.Fixed}
	if a.Forward != nil {
		for _, w := range a.Forward.Groups {
			out.Forward = append(out.Forward, Share{Group: t.groups[w.Group], Weight: w.Weight})
		}
	}
	return out
}
