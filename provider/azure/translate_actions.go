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

// destination is where an action sends the requests of a site. What has no backend goes to the pool
// without members.
func (t *translator) destination(a *model.Action, s site) Destination {
	switch {
	case a.Forward != nil:
		for _, w := range a.Forward.Groups {
			if name, ok := t.names[w.Group]; ok && w.Weight > 0 {
				return Destination{Pool: name, Settings: name}
			}
		}
		return t.nothing()
	case a.Redirect != nil:
		return t.redirect(a.Redirect, s)
	default:
		return t.nothing()
	}
}

// redirect leads to a URL where the host is known. For any host it leads to a listener for any
// host, which keeps the host of the request; a wildcard host can be no target (Application Gateway
// multi-site hosting, considerations).
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
			return t.nothing()
		}
		needs = append(needs, t.p.key(KindListener, spec.Listener, t.gateway))
	}
	name := t.p.partName(t.s.ID(), "to "+cmp.Or(host, "https"), "redirect", spec.Type, spec.URL, spec.Listener)
	t.add(KindRedirect, name, spec, provider.Resource{Origin: t.lb.Origins, Needs: needs})
	return Destination{Redirect: name}
}

// redirectURL has a port where the scheme does not imply it. Without a scheme it keeps that of the
// listener, and then its port too.
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

// anyHTTPS is the listener on port 443 that serves any host, if this load balancer has it and the
// redirect wants just that.
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
		if !t.silent(i, model.Host{}, tables[len(tables)-1]) {
			return t.p.partName(t.s.ID(), "", string(frontendOf(t.s)), "443", "")
		}
	}
	return ""
}

// certificate is the one that a listener shows for a host: the first that is made out to it, else
// the listener's first.
func (t *translator) certificate(l *model.Listener, pattern string) provider.Key {
	chosen := &l.TLS.Certificates[0]
	for i := range l.TLS.Certificates {
		if leaf := leafOf(l.TLS.Certificates[i].PEM); leaf != nil && pattern != "" && leaf.VerifyHostname(strings.ReplaceAll(pattern, "*", "any")) == nil {
			chosen = &l.TLS.Certificates[i]
			break
		}
	}
	mark := fingerprint(chosen.PEM)
	name := t.p.partName(t.s.ID(), chosen.Name, "certificate", chosen.Name, mark)
	return t.add(KindCertificate, name, CertificateSpec{Fingerprint: mark, PEM: chosen.PEM, Key: chosen.Key}, provider.Resource{Origin: []model.Ref{chosen.Origin}})
}

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

// fingerprint is that of the first certificate of a chain.
func fingerprint(chain []byte) string {
	leaf := leafOf(chain)
	if leaf == nil {
		return ""
	}
	sum := sha256.Sum256(leaf.Raw)
	return hex.EncodeToString(sum[:])
}
