package kube

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-io/headgate/model"
)

// secret is a TLS Secret, parsed at first use.
type secret struct {
	object      *corev1.Secret
	parsed      bool
	certificate model.Certificate
	err         string // what is wrong with it
	field       string // where
}

func indexSecrets(secrets []*corev1.Secret) map[key]*secret {
	index := make(map[key]*secret, len(secrets))
	for _, s := range secrets {
		setOnce(index, key{s.Namespace, s.Name}, &secret{object: s})
	}
	return index
}

// parse reads the Secret once. The error contains no byte of its data.
func (s *secret) parse() {
	if s.parsed {
		return
	}
	s.parsed = true
	o := s.object
	chain, privateKey := o.Data[corev1.TLSCertKey], o.Data[corev1.TLSPrivateKeyKey]
	if o.Type != corev1.SecretTypeTLS && o.Type != corev1.SecretTypeOpaque && o.Type != "" {
		s.field, s.err = "type", "is "+quote(string(o.Type))+"; allowed: kubernetes.io/tls"
		return
	}
	s.field, s.err = checkPair(chain, privateKey)
	ref := model.Ref{Kind: "Secret", Namespace: o.Namespace, Name: o.Name}
	s.certificate = model.Certificate{Name: o.Namespace + "/" + o.Name, PEM: chain, Key: model.NewSecret(privateKey), Origin: ref}
}

// maxPEM is the largest data of a Secret (core/v1 reference, Secret).
const maxPEM = 1 << 20

// checkPair finds out which of the two is invalid.
func checkPair(chain, privateKey []byte) (field, message string) {
	switch {
	case len(chain) == 0:
		return "data[tls.crt]", "is missing or empty"
	case len(privateKey) == 0:
		return "data[tls.key]", "is missing or empty"
	case len(chain) > maxPEM || len(privateKey) > maxPEM:
		return "data", "is larger than a Secret can be"
	}
	if !hasCertificate(chain) {
		return "data[tls.crt]", "contains no certificate in PEM"
	}
	if _, err := tls.X509KeyPair(chain, privateKey); err != nil {
		return "data[tls.key]", "contains no private key in PEM that belongs to the certificate"
	}
	return "", ""
}

// hasCertificate reports whether the first certificate of a chain can be read.
func hasCertificate(chain []byte) bool {
	for {
		var block *pem.Block
		block, chain = pem.Decode(chain)
		if block == nil {
			return false
		}
		if block.Type == "CERTIFICATE" {
			_, err := x509.ParseCertificate(block.Bytes)
			return err == nil
		}
	}
}
