package gcp

import (
	"context"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider"
)

type sslPolicyClient struct{ *Client }

func sslPolicyItem(p *compute.SslPolicy) item {
	return item{key: provider.Key{Kind: KindSSLPolicy, Name: p.Name, Place: placeOf(p.Region)}, description: p.Description,
		spec: SSLPolicySpec{Profile: p.Profile, MinVersion: p.MinTlsVersion}, fingerprint: p.Fingerprint}
}

func sslPolicyOf(w desired) *compute.SslPolicy {
	s := specOf[SSLPolicySpec](w)
	return &compute.SslPolicy{Name: w.key.Name, Description: w.description, Profile: s.Profile, MinTlsVersion: s.MinVersion}
}

func (c sslPolicyClient) insert(ctx context.Context, w desired) error {
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.SslPolicies.Insert(c.project, sslPolicyOf(w)))
	}
	return write(ctx, c.Client, c.svc.RegionSslPolicies.Insert(c.project, w.key.Place, sslPolicyOf(w)))
}

func (c sslPolicyClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return convertOne(sslPolicyItem)(read(ctx, c.svc.SslPolicies.Get(c.project, k.Name)))
	}
	return convertOne(sslPolicyItem)(read(ctx, c.svc.RegionSslPolicies.Get(c.project, k.Place, k.Name)))
}

// update repairs a change from outside. The name contains a hash of the settings.
func (c sslPolicyClient) update(ctx context.Context, w desired, now item) error {
	p := sslPolicyOf(w)
	p.Description, p.Fingerprint = "", now.fingerprint
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.SslPolicies.Patch(c.project, w.key.Name, p))
	}
	return write(ctx, c.Client, c.svc.RegionSslPolicies.Patch(c.project, w.key.Place, w.key.Name, p))
}

func (c sslPolicyClient) delete(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.SslPolicies.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionSslPolicies.Delete(c.project, k.Place, k.Name))
}

func (c sslPolicyClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.SslPoliciesList) []*compute.SslPolicy { return l.Items }
	if place == "" {
		return listAll(ctx, c.svc.SslPolicies.List(c.project).Filter(filter).Pages, items, sslPolicyItem)
	}
	return listAll(ctx, c.svc.RegionSslPolicies.List(c.project, place).Filter(filter).Pages, items, sslPolicyItem)
}
