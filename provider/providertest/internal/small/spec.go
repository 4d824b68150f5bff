// Package small is a small and complete provider with a cloud of its own in memory. It is what the
// contract suite is tested on: each wrong variant of it must fail.
package small

import (
	"net/netip"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The kinds of resources.
const (
	KindBalancer    = "Balancer"
	KindCertificate = "Certificate"
	KindListener    = "Listener"
	KindRule        = "Rule"
	KindGroup       = "Group"
	KindMembers     = "Members"
)

// BalancerSpec is an address with listeners. The scheme cannot change.
type BalancerSpec struct {
	Scheme model.Scheme
	Tags   map[string]string
}

// CertificateSpec is a certificate and its key, neither of which can change.
type CertificateSpec struct {
	Chain string
	Key   model.Secret
	Sum   string // of chain and key
}

// ListenerSpec is a port of a balancer. The protocol cannot change.
type ListenerSpec struct {
	Balancer     provider.Key
	Port         int
	Protocol     model.Protocol
	Certificates []provider.Key // the first is the default
	Default      Action
}

// RuleSpec sends the requests that it matches to its action. The rule with the lowest priority
// decides.
type RuleSpec struct {
	Listener provider.Key
	Priority int
	Host     model.Host
	Path     Path
	Method   string
	Headers  []model.ValueMatch
	Query    []model.ValueMatch
	Action   Action
}

// Path is what the path of a request is compared with. The cloud can do more than the model asks
// for.
type Path struct {
	Type       PathType
	Value      string
	IgnoreCase bool
}

// PathType is how a path is compared.
type PathType string

// The path types.
const (
	PathExact    PathType = "exact"
	PathElements PathType = "elements" // a prefix, element by element
	PathText     PathType = "text"     // a prefix, character by character
)

// Action is what becomes of a request: one of its fields is set.
type Action struct {
	Forward  []Share
	Redirect *Redirect
	Fixed    *model.Fixed
}

// Share is a group and its weight.
type Share struct {
	Group  provider.Key
	Weight int
}

// Redirect is the parts of a location. An empty scheme or host is that of the request, and a port
// of zero is that of the scheme.
type Redirect struct {
	Scheme      string
	Host        string
	Port        int
	Status      int
	Path, Query bool // of the request
}

// GroupSpec is how members are served. The protocol cannot change.
type GroupSpec struct {
	Protocol model.BackendProtocol
	Health   model.HealthCheck
	Draining time.Duration
}

// MembersSpec is the members of a group, sorted.
type MembersSpec struct {
	Group   provider.Key
	Members []netip.AddrPort
}

// needs returns what a spec refers to.
func needs(spec any) []provider.Key {
	switch s := spec.(type) {
	case ListenerSpec:
		return provider.SortKeys(append(append(s.Default.groups(), s.Balancer), s.Certificates...))
	case RuleSpec:
		return provider.SortKeys(append(s.Action.groups(), s.Listener))
	case MembersSpec:
		return []provider.Key{s.Group}
	default:
		return nil
	}
}

func (a Action) groups() []provider.Key {
	out := make([]provider.Key, 0, len(a.Forward))
	for _, s := range a.Forward {
		out = append(out, s.Group)
	}
	return out
}
