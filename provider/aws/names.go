package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The tags that every resource carries from its creation on. User tags cannot have this prefix
// taken away.
const (
	tagPrefix   = "headgate.io/"
	tagCluster  = tagPrefix + "cluster"
	tagBalancer = tagPrefix + "load-balancer"
	tagName     = tagPrefix + "name"
	tagGroup    = tagPrefix + "group"
	tagRest     = "-rest" // behind the key whose value goes on there
)

// tagAttributes is on a target group whose attributes are what they were when it was made: draining
// and affinity. It changes before they do.
const (
	tagAttributes       = tagPrefix + "attributes"
	attributesUntouched = "untouched"
	attributesChanged   = "changed"
)

// maxTag bounds the value of a tag (TagValue).
const maxTag = 256

// clusterPrefix begins every name, so that what cannot be the cluster's is known without its tags.
func clusterPrefix(cluster string) string { return "hg-" + digest(cluster)[:6] + "-" }

// name is a readable name of at most 31 characters, which is fit for load balancers and target
// groups (CreateLoadBalancer: 32), with a hash of all that tells it apart and all that cannot
// change in place.
func (p *Provider) name(readable string, identity ...string) string {
	hash := digest(append([]string{p.options.ClusterID, p.options.VPCID}, identity...)...)[:8]
	return p.prefix + sanitize(readable, 12) + "-" + hash
}

func digest(parts ...string) string {
	var text []byte
	for _, part := range parts {
		text = append(strconv.AppendInt(text, int64(len(part)), 10), ':')
		text = append(text, part...)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// sanitize keeps letters, digits and single hyphens.
func sanitize(s string, most int) string {
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
	return strings.Trim(text[:min(len(text), most)], "-") + map[bool]string{true: "x"}[strings.Trim(text, "-") == ""]
}

func (p *Provider) balancerKey(lb *model.LoadBalancer) provider.Key {
	return provider.Key{Kind: KindLoadBalancer, Name: p.name(string(lb.ID), string(lb.ID), string(lb.Scheme))}
}

// groupKey has the load balancer's name in it: a target group serves one load balancer only
// (TargetGroupAssociationLimit).
func groupKey(p *Provider, balancer string, g *model.Group) provider.Key {
	readable := strings.ReplaceAll(string(g.ID), "/", "-")
	if _, after, ok := strings.Cut(string(g.ID), "/"); ok {
		readable = after
	}
	return provider.Key{Kind: KindTargetGroup, Name: p.name(readable, balancer, string(g.ID), targetProtocol(g))}
}

func targetsKey(group string) provider.Key { return provider.Key{Kind: KindTargets, Name: group} }

func listenerKey(balancer string, port int) provider.Key {
	return provider.Key{Kind: KindListener, Place: balancer, Name: strconv.Itoa(port)}
}

func ruleKey(listener provider.Key, name string) provider.Key {
	return provider.Key{Kind: KindRule, Place: listener.Place + "/" + listener.Name, Name: name}
}

// listenerOf is the listener that a rule is part of.
func listenerOf(rule provider.Key) provider.Key {
	balancer, port, _ := strings.Cut(rule.Place, "/")
	return provider.Key{Kind: KindListener, Place: balancer, Name: port}
}

// ruleName is a hash of the conditions: they never change in place.
func ruleName(conditions []Condition) string {
	parts := make([]string, 0, 16)
	for _, c := range conditions {
		parts = append(append(append(parts, c.Field, c.Name, "values"), c.Values...), "regexes")
		parts = append(parts, c.Regexes...)
	}
	return digest(parts...)[:16]
}

func certificateKey(p *Provider, id model.ID, c *model.Certificate) provider.Key {
	return provider.Key{Kind: KindCertificate, Name: p.name(c.Name, string(id), c.Name, string(c.PEM), string(c.Key.Reveal()))}
}

// unit is what travels in one write: the rules of a listener together, anything else alone.
func unit(k provider.Key) string {
	if k.Kind == KindRule {
		return "rules of " + k.Place
	}
	return k.String()
}

// marks are the tags of a resource: whose it is and which it is, after the user's own.
func (p *Provider) marks(o provider.Owner, name string, group model.GroupID, user map[string]string) map[string]string {
	tags := map[string]string{}
	for key, value := range user {
		if !strings.HasPrefix(key, tagPrefix) {
			tags[key] = value
		}
	}
	tags[tagCluster], tags[tagName] = o.Cluster, name
	putTag(tags, tagBalancer, string(o.LoadBalancer))
	if group != "" {
		putTag(tags, tagGroup, string(group))
	}
	return tags
}

// putTag writes a value that may be longer than one tag takes: a namespace and a name have up to
// 317 characters.
func putTag(tags map[string]string, key, value string) {
	escaped := escapeTag(value)
	tags[key] = escaped[:min(len(escaped), maxTag)]
	if rest := escaped[len(tags[key]):]; rest != "" {
		tags[key+tagRest] = rest[:min(len(rest), maxTag)]
	}
}

func getTag(tags map[string]string, key string) string {
	return unescapeTag(tags[key] + tags[key+tagRest])
}

// owner reads the owner from tags; ok is false for what is not the cluster's.
func (p *Provider) owner(tags map[string]string) (provider.Owner, bool) {
	if tags[tagCluster] != p.options.ClusterID || tags[tagBalancer] == "" || tags[tagName] == "" {
		return provider.Owner{}, false
	}
	return provider.Owner{Cluster: p.options.ClusterID, LoadBalancer: model.ID(getTag(tags, tagBalancer))}, true
}

// userTags are the tags that are not marks.
func userTags(tags map[string]string) map[string]string {
	user := maps.Clone(tags)
	maps.DeleteFunc(user, func(k, _ string) bool { return strings.HasPrefix(k, tagPrefix) || strings.HasPrefix(k, "aws:") })
	return user
}

// escapeTag writes what a tag does not take, and "=", as "=" and two hexadecimal digits (TagValue:
// letters, digits, spaces and _ . : / = + - @).
func escapeTag(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.:/+-@", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02x", c)
		}
	}
	return b.String()
}

func unescapeTag(s string) string {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '=' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(c))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

func sortedNeeds(keys ...provider.Key) []provider.Key {
	slices.SortFunc(keys, provider.CompareKeys)
	return slices.Compact(keys)
}
