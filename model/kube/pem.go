package kube

import (
	"crypto/x509"
	"encoding/pem"
)

// hasCertificate tells whether the first certificate of a chain can be read.
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
