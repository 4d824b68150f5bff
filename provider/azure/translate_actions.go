package azure

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// destination returns where an action sends the requests of a site. Requests without a backend go
// to the empty pool.
func (t *translator) destination(a *model.Action, s site) Destination {
	switch {
	case a.Forward != nil:
		for _, w := range a.Forward.Groups {
			if name, ok := t.names[w.Group]; ok && w.Weight > 0 {
				return Destination{Pool: name, Settings: name}
			}
		}
		return t.emptyPool()
	case a.Redirect != nil:
		return t.redirect(a.Redirect, s)
	default:
		return t.emptyPool()
	}
}

// redirect adds a redirect to a URL if the host is known. For any host, it leads to a listener for
// any host, which retains the host of the request. A wildcard host cannot be a target (Application
// Gateway multi-site hosting, considerations).
func (t *translator) redirect(r *model.Redirect, s site) Destination {
	spec := RedirectSpec{Type: "Found"}
	if r.Status == 301 {
		spec.Type = "Permanent"
	}
	var needs []provider.Key
	host := r.Host
	if host == "" && !strings.Contains(s.pattern, "*") {
		host = s.pattern
	}
	if host != "" {
		spec.URL = t.redirectURL(r, host, s)
	} else {
		spec.Listener = t.anyHTTPS(r, s)
		if spec.Listener == "" {
			return t.emptyPool()
		}
		needs = append(needs, t.p.key(KindListener, spec.Listener, t.gateway))
	}
	name := t.p.redirectName(t.s.ID(), cmp.Or(host, "https"), spec)
	t.add(KindRedirect, name, spec, provider.Resource{Origin: t.lb.Origins, Needs: needs})
	return Destination{Redirect: name}
}

// redirectURL returns the target of a redirect without a path. It has a port unless the scheme
// implies it. A redirect without a scheme retains the scheme of the listener, and its port too if
// it names none.
func (t *translator) redirectURL(r *model.Redirect, host string, s site) string {
	l := &t.s.Listeners()[s.listener]
	scheme, port := r.Scheme, r.Port
	if scheme == "" {
		scheme = strings.ToLower(string(l.Protocol))
		port = cmp.Or(port, l.Port)
	}
	implied := map[string]int{"http": 80, "https": 443}[scheme]
	if port != 0 && port != implied {
		host += ":" + strconv.Itoa(port)
	}
	return scheme + "://" + host
}

// anyHTTPS returns the name of the HTTPS listener for any host on port 443. It is empty if the load
// balancer has none, or if the redirect leads elsewhere.
func (t *translator) anyHTTPS(r *model.Redirect, s site) string {
	itself := t.s.Listeners()[s.listener].Port == 443 // a rule cannot lead to its own listener
	if r.Scheme != "https" || r.Port != 0 && r.Port != 443 || s.pattern != "" || itself {
		return ""
	}
	for i := range t.s.Listeners() {
		l := &t.s.Listeners()[i]
		if l.Port != 443 || l.Protocol != model.HTTPS || !l.Hostname.IsAny() {
			continue
		}
		tables := t.s.Tables(i)
		if !t.redundant(i, model.Host{}, tables[len(tables)-1]) {
			return t.p.siteName(t.s, 443, "")
		}
	}
	return ""
}

// certificate adds the certificate that a listener presents for a host: the first one that is valid
// for the host, else the listener's first one.
func (t *translator) certificate(l *model.Listener, pattern string) provider.Key {
	chosen := &l.TLS.Certificates[0]
	for i := range l.TLS.Certificates {
		if leaf := leafOf(l.TLS.Certificates[i].PEM); leaf != nil && pattern != "" && leaf.VerifyHostname(strings.ReplaceAll(pattern, "*", "any")) == nil {
			chosen = &l.TLS.Certificates[i]
			break
		}
	}
	sum := fingerprint(chosen.PEM)
	name := t.p.certificateName(t.s.ID(), chosen.Name, sum)
	return t.add(KindCertificate, name, CertificateSpec{Fingerprint: sum, PEM: chosen.PEM, Key: chosen.Key}, provider.Resource{Origin: []model.Ref{chosen.Origin}})
}

// leafOf returns the first certificate of a chain, or nil.
func leafOf(chain []byte) *x509.Certificate {
	for block, rest := pem.Decode(chain); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			leaf, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil
			}
			return leaf
		}
	}
	return nil
}

// fingerprint returns the SHA-256 of the first certificate of a chain, in hexadecimal.
func fingerprint(chain []byte) string {
	leaf := leafOf(chain)
	if leaf == nil {
		return ""
	}
	sum := sha256.Sum256(leaf.Raw)
	return hex.EncodeToString(sum[:])
}
