package azure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// excessHosts refuses the routes of the newest hosts, so that the others fit in the active
// listeners of a gateway. It reports whether there are any.
func (r *refuser) excessHosts(t *translator) bool {
	var active []site
	for _, port := range t.ports() {
		for _, s := range t.sites(port) {
			if t.isActive(s) {
				active = append(active, s)
			}
		}
	}
	if len(active) <= maxActive {
		return false
	}
	slices.SortStableFunc(active, compareSites)
	refused := false
	for _, s := range active[maxActive:] {
		refused = r.host(t, s) || refused
	}
	return refused
}

// host refuses the routes of a host.
func (r *refuser) host(t *translator, s site) bool {
	if s.table == nil {
		return false
	}
	l := &t.s.Listeners()[s.listener]
	seen := map[string]bool{}
	for i := range s.table.Entries {
		route := s.table.Entries[i].Route
		part := model.Part{Listener: l.Name, Route: route.Name}
		if seen[route.Name] || r.refused.Refused(part) {
			continue
		}
		seen[route.Name] = true
		r.refuse(part, []model.Ref{route.Origin}, "host %q needs a listener on port %d, and a gateway has at most %d that do not only redirect: "+
			"the oldest hosts are served; use fewer hosts, or another load balancer", s.pattern, l.Port, maxActive)
	}
	return len(seen) > 0
}

// isActive reports whether the listener of a site is active: one that only redirects is not
// (Application Gateway FAQ, what is considered an active listener).
func (t *translator) isActive(s site) bool {
	rules, fallback := t.paths(s, nil)
	return fallback.Redirect == "" || slices.ContainsFunc(rules, func(rule PathRule) bool { return rule.To.Redirect == "" })
}

// compareSites puts the site with the oldest route first, and sites without routes before all
// others, because no route can be refused of them.
func compareSites(a, b site) int {
	first, second := oldest(a), oldest(b)
	if first == nil || second == nil {
		return cmp.Compare(boolInt(first != nil), boolInt(second != nil))
	}
	return cmp.Or(
		compareRoutes(first, second), strings.Compare(a.pattern, b.pattern), cmp.Compare(a.listener, b.listener),
	)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// oldest returns the oldest route of a site, or nil.
func oldest(s site) *model.Route {
	if s.table == nil || len(s.table.Entries) == 0 {
		return nil
	}
	e := slices.MinFunc(s.table.Entries, func(a, b model.Entry) int { return compareRoutes(a.Route, b.Route) })
	return e.Route
}
