package fake

import (
	"net/netip"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The kinds of the cloud.
const (
	KindDocument     = "Document"
	KindLoadBalancer = "LoadBalancer"
	KindCertificate  = "Certificate"
	KindListener     = "Listener"
	KindRule         = "Rule"
	KindGroup        = "Group"
	KindMembers      = "Members"
)

// Spec is what the cloud stores of one thing. It is one of the Spec types of this package.
type Spec interface {
	// refs are the things that this one refers to; they must exist.
	refs() []provider.Key
}

// LoadBalancerSpec is an address with listeners.
type LoadBalancerSpec struct {
	Scheme    model.Scheme
	Addresses []string
	Tags      map[string]string
}

// CertificateSpec is a certificate. The cloud never shows the key again.
type CertificateSpec struct {
	Fingerprint string // of chain and key
	Chain       string // PEM
	Key         model.Secret
}

// ListenerSpec is a port of a load balancer.
type ListenerSpec struct {
	LoadBalancer provider.Key
	Port         int
	Protocol     model.Protocol
	Certificates []provider.Key
	Default      Action
}

// RuleSpec sends what it matches to its action. The rule with the least priority that matches
// decides.
type RuleSpec struct {
	Listener provider.Key
	Priority int
	Host     model.Host
	Match    model.Match
	Action   Action
}

// Action is what becomes of a request: one of its fields is set.
type Action struct {
	Forward  []Share
	Redirect *model.Redirect
	Fixed    *model.Fixed
}

// Share is a group and its weight.
type Share struct {
	Group  provider.Key
	Weight int
}

// GroupSpec is how the load balancer treats members. They are checked only while a rule or listener
// refers to the group.
type GroupSpec struct {
	Protocol model.BackendProtocol
	Health   model.HealthCheck
	Draining time.Duration
	Timeout  time.Duration
}

// MembersSpec is the members of a group, sorted.
type MembersSpec struct {
	Group   provider.Key
	Members []Member
}

// Member is one endpoint.
type Member struct {
	Address netip.AddrPort
	Zone    string
	Node    string
}

// DocumentSpec is what all of a cluster is written in at once.
type DocumentSpec struct{}

func (LoadBalancerSpec) refs() []provider.Key { return nil }
func (CertificateSpec) refs() []provider.Key  { return nil }
func (GroupSpec) refs() []provider.Key        { return nil }
func (DocumentSpec) refs() []provider.Key     { return nil }
func (s MembersSpec) refs() []provider.Key    { return []provider.Key{s.Group} }
func (s RuleSpec) refs() []provider.Key       { return sortKeys(append(s.Action.groups(), s.Listener)) }
func (s ListenerSpec) refs() []provider.Key {
	refs := append(s.Default.groups(), s.LoadBalancer)
	return sortKeys(append(refs, s.Certificates...))
}

func (a Action) groups() []provider.Key {
	out := make([]provider.Key, 0, len(a.Forward))
	for _, s := range a.Forward {
		out = append(out, s.Group)
	}
	return out
}
