package kube

import (
	"crypto/tls"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// coverage is which hosts of an Ingress have a certificate.
type coverage struct {
	all   bool // an entry names no host: every host of the Ingress
	hosts []model.Host
	certs []string // by name
}

// of tells whether all of a host is covered, and which parts of it are otherwise.
func (c *coverage) of(h model.Host) (full bool, part []model.Host) {
	if c == nil {
		return false, nil
	}
	if c.all {
		return true, nil
	}
	for _, covered := range c.hosts {
		switch {
		case covered.Contains(h):
			return true, nil
		case h.Contains(covered):
			part = append(part, covered)
		}
	}
	return false, part
}

// certificates gives the HTTPS listener the certificates of all Ingresses, and each Ingress its
// coverage.
func (a *assembly) certificates(members []*member) {
	policy := members[0].settings.policy
	owners := map[model.Host]*member(nil)
	for _, m := range members {
		if len(m.ingress.Spec.TLS) == 0 && len(m.settings.certificates) == 0 {
			continue
		}
		if owners == nil {
			owners = make(map[model.Host]*member)
			a.https.TLS = &model.ListenerTLS{Policy: policy}
		}
		m.cover = new(coverage)
		t := terminating{assembly: a, member: m, owners: owners}
		t.run()
		if len(m.cover.certs) > 0 {
			a.https.Origins = append(a.https.Origins, m.ref())
		}
	}
	a.https.wanted = a.https.TLS != nil && len(a.https.TLS.Certificates) > 0
}

// maxHosts bounds the hosts of the TLS entries of one Ingress, each of which is compared with each
// of its rules.
const maxHosts = 1000

// terminating is one Ingress whose certificates are looked up.
type terminating struct {
	*assembly
	*member
	owners map[model.Host]*member // whose certificate a host has
}

func (t *terminating) run() {
	entries := t.ingress.Spec.TLS
	for i := range entries {
		t.entry(i, &entries[i])
	}
	if len(entries) == 0 {
		t.cover.all = true
		t.offer(t.references(), t.ruleHosts(), annotationField(prefix+"certificates"))
	}
}

func (t *terminating) entry(i int, e *networkingv1.IngressTLS) {
	hosts, ok := t.hosts(i, e.Hosts)
	certs, field := t.entryCertificates(i, e)
	if !ok || len(certs) == 0 {
		return
	}
	if len(e.Hosts) == 0 {
		t.cover.all = true
		hosts = t.ruleHosts()
	} else {
		t.cover.hosts = append(t.cover.hosts, hosts...)
	}
	t.offer(certs, hosts, field)
}

// hosts are the valid ones; it is not ok when the entry names hosts and none of them is.
func (t *terminating) hosts(i int, names []string) (hosts []model.Host, ok bool) {
	for j, name := range names {
		// a certificate's wildcard is one label (RFC 6125 section 6.4.3)
		h, message := parseHost(name, model.OneLabel)
		if message == "" && name == "" {
			message = "is empty, allowed is a host name"
		}
		if message == "" && len(t.cover.hosts)+len(hosts) >= maxHosts {
			message = "is one of more than 1000 hosts of spec.tls"
		}
		if message != "" {
			t.b.problem(at(t.ref(), hostField(i, j)), model.ReasonInvalid, message)
			continue
		}
		hosts = append(hosts, h)
	}
	return hosts, len(names) == 0 || len(hosts) > 0
}

// ruleHosts are the hosts that the rules name.
func (t *terminating) ruleHosts() (hosts []model.Host) {
	for i := range t.ingress.Spec.Rules {
		h, message := parseHost(t.ingress.Spec.Rules[i].Host, t.settings.wildcard)
		if message == "" && !h.IsAny() {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// entryCertificates is the Secret of an entry, or what the annotation names.
func (t *terminating) entryCertificates(i int, e *networkingv1.IngressTLS) ([]model.Certificate, string) {
	field := tlsField(i) + ".secretName"
	if e.SecretName != "" {
		return t.secret(e.SecretName, field), field
	}
	if len(t.settings.certificates) > 0 {
		return t.references(), annotationField(prefix + "certificates")
	}
	t.b.problem(at(t.ref(), field), model.ReasonInvalid, "is empty; allowed is the name of a TLS Secret, or the annotation "+prefix+"certificates")
	return nil, field
}

func (t *terminating) references() (certs []model.Certificate) {
	for _, r := range t.settings.certificates {
		certs = append(certs, model.Certificate{Name: r, Reference: r, Origin: at(t.ref(), annotationField(prefix+"certificates"))})
	}
	return certs
}

func (t *terminating) secret(name, field string) []model.Certificate {
	s := t.b.secrets[key{t.ingress.Namespace, name}]
	if s == nil {
		t.b.problem(at(t.ref(), field), model.ReasonNotFound, "Secret "+quote(t.ingress.Namespace+"/"+name)+" does not exist")
		return nil
	}
	s.parse()
	if s.err != "" {
		t.b.problem(at(t.ref(), field), model.ReasonInvalid, "Secret "+quote(t.ingress.Namespace+"/"+name)+" "+s.field+": "+s.err)
		return nil
	}
	return []model.Certificate{s.cert}
}

// offer adds certificates, unless an older Ingress has others for all of their hosts.
func (t *terminating) offer(certs []model.Certificate, hosts []model.Host, field string) {
	for _, c := range certs {
		if !slices.Contains(t.cover.certs, c.Name) {
			t.cover.certs = append(t.cover.certs, c.Name)
		}
		free := len(hosts) == 0
		for _, h := range hosts {
			free = t.claim(h, c.Name, field) || free
		}
		if free {
			t.show(c, field)
		}
	}
}

// show puts a certificate on the listener, once. A reference that looks like the name of a Secret
// is not taken for it.
func (t *terminating) show(c model.Certificate, field string) {
	for _, old := range t.https.TLS.Certificates {
		if old.Name != c.Name {
			continue
		}
		if old.Reference != c.Reference {
			t.conflict(at(t.ref(), field), "certificate name "+quote(c.Name)+" is taken", old.Origin)
		}
		return
	}
	t.https.TLS.Certificates = append(t.https.TLS.Certificates, c)
}

func (t *terminating) claim(h model.Host, cert, field string) bool {
	owner := t.owners[h]
	if owner == nil {
		t.owners[h] = t.member
		return true
	}
	if owner == t.member || slices.Contains(owner.cover.certs, cert) {
		return true
	}
	t.conflict(at(t.ref(), field), "another certificate of "+h.String()+" is given", owner.ref())
	return false
}

// parse reads a TLS Secret once. What is wrong is said without a byte of it.
func (s *secret) parse() {
	if s.parsed {
		return
	}
	s.parsed = true
	o := s.object
	chain, privateKey := o.Data[corev1.TLSCertKey], o.Data[corev1.TLSPrivateKeyKey]
	if o.Type != corev1.SecretTypeTLS && o.Type != corev1.SecretTypeOpaque && o.Type != "" {
		s.field, s.err = "type", "is "+quote(string(o.Type))+", allowed is kubernetes.io/tls"
		return
	}
	s.field, s.err = checkPair(chain, privateKey)
	ref := model.Ref{Kind: "Secret", Namespace: o.Namespace, Name: o.Name}
	s.cert = model.Certificate{Name: o.Namespace + "/" + o.Name, PEM: chain, Key: model.NewSecret(privateKey), Origin: ref}
}

// maxPEM is what the data of a Secret may hold (core/v1 reference, Secret).
const maxPEM = 1 << 20

// checkPair finds out which of the two is bad.
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
		return "data[tls.crt]", "holds no certificate in PEM"
	}
	if _, err := tls.X509KeyPair(chain, privateKey); err != nil {
		return "data[tls.key]", "is no private key in PEM that fits the certificate"
	}
	return "", ""
}
