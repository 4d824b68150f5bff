package aws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// A staging rule refers to target groups for a host that nobody has (RFC 6761 keeps "invalid"), so
// that their health is checked. Its priority lies behind those of all others.
const (
	stagingName     = "staging-"
	stagingHost     = "staging.headgate.invalid"
	stagingPriority = 49000
	stagingRoom     = 2 // rules that the quota keeps free for staging
)

// Stage keeps the actions that rules and listeners have where the wanted ones lead to cold target
// groups, leaves out those that are new, and adds rules that refer to what is cold and never match.
func (p *Provider) Stage(want, have []provider.Resource, cold []provider.Key) []provider.Resource {
	there := make(map[provider.Key]provider.Resource, len(have))
	for _, h := range have {
		there[h.Key] = h
	}
	var absent []provider.Key
	out := make([]provider.Resource, 0, len(want)+1)
	for _, w := range byKind(want) {
		h, exists := there[w.Key]
		switch {
		case !w.Member && needsAny(w, absent):
			absent = append(absent, w.Key)
		case w.Group != "" || !needsAny(w, cold):
			out = append(out, w)
		case exists:
			out = append(out, held(w, h))
		default:
			absent = append(absent, w.Key)
		}
	}
	return append(out, stagingRules(out, there, cold)...)
}

// byKind sorts resources so that listeners come before their rules.
func byKind(rs []provider.Resource) []provider.Resource {
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
			w.Needs = ruleNeeds(w.Key, spec)
		}
		w.Spec = spec
	case ListenerSpec:
		if old, ok := h.Spec.(ListenerSpec); ok {
			spec.Default = old.Default
			w.Needs = listenerNeeds(w.Key, spec)
		}
		w.Spec = spec
	}
	return w
}

func ruleNeeds(k provider.Key, spec RuleSpec) []provider.Key {
	return sortedNeeds(append(groupKeys(spec.Action), listenerOf(k))...)
}

func listenerNeeds(k provider.Key, spec ListenerSpec) []provider.Key {
	needs := append(groupKeys(spec.Default), certificateKeys(spec.Certificates)...)
	return sortedNeeds(append(needs, provider.Key{Kind: KindLoadBalancer, Name: k.Place})...)
}

// stagingRules adds rules to one listener, best one that is there already, five target groups each.
func stagingRules(out []provider.Resource, there map[provider.Key]provider.Resource, cold []provider.Key) []provider.Resource {
	at := slices.IndexFunc(out, func(r provider.Resource) bool {
		_, exists := there[r.Key]
		return r.Key.Kind == KindListener && exists
	})
	if at < 0 {
		at = slices.IndexFunc(out, func(r provider.Resource) bool { return r.Key.Kind == KindListener })
	}
	if at < 0 {
		return nil
	}
	var rules []provider.Resource
	for keys := range slices.Chunk(slices.SortedFunc(slices.Values(cold), provider.CompareKeys), maxForwards) {
		rules = append(rules, stagingRule(out[at], len(rules), keys))
	}
	return rules
}

func stagingRule(l provider.Resource, n int, cold []provider.Key) provider.Resource {
	k := ruleKey(l.Key, fmt.Sprint(stagingName, n))
	spec := RuleSpec{
		Priority:   stagingPriority + n*priorityStep,
		Conditions: []Condition{{Field: "host-header", Values: []string{fmt.Sprintf("%d.%s", n, stagingHost)}}},
	}
	for _, key := range cold {
		spec.Action.Forward = append(spec.Action.Forward, Share{Group: key.Name, Weight: 1})
	}
	return provider.Resource{Key: k, WriteScope: unit(k), Needs: ruleNeeds(k, spec), Owner: l.Owner, Staged: staged(k, spec), Spec: spec}
}

// staged is the target groups that a rule refers to only so that they are checked.
func staged(k provider.Key, spec RuleSpec) []provider.Key {
	if !strings.HasPrefix(k.Name, stagingName) {
		return nil
	}
	return sortedNeeds(groupKeys(spec.Action)...)
}
