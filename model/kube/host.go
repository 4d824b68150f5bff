package kube

import (
	"errors"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// isLabel reports whether s is a label of RFC 1123 in lower case.
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

// parseHost reads the host of a rule or of a TLS entry. The message reports what is wrong. Like the
// API server it refuses upper case.
func parseHost(host string, wildcard model.Wildcard) (h model.Host, message string) {
	h, err := model.ParseHost(host, wildcard)
	switch {
	case err != nil:
		return h, "host " + quote(host) + " is not valid: " + cause(err)
	case strings.ToLower(host) != host:
		return h, "host " + quote(host) + " has upper case letters; allowed: lower case"
	default:
		return h, ""
	}
}

// cause is the innermost message of an error.
func cause(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}

// maxPath is the longest path that all clouds accept, in bytes.
const maxPath = 1024

// parsePath reads a path. It checks Exact and Prefix like the API server, and
// ImplementationSpecific, which means Prefix here, in the same way.
func parsePath(p *networkingv1.HTTPIngressPath) (m model.PathMatch, field, message string) {
	m = model.PathMatch{Type: model.PathPrefix, Value: p.Path}
	if p.PathType != nil {
		switch *p.PathType {
		case networkingv1.PathTypeExact:
			m.Type = model.PathExact
		case networkingv1.PathTypePrefix, networkingv1.PathTypeImplementationSpecific:
		default:
			return m, ".pathType", "pathType is " + quote(string(*p.PathType)) + "; allowed: Exact, Prefix or ImplementationSpecific"
		}
	}
	if m.Value == "" && m.Type == model.PathPrefix {
		m.Value = "/"
	}
	if message := checkPath(m.Value); message != "" {
		return m, ".path", message
	}
	if m.Type == model.PathPrefix && len(m.Value) > 1 {
		// a prefix matches element by element, so that a slash at its end has no meaning
		m.Value = strings.TrimSuffix(m.Value, "/")
	}
	return m, "", ""
}

func checkPath(p string) string {
	switch {
	case p == "" || p[0] != '/':
		return "path is " + quote(p) + "; allowed: a path that begins with /"
	case len(p) > maxPath:
		return "path " + quote(p) + " is too long; allowed: up to 1024 bytes"
	}
	for i := range len(p) {
		if !isPathByte(p, i) {
			return "path " + quote(p) + " contains " + quote(p[i:i+1]) + ", which must be percent-encoded in a path (RFC 3986 section 3.3)"
		}
	}
	for _, bad := range [...]string{"//", "/./", "/../", "%2f", "%2F"} {
		if strings.Contains(p, bad) {
			return "path " + quote(p) + " contains " + quote(bad) + ", which servers read in different ways"
		}
	}
	if strings.HasSuffix(p, "/.") || strings.HasSuffix(p, "/..") {
		return "path " + quote(p) + " ends with a dot segment, which servers read in different ways"
	}
	return ""
}

// isPathByte reports whether the byte at i may occur in the path of a request.
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
