package modeltest

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
)

// LoadBalancers generates load balancers that seal, and that use only the features of o.
func LoadBalancers(o Options) *rapid.Generator[model.LoadBalancer] {
	cert, err := Certificate("default/certificate", "example.com", "*.example.com")
	if err != nil {
		panic(err) // the random source of the system failed
	}
	return rapid.Custom(func(t *rapid.T) model.LoadBalancer {
		d := drawer{T: t, o: o.size(), cert: cert}
		return d.loadBalancer()
	})
}

// drawer draws the parts of one load balancer.
type drawer struct {
	*rapid.T
	o      Options
	cert   model.Certificate
	groups []model.Group
}

// may reports whether all features may be used.
func (d *drawer) may(features ...model.Feature) bool {
	for _, f := range features {
		if d.o.Features != nil && !slices.Contains(d.o.Features, f) {
			return false
		}
	}
	return true
}

// chance reports true in one of n cases, if the features may be used.
func (d *drawer) chance(n int, features ...model.Feature) bool {
	return d.may(features...) && rapid.IntRange(1, n).Draw(d.T, "chance") == n
}

func (d *drawer) count(label string, least, most int) int {
	return rapid.IntRange(least, max(least, most)).Draw(d.T, label)
}

func pick[T any](d *drawer, label string, from ...T) T {
	return rapid.SampledFrom(from).Draw(d.T, label)
}

func (d *drawer) loadBalancer() model.LoadBalancer {
	lb := model.LoadBalancer{
		ID: "default/web", Scheme: d.scheme(), Family: d.family(),
		Origins: []model.Ref{{Kind: "Ingress", Namespace: "default", Name: "web"}},
	}
	if d.chance(4, model.FeatureStaticAddress) {
		lb.Addresses = []string{"address-1"}
	}
	for i := range d.count("groups", 1, d.o.MaxGroups) {
		lb.Groups = append(lb.Groups, d.group(i))
	}
	d.groups = lb.Groups
	least := 1
	if d.may(model.FeatureStandalone) {
		least = 0
	}
	for i := range d.count("listeners", least, d.o.MaxListeners) {
		if l, ok := d.listener(i, lb.Listeners); ok {
			lb.Listeners = append(lb.Listeners, l)
		}
	}
	return lb
}

func (d *drawer) scheme() model.Scheme {
	var schemes []model.Scheme
	if d.may(model.FeatureInternetFacing) {
		schemes = append(schemes, model.InternetFacing)
	}
	if d.may(model.FeatureInternal) {
		schemes = append(schemes, model.Internal)
	}
	if len(schemes) == 0 {
		return ""
	}
	return pick(d, "scheme", schemes...)
}

func (d *drawer) family() model.Family {
	families := []model.Family{model.IPv4}
	if d.may(model.FeatureIPv6) {
		families = append(families, model.IPv6)
	}
	if d.may(model.FeatureDualStack) {
		families = append(families, model.DualStack)
	}
	return pick(d, "family", families...)
}

// listener reports false if an earlier listener has the port and no host name distinguishes the
// two.
func (d *drawer) listener(i int, before []model.Listener) (model.Listener, bool) {
	p := d.protocol()
	l := model.Listener{Protocol: p, Port: pick(d, "port", ports(p)...)}
	if i == 0 && p == model.HTTP {
		l.Port = 80
	}
	if (p.IsHTTP() || p == model.TLS) && d.chance(3, model.FeatureListenerHostname) {
		l.Hostname = d.host()
	}
	l.Name = fmt.Sprintf("listener-%d", i)
	for _, o := range before {
		if o.Port == l.Port && (o.Protocol != p || o.Hostname == l.Hostname) {
			return l, false
		}
	}
	if p == model.HTTPS {
		l.TLS = d.tls()
	}
	l.Default = d.fallback(p)
	for j := range d.count("routes", 0, d.o.MaxRoutes) {
		l.Routes = append(l.Routes, d.route(j, &l))
	}
	return l, true
}

func ports(p model.Protocol) []int {
	switch p {
	case model.HTTP:
		return []int{80, 8080}
	case model.HTTPS, model.TLS:
		return []int{443, 8443}
	case model.TCP:
		return []int{5432, 6379}
	case model.UDP:
		return []int{53}
	default:
		return nil
	}
}

// protocol draws a layer 4 protocol only for a model with a group for it.
func (d *drawer) protocol() model.Protocol {
	protocols := []model.Protocol{model.HTTP, model.HTTP}
	if d.may(model.FeatureHTTPS) {
		protocols = append(protocols, model.HTTPS)
	}
	for p, f := range map[model.Protocol]model.Feature{
		model.TLS: model.FeatureTLSPassthrough, model.TCP: model.FeatureTCP, model.UDP: model.FeatureUDP,
	} {
		if d.may(f) && len(d.fitting(p)) > 0 {
			protocols = append(protocols, p)
		}
	}
	slices.Sort(protocols)
	return pick(d, "protocol", protocols...)
}

func (d *drawer) tls() *model.ListenerTLS {
	cert := d.cert
	if d.chance(4, model.FeatureCertificateRef) {
		cert = model.Certificate{Name: "reference", Reference: "reference-of-the-cloud"}
	}
	tls := &model.ListenerTLS{Certificates: []model.Certificate{cert}}
	if d.chance(4, model.FeatureTLSPolicy) {
		tls.Policy = pick(d, "policy", model.TLS12, model.TLS13)
	}
	if d.chance(4, model.FeatureClientValidation) {
		tls.Client = &model.ClientValidation{Authorities: d.cert.PEM, Optional: d.chance(2)}
	}
	return tls
}

// fallback draws the default action of a listener.
func (d *drawer) fallback(p model.Protocol) model.Action {
	fitting := d.fitting(p)
	switch {
	case len(fitting) > 0 && (!p.IsHTTP() || !d.may(model.FeatureNotFound) || d.chance(2)):
		return model.ForwardTo(pick(d, "default", fitting...))
	default:
		return model.Action{}
	}
}
