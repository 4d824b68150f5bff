package gcp

import (
	"context"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider"
)

type httpProxyClient struct{ *Client }

func httpProxyItem(p *compute.TargetHttpProxy) item {
	return item{key: provider.Key{Kind: KindTargetHTTPProxy, Name: p.Name, Place: placeOf(p.Region)}, spec: TargetProxySpec{URLMap: lastPart(p.UrlMap)}, description: p.Description}
}

func (c httpProxyClient) insert(ctx context.Context, w desired) error {
	p := &compute.TargetHttpProxy{Name: w.key.Name, Description: w.description, UrlMap: c.link(w.key.Place, KindURLMap, specOf[TargetProxySpec](w).URLMap)}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpProxies.Insert(c.project, p))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpProxies.Insert(c.project, w.key.Place, p))
}

func (c httpProxyClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return convertOne(httpProxyItem)(read(ctx, c.svc.TargetHttpProxies.Get(c.project, k.Name)))
	}
	return convertOne(httpProxyItem)(read(ctx, c.svc.RegionTargetHttpProxies.Get(c.project, k.Place, k.Name)))
}

func (c httpProxyClient) update(ctx context.Context, w desired, _ item) error {
	m := &compute.UrlMapReference{UrlMap: c.link(w.key.Place, KindURLMap, specOf[TargetProxySpec](w).URLMap)}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpProxies.SetUrlMap(c.project, w.key.Name, m))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpProxies.SetUrlMap(c.project, w.key.Place, w.key.Name, m))
}

func (c httpProxyClient) delete(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpProxies.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpProxies.Delete(c.project, k.Place, k.Name))
}

func (c httpProxyClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.TargetHttpProxyList) []*compute.TargetHttpProxy { return l.Items }
	if place == "" {
		return listAll(ctx, c.svc.TargetHttpProxies.List(c.project).Filter(filter).Pages, items, httpProxyItem)
	}
	return listAll(ctx, c.svc.RegionTargetHttpProxies.List(c.project, place).Filter(filter).Pages, items, httpProxyItem)
}

type httpsProxyClient struct{ *Client }

func (c httpsProxyClient) item(p *compute.TargetHttpsProxy) item {
	base := target{project: c.project, place: placeOf(p.Region), collection: collection(KindSSLCertificate)}
	certificates := make([]string, 0, len(p.SslCertificates))
	for _, link := range p.SslCertificates {
		certificates = append(certificates, canonicalLink(link, base))
	}
	return item{key: provider.Key{Kind: KindTargetHTTPSProxy, Name: p.Name, Place: placeOf(p.Region)}, description: p.Description,
		spec: TargetProxySpec{URLMap: lastPart(p.UrlMap), Certificates: certificates, Policy: lastPart(p.SslPolicy)}, fingerprint: p.Fingerprint}
}

func (c httpsProxyClient) insert(ctx context.Context, w desired) error {
	s := specOf[TargetProxySpec](w)
	p := &compute.TargetHttpsProxy{Name: w.key.Name, Description: w.description, UrlMap: c.link(w.key.Place, KindURLMap, s.URLMap), SslCertificates: s.Certificates}
	if s.Policy != "" {
		p.SslPolicy = c.link(w.key.Place, KindSSLPolicy, s.Policy)
	}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpsProxies.Insert(c.project, p))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpsProxies.Insert(c.project, w.key.Place, p))
}

func (c httpsProxyClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return convertOne(c.item)(read(ctx, c.svc.TargetHttpsProxies.Get(c.project, k.Name)))
	}
	return convertOne(c.item)(read(ctx, c.svc.RegionTargetHttpsProxies.Get(c.project, k.Place, k.Name)))
}

// update sets the fields that differ. Policy, certificates and URL map have a method each.
func (c httpsProxyClient) update(ctx context.Context, w desired, now item) error {
	want := specOf[TargetProxySpec](w)
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
	m := &compute.UrlMapReference{UrlMap: c.link(w.key.Place, KindURLMap, want.URLMap)}
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

func (c httpsProxyClient) delete(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpsProxies.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpsProxies.Delete(c.project, k.Place, k.Name))
}

func (c httpsProxyClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.TargetHttpsProxyList) []*compute.TargetHttpsProxy { return l.Items }
	if place == "" {
		return listAll(ctx, c.svc.TargetHttpsProxies.List(c.project).Filter(filter).Pages, items, c.item)
	}
	return listAll(ctx, c.svc.RegionTargetHttpsProxies.List(c.project, place).Filter(filter).Pages, items, c.item)
}

// setPolicy sets or clears the SSL policy of a proxy. Regional proxies have no setSslPolicy method
// and are patched.
func (c httpsProxyClient) setPolicy(ctx context.Context, k provider.Key, policy, fingerprint string) error {
	link := ""
	if policy != "" {
		link = c.link(k.Place, KindSSLPolicy, policy)
	}
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.TargetHttpsProxies.SetSslPolicy(c.project, k.Name, &compute.SslPolicyReference{SslPolicy: link}))
	}
	patch := &compute.TargetHttpsProxy{SslPolicy: link, Fingerprint: fingerprint}
	if link == "" {
		patch.NullFields = []string{"SslPolicy"}
	}
	return write(ctx, c.Client, c.svc.RegionTargetHttpsProxies.Patch(c.project, k.Place, k.Name, patch))
}
