package azure

import (
	"encoding/base32"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/internal/naming"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// stagingSuffix ends the names of listeners and rules that exist only to have a pool checked.
const stagingSuffix = "-staging"

// The name of a part has at most 80 characters (Naming rules and restrictions for Azure resources).
// The hashes of the cluster, the load balancer and the settings have 80 bits each, so that a tenant
// cannot search for a name that collides with another. The readable part has the characters that
// the hashes leave.
const (
	maxName        = 80
	hashLength     = 16
	readableLength = maxName - len("hg-") - 3*(hashLength+1) - len(stagingSuffix)
)

// The tags of resources that a cluster owns as a whole.
const (
	tagCluster      = "headgate-cluster"
	tagLoadBalancer = "headgate-load-balancer"
)

// hash returns the first characters of a digest of the parts, each of which has five bits.
func hash(parts ...string) string {
	sum := naming.Sum(parts...)
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").EncodeToString(sum[:])[:hashLength]
}

// readable returns the part of a name that a person can recognize.
func readable(s string) string {
	s = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, s)
	return strings.Trim(s[:min(len(s), readableLength)], "-")
}

// NamePrefix returns the prefix of the names of everything that this cluster owns.
func (p *Provider) NamePrefix() string { return "hg-" + p.cluster + "-" }

// owns reports whether a name is one of this cluster's.
func (p *Provider) owns(name string) bool {
	return strings.HasPrefix(strings.ToLower(name), p.NamePrefix())
}

// name returns "hg-cluster-loadbalancer-readable-hash". The hash covers the settings that are not
// empty, so that a new setting changes no name until it is used.
func (p *Provider) name(lb model.ID, text string, fixed naming.Settings) string {
	parts := append([]string{string(lb)}, fixed.Parts()...)
	return p.NamePrefix() + hash(string(lb)) + "-" + strings.Trim(readable(text)+"-"+hash(parts...), "-")
}

// groupName returns the name of a group's pool, settings and probe.
func (p *Provider) groupName(lb model.ID, g *model.Group) string {
	fixed := naming.Settings{"group": string(g.ID), "protocol": string(g.Protocol), "target": string(g.Target)}
	if g.Port != 0 {
		fixed["port"] = strconv.Itoa(g.Port)
	}
	return p.name(lb, string(g.ID), fixed)
}

// siteName returns the name of a listener with its rule and its path map.
func (p *Provider) siteName(lb model.Sealed, port int, host string) string {
	return p.name(lb.ID(), host, naming.Settings{"frontend": string(frontendOf(lb)), "port": strconv.Itoa(port), "host": host})
}

// redirectName returns the name of a redirect. to is the host or the scheme that it leads to.
func (p *Provider) redirectName(lb model.ID, to string, spec RedirectSpec) string {
	return p.name(lb, "to "+to, naming.Settings{"type": spec.Type, "url": spec.URL, "listener": spec.Listener})
}

// certificateName returns the name of a certificate.
func (p *Provider) certificateName(lb model.ID, name, fingerprint string) string {
	return p.name(lb, name, naming.Settings{"certificate": name, "fingerprint": fingerprint})
}

// emptyPoolName returns the name of a load balancer's pool without members.
func (p *Provider) emptyPoolName(lb model.ID) string {
	return p.name(lb, "empty", naming.Settings{"members": "none"})
}

// placeholderName returns the name of the parts that fill a gateway that would be empty otherwise.
func (p *Provider) placeholderName() string { return p.NamePrefix() + "placeholder" }

// portName returns the name of a frontend port.
func (p *Provider) portName(port int) string { return p.NamePrefix() + "port-" + strconv.Itoa(port) }

// gatewayName returns the gateway of a load balancer: the shared one, or its own. A load balancer
// that changes its scheme gets another gateway.
func (p *Provider) gatewayName(lb model.Sealed) string {
	if p.options.Gateway != "" {
		return p.options.Gateway
	}
	return p.name(lb.ID(), string(lb.ID()), naming.Settings{"frontend": string(frontendOf(lb))})
}

// frontendOf returns the frontend of a load balancer.
func frontendOf(lb model.Sealed) Frontend {
	if lb.LoadBalancer().Scheme == model.Internal {
		return FrontendPrivate
	}
	return FrontendPublic
}

// key returns the key of a part of a gateway, or of a gateway or public IP address.
func (p *Provider) key(kind, name, gateway string) provider.Key {
	switch kind {
	case KindGateway, KindPublicIP:
		return provider.Key{Kind: kind, Name: name}
	default:
		return provider.Key{Kind: kind, Name: name, Place: gateway}
	}
}

// writeScope returns the write scope of a resource. A gateway shares its scope with its parts.
func writeScope(key provider.Key) string {
	if key.Place != "" {
		return KindGateway + " " + key.Place
	}
	return key.Kind + " " + key.Name
}

// loadBalancerHash returns the hash of the load balancer in the name of a part.
func loadBalancerHash(name string) string {
	parts := strings.SplitN(name, "-", 4)
	if len(parts) < 4 {
		return ""
	}
	return parts[2]
}

// groupHash returns the hash at the end of the name of a pool.
func groupHash(name string) string { return name[strings.LastIndexByte(name, '-')+1:] }
