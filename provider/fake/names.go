package fake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The names have everything in them that cannot change in place: what changes there is another
// thing.

func (p *Provider) name(id model.ID) string { return p.o.Cluster + "." + string(id) }

func (p *Provider) document() provider.Key {
	return provider.Key{Kind: KindDocument, Name: p.o.Document}
}

func (p *Provider) balancer(lb *model.LoadBalancer) provider.Key {
	return provider.Key{Kind: KindLoadBalancer, Name: p.name(lb.ID) + "." + string(lb.Scheme)}
}

func (p *Provider) listener(lb *model.LoadBalancer, l *model.Listener) provider.Key {
	return provider.Key{Kind: KindListener, Place: p.balancer(lb).Name, Name: strconv.Itoa(l.Port)}
}

func (p *Provider) rule(l provider.Key, name string) provider.Key {
	return provider.Key{Kind: KindRule, Place: l.Place + "/" + l.Name, Name: name}
}

// ruleName has what the rule matches in it, so that only priority and action ever change in place.
func ruleName(e *model.Entry) string {
	h := fnv.New32a()
	// a hash takes everything
	_, _ = fmt.Fprintf(h, "%q %q", e.Host.String(), fmt.Sprint(e.Host.Wildcard, e.Match))
	return fmt.Sprintf("%s#%08x.%d", e.Route.Name, h.Sum32(), e.Index)
}

func (p *Provider) certificate(lb *model.LoadBalancer, c *model.Certificate) provider.Key {
	return provider.Key{Kind: KindCertificate, Name: p.name(lb.ID) + "/" + c.Name + "." + fingerprint(c)[:12]}
}

func (p *Provider) group(lb *model.LoadBalancer, g *model.Group) provider.Key {
	return provider.Key{Kind: KindGroup, Name: fmt.Sprintf("%s/%s.%s.%d", p.name(lb.ID), g.ID, strings.ToLower(string(g.Protocol)), g.Port)}
}

func membersOf(group provider.Key) provider.Key {
	return provider.Key{Kind: KindMembers, Name: group.Name}
}

// unit is what a thing is written with.
func (p *Provider) unit(k provider.Key) string {
	switch {
	case p.o.Document != "":
		return KindDocument + " " + p.o.Document
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
