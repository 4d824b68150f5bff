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

// Spec is the stored form of one object: one of the Spec types of this package.
type Spec interface {
	// refs returns the objects that this one refers to, which must exist.
	refs() []provider.Key
}

// LoadBalancerSpec is an address with listeners.
type LoadBalancerSpec struct {
	Scheme    model.Scheme
	Addresses []string
	Tags      map[string]string
}

// CertificateSpec is a certificate. The cloud never returns the key.
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

// RuleSpec applies its action to the requests that it matches. The matching rule with the least
// priority applies.
type RuleSpec struct {
	Listener provider.Key
	Priority int
	Host     model.Host
	Match    model.Match
	Action   Action
}

// Action is what a listener does with a request. One of its fields is set.
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

// GroupSpec is how a load balancer sends requests to members and checks their health. It checks
// them only while a rule or a listener refers to the group.
type GroupSpec struct {
	Protocol model.BackendProtocol
	Health   model.HealthCheck
	Draining time.Duration
	Timeout  time.Duration
}

// MembersSpec is the sorted members of a group.
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

// DocumentSpec is a document that contains all load balancers of a cluster.
type DocumentSpec struct{}

func (LoadBalancerSpec) refs() []provider.Key { return nil }
func (CertificateSpec) refs() []provider.Key  { return nil }
func (GroupSpec) refs() []provider.Key        { return nil }
func (DocumentSpec) refs() []provider.Key     { return nil }
func (s MembersSpec) refs() []provider.Key    { return []provider.Key{s.Group} }
func (s RuleSpec) refs() []provider.Key {
	return provider.SortKeys(append(s.Action.groups(), s.Listener))
}
func (s ListenerSpec) refs() []provider.Key {
	refs := append(s.Default.groups(), s.LoadBalancer)
	return provider.SortKeys(append(refs, s.Certificates...))
}

func (a Action) groups() []provider.Key {
	out := make([]provider.Key, 0, len(a.Forward))
	for _, s := range a.Forward {
		out = append(out, s.Group)
	}
	return out
}
