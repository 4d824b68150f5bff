package model

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// The bounds of a host name (RFC 1035 section 2.3.4).
const (
	maxHost  = 253
	maxLabel = 63
)

// ParseHost reads the host of a rule: empty for any host, a name, or "*." and a name, where w is
// the meaning of the "*". It returns names in lower case. It refuses ports, IP addresses, other
// wildcards, and labels that are not DNS labels (RFC 1123).
func ParseHost(s string, w Wildcard) (Host, error) {
	if s == "" {
		return Host{}, nil
	}
	h := Host{Name: strings.ToLower(s)}
	if rest, ok := strings.CutPrefix(h.Name, "*."); ok {
		if w != OneLabel && w != AnyLabels {
			return Host{}, fmt.Errorf("parse host %s: a wildcard is not allowed here", quote(s))
		}
		h = Host{Name: rest, Wildcard: w}
	}
	if err := h.check(); err != nil {
		return Host{}, fmt.Errorf("parse host %s: %w", quote(s), err)
	}
	return h, nil
}

// IsAny reports whether the host stands for every host.
func (h Host) IsAny() bool { return h == Host{} }

// String returns the host as written in a rule: "a.example.com", "*.example.com", or "*" for any
// host.
func (h Host) String() string {
	switch {
	case h.IsAny():
		return "*"
	case h.Wildcard == NoWildcard:
		return h.Name
	default:
		return "*." + h.Name
	}
}

// Compare orders hosts from the most to the least specific: exact names, wildcards by the longer
// name, any host. Of two wildcards of one name, the one for a single label comes first. Hosts of
// equal rank that share no request are ordered by name.
func (h Host) Compare(o Host) int {
	return cmp.Or(
		cmp.Compare(h.class(), o.class()),
		cmp.Compare(len(o.Name), len(h.Name)),
		strings.Compare(h.Name, o.Name),
		cmp.Compare(h.Wildcard, o.Wildcard),
	)
}

func (h Host) class() int {
	switch {
	case h.IsAny():
		return 2
	case h.Wildcard != NoWildcard:
		return 1
	default:
		return 0
	}
}

// Contains reports whether h covers every name that o covers.
func (h Host) Contains(o Host) bool {
	if h == o || h.IsAny() {
		return true
	}
	switch h.Wildcard {
	case NoWildcard:
		return false
	case OneLabel:
		return o.Wildcard == NoWildcard && HostCovers(h, o.Name)
	case AnyLabels:
		return HostCovers(h, o.Name) || (o.Wildcard == OneLabel && o.Name == h.Name)
	default:
		return false
	}
}

// Intersect returns the host that covers exactly what both cover. Of two hosts that share a name,
// one always contains the other.
func (h Host) Intersect(o Host) (both Host, ok bool) {
	switch {
	case h.Contains(o):
		return o, true
	case o.Contains(h):
		return h, true
	default:
		return Host{}, false
	}
}

// HostCovers reports whether h covers a name in lower case without a port.
func HostCovers(h Host, name string) bool {
	switch h.Wildcard {
	case NoWildcard:
		return h.Name == "" || h.Name == name
	case OneLabel, AnyLabels:
		front, ok := strings.CutSuffix(name, h.Name)
		if !ok || len(front) < 2 || front[len(front)-1] != '.' {
			return false
		}
		return h.Wildcard == AnyLabels || strings.IndexByte(front, '.') == len(front)-1
	default:
		return false
	}
}

func (h Host) check() error {
	if h.IsAny() {
		return nil
	}
	if h.Wildcard > AnyLabels {
		return errors.New("no such wildcard")
	}
	if len(h.Name) > maxHost {
		return fmt.Errorf("longer than %d bytes", maxHost)
	}
	last := ""
	for label := range strings.SplitSeq(h.Name, ".") {
		if !isLabel(label) {
			return fmt.Errorf("label %s is not a DNS label in lower case", quote(label))
		}
		last = label
	}
	return checkNotAddress(h.Name, last)
}

// checkNotAddress refuses a last label of digits alone, which clients read as an IPv4 address (RFC
// 3696 section 2).
func checkNotAddress(name, last string) error {
	if strings.IndexFunc(last, notDigit) >= 0 {
		return nil
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return errors.New("an IP address is not a host name")
	}
	return errors.New("the last label is a number")
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

func isLabel(s string) bool {
	if s == "" || len(s) > maxLabel || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}
