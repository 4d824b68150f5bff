package gcp

import (
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// certificates adds the certificates that the model contains, and returns the links of all, in the
// order of the listeners.
func (t *translation) certificates(listeners []int) []string {
	var links []string
	for _, i := range listeners {
		tls := t.lb.Listeners()[i].TLS
		if tls == nil {
			continue
		}
		for _, c := range tls.Certificates {
			link := t.certificate(&c)
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

func (t *translation) certificate(c *model.Certificate) string {
	if c.Reference != "" {
		if strings.Contains(c.Reference, "/") {
			return c.Reference
		}
		return t.p.link("sslCertificates", t.place(), c.Reference)
	}
	// The hash includes the key, so that a certificate with a new key is another resource. Eight
	// digits of a hash do not reveal the key.
	fixed := t.fixed()
	fixed["certificate"], fixed["key"] = string(c.PEM), hash(32, string(c.Key.Reveal()))
	name := t.p.name(t.lb.ID(), "cert-"+c.Name, fixed)
	k := t.key(KindSSLCertificate, name)
	t.add(provider.Resource{Key: k, Origin: []model.Ref{c.Origin}, Spec: SSLCertificateSpec{PEM: string(c.PEM), Key: c.Key}})
	return t.p.selfLink(k)
}
