package azure

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
)

// pathRules refuses routes of hosts that need more rules than a path map has. It looks at what is
// left without everything that is refused already, until all of that fits.
func (r *refuser) pathRules() {
	for refused := true; refused; {
		var parts []model.Part
		for _, refusal := range r.refused.Refusals() {
			parts = append(parts, refusal.Part)
		}
		left, ok := model.Without(r.t.s, parts)
		if !ok {
			return
		}
		refused = r.excessPaths(r.t.p.newTranslator(left))
	}
}

// excessPaths refuses the newest routes of the first host that has too many, and reports whether
// there is one.
func (r *refuser) excessPaths(t *translator) bool {
	for _, port := range t.ports() {
		for _, s := range t.sites(port) {
			if rules, _ := t.paths(s, nil); len(rules) > maxPathRules {
				r.newest(t, s)
				return true
			}
		}
	}
	return false
}

// newest refuses the newest routes of a host, so that the others fit. A route for every path needs
// no path rule.
func (r *refuser) newest(t *translator, s site) {
	routes := routesByAge(s.table)
	fit := sort.Search(len(routes)-1, func(n int) bool {
		newer := map[string]bool{}
		for _, route := range routes[n+1:] {
			newer[route.Name] = true
		}
		rules, _ := t.paths(s, newer)
		return len(rules) > maxPathRules
	})
	l := &t.s.Listeners()[s.listener]
	for _, route := range routes[fit:] {
		r.refuse(model.Part{Listener: l.Name, Route: route.Name}, []model.Ref{route.Origin},
			"host %q has more paths than fit in the %d path rules of a path map: the oldest are served; use fewer paths, or another host", s.pattern, maxPathRules)
	}
}

// routesByAge returns the routes of a table that need path rules, the oldest first. Of one object,
// they are in the order in which it has them, because paths are appended as a rule.
func routesByAge(table *model.Table) []*model.Route {
	var routes []*model.Route
	seen := map[string]bool{}
	for e := range table.All() {
		if isEveryPath(e.Match.Path) {
			break // ends the path map
		}
		if !seen[e.Route.Name] {
			seen[e.Route.Name] = true
			routes = append(routes, e.Route)
		}
	}
	slices.SortStableFunc(routes, func(a, b *model.Route) int {
		return cmp.Or(
			compareAges(a.Age, b.Age), strings.Compare(a.Origin.Namespace, b.Origin.Namespace), strings.Compare(a.Origin.Name, b.Origin.Name),
			slices.Compare(numbers(a.Origin.Field), numbers(b.Origin.Field)), strings.Compare(a.Name, b.Name),
		)
	})
	return routes
}

// compareAges puts an unknown age last.
func compareAges(a, b time.Time) int {
	if a.IsZero() || b.IsZero() {
		return b.Compare(a)
	}
	return a.Compare(b)
}

// numbers returns the indexes in the path of a field: 0 and 12 of "spec.rules[0].http.paths[12]".
func numbers(field string) []int {
	var all []int
	in := false
	for _, c := range field {
		digit := c >= '0' && c <= '9'
		if digit && !in {
			all = append(all, 0)
		}
		if digit {
			all[len(all)-1] = all[len(all)-1]*10 + int(c-'0')
		}
		in = digit
	}
	return all
}
