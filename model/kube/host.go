package kube

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// isLabel is RFC 1123's label, lower case.
func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

// parseHost reads the host of a rule or of a TLS entry. The message says what is wrong. Upper case
// is refused, as the API server does.
func parseHost(host string, wildcard model.Wildcard) (h model.Host, message string) {
	h, err := model.ParseHost(host, max(wildcard, model.OneLabel))
	switch {
	case err != nil:
		return h, err.Error()
	case strings.ToLower(host) != host:
		return h, "host " + quote(host) + " has upper case letters"
	default:
		return h, ""
	}
}

// maxPath bounds a path; no cloud takes a longer one.
const maxPath = 1024

// parsePath reads a path. It holds Exact and Prefix to what the API server does, and
// ImplementationSpecific, which is a Prefix here, to the same.
func parsePath(p *networkingv1.HTTPIngressPath) (m model.PathMatch, field, message string) {
	m = model.PathMatch{Type: model.PathPrefix, Value: p.Path}
	if p.PathType != nil {
		switch *p.PathType {
		case networkingv1.PathTypeExact:
			m.Type = model.PathExact
		case networkingv1.PathTypePrefix, networkingv1.PathTypeImplementationSpecific:
		default:
			return m, ".pathType", "pathType is " + quote(string(*p.PathType)) + ", allowed is Exact, Prefix or ImplementationSpecific"
		}
	}
	if m.Value == "" && m.Type == model.PathPrefix {
		m.Value = "/"
	}
	if message := checkPath(m.Value); message != "" {
		return m, ".path", message
	}
	if m.Type == model.PathPrefix && len(m.Value) > 1 {
		// element by element, a slash at the end says nothing
		m.Value = strings.TrimSuffix(m.Value, "/")
	}
	return m, "", ""
}

func checkPath(p string) string {
	switch {
	case p == "" || p[0] != '/':
		return "path is " + quote(p) + ", allowed is a path that begins with /"
	case len(p) > maxPath:
		return "path " + quote(p) + " is longer than 1024 bytes"
	}
	for i := range len(p) {
		if !isPathByte(p, i) {
			return "path " + quote(p) + " has " + quote(p[i:i+1]) + ", which the path of a request never has as such (RFC 3986 section 3.3)"
		}
	}
	for _, bad := range [...]string{"//", "/./", "/../", "%2f", "%2F"} {
		if strings.Contains(p, bad) {
			return "path " + quote(p) + " contains " + quote(bad)
		}
	}
	if strings.HasSuffix(p, "/.") || strings.HasSuffix(p, "/..") {
		return "path " + quote(p) + " ends with a dot segment"
	}
	return ""
}

// isPathByte tells whether the byte at i may stand in the path of a request.
func isPathByte(p string, i int) bool {
	c := p[i]
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	case c == '%':
		return i+2 < len(p) && isHex(p[i+1]) && isHex(p[i+2])
	default:
		return strings.IndexByte("-/._~!$&'()*+,;=:@", c) >= 0
	}
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
