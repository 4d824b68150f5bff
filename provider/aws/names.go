package aws

import (
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/internal/naming"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// clusterPrefix begins every name in a cluster, so that most foreign resources are recognized
// without reading their tags.
func clusterPrefix(cluster string) string { return "hg-" + naming.Hash(6, cluster) + "-" }

// setting is a setting that cannot change in place and is therefore part of a name.
type setting struct{ name, value, standard string }

// name returns a readable name of at most 31 characters, which fits load balancers and target
// groups (CreateLoadBalancer: 32). It ends in a hash of the identity and of the settings. A setting
// is hashed by its name, and only if it differs from the standard value, so that a setting that is
// added later changes no existing name.
func (p *Provider) name(readable string, identity []string, settings ...setting) string {
	parts := slices.Concat([]string{p.options.ClusterID, p.options.VPCID}, identity)
	for _, s := range settings {
		if s.value != s.standard {
			parts = append(parts, s.name, s.value)
		}
	}
	return p.prefix + sanitize(readable, 12) + "-" + naming.Hash(8, parts...)
}

// sanitize reduces s to lower-case letters, digits and single hyphens, at most limit of them. It
// returns "x" if nothing is left.
func sanitize(s string, limit int) string {
	var b strings.Builder
	hyphen := true
	for _, r := range strings.ToLower(s) {
		ok := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !ok && hyphen {
			continue
		}
		if hyphen = !ok; hyphen {
			r = '-'
		}
		b.WriteRune(r)
	}
	text := b.String()
	return strings.Trim(text[:min(len(text), limit)], "-") + map[bool]string{true: "x"}[strings.Trim(text, "-") == ""]
}

func (p *Provider) loadBalancerKey(lb *model.LoadBalancer) provider.Key {
	scheme := setting{"scheme", string(lb.Scheme), string(model.InternetFacing)}
	return provider.Key{Kind: KindLoadBalancer, Name: p.name(string(lb.ID), []string{string(lb.ID)}, scheme)}
}

// targetGroupKey covers the name of the load balancer, because a target group can serve only one
// (TargetGroupAssociationLimit).
func (p *Provider) targetGroupKey(balancer string, g *model.Group) provider.Key {
	readable := strings.ReplaceAll(string(g.ID), "/", "-")
	if _, after, ok := strings.Cut(string(g.ID), "/"); ok {
		readable = after
	}
	protocol := setting{"protocol", targetProtocol(g), "HTTP"}
	return provider.Key{Kind: KindTargetGroup, Name: p.name(readable, []string{balancer, string(g.ID)}, protocol)}
}

func targetsKey(group string) provider.Key { return provider.Key{Kind: KindTargets, Name: group} }

func listenerKey(balancer string, port int) provider.Key {
	return provider.Key{Kind: KindListener, Place: balancer, Name: strconv.Itoa(port)}
}

func ruleKey(listener provider.Key, name string) provider.Key {
	return provider.Key{Kind: KindRule, Place: listener.Place + "/" + listener.Name, Name: name}
}

// listenerOf returns the key of the listener that a rule belongs to.
func listenerOf(rule provider.Key) provider.Key {
	balancer, port, _ := strings.Cut(rule.Place, "/")
	return provider.Key{Kind: KindListener, Place: balancer, Name: port}
}

// ruleName is a hash of the conditions, which never change in place.
func ruleName(conditions []Condition) string {
	parts := make([]string, 0, 16)
	for _, c := range conditions {
		parts = append(append(append(parts, c.Field, c.Name, "values"), c.Values...), "regexes")
		parts = append(parts, c.Regexes...)
	}
	return naming.Hash(16, parts...)
}

func (p *Provider) certificateKey(id model.ID, c *model.Certificate) provider.Key {
	return provider.Key{Kind: KindCertificate, Name: p.name(c.Name, []string{string(id), c.Name, string(c.PEM), string(c.Key.Reveal())})}
}

// writeScope returns the write scope of a resource: the rules of a listener share one, and any
// other resource has its own.
func writeScope(k provider.Key) string {
	if k.Kind == KindRule {
		return "rules of " + k.Place
	}
	return k.String()
}
