package gcp

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// doSecure applies the ops of the certificates and HTTPS proxies of a load balancer. A certificate
// that the cloud rejects fails alone: the proxies are written without it.
func (p *Provider) doSecure(ctx context.Context, batch provider.Batch) []provider.Outcome {
	s := &secureBatch{p: p, have: batch.Have, rejected: map[string]string{}, inUse: map[provider.Key]bool{}}
	out := make([]provider.Outcome, 0, len(batch.Ops))
	for _, op := range batch.Ops {
		out = append(out, s.do(ctx, op))
	}
	return out
}

// secureBatch is the state of one batch.
type secureBatch struct {
	p    *Provider
	have lookup
	// rejected are the names of the certificates that could not be created, by their links.
	rejected map[string]string
	// inUse are the certificates that proxies still refer to.
	inUse map[provider.Key]bool
}

func (s *secureBatch) do(ctx context.Context, op provider.Op) provider.Outcome {
	remove := op.Action == provider.Delete
	switch {
	case ctx.Err() != nil || remove && s.inUse[op.Key]:
		return provider.Outcome{Key: op.Key, State: provider.Blocked}
	case op.Key.Kind == KindTargetHTTPSProxy && !remove:
		return s.proxy(ctx, op)
	}
	have, err := s.p.apply(ctx, op, s.have)
	o := s.p.outcome(ctx, op, have, err)
	switch {
	case o.State == provider.Done:
	case op.Key.Kind == KindTargetHTTPSProxy:
		s.use(op.Have)
	case !remove:
		s.reject(op.Want)
	}
	return o
}

// reject records a certificate that could not be created.
func (s *secureBatch) reject(r *provider.Resource) {
	switch spec := r.Spec.(type) {
	case SSLCertificateSpec:
		s.rejected[s.p.selfLink(r.Key)] = spec.Name
	case CertificateReferenceSpec:
		s.rejected[spec.Link] = ""
	}
}

// use records the certificates that a proxy refers to.
func (s *secureBatch) use(proxy *provider.Resource) {
	if proxy != nil {
		for _, k := range proxy.Needs {
			s.inUse[k] = true
		}
	}
}

// proxy writes a proxy with the certificates that exist. It is blocked if that changes nothing, and
// if no certificate is left.
func (s *secureBatch) proxy(ctx context.Context, op provider.Op) provider.Outcome {
	want := *op.Want
	spec, _ := want.Spec.(TargetProxySpec)
	spec.Certificates = s.certificates(spec.Certificates, op.Have)
	want.Spec, want.Needs = spec, nil
	complete(&want)
	op.Want = &want
	if len(spec.Certificates) == 0 || op.Have != nil && len(s.p.Compare(want, *op.Have)) == 0 {
		s.use(op.Have)
		return provider.Outcome{Key: op.Key, State: provider.Blocked}
	}
	have, err := s.p.apply(ctx, op, s.have)
	o := s.p.outcome(ctx, op, have, err)
	if o.State == provider.Done {
		s.use(o.Have)
	} else {
		s.use(op.Have)
	}
	return o
}

// certificates returns the links of wanted certificates without those that were rejected. A
// rejected certificate is replaced by the earlier version that the proxy has.
func (s *secureBatch) certificates(want []string, proxy *provider.Resource) []string {
	var out []string
	for _, link := range want {
		if name, rejected := s.rejected[link]; rejected {
			link = s.earlier(name, proxy)
		}
		if link != "" && !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	return out
}

// earlier returns the link of the certificate of that name on an observed proxy, or nothing.
func (s *secureBatch) earlier(name string, proxy *provider.Resource) string {
	if name == "" || proxy == nil {
		return ""
	}
	spec, _ := proxy.Spec.(TargetProxySpec)
	for _, link := range spec.Certificates {
		r, ok := s.have(certificateKey(proxy, link))
		if c, _ := r.Spec.(SSLCertificateSpec); ok && c.Name == name {
			return link
		}
	}
	return ""
}

var errNoCertificate = errors.New("the SSL certificate does not exist")

// applyReference checks that a certificate of the user exists. The deletion of a reference needs no
// call: the proxy no longer has it.
func (p *Provider) applyReference(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	if op.Action == provider.Delete {
		return nil, nil
	}
	s, _ := op.Want.Spec.(CertificateReferenceSpec)
	t, ok := parseLink(s.Link, target{collection: collection(KindSSLCertificate)})
	if !ok {
		return nil, &provider.Error{Code: provider.Invalid, Err: errNoCertificate}
	}
	_, err := p.client.kind(KindSSLCertificate).get(ctx, provider.Key{Kind: KindSSLCertificate, Name: t.name, Place: t.place})
	if provider.IsCode(err, provider.NotFound) {
		err = fmt.Errorf("%w: create %s, or change the reference", errNoCertificate, s.Link)
		return nil, &provider.Error{Code: provider.Invalid, Op: "find", Key: provider.Key{Kind: KindSSLCertificate, Name: t.name, Place: t.place}, Err: err}
	}
	if err != nil {
		return nil, err
	}
	r := *op.Want
	r.Origin = nil
	r.Output = provider.Output{ID: s.Link, Ready: true}
	return &r, nil
}
