package aws

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The tags that every resource has from its creation. Users cannot set tags with this prefix.
const (
	tagPrefix   = "headgate.io/"
	tagCluster  = tagPrefix + "cluster"
	tagBalancer = tagPrefix + "load-balancer"
	tagName     = tagPrefix + "name"
	tagGroup    = tagPrefix + "group"
	tagRest     = "-rest" // suffix of the key that continues a long value
)

// tagAttributes records on a target group whether its attributes (draining and affinity) are still
// the defaults. The tag changes before the attributes do.
const (
	tagAttributes       = tagPrefix + "attributes"
	attributesUntouched = "untouched"
	attributesChanged   = "changed"
)

// maxTag is the maximum length of the value of a tag (TagValue).
const maxTag = 256

// resourceTags returns the tags of a resource: the tags of the user, and those that name its owner
// and the resource itself.
func (p *Provider) resourceTags(o provider.Owner, name string, group model.GroupID, user map[string]string) map[string]string {
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

// putTag sets a tag. A value that is longer than one tag allows continues in a second one: a
// namespace and a name have up to 317 characters.
func putTag(tags map[string]string, key, value string) {
	escaped := escapeTag(value)
	tags[key] = escaped[:min(len(escaped), maxTag)]
	if rest := escaped[len(tags[key]):]; rest != "" {
		tags[key+tagRest] = rest[:min(len(rest), maxTag)]
	}
}

// getTag returns a value that was set by putTag.
func getTag(tags map[string]string, key string) string {
	return unescapeTag(tags[key] + tags[key+tagRest])
}

// owner returns the owner that the tags name. It is false for a resource that does not belong to
// the cluster.
func (p *Provider) owner(tags map[string]string) (provider.Owner, bool) {
	if tags[tagCluster] != p.options.ClusterID || tags[tagBalancer] == "" || tags[tagName] == "" {
		return provider.Owner{}, false
	}
	return provider.Owner{Cluster: p.options.ClusterID, LoadBalancer: model.ID(getTag(tags, tagBalancer))}, true
}

// userTags returns the tags that neither Headgate nor AWS has set.
func userTags(tags map[string]string) map[string]string {
	user := maps.Clone(tags)
	maps.DeleteFunc(user, func(k, _ string) bool { return strings.HasPrefix(k, tagPrefix) || strings.HasPrefix(k, "aws:") })
	return user
}

// missingTags returns the wanted user tags that are absent or have another value.
func missingTags(want, have map[string]string) map[string]string {
	missing := userTags(want)
	maps.DeleteFunc(missing, func(k, v string) bool { return have[k] == v })
	return missing
}

// mergeTags returns the tags in have, overridden by the user tags in want.
func mergeTags(have, want map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, have)
	maps.Copy(all, userTags(want))
	return all
}

// escapeTag writes "=", and every byte that a tag does not allow, as "=" and two hexadecimal digits
// (TagValue: letters, digits, spaces and _ . : / = + - @).
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
