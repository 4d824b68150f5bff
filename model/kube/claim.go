package kube

import (
	"cmp"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
)

// An Attachment is one object on one load balancer, with everything that the object claims there.
type Attachment struct {
	LoadBalancer model.ID
	Object       model.Ref
	Age          time.Time // when the object was created; the older object takes precedence
	// Listeners are opened even if they get no route.
	Listeners    []ListenerKey
	Certificates []CertificateClaim
	// Claims are in the order of the object.
	Claims []Claim

	settings *settings // what the object sets; never nil
}

// ListenerKey names a listener of a load balancer.
type ListenerKey struct {
	Port     int
	Protocol model.Protocol
}

// A Claim is a request of an object: that a listener does something with the requests of one host
// that meet one match. A claim with no host and no match is for the requests that nothing else
// matches.
type Claim struct {
	Listener ListenerKey
	Host     model.Host
	Match    model.Match
	Filters  model.Filters
	// Action is what happens to a request. It is zero for a claim that cannot be read.
	Action model.Action
	Name   string    // of the route, unique in the load balancer
	Origin model.Ref // the field that makes the claim
	// Yields gives the claim up if another object names its host.
	Yields bool
	// Refused is the reason why the claim is not served as written; nil if it is.
	Refused *model.Problem
}

// A CertificateClaim is a request of an object: that a listener uses a certificate for some hosts.
type CertificateClaim struct {
	Listener    ListenerKey
	Certificate model.Certificate
	Hosts       []model.Host // none for every host
	Origin      model.Ref
	Refused     *model.Problem
}

// isDefault reports whether the claim is for the requests that nothing else matches.
func (c *Claim) isDefault() bool {
	m := &c.Match
	return c.Host.IsAny() && m.Path == (model.PathMatch{}) && m.Method == "" && len(m.Headers)+len(m.Query) == 0
}

// isReadable reports whether the claim could be read.
func (c *Claim) isReadable() bool { return c.Action != (model.Action{}) }

// String is the host and path as people write them; "=" stands before an exact path.
func (c *Claim) String() string {
	if c.isDefault() {
		return "the default backend"
	}
	exact := ""
	if c.Match.Path.Type == model.PathExact {
		exact = "="
	}
	return c.Host.String() + exact + c.Match.Path.Value
}

// compareAttachments orders by load balancer, then by precedence.
func compareAttachments(x, y Attachment) int {
	return cmp.Or(
		strings.Compare(string(x.LoadBalancer), string(y.LoadBalancer)), x.Age.Compare(y.Age),
		strings.Compare(x.Object.Namespace, y.Object.Namespace), strings.Compare(x.Object.Name, y.Object.Name),
		strings.Compare(x.Object.Kind, y.Object.Kind),
	)
}

// at returns the reference to a field of the same object.
func at(r model.Ref, field string) model.Ref {
	r.Field = field
	return r
}
