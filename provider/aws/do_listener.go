package aws

import (
	"context"
	"slices"
	"strconv"

	"github.com/headgate-io/headgate/provider"
)

// putListener makes a listener, or changes it: certificates are added before others are removed.
func (p *Provider) putListener(ctx context.Context, b provider.Batch, op provider.Op) (provider.Resource, error) {
	want := op.Want.Spec.(ListenerSpec)
	resolved, err := resolveListener(b, want)
	if err != nil {
		return provider.Resource{}, err
	}
	l := listenerRecord{spec: want}
	if op.Have != nil {
		l.arn, l.spec = op.Have.Output.ID, op.Have.Spec.(ListenerSpec)
	} else if l, err = p.createListener(ctx, b, op, resolved); err != nil {
		return provider.Resource{}, err
	}
	have, err := resolveCertificates(b, l.spec.Certificates)
	if err != nil {
		return provider.Resource{}, err
	}
	if err := p.updateListener(ctx, l, want, have, resolved); err != nil {
		return provider.Resource{}, err
	}
	want.Certificates = slices.Clone(want.Certificates)
	return observed(op.Key, op.Want.Owner, want, l.arn, op.Want.Needs...), nil
}

// createListener makes a listener with its default certificate alone, or adopts the one that is
// there.
func (p *Provider) createListener(ctx context.Context, b provider.Batch, op provider.Op, resolved ListenerSpec) (listenerRecord, error) {
	balancer, err := idOf(b, provider.Key{Kind: KindLoadBalancer, Name: op.Key.Place})
	if err != nil {
		return listenerRecord{}, err
	}
	port, err := strconv.Atoi(op.Key.Name)
	if err != nil {
		return listenerRecord{}, &provider.Error{Code: provider.Invalid, Op: "CreateListener", Key: op.Key, Err: err}
	}
	made := listenerRecord{port: port, spec: op.Want.Spec.(ListenerSpec)}
	made.spec.Certificates = made.spec.Certificates[:min(1, len(made.spec.Certificates))]
	made.arn, err = p.client.createListener(ctx, balancer, port, resolved, p.marks(op.Want.Owner, op.Key.Name, "", nil))
	if is(err, provider.Conflict) {
		return p.adoptListener(ctx, balancer, port)
	}
	return made, err
}

func (p *Provider) adoptListener(ctx context.Context, balancer string, port int) (listenerRecord, error) {
	all, err := p.client.listeners(ctx, balancer)
	if err != nil {
		return listenerRecord{}, err
	}
	i := slices.IndexFunc(all, func(l listenerRecord) bool { return l.port == port })
	if i < 0 {
		return listenerRecord{}, conflict("CreateListener")
	}
	l := all[i]
	if _, err := p.ownTags(ctx, "CreateListener", l.arn); err != nil {
		return listenerRecord{}, err
	}
	extra, err := p.client.extraCertificates(ctx, l.arn)
	l.spec.Certificates = append(l.spec.Certificates, extra...)
	return l, err
}

// updateListener makes the writes for what differs; certificates are ARNs here, the first the
// default.
func (p *Provider) updateListener(ctx context.Context, l listenerRecord, want ListenerSpec, have []string, resolved ListenerSpec) error {
	for _, arn := range rest(resolved.Certificates) {
		if !slices.Contains(rest(have), arn) {
			if err := p.client.addCertificate(ctx, l.arn, arn); err != nil {
				return err
			}
		}
	}
	sameDefault := slices.Equal(have[:min(1, len(have))], resolved.Certificates[:min(1, len(resolved.Certificates))])
	if l.spec.Protocol != want.Protocol || l.spec.Policy != want.Policy || l.spec.Default.String() != want.Default.String() || !sameDefault {
		if err := p.client.modifyListener(ctx, l.arn, resolved); err != nil {
			return err
		}
	}
	for _, arn := range rest(have) {
		if !slices.Contains(rest(resolved.Certificates), arn) {
			if err := p.client.removeCertificate(ctx, l.arn, arn); err != nil {
				return err
			}
		}
	}
	return nil
}

// rest is all certificates but the default one.
func rest(certificates []string) []string { return certificates[min(1, len(certificates)):] }

// resolveListener puts ARNs in the place of names.
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
