package azure

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

// pfx packs a certificate and its key as Application Gateway takes them: a PFX in base 64, with a
// password. The password protects nothing, for it travels beside the data. The algorithms are the
// old ones, which every import takes.
func (c CertificateSpec) pfx() (data, password string, err error) {
	pair, err := tls.X509KeyPair(c.PEM, c.Key.Reveal())
	if err != nil {
		return "", "", fmt.Errorf("read certificate %s: the certificate and its key do not fit", c.Fingerprint)
	}
	var chain []*x509.Certificate
	for _, der := range pair.Certificate {
		one, err := x509.ParseCertificate(der)
		if err != nil {
			return "", "", fmt.Errorf("read certificate %s: %w", c.Fingerprint, err)
		}
		chain = append(chain, one)
	}
	sum := sha256.Sum256(c.Key.Reveal())
	password = hex.EncodeToString(sum[:])[:12]
	raw, err := pkcs12.LegacyDES.Encode(pair.PrivateKey, chain[0], chain[1:], password)
	if err != nil {
		return "", "", fmt.Errorf("pack certificate %s: %w", c.Fingerprint, err)
	}
	return base64.StdEncoding.EncodeToString(raw), password, nil
}
