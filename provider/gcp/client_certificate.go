package gcp

import (
	"context"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider"
)

type certificateClient struct{ *Client }

func certificateItem(s *compute.SslCertificate) item {
	return item{key: provider.Key{Kind: KindSSLCertificate, Name: s.Name, Place: placeOf(s.Region)}, spec: SSLCertificateSpec{PEM: s.Certificate}, description: s.Description}
}

func (c certificateClient) insert(ctx context.Context, w desired) error {
	s := specOf[SSLCertificateSpec](w)
	cert := &compute.SslCertificate{Name: w.key.Name, Description: w.description, Certificate: s.PEM, PrivateKey: string(s.Key.Reveal())}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.SslCertificates.Insert(c.project, cert))
	}
	return write(ctx, c.Client, c.svc.RegionSslCertificates.Insert(c.project, w.key.Place, cert))
}

func (c certificateClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return convertOne(certificateItem)(read(ctx, c.svc.SslCertificates.Get(c.project, k.Name)))
	}
	return convertOne(certificateItem)(read(ctx, c.svc.RegionSslCertificates.Get(c.project, k.Place, k.Name)))
}

func (certificateClient) update(context.Context, desired, item) error { return errImmutable }

func (c certificateClient) delete(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.SslCertificates.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.RegionSslCertificates.Delete(c.project, k.Place, k.Name))
}

func (c certificateClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.SslCertificateList) []*compute.SslCertificate { return l.Items }
	if place == "" {
		return listAll(ctx, c.svc.SslCertificates.List(c.project).Filter(filter).Pages, items, certificateItem)
	}
	return listAll(ctx, c.svc.RegionSslCertificates.List(c.project, place).Filter(filter).Pages, items, certificateItem)
}
