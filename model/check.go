package model

import "cmp"

// Finding is a use of a feature that a provider does not fully support.
type Finding struct {
	Feature  Feature
	Support  Support
	Problem  Problem
	Listener string // empty for what concerns the whole load balancer, or a group
	Route    string // empty for what concerns the whole listener
	Group    GroupID
}

// Check returns the features of s that c does not support, or supports with a deviation: once for
// each object and feature, at the first use. The reason is [ReasonUnsupported] or [ReasonDiffers].
func Check(s Sealed, c Capabilities) []Finding {
	k := checker{capabilities: c}
	walkUses(s, k.use)
	return k.findings
}

type checker struct {
	capabilities Capabilities
	seen         map[findingKey]bool
	findings     []Finding
	bad          map[part]Use // the first unsupported use of each part
}

type findingKey struct {
	origin  Ref
	feature Feature
}

func (k *checker) use(u Use) {
	support := k.capabilities.Features[u.Feature]
	if support.Level == Supported {
		return
	}
	if k.bad == nil {
		k.bad, k.seen = map[part]Use{}, map[findingKey]bool{}
	}
	if _, ok := k.bad[u.part]; !ok && support.Level == Unsupported {
		k.bad[u.part] = u
	}
	if len(u.Origins) == 0 {
		k.report(u, support, Ref{})
	}
	for _, o := range u.Origins {
		k.report(u, support, o)
	}
}

func (k *checker) report(u Use, support Support, origin Ref) {
	key := findingKey{origin.Object(), u.Feature}
	if k.seen[key] {
		return
	}
	k.seen[key] = true
	k.findings = append(k.findings, Finding{
		Feature: u.Feature, Support: support, Problem: u.problem(support, origin),
		Listener: u.Listener, Route: u.Route, Group: u.Group,
	})
}

func (u Use) problem(support Support, origin Ref) Problem {
	reason := ReasonUnsupported
	if support.Level == Differs {
		reason = ReasonDiffers
	}
	return Problem{Origin: origin, Reason: reason, Message: u.message(support)}
}

func (u Use) message(support Support) string {
	return string(u.Feature) + " (found " + quote(u.Value) + "): " + cmp.Or(support.Reason, "the provider does not support it")
}
