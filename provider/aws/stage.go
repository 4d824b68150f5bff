package aws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/internal/staging"
	"github.com/headgate-io/headgate/provider"
)

// A staging rule refers to target groups for a host that cannot exist (RFC 6761 reserves
// "invalid"), so that AWS checks their health. Its priority comes after those of all other rules.
const (
	stagingName     = "staging-"
	stagingHost     = "staging.headgate.invalid"
	stagingPriority = 49000
	stagingRoom     = 2 // rules that the quota reserves for staging
)

// Stage returns an intermediate desired state. A rule or listener that would send traffic to an
// unverified target group retains its current action, or is left out if it does not exist yet.
// Staging rules, which match no request, refer to the unverified groups.
func (p *Provider) Stage(want, have []provider.Resource, unverified []provider.Key) []provider.Resource {
	out := staging.Retain(want, have, unverified, withActionOf)
	return append(out, stagingRules(staging.First(out, have, KindListener), unverified)...)
}

// withActionOf returns w with the action of h.
func withActionOf(w, h provider.Resource) provider.Resource {
	switch spec := w.Spec.(type) {
	case RuleSpec:
		if current, ok := h.Spec.(RuleSpec); ok {
			spec.Action = current.Action
			w.Needs = ruleNeeds(w.Key, spec)
		}
		w.Spec = spec
	case ListenerSpec:
		if current, ok := h.Spec.(ListenerSpec); ok {
			spec.Default = current.Default
			w.Needs = listenerNeeds(w.Key, spec)
		}
		w.Spec = spec
	}
	return w
}

func ruleNeeds(k provider.Key, spec RuleSpec) []provider.Key {
	return provider.SortKeys(append(targetGroupKeys(spec.Action), listenerOf(k)))
}

func listenerNeeds(k provider.Key, spec ListenerSpec) []provider.Key {
	needs := append(targetGroupKeys(spec.Default), certificateKeys(spec.Certificates)...)
	return provider.SortKeys(append(needs, provider.Key{Kind: KindLoadBalancer, Name: k.Place}))
}

// stagingRules returns rules of a listener, if there is one, for the unverified groups. Each refers
// to as many groups as a forward action allows.
func stagingRules(l *provider.Resource, unverified []provider.Key) []provider.Resource {
	if l == nil {
		return nil
	}
	var rules []provider.Resource
	for keys := range slices.Chunk(slices.SortedFunc(slices.Values(unverified), provider.CompareKeys), maxForwards) {
		rules = append(rules, stagingRule(l, len(rules), keys))
	}
	return rules
}

func stagingRule(l *provider.Resource, n int, unverified []provider.Key) provider.Resource {
	k := ruleKey(l.Key, fmt.Sprint(stagingName, n))
	spec := RuleSpec{
		Priority:   stagingPriority + n*priorityStep,
		Conditions: []Condition{{Field: "host-header", Values: []string{fmt.Sprintf("%d.%s", n, stagingHost)}}},
	}
	for _, key := range unverified {
		spec.Action.Forward = append(spec.Action.Forward, Share{Group: key.Name, Weight: 1})
	}
	return provider.Resource{Key: k, WriteScope: writeScope(k), Needs: ruleNeeds(k, spec), DeletedWith: l.Key, Owner: l.Owner, Staged: staged(k, spec), Spec: spec}
}

// staged returns the target groups of a staging rule. It is empty for any other rule.
func staged(k provider.Key, spec RuleSpec) []provider.Key {
	if !strings.HasPrefix(k.Name, stagingName) {
		return nil
	}
	return provider.SortKeys(targetGroupKeys(spec.Action))
}
