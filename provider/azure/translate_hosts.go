package azure

import (
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// site is one host on one port, and its routes.
type site struct {
	listener int    // index in the model
	pattern  string // of the gateway's listener; empty is any host
	table    *model.Table
	refuse   bool // no route serves it
}

// ports returns the ports of the listeners, each once, in order.
func (t *translator) ports() []int {
	var ports []int
	for i := range t.s.Listeners() {
		ports = append(ports, t.s.Listeners()[i].Port)
	}
	return slices.Compact(ports)
}

// sites returns the hosts of a port. Several listeners of the model may share the port. A host
// belongs to the one with the most specific host name that covers it, as in [model.Decide].
func (t *translator) sites(port int) []site {
	var all []site
	have := map[string]bool{}
	add := func(s site) {
		if !have[s.pattern] {
			have[s.pattern] = true
			all = append(all, s)
		}
	}
	for _, i := range t.listeners(port) {
		for _, table := range t.s.Tables(i) {
			host := t.hostOf(i, table)
			if t.shadowed(i, host) || t.redundant(i, host, table) {
				continue
			}
			add(site{listener: i, pattern: pattern(host), table: table})
			if host.Wildcard == model.OneLabel {
				add(t.deeperNames(port, host))
			}
		}
	}
	return all
}

// listeners returns the listeners of a port, the most specific host name first.
func (t *translator) listeners(port int) []int {
	var all []int
	for i := range t.s.Listeners() {
		if t.s.Listeners()[i].Port == port {
			all = append(all, i)
		}
	}
	return all
}

// hostOf returns the host of a table. The table for any host is for any host that the listener
// covers.
func (t *translator) hostOf(listener int, table *model.Table) model.Host {
	if table.Host.IsAny() {
		return t.s.Listeners()[listener].Hostname
	}
	return table.Host
}

// shadowed reports whether the host belongs to a more specific listener of the port.
func (t *translator) shadowed(listener int, host model.Host) bool {
	l := &t.s.Listeners()[listener]
	for _, j := range t.listeners(l.Port) {
		o := &t.s.Listeners()[j]
		if o.Hostname.Compare(l.Hostname) < 0 && o.Hostname.Contains(host) && o.Hostname != host {
			return true
		}
	}
	return false
}

// redundant reports whether a host needs no listener, because it is only answered with 404: so is
// any host that no listener of a gateway has.
func (t *translator) redundant(listener int, host model.Host, table *model.Table) bool {
	fixed := t.s.Listeners()[listener].Default.Fixed
	return host.IsAny() && len(table.Entries) == 0 && fixed != nil && fixed.Status == 404
}

// pattern returns a host in the notation of the gateway, where "*" stands for one or more labels.
func pattern(h model.Host) string {
	if h.IsAny() {
		return ""
	}
	return h.String()
}

// deeperNames returns the site for names two or more labels below a wildcard of one label. It comes
// first, because the gateway's wildcard would match them too.
func (t *translator) deeperNames(port int, host model.Host) site {
	g := site{pattern: "*.*." + host.Name, refuse: true}
	// No host name of a rule equals this name, so that only a wildcard for all deeper names covers
	// it.
	name := "0--0.0--0." + host.Name
	listeners := t.listeners(port)
	g.listener = listeners[0] // a site needs some listener of the port
	for _, i := range listeners {
		if !model.HostCovers(t.s.Listeners()[i].Hostname, name) {
			continue
		}
		g.listener, g.refuse = i, false
		for _, table := range t.s.Tables(i) {
			if model.HostCovers(table.Host, name) {
				g.table = table
				return g
			}
		}
	}
	return g
}

// paths returns the path rules of a site in their order, and the destination of all other paths. A
// route for every path ends the list. The routes whose names are in without are left out.
func (t *translator) paths(s site, without map[string]bool) ([]PathRule, Destination) {
	if s.refuse {
		return nil, t.emptyPool()
	}
	var rules []PathRule
	seen := map[string]bool{}
	for e := range s.table.All() {
		if without[e.Route.Name] {
			continue
		}
		to := t.destination(&e.Route.Action, s)
		if isEveryPath(e.Match.Path) {
			return rules, to
		}
		fresh := slices.DeleteFunc(patterns(e.Match.Path), func(p string) bool { return seen[strings.ToLower(p)] })
		for _, p := range fresh {
			seen[strings.ToLower(p)] = true
		}
		rules = appendPaths(rules, fresh, to)
	}
	return rules, t.destination(&t.s.Listeners()[s.listener].Default, s)
}

func isEveryPath(m model.PathMatch) bool { return m.Type == model.PathPrefix && m.Value == "/" }

// patterns returns the patterns of a path: "/a" for the path itself, and "/a/*" for the paths below
// it (URL path-based routing overview).
func patterns(m model.PathMatch) []string {
	if m.Type == model.PathExact {
		return []string{m.Value}
	}
	path := strings.TrimSuffix(m.Value, "/")
	return []string{path, path + "/*"}
}

// appendPaths adds paths to the last rule if it has the same destination, because the number of
// rules in a map is limited.
func appendPaths(rules []PathRule, paths []string, to Destination) []PathRule {
	if len(paths) == 0 {
		return rules
	}
	if n := len(rules); n > 0 && rules[n-1].To == to {
		rules[n-1].Paths = append(rules[n-1].Paths, paths...)
		return rules
	}
	return append(rules, PathRule{Paths: paths, To: to})
}
