package azure

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The lengths that names are cut to. A name of a part has 80 characters at most (Naming rules and
// restrictions for Azure resources).
const (
	hashLength     = 10
	readableLength = 30
)

// warmSuffix marks the listeners and rules that only have a pool checked.
const warmSuffix = "-warm"

// tagCluster and tagBalancer mark what is a resource of its own and ours.
const (
	tagCluster  = "headgate-cluster"
	tagBalancer = "headgate-load-balancer"
)

// chunkLength is how much of the record goes into one tag, whose value has 256 characters at most
// (Use tags to organize your Azure resources, limitations).
const chunkLength = 250

func hash(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return hex.EncodeToString(sum[:])[:hashLength]
}

// readable is the part of a name that a person can recognize.
func readable(s string) string {
	s = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, s)
	return strings.Trim(s[:min(len(s), readableLength)], "-")
}

// prefix is how the names of a cluster's parts begin.
func (p *Provider) prefix() string { return "hg-" + p.cluster + "-" }

// owns tells whether a name is one of this cluster's.
func (p *Provider) owns(name string) bool {
	return strings.HasPrefix(strings.ToLower(name), p.prefix())
}

// partName is "hg-cluster-balancer-readable-hash".
func (p *Provider) partName(lb model.ID, what string, identity ...string) string {
	words := append([]string{string(lb)}, identity...)
	return p.prefix() + hash(string(lb)) + "-" + strings.Trim(readable(what)+"-"+hash(words...), "-")
}

// groupName is the name of a group's pool, settings and probe. What they cannot change while they
// serve is in it.
func (p *Provider) groupName(lb model.ID, g *model.Group) string {
	return p.partName(lb, string(g.ID), string(g.ID), string(g.Protocol), string(g.Target), strconv.Itoa(g.Port))
}

// nothing is the name of a pool without members.
func (p *Provider) nothing(lb model.ID) string { return p.partName(lb, "nothing", "nothing") }

// placeholder is the name of the parts that fill a gateway of ours which would be empty otherwise.
func (p *Provider) placeholder() string { return p.prefix() + "placeholder" }

// portName is the name of a frontend port of ours.
func (p *Provider) portName(port int) string { return p.prefix() + "port-" + strconv.Itoa(port) }

// gatewayName is the gateway of a load balancer. A gateway of its own is another one where it is
// reached from elsewhere.
func (p *Provider) gatewayName(lb model.Sealed) string {
	if p.options.Gateway != "" {
		return p.options.Gateway
	}
	return p.partName(lb.ID(), string(lb.ID()), string(frontendOf(lb)))
}

// frontendOf is the frontend that a load balancer is on.
func frontendOf(lb model.Sealed) Frontend {
	if lb.LoadBalancer().Scheme == model.Internal {
		return FrontendPrivate
	}
	return FrontendPublic
}

// key is the key of a part of a gateway, or of a resource of its own.
func (p *Provider) key(kind, name, gateway string) provider.Key {
	switch kind {
	case KindGateway, KindPublicIP:
		return provider.Key{Kind: kind, Name: name}
	default:
		return provider.Key{Kind: kind, Name: name, Place: gateway}
	}
}

// unit is what travels in one write.
func unit(key provider.Key) string {
	if key.Place != "" {
		return KindGateway + " " + key.Place
	}
	return key.Kind + " " + key.Name
}

// balancerHash is the hash of the load balancer in the name of a part.
func balancerHash(name string) string {
	parts := strings.SplitN(name, "-", 4)
	if len(parts) < 4 {
		return ""
	}
	return parts[2]
}

// groupHash is the hash at the end of the name of a pool.
func groupHash(name string) string { return name[strings.LastIndexByte(name, '-')+1:] }

// record is what hashes in names stand for: load balancers and groups.
type record map[string]string

// readRecord reads the tags of a gateway.
func (p *Provider) readRecord(tags map[string]any) record {
	var chunks []string
	for k := range tags {
		if strings.HasPrefix(k, p.recordPrefix()) {
			chunks = append(chunks, k)
		}
	}
	slices.Sort(chunks)
	var text strings.Builder
	for _, k := range chunks {
		value, _ := tags[k].(string)
		text.WriteString(value)
	}
	r := record{}
	for entry := range strings.SplitSeq(text.String(), ";") {
		name, value, ok := strings.Cut(entry, "=")
		if plain, err := url.PathUnescape(value); ok && err == nil {
			r[name] = plain
		}
	}
	return r
}

func (p *Provider) recordPrefix() string { return "headgate-" + p.cluster + "-" }

// write replaces the record among the tags of a gateway.
func (p *Provider) writeRecord(tags map[string]any, r record) {
	for k := range tags {
		if strings.HasPrefix(k, p.recordPrefix()) {
			delete(tags, k)
		}
	}
	var entries []string
	for name, value := range r {
		entries = append(entries, name+"="+escape(value))
	}
	slices.Sort(entries)
	text := strings.Join(entries, ";")
	for i := 0; len(text) > 0; i++ {
		n := min(len(text), chunkLength)
		tags[fmt.Sprintf("%s%02d", p.recordPrefix(), i)] = text[:n]
		text = text[n:]
	}
}

// escape keeps what separates entries out of a value, and what a tag cannot hold.
func escape(s string) string { return strings.ReplaceAll(url.PathEscape(s), ";", "%3B") }

// NamePrefix is how the names of all that this cluster has made begin.
func (p *Provider) NamePrefix() string { return p.prefix() }
