package gcp

import (
	"context"
	"strconv"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider"
)

type addressClient struct{ *Client }

func (c addressClient) item(a *compute.Address) item {
	spec := AddressSpec{Internal: a.AddressType == "INTERNAL"}
	if spec.Internal {
		spec.Subnetwork = c.short(a.Subnetwork)
	}
	return item{key: provider.Key{Kind: KindAddress, Name: a.Name, Place: placeOf(a.Region)}, spec: spec, description: a.Description, address: a.Address}
}

func (c addressClient) insert(ctx context.Context, w wish) error {
	a := &compute.Address{Name: w.key.Name, Description: w.description}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.GlobalAddresses.Insert(c.project, a))
	}
	if s := as[AddressSpec](w); s.Internal {
		// The forwarding rules of all ports share the address (page "IP addresses", shared internal
		// addresses).
		a.AddressType, a.Purpose, a.Subnetwork = "INTERNAL", "SHARED_LOADBALANCER_VIP", c.subnetworkLink(w.key.Place, s.Subnetwork)
	}
	return write(ctx, c.Client, c.svc.Addresses.Insert(c.project, w.key.Place, a))
}

func (c addressClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return one(c.item)(read(ctx, c.svc.GlobalAddresses.Get(c.project, k.Name)))
	}
	return one(c.item)(read(ctx, c.svc.Addresses.Get(c.project, k.Place, k.Name)))
}

func (addressClient) update(context.Context, wish, item) error { return errImmutable }

func (c addressClient) remove(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.GlobalAddresses.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.Addresses.Delete(c.project, k.Place, k.Name))
}

func (c addressClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.AddressList) []*compute.Address { return l.Items }
	if place == "" {
		return pages(ctx, c.svc.GlobalAddresses.List(c.project).Filter(filter).Pages, items, c.item)
	}
	return pages(ctx, c.svc.Addresses.List(c.project, place).Filter(filter).Pages, items, c.item)
}

type certificateClient struct{ *Client }

func certificateItem(s *compute.SslCertificate) item {
	return item{key: provider.Key{Kind: KindSSLCertificate, Name: s.Name, Place: placeOf(s.Region)}, spec: SSLCertificateSpec{PEM: s.Certificate}, description: s.Description}
}

func (c certificateClient) insert(ctx context.Context, w wish) error {
	s := as[SSLCertificateSpec](w)
	cert := &compute.SslCertificate{Name: w.key.Name, Description: w.description, Certificate: s.PEM, PrivateKey: string(s.Key.Reveal())}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.SslCertificates.Insert(c.project, cert))
	}
	return write(ctx, c.Client, c.svc.RegionSslCertificates.Insert(c.project, w.key.Place, cert))
}

func (c certificateClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return one(certificateItem)(read(ctx, c.svc.SslCertificates.Get(c.project, k.Name)))
	}
	return one(certificateItem)(read(ctx, c.svc.RegionSslCertificates.Get(c.project, k.Place, k.Name)))
}

func (certificateClient) update(context.Context, wish, item) error { return errImmutable }

func (c certificateClient) remove(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.SslCertificates.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionSslCertificates.Delete(c.project, k.Place, k.Name))
}

func (c certificateClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.SslCertificateList) []*compute.SslCertificate { return l.Items }
	if place == "" {
		return pages(ctx, c.svc.SslCertificates.List(c.project).Filter(filter).Pages, items, certificateItem)
	}
	return pages(ctx, c.svc.RegionSslCertificates.List(c.project, place).Filter(filter).Pages, items, certificateItem)
}

type httpProxyClient struct{ *Client }

func httpProxyItem(p *compute.TargetHttpProxy) item {
	return item{key: provider.Key{Kind: KindTargetHTTPProxy, Name: p.Name, Place: placeOf(p.Region)}, spec: TargetProxySpec{URLMap: lastPart(p.UrlMap)}, description: p.Description}
}

func (c httpProxyClient) insert(ctx context.Context, w wish) error {
	p := &compute.TargetHttpProxy{Name: w.key.Name, Description: w.description, UrlMap: c.beside(w.key, KindURLMap, as[TargetProxySpec](w).URLMap)}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpProxies.Insert(c.project, p))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpProxies.Insert(c.project, w.key.Place, p))
}

func (c httpProxyClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return one(httpProxyItem)(read(ctx, c.svc.TargetHttpProxies.Get(c.project, k.Name)))
	}
	return one(httpProxyItem)(read(ctx, c.svc.RegionTargetHttpProxies.Get(c.project, k.Place, k.Name)))
}

func (c httpProxyClient) update(ctx context.Context, w wish, _ item) error {
	m := &compute.UrlMapReference{UrlMap: c.beside(w.key, KindURLMap, as[TargetProxySpec](w).URLMap)}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpProxies.SetUrlMap(c.project, w.key.Name, m))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpProxies.SetUrlMap(c.project, w.key.Place, w.key.Name, m))
}

func (c httpProxyClient) remove(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpProxies.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpProxies.Delete(c.project, k.Place, k.Name))
}

func (c httpProxyClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.TargetHttpProxyList) []*compute.TargetHttpProxy { return l.Items }
	if place == "" {
		return pages(ctx, c.svc.TargetHttpProxies.List(c.project).Filter(filter).Pages, items, httpProxyItem)
	}
	return pages(ctx, c.svc.RegionTargetHttpProxies.List(c.project, place).Filter(filter).Pages, items, httpProxyItem)
}

type httpsProxyClient struct{ *Client }

func httpsProxyItem(p *compute.TargetHttpsProxy) item {
	return item{key: provider.Key{Kind: KindTargetHTTPSProxy, Name: p.Name, Place: placeOf(p.Region)}, description: p.Description,
		spec: TargetProxySpec{URLMap: lastPart(p.UrlMap), Certificates: p.SslCertificates, Policy: lastPart(p.SslPolicy)}, fingerprint: p.Fingerprint}
}

func (c httpsProxyClient) insert(ctx context.Context, w wish) error {
	s := as[TargetProxySpec](w)
	p := &compute.TargetHttpsProxy{Name: w.key.Name, Description: w.description, UrlMap: c.beside(w.key, KindURLMap, s.URLMap), SslCertificates: s.Certificates}
	if s.Policy != "" {
		p.SslPolicy = c.beside(w.key, KindSSLPolicy, s.Policy)
	}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpsProxies.Insert(c.project, p))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpsProxies.Insert(c.project, w.key.Place, p))
}

func (c httpsProxyClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return one(httpsProxyItem)(read(ctx, c.svc.TargetHttpsProxies.Get(c.project, k.Name)))
	}
	return one(httpsProxyItem)(read(ctx, c.svc.RegionTargetHttpsProxies.Get(c.project, k.Place, k.Name)))
}

// update sets what differs: policy, certificates and URL map have a verb each.
func (c httpsProxyClient) update(ctx context.Context, w wish, now item) error {
	want := as[TargetProxySpec](w)
	have, _ := now.spec.(TargetProxySpec)
	if want.Policy != have.Policy {
		if err := c.setPolicy(ctx, w.key, want.Policy, now.fingerprint); err != nil {
			return err
		}
	}
	if strings.Join(want.Certificates, ",") != strings.Join(have.Certificates, ",") {
		if err := c.setCertificates(ctx, w.key, want.Certificates); err != nil {
			return err
		}
	}
	if want.URLMap == have.URLMap {
		return nil
	}
	m := &compute.UrlMapReference{UrlMap: c.beside(w.key, KindURLMap, want.URLMap)}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpsProxies.SetUrlMap(c.project, w.key.Name, m))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpsProxies.SetUrlMap(c.project, w.key.Place, w.key.Name, m))
}

func (c httpsProxyClient) setCertificates(ctx context.Context, k provider.Key, links []string) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpsProxies.SetSslCertificates(c.project, k.Name, &compute.TargetHttpsProxiesSetSslCertificatesRequest{SslCertificates: links}))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpsProxies.SetSslCertificates(c.project, k.Place, k.Name, &compute.RegionTargetHttpsProxiesSetSslCertificatesRequest{SslCertificates: links}))
}

func (c httpsProxyClient) remove(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpsProxies.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpsProxies.Delete(c.project, k.Place, k.Name))
}

func (c httpsProxyClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.TargetHttpsProxyList) []*compute.TargetHttpsProxy { return l.Items }
	if place == "" {
		return pages(ctx, c.svc.TargetHttpsProxies.List(c.project).Filter(filter).Pages, items, httpsProxyItem)
	}
	return pages(ctx, c.svc.RegionTargetHttpsProxies.List(c.project, place).Filter(filter).Pages, items, httpsProxyItem)
}

type forwardingRuleClient struct{ *Client }

func forwardingRuleItem(f *compute.ForwardingRule) item {
	from, _, _ := strings.Cut(f.PortRange, "-")
	if from == "" && len(f.Ports) > 0 {
		from = f.Ports[0]
	}
	port, _ := strconv.Atoi(from) // a rule without a port is not ours
	return item{key: provider.Key{Kind: KindForwardingRule, Name: f.Name, Place: placeOf(f.Region)}, description: f.Description, address: f.IPAddress,
		spec: ForwardingRuleSpec{Port: port, Target: f.Target, Scheme: f.LoadBalancingScheme}}
}

func (c forwardingRuleClient) insert(ctx context.Context, w wish) error {
	s := as[ForwardingRuleSpec](w)
	port := strconv.Itoa(s.Port)
	f := &compute.ForwardingRule{Name: w.key.Name, Description: w.description, IPAddress: w.address, IPProtocol: "TCP", PortRange: port + "-" + port,
		Target: s.Target, LoadBalancingScheme: s.Scheme}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.GlobalForwardingRules.Insert(c.project, f))
	}
	f.Network, f.Subnetwork = c.networkLink(c.network), c.subnetworkLink(w.key.Place, c.subnetwork)
	return write(ctx, c.Client, c.svc.ForwardingRules.Insert(c.project, w.key.Place, f))
}

func (c forwardingRuleClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return one(forwardingRuleItem)(read(ctx, c.svc.GlobalForwardingRules.Get(c.project, k.Name)))
	}
	return one(forwardingRuleItem)(read(ctx, c.svc.ForwardingRules.Get(c.project, k.Place, k.Name)))
}

func (c forwardingRuleClient) update(ctx context.Context, w wish, _ item) error {
	t := &compute.TargetReference{Target: as[ForwardingRuleSpec](w).Target}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.GlobalForwardingRules.SetTarget(c.project, w.key.Name, t))
	}
	return write(ctx, c.Client, c.svc.ForwardingRules.SetTarget(c.project, w.key.Place, w.key.Name, t))
}

func (c forwardingRuleClient) remove(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.GlobalForwardingRules.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.ForwardingRules.Delete(c.project, k.Place, k.Name))
}

func (c forwardingRuleClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.ForwardingRuleList) []*compute.ForwardingRule { return l.Items }
	if place == "" {
		return pages(ctx, c.svc.GlobalForwardingRules.List(c.project).Filter(filter).Pages, items, forwardingRuleItem)
	}
	return pages(ctx, c.svc.ForwardingRules.List(c.project, place).Filter(filter).Pages, items, forwardingRuleItem)
}
