package gcp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"github.com/headgate-io/headgate/model"
)

// Limits of certificates (references of SslCertificate.certificate and
// TargetHttpsProxy.sslCertificates).
const (
	maxChain        = 5
	maxCertificates = 15
)

// certificates refuses the certificates that the API rejects, and those that exceed the limit of a
// port. The listeners of one port share a proxy.
func (r *refuser) certificates() {
	refused, onPort := map[string]bool{}, map[int][]string{}
	for _, l := range r.lb.Listeners() {
		if l.TLS == nil {
			continue
		}
		for i := range l.TLS.Certificates {
			c := &l.TLS.Certificates[i]
			names := onPort[l.Port]
			if refused[c.Name] || slices.Contains(names, c.Name) {
				continue
			}
			reason, err := model.ReasonUnsupported, r.p.checkCertificate(c, r.lb.LoadBalancer().Scheme)
			if err == nil && len(names) == maxCertificates {
				reason = model.ReasonQuotaExceeded
				err = fmt.Errorf("port %d has %d certificates before it, which is the limit of Google Cloud: want hosts that share a certificate, or another load balancer", l.Port, maxCertificates)
			}
			if err != nil {
				refused[c.Name] = true
				r.refused.Add(model.Part{Certificate: c.Name}, reason, certificateOrigins(c, &l), err)
				continue
			}
			onPort[l.Port] = append(names, c.Name)
		}
	}
}

// certificateOrigins returns the object that a certificate comes from, or those of its listener.
func certificateOrigins(c *model.Certificate, l *model.Listener) []model.Ref {
	if c.Origin == (model.Ref{}) {
		return l.Origins
	}
	return []model.Ref{c.Origin}
}

// checkCertificate returns why the API would reject a certificate.
func (p *Provider) checkCertificate(c *model.Certificate, scheme model.Scheme) error {
	base := p.certificateBase(scheme)
	if c.Reference != "" {
		return checkReference(c.Reference, base)
	}
	chain, err := readChain(c.PEM)
	switch {
	case err != nil:
		return err
	case len(chain) == 0:
		return errors.New("it contains no certificate in PEM")
	case len(chain) > maxChain:
		return fmt.Errorf("the chain has %d certificates: Google Cloud accepts up to %d", len(chain), maxChain)
	case base.place == "":
		return checkGlobalKey(chain[0].PublicKey)
	default:
		return checkRegionalKey(chain[0].PublicKey)
	}
}

// checkReference returns why a proxy cannot refer to a certificate. It must be in the project and
// the region of the proxy.
func checkReference(reference string, base target) error {
	t, ok := parseLink(reference, base)
	if !ok || t.place != base.place || t.project != base.project {
		return fmt.Errorf("certificate %q: want the name or the link of %s", reference, base.article("SSL certificate"))
	}
	return nil
}

// readChain parses the certificates in a PEM text, and ignores everything else.
func readChain(text []byte) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != pemCertificate {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d of the chain cannot be read: %w", len(chain)+1, err)
		}
		chain = append(chain, c)
	}
	return chain, nil
}

// checkGlobalKey returns an error unless the key has a type that global certificates support (page
// "Use self-managed SSL certificates", step 1).
func checkGlobalKey(key any) error {
	if rsaBits(key) == 2048 || isCurve(key, elliptic.P256()) {
		return nil
	}
	return fmt.Errorf("%s: global SSL certificates support RSA-2048 and ECDSA P-256", describeKey(key))
}

// checkRegionalKey is checkGlobalKey for regional certificates (page "SSL certificates overview",
// supported key types).
func checkRegionalKey(key any) error {
	bits := rsaBits(key)
	if bits == 2048 || bits == 3072 || bits == 4096 || isCurve(key, elliptic.P256()) || isCurve(key, elliptic.P384()) {
		return nil
	}
	return fmt.Errorf("%s: regional SSL certificates support RSA-2048, RSA-3072, RSA-4096, ECDSA P-256 and ECDSA P-384", describeKey(key))
}

// rsaBits returns the size of an RSA key. It is 0 for other keys.
func rsaBits(key any) int {
	if k, ok := key.(*rsa.PublicKey); ok {
		return k.N.BitLen()
	}
	return 0
}

func isCurve(key any, curve elliptic.Curve) bool {
	k, ok := key.(*ecdsa.PublicKey)
	return ok && k.Curve == curve
}

func describeKey(key any) string {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("the key is RSA-%d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "the key is ECDSA " + k.Params().Name
	default:
		return "the key is neither RSA nor ECDSA"
	}
}
