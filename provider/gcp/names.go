package gcp

import (
	"encoding/base32"
	"encoding/json"
	"maps"
	"strings"

	"github.com/headgate-io/headgate/internal/naming"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The kinds of resources.
const (
	KindAddress              = "Address"
	KindBackendService       = "BackendService"
	KindCertificateReference = "CertificateReference" // of a proxy to a certificate of the user
	KindForwardingRule       = "ForwardingRule"
	KindHealthCheck          = "HealthCheck"
	KindNetworkEndpointGroup = "NetworkEndpointGroup" // never in a plan: part of NetworkEndpoints
	KindNetworkEndpoints     = "NetworkEndpoints"
	KindSSLCertificate       = "SSLCertificate"
	KindSSLPolicy            = "SSLPolicy"
	KindTargetHTTPProxy      = "TargetHTTPProxy"
	KindTargetHTTPSProxy     = "TargetHTTPSProxy"
	KindURLMap               = "URLMap"
)

// hash returns a digest of the parts with hashLength characters, each of which has five bits.
func hash(parts ...string) string {
	sum := naming.Sum(parts...)
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").EncodeToString(sum[:])[:hashLength]
}

// ownPrefix begins the name of every resource that Headgate creates.
const ownPrefix = "hg-"

// Names have at most 63 characters (RFC 1035). The hashes of the cluster, the load balancer and the
// settings have 80 bits each, so that a tenant cannot search for a name that collides with another.
// The readable part has the characters that the hashes and hyphens leave.
const (
	maxName     = 63
	hashLength  = 16
	maxReadable = maxName - len(ownPrefix) - 3*(hashLength+1)
)

// prefix returns the prefix of the names of a load balancer's resources. For an empty ID it is the
// prefix of the whole cluster.
func (p *Provider) prefix(id model.ID) string { return prefix(p.options.ClusterID, id) }

func prefix(clusterID string, id model.ID) string {
	cluster := ownPrefix + hash(clusterID) + "-"
	if id == "" {
		return cluster
	}
	return cluster + hash(string(id)) + "-"
}

// name returns the name of a resource: the prefix, the beginning of its readable identity, and a
// hash of the identity and the settings. The readable part omits the namespace of the identity. The
// hash ignores empty settings, so that a new setting changes no name until it is used.
func (p *Provider) name(id model.ID, identity string, fixed naming.Settings) string {
	parts := append([]string{string(id), identity}, fixed.Parts()...)
	return p.prefix(id) + slug(lastPart(identity)) + "-" + hash(parts...)
}

// slug replaces the characters that a name cannot contain, and limits the length.
func slug(s string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '-'
		}
	}, s)
	return strings.Trim(out[:min(len(out), maxReadable)], "-")
}

// groupName returns the name of the backend service and the endpoint groups of a group.
func (p *Provider) groupName(id model.ID, scheme model.Scheme, g *model.Group) string {
	return p.name(id, string(g.ID), naming.Settings{"scheme": string(scheme), "protocol": string(g.Protocol),
		"network": p.options.Network, "subnetwork": p.options.Subnetwork})
}

// healthCheckName returns the name of a health check. Groups with equal checks share one.
func (p *Provider) healthCheckName(id model.ID, scheme model.Scheme, check HealthCheckSpec) string {
	fixed := naming.Settings(flatten(check))
	maps.DeleteFunc(fixed, func(_, value string) bool { return value == "0" || value == "false" })
	fixed["scheme"] = string(scheme)
	return p.name(id, "check", fixed)
}

// place returns the region of an internal load balancer's resources. External ones are global.
func (p *Provider) place(scheme model.Scheme) string {
	if scheme == model.Internal {
		return p.options.Region
	}
	return ""
}

// record states the owner of a resource in its description. Most kinds have no labels.
type record struct {
	Cluster      string        `json:"cluster"`
	LoadBalancer model.ID      `json:"loadBalancer,omitempty"`
	Group        model.GroupID `json:"group,omitempty"`
	// Place is the region of the backend service of an endpoint group. It is empty for a global
	// one.
	Place string `json:"place,omitempty"`
	// Certificate is the name of the model's certificate.
	Certificate string `json:"certificate,omitempty"`
}

type description struct {
	Headgate *record `json:"headgate"`
}

// describe returns the description of a wanted resource.
func describe(r *provider.Resource) string {
	rec := record{Cluster: r.Owner.Cluster, LoadBalancer: r.Owner.LoadBalancer, Group: r.Group}
	if r.Key.Kind == KindNetworkEndpoints {
		rec.Place = r.Key.Place
	}
	if s, ok := r.Spec.(SSLCertificateSpec); ok {
		rec.Certificate = s.Name
	}
	raw, err := json.Marshal(description{&rec})
	if err != nil {
		return "" // strings always marshal
	}
	return string(raw)
}

// writeScope returns the write scope of a resource. A backend service and its membership share one.
// So do the HTTPS proxies of a load balancer and their certificates: a proxy is then written
// without the certificates that the cloud rejects.
func writeScope(k provider.Key, owner provider.Owner) string {
	switch k.Kind {
	case KindNetworkEndpoints:
		k.Kind = KindBackendService
	case KindTargetHTTPSProxy, KindSSLCertificate, KindCertificateReference:
		return KindTargetHTTPSProxy + " of " + string(owner.LoadBalancer)
	}
	return k.String()
}

// serviceKey returns the key of the backend service of a membership.
func serviceKey(k provider.Key) provider.Key {
	return provider.Key{Kind: KindBackendService, Name: k.Name, Place: k.Place}
}

// membersKey returns the key of the membership of a backend service.
func membersKey(k provider.Key) provider.Key {
	return provider.Key{Kind: KindNetworkEndpoints, Name: k.Name, Place: k.Place}
}

// owner reads the record in a description. It is false if the resource does not belong to the
// cluster.
func (p *Provider) owner(text string) (record, bool) {
	r, ok := recordIn(text)
	return r, ok && r.Cluster == p.options.ClusterID
}

// recordIn reads the record in a description. It is false if there is none.
func recordIn(text string) (record, bool) {
	var d description
	if json.Unmarshal([]byte(text), &d) != nil || d.Headgate == nil {
		return record{}, false
	}
	return *d.Headgate, true
}
