package fake

import (
	"math"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The staging rule refers to unverified groups with weight 0, for a host that cannot exist (RFC
// 6761 reserves "invalid").
const (
	stagingRule = "#staging" // no rule of a route has this name
	stagingHost = "staging.invalid"
)

// stagedBy returns the groups of a staging rule.
func stagedBy(k provider.Key, spec any) []provider.Key {
	r, ok := spec.(RuleSpec)
	if !ok || k.Name != stagingRule {
		return nil
	}
	return provider.SortKeys(r.Action.groups())
}

// Stage returns an intermediate desired state. A rule or a listener that would send traffic to an
// unverified group retains its current action, or is left out if it does not exist yet. One staging
// rule, which matches no request, refers to all unverified groups.
func (p *Provider) Stage(want, have []provider.Resource, unverified []provider.Key) []provider.Resource {
	existing := make(map[provider.Key]provider.Resource, len(have))
	for _, h := range have {
		existing[h.Key] = h
	}
	out := make([]provider.Resource, 0, len(want)+1)
	var omitted []provider.Key
	for _, w := range sorted(want) { // a listener comes before its rules
		h, exists := existing[w.Key]
		switch {
		case !w.Member && needsAny(w, omitted):
			omitted = append(omitted, w.Key)
		case w.Group != "" || !needsAny(w, unverified):
			out = append(out, w)
		case exists:
			out = append(out, retained(w, h))
		default:
			omitted = append(omitted, w.Key)
		}
	}
	return p.withStaging(out, have, unverified)
}

func sorted(rs []provider.Resource) []provider.Resource {
	return slices.SortedFunc(slices.Values(rs), provider.CompareResources)
}

func needsAny(r provider.Resource, keys []provider.Key) bool {
	return slices.ContainsFunc(keys, func(k provider.Key) bool { return slices.Contains(r.Needs, k) })
}

// retained returns w with the action of h.
func retained(w, h provider.Resource) provider.Resource {
	switch spec := w.Spec.(type) {
	case RuleSpec:
		if old, ok := h.Spec.(RuleSpec); ok {
			spec.Action = old.Action
		}
		w.Spec, w.Needs = spec, spec.refs()
	case ListenerSpec:
		if old, ok := h.Spec.(ListenerSpec); ok {
			spec.Default = old.Default
		}
		w.Spec, w.Needs = spec, spec.refs()
	}
	return w
}

// withStaging adds the staging rule to a listener, preferably to one that exists.
func (p *Provider) withStaging(out, have []provider.Resource, unverified []provider.Key) []provider.Resource {
	at := slices.IndexFunc(out, func(r provider.Resource) bool {
		return r.Key.Kind == KindListener && slices.ContainsFunc(have, func(h provider.Resource) bool { return h.Key == r.Key })
	})
	if at < 0 {
		at = slices.IndexFunc(out, func(r provider.Resource) bool { return r.Key.Kind == KindListener })
	}
	if at < 0 {
		return out
	}
	l := out[at]
	spec := RuleSpec{Listener: l.Key, Priority: math.MaxInt32, Host: model.Host{Name: stagingHost}}
	for _, k := range provider.SortKeys(slices.Clone(unverified)) {
		spec.Action.Forward = append(spec.Action.Forward, Share{Group: k})
	}
	k := p.ruleKey(l.Key, stagingRule)
	return append(out, provider.Resource{
		Key: k, WriteScope: p.writeScope(k), Needs: spec.refs(), Owner: l.Owner, Staged: stagedBy(k, spec), Spec: spec,
	})
}
