package fake

import (
	"math"
	"slices"

	"github.com/headgate-io/headgate/internal/staging"
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
	out := staging.Retain(want, have, unverified, retained)
	if l := staging.First(out, have, KindListener); l != nil {
		out = append(out, p.stagingRule(l, unverified))
	}
	return out
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

// stagingRule returns the rule of a listener that refers to the unverified groups.
func (p *Provider) stagingRule(l *provider.Resource, unverified []provider.Key) provider.Resource {
	spec := RuleSpec{Listener: l.Key, Priority: math.MaxInt32, Host: model.Host{Name: stagingHost}}
	for _, k := range provider.SortKeys(slices.Clone(unverified)) {
		spec.Action.Forward = append(spec.Action.Forward, Share{Group: k})
	}
	k := p.ruleKey(l.Key, stagingRule)
	return provider.Resource{Key: k, WriteScope: p.writeScope(k), Needs: spec.refs(), Owner: l.Owner, Staged: stagedBy(k, spec), Spec: spec}
}
