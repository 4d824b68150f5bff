package azuretest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

// maxCertificateData bounds the data of an uploaded certificate, in base 64 (Application Gateway
// limits: 16 KB; hashicorp/terraform-provider-azurerm, issue 31172: Max data length supported is
// 16384). Unverified: that Azure does not count the decoded bytes.
const maxCertificateData = 16384

// certificate is an uploaded PFX: the key pair for listeners, and the public part for replies.
type certificate struct {
	pair   *tls.Certificate
	public string // PKCS #7 in base 64
}

// parseCertificate decodes a PFX in base 64. It requires a password, because the service is known
// to refuse a PFX without one.
func parseCertificate(data, password string) (*certificate, error) {
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return nil, fmt.Errorf("decode certificate data: %w", err)
	}
	if password == "" {
		return nil, errors.New("the certificate has no password")
	}
	key, leaf, chain, err := pkcs12.DecodeChain(raw, password)
	if err != nil {
		return nil, fmt.Errorf("decode pfx: %w", err)
	}
	pair := &tls.Certificate{PrivateKey: key, Leaf: leaf}
	certificates := append([]*x509.Certificate{leaf}, chain...)
	for _, c := range certificates {
		pair.Certificate = append(pair.Certificate, c.Raw)
	}
	public, err := pkcs7(certificates)
	if err != nil {
		return nil, err
	}
	return &certificate{pair: pair, public: public}, nil
}

// pkcs7 encodes certificates as signed data without signatures (RFC 2315, section 9), which is the
// form of publicCertData (az network application-gateway ssl-cert show).
func pkcs7(certificates []*x509.Certificate) (string, error) {
	var raw []byte
	for _, c := range certificates {
		raw = append(raw, c.Raw...)
	}
	type contentInfo struct{ Type asn1.ObjectIdentifier }
	type signedData struct {
		Version      int
		Digests      []asn1.RawValue `asn1:"set"`
		Content      contentInfo
		Certificates asn1.RawValue
		Signers      []asn1.RawValue `asn1:"set"`
	}
	inner, err := asn1.Marshal(signedData{
		Version:      1,
		Content:      contentInfo{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: raw},
	})
	if err != nil {
		return "", fmt.Errorf("encode pkcs7: %w", err)
	}
	outer, err := asn1.Marshal(struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{
		Type:    asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2},
		Content: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner},
	})
	if err != nil {
		return "", fmt.Errorf("encode pkcs7: %w", err)
	}
	return base64.StdEncoding.EncodeToString(outer), nil
}
