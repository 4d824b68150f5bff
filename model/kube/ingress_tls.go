package kube

import (
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// coverage is the hosts of an Ingress that have a certificate.
type coverage struct {
	all   bool // an entry names no host: every host of the Ingress
	hosts []model.Host
}

func (c *coverage) isEmpty() bool { return !c.all && len(c.hosts) == 0 }

// of reports whether all of a host is covered. Otherwise it returns the covered hosts within it.
func (c *coverage) of(h model.Host) (all bool, some []model.Host) {
	if c.all {
		return true, nil
	}
	for _, covered := range c.hosts {
		switch {
		case covered.Contains(h):
			return true, nil
		case h.Contains(covered):
			some = append(some, covered)
		}
	}
	return false, some
}

// maxHosts bounds the hosts of spec.tls of one Ingress. Each is compared with each of its rules.
const maxHosts = 1000

// certificates claims the certificates of an Ingress, and finds out which hosts they cover.
func (r *ingressReader) certificates() {
	entries := r.object.Spec.TLS
	for i := range entries {
		r.tlsEntry(i, &entries[i])
	}
	if len(entries) == 0 && len(r.settings.ingress.certificates) > 0 {
		r.cover.all = true
		r.claimCertificates(r.references(), r.ruleHosts(), annotationField(prefix+"certificates"))
	}
}

func (r *ingressReader) tlsEntry(i int, e *networkingv1.IngressTLS) {
	hosts, ok := r.tlsHosts(i, e.Hosts)
	certs, field := r.entryCertificates(i, e)
	if !ok || len(certs) == 0 {
		return
	}
	if len(e.Hosts) == 0 {
		r.cover.all = true
		hosts = r.ruleHosts()
	} else {
		r.cover.hosts = append(r.cover.hosts, hosts...)
	}
	r.claimCertificates(certs, hosts, field)
}

func (r *ingressReader) claimCertificates(certs []model.Certificate, hosts []model.Host, field string) {
	for _, c := range certs {
		r.attachment.Certificates = append(r.attachment.Certificates, CertificateClaim{
			Listener: secure(), Certificate: c, Hosts: hosts, Origin: at(r.attachment.Object, field),
		})
	}
}

// tlsHosts returns the valid hosts of an entry. It reports false if the entry names hosts and none
// of them is valid.
func (r *ingressReader) tlsHosts(i int, names []string) (hosts []model.Host, ok bool) {
	for j, name := range names {
		// the wildcard of a certificate is one label (RFC 6125 section 6.4.3)
		h, message := parseHost(name, model.OneLabel)
		if message == "" && name == "" {
			message = "is empty; allowed: a host name"
		}
		if message == "" && len(r.cover.hosts)+len(hosts) >= maxHosts {
			message = "is one of more than 1000 hosts in spec.tls; allowed: up to 1000"
		}
		if message != "" {
			r.problem(at(r.attachment.Object, hostField(i, j)), model.ReasonInvalid, message)
			continue
		}
		hosts = append(hosts, h)
	}
	return hosts, len(names) == 0 || len(hosts) > 0
}

// ruleHosts returns the hosts that the rules name.
func (r *ingressReader) ruleHosts() (hosts []model.Host) {
	for i := range r.object.Spec.Rules {
		h, message := parseHost(r.object.Spec.Rules[i].Host, r.settings.ingress.wildcard())
		if message == "" && !h.IsAny() {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// entryCertificates returns the certificate of an entry's Secret, or those that the annotation
// names.
func (r *ingressReader) entryCertificates(i int, e *networkingv1.IngressTLS) ([]model.Certificate, string) {
	field := tlsField(i) + ".secretName"
	if e.SecretName != "" {
		return r.secretCertificate(e.SecretName, field), field
	}
	if len(r.settings.ingress.certificates) > 0 {
		return r.references(), annotationField(prefix + "certificates")
	}
	r.problem(at(r.attachment.Object, field), model.ReasonInvalid,
		"is empty; name a TLS Secret, or set the annotation "+prefix+"certificates")
	return nil, field
}

// references returns the certificates that the cloud already has.
func (r *ingressReader) references() (certs []model.Certificate) {
	origin := at(r.attachment.Object, annotationField(prefix+"certificates"))
	for _, name := range r.settings.ingress.certificates {
		certs = append(certs, model.Certificate{Name: name, Reference: name, Origin: origin})
	}
	return certs
}

func (r *ingressReader) secretCertificate(name, field string) []model.Certificate {
	origin, full := at(r.attachment.Object, field), r.object.Namespace+"/"+name
	s := r.secrets[key{r.object.Namespace, name}]
	if s == nil {
		r.problem(origin, model.ReasonNotFound, "Secret "+quote(full)+" does not exist")
		return nil
	}
	s.parse()
	if s.err != "" {
		r.problem(origin, model.ReasonInvalid, "Secret "+quote(full)+" "+s.field+": "+s.err)
		return nil
	}
	return []model.Certificate{s.certificate}
}
