package azure

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// chunkLength is how much of the record goes into one tag. The value of a tag has at most 256
// characters (Use tags to organize your Azure resources, limitations).
const chunkLength = 250

// record maps the hashes in names to the IDs of load balancers and groups.
type record map[string]string

// readRecord reads the record from the tags of a gateway.
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

// writeRecord replaces the record in the tags of a gateway.
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

// escape escapes the separator of entries and the characters that a tag cannot contain.
func escape(s string) string { return strings.ReplaceAll(url.PathEscape(s), ";", "%3B") }

// add records the load balancer and the group that the hashes in the name of a wanted part stand
// for.
func (r record) add(name string, want provider.Resource) {
	if h := loadBalancerHash(name); h != "" && want.Key.Place != "" {
		r[h] = string(want.Owner.LoadBalancer)
	}
	if want.Group != "" {
		r[groupHash(name)] = string(want.Group)
	}
}

// prune removes the entries that no name in the document uses.
func (r record) prune(d document) {
	used := map[string]bool{}
	for _, c := range collections() {
		for _, m := range d.parts(c.name) {
			used[loadBalancerHash(text(m, "name"))], used[groupHash(text(m, "name"))] = true, true
		}
	}
	for k := range r {
		if !used[k] {
			delete(r, k)
		}
	}
}

// contradicts reports whether the record states another owner for the hashes in the name of a part:
// another load balancer, or another group.
func (r record) contradicts(name string, part provider.Resource) bool {
	lb, known := r[loadBalancerHash(name)]
	if known && lb != string(part.Owner.LoadBalancer) {
		return true
	}
	group, known := r[groupHash(name)]
	return known && part.Group != "" && group != string(part.Group)
}
