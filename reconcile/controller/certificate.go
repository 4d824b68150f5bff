package controller

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// certificate is a server certificate with its key and the authority that signed it, in PEM.
type certificate struct{ chain, key, authority []byte }

// clockSkew is the tolerated difference of clocks.
const clockSkew = time.Hour

// makeCertificate makes an authority and a certificate signed by it for one name. It discards the
// key of the authority.
func makeCertificate(name string, now time.Time, lifetime time.Duration) (certificate, error) {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate{}, err //nolint:wrapcheck // the caller adds context
	}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate{}, err //nolint:wrapcheck // likewise
	}
	authority := template("headgate webhook", now, lifetime)
	authority.IsCA, authority.BasicConstraintsValid, authority.KeyUsage = true, true, x509.KeyUsageCertSign
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	if err != nil {
		return certificate{}, err //nolint:wrapcheck // likewise
	}
	server := template(name, now, lifetime)
	server.DNSNames, server.KeyUsage, server.ExtKeyUsage = []string{name}, x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	serverDER, err := x509.CreateCertificate(rand.Reader, server, authority, serverKey.Public(), authorityKey)
	if err != nil {
		return certificate{}, err //nolint:wrapcheck // likewise
	}
	key, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		return certificate{}, err //nolint:wrapcheck // likewise
	}
	return certificate{chain: encode(certificateBlock, serverDER), key: encode("PRIVATE KEY", key), authority: encode(certificateBlock, authorityDER)}, nil
}

const certificateBlock = "CERTIFICATE"

func template(name string, now time.Time, lifetime time.Duration) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		serial = big.NewInt(now.UnixNano())
	}
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-clockSkew), NotAfter: now.Add(lifetime)}
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// lasts reports whether the first certificate of a chain is valid for at least that long.
func lasts(chain []byte, now time.Time, left time.Duration) bool {
	block, _ := pem.Decode(chain)
	if block == nil {
		return false
	}
	c, err := x509.ParseCertificate(block.Bytes)
	return err == nil && now.Add(left).Before(c.NotAfter)
}

// stillValid returns the authorities of a bundle that have not expired.
func stillValid(bundle []byte, now time.Time) []byte {
	var out []byte
	for {
		block, rest := pem.Decode(bundle)
		if block == nil {
			return out
		}
		bundle = rest
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && now.Before(c.NotAfter) {
			out = append(out, pem.EncodeToMemory(block)...)
		}
	}
}
