package model

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Entry is one host and one match of a route, in the total order of its listener.
type Entry struct {
	Listener int // index in Listeners
	Route    *Route
	Host     Host
	Match    Match
	Index    int // of the match in the route
}

// orderEntries returns what the routes of a listener match, in the order in which a request is
// compared with them: host by [Host.Compare], then the precedence of [Match], then the older route
// (unknown age last), then namespace/name of its object, the name of the route, and the index of
// the match. Sources: Ingress "Multiple matches", Gateway API HTTPRouteRule.matches.
func orderEntries(listener int, routes []Route) []Entry {
	all := make([]Entry, 0, len(routes))
	for i := range routes {
		r := &routes[i]
		for _, h := range r.Hosts {
			for j := range r.Matches {
				all = append(all, Entry{Listener: listener, Route: r, Host: h, Match: r.Matches[j], Index: j})
			}
		}
	}
	sortOnce(all, compareEntries)
	return slices.Clip(all)
}

func compareEntries(a, b *Entry) int {
	if c := a.Host.Compare(b.Host); c != 0 {
		return c
	}
	if c := comparePrecedence(&a.Match, &b.Match); c != 0 {
		return c
	}
	if c := compareAges(a.Route.Age, b.Route.Age); c != 0 {
		return c
	}
	if c := compareNames(a.Route.Origin, b.Route.Origin); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(a.Route.Name, b.Route.Name), cmp.Compare(a.Index, b.Index))
}

// comparePrecedence puts the match that takes precedence first.
func comparePrecedence(a, b *Match) int {
	if c := comparePaths(a.Path, b.Path); c != 0 {
		return c
	}
	return cmp.Or(
		compareBools(a.Method != "", b.Method != ""),
		cmp.Compare(len(b.Headers), len(a.Headers)),
		cmp.Compare(len(b.Query), len(a.Query)),
	)
}

// comparePaths orders by type (exact, prefix, regular expression), then longer before shorter, then
// by text, which matters for regular expressions alone.
func comparePaths(a, b PathMatch) int {
	if c := cmp.Compare(a.Type.rank(), b.Type.rank()); c != 0 {
		return c
	}
	if c := cmp.Compare(len(b.Value), len(a.Value)); c != 0 {
		return c
	}
	return strings.Compare(a.Value, b.Value)
}

func (t PathType) rank() int {
	switch t {
	case PathExact:
		return 0
	case PathPrefix:
		return 1
	case PathRegexp:
		return 2
	default:
		return 3
	}
}

// compareBools puts true first.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

func compareAges(a, b time.Time) int {
	if c := compareBools(!a.IsZero(), !b.IsZero()); c != 0 {
		return c
	}
	return a.Compare(b)
}

// compareNames compares "namespace/name" as one string, as the Gateway API does.
func compareNames(a, b Ref) int {
	if a.Namespace == b.Namespace {
		return strings.Compare(a.Name, b.Name)
	}
	return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
}
