package small

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Capabilities declares what the data plane does.
func (*Provider) Capabilities() model.Capabilities {
	c := model.Capabilities{Features: map[model.Feature]model.Support{}}
	for _, f := range model.AllFeatures() {
		c.Features[f] = model.Support{Reason: "the small cloud does not have it"}
	}
	for _, f := range []model.Feature{
		model.FeatureHTTPS, model.FeatureInternal, model.FeatureInternetFacing, model.FeatureWildcardOneLabel, model.FeatureWildcardAnyLabels,
		model.FeatureExactRootPath, model.FeatureCaseSensitivePath, model.FeaturePathWildcardChars, model.FeatureHeaderMatch,
		model.FeatureQueryMatch, model.FeatureMethodMatch, model.FeatureWeights, model.FeatureNoBackend, model.FeatureFixedResponse,
		model.FeatureNotFound, model.FeatureUnavailable, model.FeatureFixedBody, model.FeatureRedirect, model.FeatureRedirectHTTPS,
		model.FeatureRedirectPort, model.FeatureRedirectStatus, model.FeatureMixedPorts, model.FeatureHealthPort, model.FeatureHealthHost,
		model.FeatureBackendHTTPS, model.FeatureStandalone,
	} {
		c.Features[f] = model.Support{Level: model.Supported}
	}
	return c
}

// Translate returns the resources of a load balancer, all but its members.
func (p *Provider) Translate(lb model.Sealed) ([]provider.Resource, error) {
	t := translation{p: p, id: lb.ID()}
	for _, g := range lb.Groups() {
		t.add(p.groupKey(lb.ID(), &g), GroupSpec{g.Protocol, g.Health, max(g.Draining, model.MinDraining)}, g.Origins).Group = g.ID
	}
	if len(lb.Listeners()) == 0 {
		return t.out, nil
	}
	b := lb.LoadBalancer()
	t.balancer = p.key(KindBalancer, lb.ID(), string(b.Scheme))
	t.add(t.balancer, BalancerSpec{b.Scheme, b.Tags}, b.Origins)
	for i := range lb.Listeners() {
		t.listener(lb, i)
	}
	return t.out, nil
}

// translation collects the resources of one load balancer.
type translation struct {
	p        *Provider
	id       model.ID
	balancer provider.Key
	out      []provider.Resource
}

func (t *translation) add(k provider.Key, spec any, origins []model.Ref) *provider.Resource {
	t.out = append(t.out, provider.Resource{
		Key: k, WriteScope: scope(k), Needs: needs(spec), Owner: provider.Owner{Cluster: t.p.cluster, LoadBalancer: t.id}, Origin: origins, Spec: spec,
	})
	return &t.out[len(t.out)-1]
}

func (t *translation) listener(lb model.Sealed, i int) {
	l := &lb.Listeners()[i]
	k := t.p.key(KindListener, lb.ID(), string(lb.LoadBalancer().Scheme), strconv.Itoa(l.Port), string(l.Protocol))
	spec := ListenerSpec{Balancer: t.balancer, Port: l.Port, Protocol: l.Protocol, Default: t.action(lb, l, &l.Default)}
	if l.TLS != nil {
		for _, c := range l.TLS.Certificates {
			spec.Certificates = append(spec.Certificates, t.certificate(c))
		}
	}
	t.add(k, spec, l.Origins)
	for n, e := range lb.Entries(i) {
		rule := RuleSpec{
			Listener: k, Priority: n + 1, Host: e.Host, Path: path(e.Match.Path), Method: e.Match.Method, Headers: e.Match.Headers,
			Query: e.Match.Query, Action: t.action(lb, l, &e.Route.Action),
		}
		match := rule
		match.Listener, match.Priority, match.Action = provider.Key{}, 0, Action{}
		t.add(provider.Key{Kind: KindRule, Place: k.Name, Name: fmt.Sprintf("%s.%d.%s", e.Route.Name, e.Index, sum(match)[:12])}, rule, []model.Ref{e.Route.Origin})
	}
}

func path(m model.PathMatch) Path {
	if m.Type == model.PathExact {
		return Path{Type: PathExact, Value: m.Value}
	}
	return Path{Type: PathElements, Value: m.Value}
}

func (t *translation) certificate(c model.Certificate) provider.Key {
	h := sum(string(c.PEM) + string(c.Key.Reveal()))
	k := t.p.key(KindCertificate, t.id, c.Name, h[:16])
	if !slices.ContainsFunc(t.out, func(r provider.Resource) bool { return r.Key == k }) {
		t.add(k, CertificateSpec{string(c.PEM), c.Key, h}, []model.Ref{c.Origin})
	}
	return k
}

func (t *translation) action(lb model.Sealed, l *model.Listener, a *model.Action) Action {
	out := Action{Fixed: a.Fixed}
	if r := a.Redirect; r != nil {
		port := r.Port
		if port == 0 && r.Scheme == "" {
			port = l.Port
		}
		out.Redirect = &Redirect{Scheme: r.Scheme, Host: r.Host, Port: port, Status: r.Status, Path: true, Query: true}
	}
	if a.Forward != nil {
		for _, w := range a.Forward.Groups {
			g, _ := lb.Group(w.Group)
			out.Forward = append(out.Forward, Share{t.p.groupKey(lb.ID(), g), w.Weight})
		}
	}
	return out
}

// Members returns the membership of one group.
func (p *Provider) Members(lb model.Sealed, id model.GroupID, endpoints []model.Endpoint) ([]provider.Resource, error) {
	g, ok := lb.Group(id)
	if !ok {
		return nil, &provider.Error{Code: provider.NotFound, Op: "members of " + string(id), Err: errMissing}
	}
	k := p.groupKey(lb.ID(), g)
	spec := MembersSpec{Group: k, Members: []netip.AddrPort{}}
	for _, e := range endpoints {
		if e.State.IsReady() {
			spec.Members = append(spec.Members, e.AddrPort())
		}
	}
	slices.SortFunc(spec.Members, netip.AddrPort.Compare)
	k.Kind = KindMembers
	return []provider.Resource{{
		Key: k, WriteScope: scope(k), Needs: needs(spec), Owner: provider.Owner{Cluster: p.cluster, LoadBalancer: lb.ID()},
		Origin: g.Origins, Group: id, Member: true, Spec: spec,
	}}, nil
}

// Registered returns the endpoints of a membership.
func (*Provider) Registered(have provider.Resource) []model.Endpoint {
	spec, _ := have.Spec.(MembersSpec)
	out := make([]model.Endpoint, 0, len(spec.Members))
	for _, a := range spec.Members {
		out = append(out, model.Endpoint{Address: a.Addr(), Port: int(a.Port()), State: model.Ready})
	}
	return out
}

// Compare compares the JSON of each field. The key of a certificate is compared by its sum.
func (*Provider) Compare(want, have provider.Resource) []provider.Field {
	return provider.CompareValues(values(want.Spec), values(have.Spec))
}

func values(spec any) map[string]string {
	out := map[string]string{}
	if spec == nil {
		return out
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text(spec), &raw); err != nil {
		return out
	}
	for k, v := range raw {
		out[k] = string(v)
	}
	return out
}

func text(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(err.Error()) // no spec has what does not marshal
	}
	return b
}

func sum(v any) string {
	h := sha256.Sum256(text(v))
	return hex.EncodeToString(h[:])
}

func (p *Provider) key(kind string, id model.ID, parts ...string) provider.Key {
	k := provider.Key{Kind: kind, Name: p.cluster + "." + string(id)}
	for _, part := range parts {
		k.Name += "." + part
	}
	return k
}

func (p *Provider) groupKey(id model.ID, g *model.Group) provider.Key {
	return p.key(KindGroup, id, string(g.ID), string(g.Protocol))
}

// scope writes the rules of a listener together.
func scope(k provider.Key) string {
	if k.Kind == KindRule {
		return "rules of " + k.Place
	}
	return k.String()
}
