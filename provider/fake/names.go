package fake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// name returns the prefix of the names of a load balancer. The names contain everything that cannot
// change in place.
func (p *Provider) name(id model.ID) string { return p.options.ClusterID + "." + string(id) }

func (p *Provider) documentKey() provider.Key {
	return provider.Key{Kind: KindDocument, Name: p.options.Document}
}

func (p *Provider) loadBalancerKey(lb *model.LoadBalancer) provider.Key {
	return provider.Key{Kind: KindLoadBalancer, Name: p.name(lb.ID) + "." + string(lb.Scheme)}
}

func (p *Provider) listenerKey(lb *model.LoadBalancer, l *model.Listener) provider.Key {
	return provider.Key{Kind: KindListener, Place: p.loadBalancerKey(lb).Name, Name: strconv.Itoa(l.Port)}
}

func (p *Provider) ruleKey(l provider.Key, name string) provider.Key {
	return provider.Key{Kind: KindRule, Place: l.Place + "/" + l.Name, Name: name}
}

// settings are the values, by name, that cannot change in place.
type settings map[string]string

// hash covers the settings that are not empty, so that a new setting changes no name until it is
// used.
func (s settings) hash() string {
	h := fnv.New32a()
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if value := s[name]; value != "" {
			_, _ = fmt.Fprintf(h, "%q=%q ", name, value) // a hash never fails
		}
	}
	return fmt.Sprintf("%08x", h.Sum32())
}

// ruleName covers what a rule matches, so that only the priority and the action change in place.
func ruleName(e *model.Entry) string {
	fixed := settings{
		"host": e.Host.String(), "method": e.Match.Method, "path": e.Match.Path.Value, "path type": string(e.Match.Path.Type),
	}
	if e.Host.Wildcard != model.NoWildcard {
		fixed["wildcard"] = strconv.Itoa(int(e.Host.Wildcard))
	}
	fixed.add("header", e.Match.Headers)
	fixed.add("query", e.Match.Query)
	return fmt.Sprintf("%s#%s.%d", e.Route.Name, fixed.hash(), e.Index)
}

// add adds matches of headers or query parameters.
func (s settings) add(kind string, matches []model.ValueMatch) {
	for _, m := range matches {
		s[kind+" "+m.Name] = string(m.Type) + " " + m.Value
	}
}

func (p *Provider) certificateKey(lb *model.LoadBalancer, c *model.Certificate) provider.Key {
	return provider.Key{Kind: KindCertificate, Name: p.name(lb.ID) + "/" + c.Name + "." + fingerprint(c)[:12]}
}

func (p *Provider) groupKey(lb *model.LoadBalancer, g *model.Group) provider.Key {
	return provider.Key{Kind: KindGroup, Name: fmt.Sprintf("%s/%s.%s.%d", p.name(lb.ID), g.ID, strings.ToLower(string(g.Protocol)), g.Port)}
}

func membersKey(group provider.Key) provider.Key {
	return provider.Key{Kind: KindMembers, Name: group.Name}
}

// writeScope returns the write scope of a resource: the document if there is one, the rules of a
// listener, or the resource itself.
func (p *Provider) writeScope(k provider.Key) string {
	switch {
	case p.options.Document != "":
		return KindDocument + " " + p.options.Document
	case k.Kind == KindRule:
		return "rules of " + k.Place
	default:
		return k.String()
	}
}

func fingerprint(c *model.Certificate) string {
	h := sha256.New()
	h.Write(c.PEM)
	h.Write(c.Key.Reveal())
	return hex.EncodeToString(h.Sum(nil))
}
