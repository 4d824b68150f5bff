package gcp

import (
	"encoding/pem"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// certificates adds the certificates that the model contains, and returns the links of all, in the
// order of the listeners.
func (t *translation) certificates(listeners []int, proxy provider.Key) []string {
	var links []string
	for _, i := range listeners {
		tls := t.lb.Listeners()[i].TLS
		if tls == nil {
			continue
		}
		for _, c := range tls.Certificates {
			link := t.certificate(&c, proxy)
			if !slices.Contains(links, link) {
				links = append(links, link)
			}
		}
	}
	return links
}

// policy adds the SSL policy of a port and returns its name. It is empty for the cloud's default.
// The policy is that of the first listener: Refuse rejects listeners with another one.
func (t *translation) policy(listeners []int) string {
	var policy model.TLSPolicy
	if tls := t.lb.Listeners()[listeners[0]].TLS; tls != nil {
		policy = tls.Policy
	}
	spec := SSLPolicySpec{Profile: "MODERN", MinVersion: "TLS_1_2"}
	switch policy {
	case "":
		return ""
	case model.TLS12:
	case model.TLS13:
		// A minimum of TLS 1.3 requires the profile RESTRICTED (reference of
		// SslPolicy.minTlsVersion).
		spec = SSLPolicySpec{Profile: "RESTRICTED", MinVersion: "TLS_1_3"}
	}
	fixed := t.fixed()
	fixed["minTlsVersion"] = spec.MinVersion
	name := t.p.name(t.lb.ID(), "tls", fixed)
	t.add(provider.Resource{Key: t.key(KindSSLPolicy, name), Spec: spec})
	return name
}

// certificate adds a certificate, or a proxy's reference to one that the user created, and returns
// the link.
func (t *translation) certificate(c *model.Certificate, proxy provider.Key) string {
	if c.Reference != "" {
		link := canonicalLink(c.Reference, t.p.certificateBase(t.scheme))
		k := provider.Key{Kind: KindCertificateReference, Name: lastPart(link), Place: proxy.Name}
		t.add(provider.Resource{Key: k, Origin: []model.Ref{c.Origin}, Spec: CertificateReferenceSpec{Link: link}})
		return link
	}
	// The hash includes the key, so that a certificate with a new key is another resource. It does
	// not reveal the key, which is random.
	chain := string(onlyCertificates(c.PEM))
	fixed := t.fixed()
	fixed["certificate"], fixed["key"] = chain, hash(string(c.Key.Reveal()))
	k := t.key(KindSSLCertificate, t.p.name(t.lb.ID(), c.Name, fixed))
	t.add(provider.Resource{Key: k, Origin: []model.Ref{c.Origin}, Spec: SSLCertificateSpec{Name: c.Name, PEM: chain, Key: c.Key}})
	return t.p.selfLink(k)
}

// certificateBase returns what references to certificates may omit.
func (p *Provider) certificateBase(scheme model.Scheme) target {
	return target{project: p.options.Project, place: p.place(scheme), collection: collection(KindSSLCertificate)}
}

// certificateKey returns the key of a certificate that a proxy refers to: that of an own
// certificate, or that of the reference.
func certificateKey(proxy *provider.Resource, link string) provider.Key {
	name := lastPart(link)
	if strings.HasPrefix(name, prefix(proxy.Owner.Cluster, proxy.Owner.LoadBalancer)) {
		return provider.Key{Kind: KindSSLCertificate, Name: name, Place: proxy.Key.Place}
	}
	return provider.Key{Kind: KindCertificateReference, Name: name, Place: proxy.Key.Name}
}

// pemCertificate is the type of a certificate in PEM (RFC 7468).
const pemCertificate = "CERTIFICATE"

// onlyCertificates returns the certificates in a PEM text without anything else, such as a private
// key or a comment.
func onlyCertificates(text []byte) []byte {
	var out []byte
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == pemCertificate {
			out = append(out, pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})...)
		}
	}
	return out
}
