package aws

import (
	"context"
	"slices"
	"strconv"

	"github.com/headgate-io/headgate/provider"
)

// createListener creates a listener with its default certificate alone, or adopts it, and adds the
// other certificates.
func (p *Provider) createListener(ctx context.Context, b provider.Batch, op provider.Op) (*provider.Resource, error) {
	want := op.Want.Spec.(ListenerSpec)
	resolved, err := resolveListener(b, want)
	if err != nil {
		return nil, err
	}
	balancer, err := idOf(b, provider.Key{Kind: KindLoadBalancer, Name: op.Key.Place})
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(op.Key.Name)
	if err != nil {
		return nil, &provider.Error{Code: provider.Invalid, Op: "CreateListener", Key: op.Key, Err: err}
	}
	made := listenerRecord{port: port, spec: want}
	made.spec.Certificates = defaultCertificate(want.Certificates)
	made.arn, err = p.client.createListener(ctx, balancer, port, resolved, p.resourceTags(op.Want.Owner, op.Key.Name, "", nil))
	if provider.IsCode(err, provider.Conflict) {
		made, err = p.adoptListener(ctx, balancer, port, op.Want)
	}
	if err != nil {
		return nil, err
	}
	return p.updateListener(ctx, b, op, observed(op.Key, op.Want.Owner, made.spec, made.arn))
}

func (p *Provider) adoptListener(ctx context.Context, balancer string, port int, want *provider.Resource) (listenerRecord, error) {
	all, err := p.client.listeners(ctx, balancer)
	if err != nil {
		return listenerRecord{}, err
	}
	i := slices.IndexFunc(all, func(l listenerRecord) bool { return l.port == port })
	if i < 0 {
		return listenerRecord{}, notListed("CreateListener")
	}
	l := all[i]
	if _, err := p.ownTags(ctx, "CreateListener", l.arn, want); err != nil {
		return listenerRecord{}, err
	}
	extra, err := p.client.extraCertificates(ctx, l.arn)
	l.spec.Certificates = append(l.spec.Certificates, extra...)
	return l, err
}

// updateListener adds certificates before it removes others.
func (p *Provider) updateListener(ctx context.Context, b provider.Batch, op provider.Op, have provider.Resource) (*provider.Resource, error) {
	want, old, arn := op.Want.Spec.(ListenerSpec), have.Spec.(ListenerSpec), have.Output.ID
	resolved, err := resolveListener(b, want)
	if err != nil {
		return nil, err
	}
	certificates, err := resolveCertificates(b, old.Certificates)
	if err != nil {
		return nil, err
	}
	for _, cert := range without(extraCertificates(resolved.Certificates), extraCertificates(certificates)) {
		if err := p.client.addCertificate(ctx, arn, cert); err != nil {
			return &have, err
		}
	}
	sameDefault := slices.Equal(defaultCertificate(certificates), defaultCertificate(resolved.Certificates))
	if old.Protocol != want.Protocol || old.Policy != want.Policy || old.Default.String() != want.Default.String() || !sameDefault {
		if err := p.client.modifyListener(ctx, arn, resolved); err != nil {
			return &have, err
		}
	}
	for _, cert := range without(extraCertificates(certificates), extraCertificates(resolved.Certificates)) {
		if err := p.client.removeCertificate(ctx, arn, cert); err != nil {
			return &have, err
		}
	}
	want.Certificates, want.Reserved = slices.Clone(want.Certificates), old.Reserved
	r := observed(op.Key, op.Want.Owner, want, arn, op.Want.Needs...)
	return &r, nil
}

// defaultCertificate returns the first certificate alone, if there is one.
func defaultCertificate(certificates []string) []string {
	return certificates[:min(1, len(certificates))]
}

// extraCertificates returns all certificates but the default one.
func extraCertificates(certificates []string) []string {
	return certificates[min(1, len(certificates)):]
}

// resolveListener replaces names by ARNs.
func resolveListener(b provider.Batch, spec ListenerSpec) (ListenerSpec, error) {
	var err error
	if spec.Certificates, err = resolveCertificates(b, spec.Certificates); err != nil {
		return spec, err
	}
	spec.Default, err = resolveAction(b, spec.Default)
	return spec, err
}

func resolveCertificates(b provider.Batch, names []string) ([]string, error) {
	arns := make([]string, 0, len(names))
	for _, name := range names {
		arn := name
		if !isARN(name) {
			var err error
			if arn, err = idOf(b, provider.Key{Kind: KindCertificate, Name: name}); err != nil {
				return nil, err
			}
		}
		arns = append(arns, arn)
	}
	return arns, nil
}

func resolveAction(b provider.Batch, a ActionSpec) (ActionSpec, error) {
	shares := make([]Share, 0, len(a.Forward))
	for _, s := range a.Forward {
		arn, err := idOf(b, provider.Key{Kind: KindTargetGroup, Name: s.Group})
		if err != nil {
			return a, err
		}
		shares = append(shares, Share{Group: arn, Weight: s.Weight})
	}
	a.Forward = shares
	return a, nil
}
