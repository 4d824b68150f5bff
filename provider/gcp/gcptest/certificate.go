package gcptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"

	"google.golang.org/api/compute/v1"
)

// maxChain is the maximum length of a certificate chain (reference of SslCertificate.certificate).
// The reference also requires an intermediate certificate. Self-signed certificates are accepted
// nevertheless, because the guide "Use self-managed SSL certificates" creates one.
const maxChain = 5

// checkCertificate parses a self-managed certificate and its key. The stored document has no key.
func checkCertificate(ch *change) *fault {
	c, _ := ch.typed.(*compute.SslCertificate)
	if c.Type != "" && c.Type != "SELF_MANAGED" {
		return notEmulated("resource.type")
	}
	chain, private := c.Certificate, c.PrivateKey
	if m := c.SelfManaged; m != nil {
		if chain != "" || private != "" {
			return invalid("resource.selfManaged", "", "Certificate and private key must be specified once.")
		}
		chain, private = m.Certificate, m.PrivateKey
	}
	if chain == "" {
		return required("resource.certificate")
	}
	if private == "" {
		return required("resource.privateKey")
	}
	pair, err := tls.X509KeyPair([]byte(chain), []byte(private))
	if err != nil {
		// The message must not contain the key.
		return certificateRefused("The SSL certificate could not be parsed, or it does not match the private key.")
	}
	if len(pair.Certificate) > maxChain {
		return certificateRefused("The certificate chain must be no greater than 5 certs long.")
	}
	for _, der := range pair.Certificate {
		if _, err := x509.ParseCertificate(der); err != nil {
			return certificateRefused("The SSL certificate could not be parsed.")
		}
	}
	if !supportedKey(pair.Leaf.PublicKey, ch.key.scope) {
		return certificateRefused("The SSL key type or size is not supported.")
	}
	storeCertificate(ch, &pair, chain)
	return nil
}

// supportedKey reports whether a certificate may have a key. Global certificates support RSA-2048
// and ECDSA P-256 (page "Use self-managed SSL certificates", step 1), regional ones RSA-3072,
// RSA-4096 and ECDSA P-384 too (page "SSL certificates overview", supported key types).
func supportedKey(key any, s scope) bool {
	regional := s.region() != ""
	switch k := key.(type) {
	case *rsa.PublicKey:
		bits := k.N.BitLen()
		return bits == 2048 || regional && (bits == 3072 || bits == 4096)
	case *ecdsa.PublicKey:
		return k.Curve == elliptic.P256() || regional && k.Curve == elliptic.P384()
	default:
		return false
	}
}

func certificateRefused(message string) *fault {
	return &fault{status: http.StatusBadRequest, reason: "sslCertificateCouldNotParseCert", message: message}
}

func storeCertificate(ch *change, pair *tls.Certificate, chain string) {
	leaf := pair.Leaf
	ch.doc["type"], ch.doc["certificate"] = "SELF_MANAGED", chain
	ch.doc["selfManaged"] = map[string]any{"certificate": chain}
	delete(ch.doc, "privateKey")
	ch.doc["expireTime"] = leaf.NotAfter.UTC().Format(time.RFC3339)
	if names := namesOf(leaf); len(names) > 0 {
		ch.doc["subjectAlternativeNames"] = names
	}
	ch.next.certificate = pair
}

func namesOf(leaf *x509.Certificate) []any {
	out := make([]any, 0, len(leaf.DNSNames))
	for _, n := range leaf.DNSNames {
		out = append(out, n)
	}
	return out
}

func sslPolicyDefaults(doc document, _ key) {
	setDefault(doc, "profile", "COMPATIBLE")
	setDefault(doc, "minTlsVersion", "TLS_1_0")
}

// checkSSLPolicy accepts the profiles except CUSTOM and FIPS. A minimum of TLS 1.3 requires the
// profile RESTRICTED (reference of SslPolicy.minTlsVersion).
func checkSSLPolicy(ch *change) *fault {
	p, _ := ch.typed.(*compute.SslPolicy)
	switch p.Profile {
	case "COMPATIBLE", "MODERN", "RESTRICTED":
	default:
		return notEmulated("resource.profile")
	}
	if p.MinTlsVersion == "TLS_1_3" && p.Profile != "RESTRICTED" {
		return invalid("resource.minTlsVersion", p.MinTlsVersion, "When set to TLS_1_3, the profile field must be set to RESTRICTED.")
	}
	return nil
}

// minVersion returns the minimum TLS version of a policy. Without a policy it is TLS 1.0.
func minVersion(p *compute.SslPolicy) uint16 {
	if p == nil {
		return tls.VersionTLS10
	}
	switch p.MinTlsVersion {
	case "TLS_1_1":
		return tls.VersionTLS11
	case "TLS_1_2":
		return tls.VersionTLS12
	case "TLS_1_3":
		return tls.VersionTLS13
	default:
		return tls.VersionTLS10
	}
}
