package gcp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The kinds of resources, as keys have them.
const (
	KindAddress              = "Address"
	KindBackendService       = "BackendService"
	KindSSLCertificate       = "SSLCertificate"
	KindNetworkEndpoints     = "NetworkEndpoints"
	KindForwardingRule       = "ForwardingRule"
	KindHealthCheck          = "HealthCheck"
	KindTargetHTTPProxy      = "TargetHTTPProxy"
	KindTargetHTTPSProxy     = "TargetHTTPSProxy"
	KindNetworkEndpointGroup = "NetworkEndpointGroup" // not in plans: a part of NetworkEndpoints
	KindSSLPolicy            = "SSLPolicy"
	KindURLMap               = "URLMap"
)

// hash is the first n hexadecimal digits of a digest of the parts.
func hash(n int, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		// The length before each part keeps ("a", "bc") apart from ("ab", "c").
		h.Write(strconv.AppendInt(nil, int64(len(p)), 10))
		h.Write([]byte{':'})
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))[:n]
}

// ownPrefix is how the names of all that Headgate makes begin.
const ownPrefix = "hg-"

// prefix is how the names of all resources of a load balancer begin, and without a load balancer
// those of the whole cluster.
func (p *Provider) prefix(id model.ID) string {
	cluster := ownPrefix + hash(8, p.options.ClusterID) + "-"
	if id == "" {
		return cluster
	}
	return cluster + hash(8, string(id)) + "-"
}

// maxReadable bounds the part of a name that is for people: names have at most 63 characters (RFC
// 1035), of which the hashes and dashes take 30.
const maxReadable = 30

// name is the prefix, something to read, and a hash of all that cannot change in place.
func (p *Provider) name(id model.ID, readable string, fixed ...string) string {
	return p.prefix(id) + slug(readable) + "-" + hash(8, append([]string{string(id), readable}, fixed...)...)
}

// slug keeps what a name may have, in lower case.
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

// groupName names the backend service and the endpoint groups of a group. Scheme, protocol and
// network cannot change in place.
func (p *Provider) groupName(id model.ID, scheme model.Scheme, g *model.Group) string {
	return p.name(id, string(g.ID), string(scheme), string(g.Protocol), p.options.Network, p.options.Subnetwork)
}

// place is the region of an internal load balancer's resources; external ones are global.
func (p *Provider) place(scheme model.Scheme) string {
	if scheme == model.Internal {
		return p.options.Region
	}
	return ""
}

// record is what the description of a resource says of its owner. It is the only mark that all
// kinds have: most of them take no labels.
type record struct {
	Cluster      string        `json:"cluster"`
	LoadBalancer model.ID      `json:"loadBalancer,omitempty"`
	Group        model.GroupID `json:"group,omitempty"`
	// Place is the region of the backend service that an endpoint group is for; empty for a global
	// one.
	Place string `json:"place,omitempty"`
}

type description struct {
	Headgate *record `json:"headgate"`
}

// describe writes the record of a wanted resource.
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

// unit is what travels in one write: a backend service with its membership, and any other resource
// alone.
func unit(k provider.Key) string {
	if k.Kind == KindNetworkEndpoints {
		k.Kind = KindBackendService
	}
	return k.String()
}

// serviceKey is the backend service of a membership, and membersKey the reverse.
func serviceKey(k provider.Key) provider.Key {
	return provider.Key{Kind: KindBackendService, Name: k.Name, Place: k.Place}
}

func membersKey(k provider.Key) provider.Key {
	return provider.Key{Kind: KindNetworkEndpoints, Name: k.Name, Place: k.Place}
}

// owner reads the record of an observed resource; false for one that is not this cluster's.
func (p *Provider) owner(text string) (record, bool) {
	var d description
	if json.Unmarshal([]byte(text), &d) != nil || d.Headgate == nil {
		return record{}, false
	}
	return *d.Headgate, d.Headgate.Cluster == p.options.ClusterID
}

// link is the full URL of a resource, by which others refer to it (the API returns links in this
// form).
func (p *Provider) link(collection string, place, name string) string {
	return linkRoot + "projects/" + p.options.Project + "/" + scopePath(place) + "/" + collection + "/" + name
}

const linkRoot = "https://www.googleapis.com/compute/v1/"

// scopePath tells global resources, regions and zones apart: a zone is a region with a letter.
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

func isZone(place string) bool {
	i := strings.LastIndexByte(place, '-')
	return i > 0 && i == len(place)-2
}

// lastPart is the name at the end of a link.
func lastPart(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// collections are the names of the kinds in URLs.
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

func (p *Provider) selfLink(k provider.Key) string {
	return p.link(collection(k.Kind), k.Place, k.Name)
}
