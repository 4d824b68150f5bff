package awstest

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
)

// servedCertificate is a certificate that a listener serves.
type servedCertificate struct {
	pair tls.Certificate
	leaf *x509.Certificate
}

// servedCertificates returns the certificates of a listener, the default one first.
func (s *Server) servedCertificates(l *listener) []*servedCertificate {
	var served []*servedCertificate
	arns := slices.Clone(l.Certificates)
	if len(l.Shape.Certificates) > 0 {
		arns = slices.Insert(arns, 0, l.Shape.Certificates[0].CertificateArn)
	}
	for _, arn := range arns {
		if c := s.state.certificate(arn); c != nil {
			served = append(served, &servedCertificate{pair: c.pair, leaf: c.pair.Leaf})
		}
	}
	return served
}

// tlsConfig returns a configuration with the certificates and the policy of a listener.
func (l *liveListener) tlsConfig() *tls.Config {
	config := &tls.Config{
		MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return &chooseCertificate(l.certs, hello).pair, nil
		},
		NextProtos: []string{"http/1.1"},
	}
	if l.balancer.http2 {
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	if policy, ok := sslPolicy(l.policy); ok {
		config.MinVersion, config.MaxVersion = version(policy.SslProtocols[0]), version(policy.SslProtocols[len(policy.SslProtocols)-1])
	}
	return config
}

func version(name string) uint16 {
	switch name {
	case "TLSv1.1":
		return tls.VersionTLS11
	case "TLSv1.2":
		return tls.VersionTLS12
	case "TLSv1.3":
		return tls.VersionTLS13
	default:
		return tls.VersionTLS10
	}
}

// chooseCertificate implements smart selection ("SSL certificates for your Application Load
// Balancer"). Of the certificates that match the server name it returns the best one that the
// client supports: elliptic curves before RSA, then the longer key, then the longer validity. If
// none matches, or without a server name, it returns the default one.
func chooseCertificate(certs []*servedCertificate, hello *tls.ClientHelloInfo) *servedCertificate {
	best := (*servedCertificate)(nil)
	for _, c := range certs {
		if hello.ServerName == "" || !c.covers(hello.ServerName) {
			continue
		}
		usable := hello.SupportsCertificate(&c.pair) == nil
		if usable && (best == nil || c.better(best)) {
			best = c
		}
	}
	if best == nil {
		return certs[0]
	}
	return best
}

// covers reports whether a certificate is valid for a host, by its alternative names or, without
// any, by its common name.
func (c *servedCertificate) covers(host string) bool {
	if len(c.leaf.DNSNames) > 0 {
		return c.leaf.VerifyHostname(host) == nil
	}
	return strings.EqualFold(c.leaf.Subject.CommonName, host)
}

func (c *servedCertificate) better(other *servedCertificate) bool {
	mine, theirs := keyAlgorithm(c.leaf), keyAlgorithm(other.leaf)
	if curve := strings.HasPrefix(mine, "EC_"); curve != strings.HasPrefix(theirs, "EC_") {
		return curve
	}
	if mine != theirs {
		return keySize(mine) > keySize(theirs)
	}
	return c.leaf.NotAfter.Sub(c.leaf.NotBefore) > other.leaf.NotAfter.Sub(other.leaf.NotBefore)
}

func keySize(algorithm string) int {
	size := 0
	for _, r := range algorithm {
		if r >= '0' && r <= '9' {
			size = size*10 + int(r-'0')
		}
	}
	return size
}
