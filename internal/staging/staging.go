// Package staging has what providers share that stage groups: see provider.Stager. It suits clouds
// whose rules and listeners are resources of their own.
package staging

import (
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// Retain returns want in a form that sends no traffic to an unverified group. A resource that needs
// an unverified group becomes what retain returns for its wanted and its existing form. If it does
// not exist yet, it is left out, together with what needs it. Groups and their members stay as they
// are. The result is sorted by key.
func Retain(want, have []provider.Resource, unverified []provider.Key, retain func(want, have provider.Resource) provider.Resource) []provider.Resource {
	existing := make(map[provider.Key]provider.Resource, len(have))
	for _, h := range have {
		existing[h.Key] = h
	}
	var omitted []provider.Key
	out := make([]provider.Resource, 0, len(want)+1)
	// A listener comes before its rules.
	for _, w := range slices.SortedFunc(slices.Values(want), provider.CompareResources) {
		h, exists := existing[w.Key]
		switch {
		case !w.Member && needsAny(w, omitted):
			omitted = append(omitted, w.Key)
		case w.Group != "" || !needsAny(w, unverified):
			out = append(out, w)
		case exists:
			out = append(out, retain(w, h))
		default:
			omitted = append(omitted, w.Key)
		}
	}
	return out
}

func needsAny(r provider.Resource, keys []provider.Key) bool {
	return slices.ContainsFunc(keys, func(k provider.Key) bool { return slices.Contains(r.Needs, k) })
}

// First returns the first resource of a kind in rs, preferably one that exists. Staging rules are
// added to it. It is nil if there is none.
func First(rs, have []provider.Resource, kind string) *provider.Resource {
	var first *provider.Resource
	for i := range rs {
		r := &rs[i]
		if r.Key.Kind != kind {
			continue
		}
		if slices.ContainsFunc(have, func(h provider.Resource) bool { return h.Key == r.Key }) {
			return r
		}
		if first == nil {
			first = r
		}
	}
	return first
}
