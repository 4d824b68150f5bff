package fake

import (
	"math"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// The staging rule refers to cold groups with weight 0, for a host that is nobody's (RFC 6761 keeps
// "invalid").
const (
	stagingRule = "#staging" // no rule of a route has this name
	stagingHost = "staging.invalid"
)

// stagedBy is the groups that a staging rule refers to.
func stagedBy(k provider.Key, spec any) []provider.Key {
	r, ok := spec.(RuleSpec)
	if !ok || k.Name != stagingRule {
		return nil
	}
	return sortKeys(r.Action.groups())
}

// Stage keeps the actions of rules and listeners that are to use cold groups, leaves out those that
// are new, and adds one rule that refers to all that is cold and never matches.
func (p *Provider) Stage(want, have []provider.Resource, cold []provider.Key) []provider.Resource {
	in := make(map[provider.Key]provider.Resource, len(have))
	for _, h := range have {
		in[h.Key] = h
	}
	out := make([]provider.Resource, 0, len(want)+1)
	var absent []provider.Key
	for _, w := range sorted(want) { // a listener comes before its rules
		h, there := in[w.Key]
		switch {
		case !w.Member && needsAny(w, absent):
			absent = append(absent, w.Key)
		case w.Group != "" || !needsAny(w, cold):
			out = append(out, w)
		case there:
			out = append(out, held(w, h))
		default:
			absent = append(absent, w.Key)
		}
	}
	return p.withStaging(out, have, cold)
}

func sorted(rs []provider.Resource) []provider.Resource {
	return slices.SortedFunc(slices.Values(rs), func(a, b provider.Resource) int { return provider.CompareKeys(a.Key, b.Key) })
}

func needsAny(r provider.Resource, keys []provider.Key) bool {
	return slices.ContainsFunc(keys, func(k provider.Key) bool { return slices.Contains(r.Needs, k) })
}

// held is w with the action that h has.
func held(w, h provider.Resource) provider.Resource {
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

// withStaging adds the staging rule to a listener, best to one that is there already.
func (p *Provider) withStaging(out, have []provider.Resource, cold []provider.Key) []provider.Resource {
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
	for _, k := range sortKeys(slices.Clone(cold)) {
		spec.Action.Forward = append(spec.Action.Forward, Share{Group: k})
	}
	k := p.rule(l.Key, stagingRule)
	return append(out, provider.Resource{
		Key: k, WriteScope: p.unit(k), Needs: spec.refs(), Owner: l.Owner, Staged: stagedBy(k, spec), Spec: spec,
	})
}
