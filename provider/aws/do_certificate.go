package aws

import (
	"context"

	"github.com/headgate-io/headgate/provider"
)

// createCertificate imports a certificate, or adopts one that was imported already. It looks first,
// because Certificate Manager imports the same certificate twice.
func (p *Provider) createCertificate(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	arn, err := p.adoptCertificate(ctx, op)
	if err != nil {
		return nil, err
	}
	if arn == "" {
		want := op.Want.Spec.(CertificateSpec)
		tags := p.resourceTags(op.Want.Owner, op.Key.Name, "", nil)
		if arn, err = p.client.importCertificate(ctx, want.PEM, want.Key.Reveal(), tags); err != nil {
			return nil, err
		}
	}
	made := certificateResource(op.Key.Name, arn, op.Want.Owner)
	return &made, nil
}

// adoptCertificate returns the ARN of the certificate if it exists, and else nothing.
func (p *Provider) adoptCertificate(ctx context.Context, op provider.Op) (string, error) {
	all, err := p.client.certificates(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range all {
		if owner, ok := p.owner(c.tags); ok && owner == op.Want.Owner && c.tags[tagName] == op.Key.Name {
			return c.arn, nil
		}
	}
	return "", nil
}
