package azure

import (
	"fmt"

	"github.com/headgate-io/headgate/model"
)

// maxCertificateData is the most characters that the data of a certificate may have, in base 64
// (Azure subscription limits, Application Gateway, maximum SSL certificate size: 16 KB; the error
// ApplicationGatewaySslCertificateDataTooBig).
const maxCertificateData = 16384

// certificates refuses the certificates that Azure would reject. Azure rejects the whole gateway
// for one of them.
func (r *refuser) certificates() {
	refused := map[string]bool{}
	for i := range r.t.s.Listeners() {
		l := &r.t.s.Listeners()[i]
		if l.TLS == nil {
			continue
		}
		for j := range l.TLS.Certificates {
			c := &l.TLS.Certificates[j]
			if refused[c.Name] {
				continue
			}
			if err := checkCertificate(c); err != nil {
				refused[c.Name] = true
				r.refuse(model.Part{Certificate: c.Name}, certificateOrigins(c, l), "certificate %s: %v", c.Name, err)
			}
		}
	}
}

// certificateOrigins returns the object that a certificate comes from, or those of its listener.
func certificateOrigins(c *model.Certificate, l *model.Listener) []model.Ref {
	if c.Origin == (model.Ref{}) {
		return l.Origins
	}
	return []model.Ref{c.Origin}
}

// checkCertificate returns why Azure would reject a certificate.
func checkCertificate(c *model.Certificate) error {
	spec := CertificateSpec{Fingerprint: fingerprint(c.PEM), PEM: c.PEM, Key: c.Key}
	if _, _, err := spec.read(); err != nil {
		return err
	}
	// The PFX has the same content as the PEM texts, with less than 4 KB around it. Its encryption
	// is slow.
	if len(c.PEM)+len(c.Key.Reveal()) < maxCertificateData/2 {
		return nil
	}
	data, _, err := spec.pfx()
	if err != nil {
		return err
	}
	if len(data) > maxCertificateData {
		return fmt.Errorf("the PFX of the chain and its key has %d characters in base 64, and Application Gateway accepts at most %d: "+
			"leave out the certificates of the chain that clients do not need, or use a certificate with fewer names", len(data), maxCertificateData)
	}
	return nil
}
