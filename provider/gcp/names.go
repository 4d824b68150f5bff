package gcp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The kinds of resources.
const (
	KindAddress              = "Address"
	KindBackendService       = "BackendService"
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

// hash returns the first n hexadecimal digits of a digest of the parts.
func hash(n int, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		// The length of each part distinguishes ("a", "bc") from ("ab", "c").
		h.Write(strconv.AppendInt(nil, int64(len(p)), 10))
		h.Write([]byte{':'})
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))[:n]
}

// ownPrefix begins the name of every resource that Headgate creates.
const ownPrefix = "hg-"

// prefix returns the prefix of the names of a load balancer's resources. For an empty ID it is the
// prefix of the whole cluster.
func (p *Provider) prefix(id model.ID) string {
	cluster := ownPrefix + hash(8, p.options.ClusterID) + "-"
	if id == "" {
		return cluster
	}
	return cluster + hash(8, string(id)) + "-"
}

// maxReadable bounds the readable part of a name. Names have at most 63 characters (RFC 1035), of
// which hashes and hyphens need 30.
const maxReadable = 30

// settings are the values, by name, that cannot change in place.
type settings map[string]string

// name returns the name of a resource: the prefix, a readable part, and a hash of the settings. The
// hash ignores empty settings, so that a new setting changes no name until it is used.
func (p *Provider) name(id model.ID, readable string, fixed settings) string {
	parts := []string{string(id), readable}
	for _, name := range slices.Sorted(maps.Keys(fixed)) {
		if value := fixed[name]; value != "" {
			parts = append(parts, name, value)
		}
	}
	return p.prefix(id) + slug(readable) + "-" + hash(8, parts...)
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
	return p.name(id, string(g.ID), settings{"scheme": string(scheme), "protocol": string(g.Protocol),
		"network": p.options.Network, "subnetwork": p.options.Subnetwork})
}

// healthCheckName returns the name of a health check. Groups with equal checks share one.
func (p *Provider) healthCheckName(id model.ID, scheme model.Scheme, check HealthCheckSpec) string {
	fixed := settings(flatten(check))
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
	raw, err := json.Marshal(description{&rec})
	if err != nil {
		return "" // strings always marshal
	}
	return string(raw)
}

// writeScope returns the write scope of a resource. A backend service and its membership share one.
func writeScope(k provider.Key) string {
	if k.Kind == KindNetworkEndpoints {
		k.Kind = KindBackendService
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
	var d description
	if json.Unmarshal([]byte(text), &d) != nil || d.Headgate == nil {
		return record{}, false
	}
	return *d.Headgate, d.Headgate.Cluster == p.options.ClusterID
}

const linkRoot = "https://www.googleapis.com/compute/v1/"

// linkTo returns the full URL of a resource, in the form in which the API returns links.
func linkTo(project, place, collection, name string) string {
	return linkRoot + "projects/" + project + "/" + scopePath(place) + "/" + collection + "/" + name
}

// link returns the full URL of a resource of the provider's project.
func (p *Provider) link(collection, place, name string) string {
	return linkTo(p.options.Project, place, collection, name)
}

func (p *Provider) selfLink(k provider.Key) string {
	return p.link(collection(k.Kind), k.Place, k.Name)
}

// scopePath returns the scope in the URL of a resource.
func scopePath(place string) string {
	switch {
	case place == "":
		return "global"
	case isZone(place):
		return "zones/" + place
	default:
		return "regions/" + place
	}
}

// isZone reports whether place is a zone: a region, a hyphen and a letter.
func isZone(place string) bool {
	i := strings.LastIndexByte(place, '-')
	return i > 0 && i == len(place)-2
}

// lastPart returns the name at the end of a link.
func lastPart(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// collection returns the name of a kind in URLs.
func collection(kind string) string {
	switch kind {
	case KindAddress:
		return "addresses"
	case KindBackendService:
		return "backendServices"
	case KindSSLCertificate:
		return "sslCertificates"
	case KindForwardingRule:
		return "forwardingRules"
	case KindHealthCheck:
		return "healthChecks"
	case KindTargetHTTPProxy:
		return "targetHttpProxies"
	case KindTargetHTTPSProxy:
		return "targetHttpsProxies"
	case KindNetworkEndpointGroup:
		return "networkEndpointGroups"
	case KindSSLPolicy:
		return "sslPolicies"
	case KindURLMap:
		return "urlMaps"
	default:
		return ""
	}
}
