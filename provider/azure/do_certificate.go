package azure

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/headgate-io/headgate/provider"
)

// updateCertificate uploads a certificate with its key.
func updateCertificate(d document, key provider.Key, c CertificateSpec) error {
	data, password, err := c.pfx()
	if err != nil {
		return &provider.Error{Code: provider.Invalid, Op: "write", Key: key, Err: err}
	}
	d.set("sslCertificates", key.Name, map[string]any{"data": data, "password": password})
	return nil
}

// pfx returns the certificate and its key in the form that Application Gateway accepts: a PFX in
// base 64, with a password. The password protects nothing, because it is sent with the data. The
// algorithms are old, because every implementation can read them.
func (c CertificateSpec) pfx() (data, password string, err error) {
	pair, chain, err := c.read()
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(c.Key.Reveal())
	password = hex.EncodeToString(sum[:])[:12]
	raw, err := pkcs12.LegacyDES.Encode(pair.PrivateKey, chain[0], chain[1:], password)
	if err != nil {
		return "", "", fmt.Errorf("the certificate cannot be encoded as PFX: %w", err)
	}
	return base64.StdEncoding.EncodeToString(raw), password, nil
}

// read returns the certificate with its key, and the parsed chain.
func (c CertificateSpec) read() (tls.Certificate, []*x509.Certificate, error) {
	pair, err := tls.X509KeyPair(c.PEM, c.Key.Reveal())
	if err != nil {
		return pair, nil, errors.New("the key does not belong to the certificate, or cannot be read")
	}
	var chain []*x509.Certificate
	for _, der := range pair.Certificate {
		one, err := x509.ParseCertificate(der)
		if err != nil {
			return pair, nil, fmt.Errorf("a certificate of the chain cannot be read: %w", err)
		}
		chain = append(chain, one)
	}
	return pair, chain, nil
}
