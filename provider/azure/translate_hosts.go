package azure

import (
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// site is one host on one port, and what it serves.
type site struct {
	listener int    // index in the model
	pattern  string // of the gateway's listener; empty is any host
	table    *model.Table
	refuse   bool // nothing is to be served here
}

// ports are those of the model's listeners, each once, in order.
func (t *translator) ports() []int {
	var ports []int
	for i := range t.s.Listeners() {
		ports = append(ports, t.s.Listeners()[i].Port)
	}
	return slices.Compact(ports)
}

// sites are the hosts of a port. Several listeners of the model may share it: a host is served by
// the one whose host name is the most specific that covers it, as [model.Decide] chooses.
func (t *translator) sites(port int) []site {
	var all []site
	have := map[string]bool{}
	note := func(s site) {
		if !have[s.pattern] {
			have[s.pattern] = true
			all = append(all, s)
		}
	}
	for _, i := range t.listeners(port) {
		for _, table := range t.s.Tables(i) {
			host := t.hostOf(i, table)
			if t.shadowed(i, host) || t.silent(i, host, table) {
				continue
			}
			note(site{listener: i, pattern: pattern(host), table: table})
			if host.Wildcard == model.OneLabel {
				note(t.guard(port, host))
			}
		}
	}
	return all
}

// listeners of a port, the most specific host name first.
func (t *translator) listeners(port int) []int {
	var all []int
	for i := range t.s.Listeners() {
		if t.s.Listeners()[i].Port == port {
			all = append(all, i)
		}
	}
	return all
}

// hostOf is the host under which a table is served: the table for any host is that for any host
// that the listener covers.
func (t *translator) hostOf(listener int, table *model.Table) model.Host {
	if table.Host.IsAny() {
		return t.s.Listeners()[listener].Hostname
	}
	return table.Host
}

// shadowed tells whether a more specific listener of the port has the host.
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

// silent tells whether leaving the host out says the same: a host that no listener of a gateway has
// is answered with 404.
func (t *translator) silent(listener int, host model.Host, table *model.Table) bool {
	fixed := t.s.Listeners()[listener].Default.Fixed
	return host.IsAny() && len(table.Entries) == 0 && fixed != nil && fixed.Status == 404
}

// pattern is a host as a gateway writes it. Its "*" stands for one label or more.
func pattern(h model.Host) string {
	if h.IsAny() {
		return ""
	}
	return h.String()
}

// guard takes the names that are two or more labels below a wildcard of one label, which the
// gateway's wildcard would take too.
func (t *translator) guard(port int, host model.Host) site {
	g := site{pattern: "*.*." + host.Name, refuse: true}
	// A name that no rule has: only what covers every deeper name covers it.
	name := "0--0.0--0." + host.Name
	listeners := t.listeners(port)
	g.listener = listeners[0] // a refusal belongs to some listener of the port
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

// paths are the path rules of a site in their order, and where the rest goes. A rule for every path
// ends the list.
func (t *translator) paths(s site) ([]PathRule, Destination) {
	if s.refuse {
		return nil, t.nothing()
	}
	var rules []PathRule
	seen := map[string]bool{}
	for e := range s.table.All() {
		to := t.destination(&e.Route.Action, s)
		if e.Match.Path.Type == model.PathPrefix && e.Match.Path.Value == "/" {
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

// patterns are those of a path: "/a" for the path alone, and "/a/*" for what is below it (URL
// path-based routing overview).
func patterns(m model.PathMatch) []string {
	if m.Type == model.PathExact {
		return []string{m.Value}
	}
	path := strings.TrimSuffix(m.Value, "/")
	return []string{path, path + "/*"}
}

// appendPaths adds to the last rule where it leads to the same place, for a map has 100 rules at
// most.
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
