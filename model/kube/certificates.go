package kube

import (
	"slices"

	"github.com/headgate-io/headgate/model"
)

// addCertificates gives each listener the certificates that objects claim for it.
func (a *assembly) addCertificates() {
	var owners map[model.Host]*Attachment // whose certificates serve a host
	for i := range a.attached {
		from := &a.attached[i]
		if len(from.Certificates) > 0 && owners == nil {
			owners = make(map[model.Host]*Attachment)
		}
		for j := range from.Certificates {
			a.addCertificate(owners, from, &from.Certificates[j])
		}
	}
}

// addCertificate adds a certificate, unless other objects have others for all of its hosts.
func (a *assembly) addCertificate(owners map[model.Host]*Attachment, from *Attachment, c *CertificateClaim) {
	l := &a.lb.Listeners[a.open(c.Listener)]
	if l.TLS == nil {
		policy := a.attached[0].settings.tls
		l.TLS = &policy
	}
	if !slices.Contains(l.Origins, from.Object) {
		l.Origins = append(l.Origins, from.Object)
	}
	serves := len(c.Hosts) == 0
	for _, h := range c.Hosts {
		serves = a.ownHost(owners, from, c, h) || serves
	}
	if serves {
		a.showCertificate(l.TLS, c)
	}
}

// ownHost reports whether the certificate may serve a host: because no object has one for it, or
// because the object that does shows the same.
func (a *assembly) ownHost(owners map[model.Host]*Attachment, from *Attachment, c *CertificateClaim, h model.Host) bool {
	owner := owners[h]
	if owner == nil {
		owners[h] = from
		return true
	}
	if owner == from || owner.shows(c.Certificate.Name) {
		return true
	}
	c.Refused = a.conflict(c.Origin, "the certificate of "+h.String()+" is already set", owner.Object)
	return false
}

// shows reports whether the object claims a certificate of that name.
func (t *Attachment) shows(name string) bool {
	return slices.ContainsFunc(t.Certificates, func(c CertificateClaim) bool { return c.Certificate.Name == name })
}

// showCertificate adds a certificate once. A reference with the name of a Secret is not mistaken
// for it.
func (a *assembly) showCertificate(t *model.ListenerTLS, c *CertificateClaim) {
	for i := range t.Certificates {
		old := &t.Certificates[i]
		if old.Name != c.Certificate.Name {
			continue
		}
		if old.Reference != c.Certificate.Reference {
			c.Refused = a.conflict(c.Origin, "the certificate name "+quote(old.Name)+" is already used", old.Origin)
		}
		return
	}
	t.Certificates = append(t.Certificates, c.Certificate)
}
