package model

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
)

// maxPEM is the largest certificate chain or bundle of authorities, in bytes. A Kubernetes Secret
// cannot be larger.
const maxPEM = 1 << 20

func (v *validator) listener(w *where, i int) {
	l := &v.lb.Listeners[i]
	v.listening = l
	v.part = part{kind: partListener, listener: i}
	v.origin = v.originOf(firstRef(l.Origins))
	v.text(w, "name", l.Name, 1, maxText)
	if slices.ContainsFunc(v.lb.Listeners[:i], func(o Listener) bool { return o.Name == l.Name }) {
		v.rejectField(w, "name", quote(l.Name), "a name that no other listener has")
	}
	v.number(w, "port", l.Port, 1, maxPort)
	v.protocol(w, l)
	v.conflict(w, i)
	v.refs(w, l.Origins)

	v.part.kind = partDefault
	at := w.field("default")
	v.action(&at, &l.Default, nil)
	v.routes(w, i)
}

// originOf returns the origin of the load balancer for a part without one.
func (v *validator) originOf(r Ref) Ref {
	if r == (Ref{}) {
		return firstRef(v.lb.Origins)
	}
	return r
}

func (v *validator) protocol(w *where, l *Listener) {
	at := w.field("hostname")
	v.host(&at, l.Hostname)
	switch l.Protocol {
	case HTTPS:
		v.tls(w, l.TLS)
		return
	case HTTP, TLS:
	case TCP, UDP:
		if !l.Hostname.IsAny() {
			v.reject(&at, quote(l.Hostname.String()), "none: "+string(l.Protocol)+" has no host names")
		}
	default:
		v.unknown(w, "protocol", string(l.Protocol), "HTTP, HTTPS, TLS, TCP or UDP")
	}
	if l.TLS != nil {
		v.rejectField(w, "tls", "TLS settings", "none: only HTTPS ends TLS")
	}
}

// conflict rejects a listener whose connections an earlier listener accepts.
func (v *validator) conflict(w *where, i int) {
	l := &v.lb.Listeners[i]
	for j := range i {
		o := &v.lb.Listeners[j]
		if o.Port != l.Port || (o.Protocol == UDP) != (l.Protocol == UDP) {
			continue
		}
		if !o.Protocol.sharesWith(l.Protocol) {
			v.rejectField(w, "protocol", string(l.Protocol), fmt.Sprintf("%s, as listener %s has port %d", o.Protocol, quote(o.Name), o.Port))
			return
		}
		if o.Hostname == l.Hostname {
			v.rejectField(w, "hostname", quote(l.Hostname.String()), "a host name other than that of listener "+quote(o.Name)+" on the same port")
			return
		}
	}
}

// sharesWith reports whether host names can distinguish the two: those of requests, or those of TLS
// handshakes.
func (p Protocol) sharesWith(o Protocol) bool {
	return p == o || (p == HTTPS || p == TLS) && (o == HTTPS || o == TLS)
}

func (v *validator) tls(w *where, t *ListenerTLS) {
	at := w.field("tls")
	if t == nil || len(t.Certificates) == 0 {
		v.rejectField(&at, "certificates", "none", "at least one for HTTPS")
		return
	}
	checkSettings(v, &at, v.tables.tls, t)
	for i := range t.Certificates {
		c := at.at("certificates", i)
		v.certificate(&c, &t.Certificates[i])
	}
	if t.Client != nil {
		v.authorities(&at, t.Client.Authorities)
	}
}

func (v *validator) authorities(w *where, bundle []byte) {
	if len(bundle) > maxPEM || !x509.NewCertPool().AppendCertsFromPEM(bundle) {
		v.rejectField(w, "client.authorities", fmt.Sprintf("%d bytes", len(bundle)), "certificates in PEM")
	}
}

// certificate parses each certificate once, however many listeners show it. Messages contain
// nothing of a key.
func (v *validator) certificate(w *where, c *Certificate) {
	v.text(w, "name", c.Name, 1, maxText)
	v.text(w, "reference", c.Reference, 0, 4*maxText)
	at := w.field("origin")
	v.ref(&at, &c.Origin)
	if same, ok := v.certs[c.Name]; ok {
		if !same.equal(c) {
			v.rejectField(w, "name", quote(c.Name), "the same certificate wherever the name is the same")
		}
		return
	}
	if v.certs == nil {
		v.certs = make(map[string]*Certificate)
	}
	v.certs[c.Name] = c
	if c.Reference == "" {
		v.pair(w, c)
	} else if len(c.PEM) > 0 || !c.Key.Empty() {
		v.rejectField(w, "reference", quote(c.Reference), "either a reference or a certificate with its key")
	}
}

func (v *validator) pair(w *where, c *Certificate) {
	if len(c.PEM) > maxPEM || len(c.Key.Reveal()) > maxPEM {
		v.rejectField(w, "pem", "a certificate or key that is too long", fmt.Sprintf("up to %d bytes", maxPEM))
		return
	}
	if !x509.NewCertPool().AppendCertsFromPEM(c.PEM) {
		v.rejectField(w, "pem", "no certificate that can be read", "a certificate chain in PEM, leaf first")
		return
	}
	if _, err := tls.X509KeyPair(c.PEM, c.Key.Reveal()); err != nil {
		v.rejectField(w, "key", pairFault(err), "the private key of the certificate, in PEM")
	}
}

// pairFault describes an error without a word of the key: the message of the standard library may
// quote headers of the PEM file.
func pairFault(err error) string {
	if strings.Contains(err.Error(), "private key does not match public key") {
		return "a key that does not belong to the certificate"
	}
	return "a certificate or key that cannot be read"
}

func (c *Certificate) equal(o *Certificate) bool {
	return c.Reference == o.Reference && bytes.Equal(c.PEM, o.PEM) && c.Key.Equal(o.Key)
}
