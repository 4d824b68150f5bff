package gcp

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/headgate-io/headgate/model"
)

// Limits of a URL map. The size is documented (page "Routing configuration size and quota units").
// The counts are those of the API's errors. Stage needs one host rule of the map, and a rule for
// each backend service that it adds.
const (
	maxMapHosts = 1000 - 1
	maxMapRules = 1000
	maxMapBytes = 1_000_000 - 50_000
)

// sizes refuses the youngest routes of each port that exceed the limits of its URL map.
func (r *refuser) sizes() {
	t := r.p.translation(r.lb)
	for _, listeners := range t.ports() {
		m := measure(t, listeners)
		if m.roughly() {
			continue
		}
		m.exactly(t)
		port := r.lb.Listeners()[listeners[0]].Port
		for _, u := range m.byAge() {
			if r.refused.Refused(u.part()) {
				continue
			}
			m.add(u, 1)
			if err := m.exceeded(u, port); err != nil {
				m.add(u, -1)
				r.refused.Add(u.part(), model.ReasonQuotaExceeded, []model.Ref{u.route.Origin}, err)
			}
		}
	}
}

// mapSize measures one URL map. Its path matchers have the rules of their own host and those of the
// fallbacks.
type mapSize struct {
	matchers []matcherSize
	entries  []entrySize // of all hosts
	uses     map[*model.Route]*routeUse
	hosts    int // the number of matchers in use
	bytes    int // of the matchers in use
}

type matcherSize struct {
	host         model.Host
	listener     *model.Listener
	users        int // the routes of its own host. A matcher without users is not in the map
	rules, bytes int
}

// routeUse is what one route adds to the map.
type routeUse struct {
	listener *model.Listener
	route    *model.Route
	parts    []usePart
}

func (u *routeUse) part() model.Part {
	return model.Part{Listener: u.listener.Name, Route: u.route.Name}
}

// usePart is one entry of a route in one matcher.
type usePart struct {
	matcher, entry int
	own            bool // the matcher is that of the entry's host
}

// entrySize is the size of the rules for one entry.
type entrySize struct {
	entry        model.Entry
	listener     *model.Listener
	rules, bytes int
}

// measure lists the matchers of a URL map and what each route adds to them, with sizes of 0.
func measure(t *translation, listeners []int) *mapSize {
	m := &mapSize{uses: map[*model.Route]*routeUse{}}
	first := map[*model.Table]int{} // the index of the first entry
	for _, i := range listeners {
		for _, table := range t.lb.Tables(i) {
			first[table] = len(m.entries)
			for _, e := range table.Entries {
				m.entries = append(m.entries, entrySize{entry: e, listener: &t.lb.Listeners()[i]})
			}
		}
	}
	for _, i := range listeners {
		for _, table := range t.lb.Tables(i) {
			if host, ok := t.matcherHost(table, i, listeners); ok {
				m.matchers = append(m.matchers, matcherSize{host: host, listener: &t.lb.Listeners()[i]})
				m.use(table, first)
			}
		}
	}
	return m
}

// use adds the entries of a table and of its fallbacks to the last matcher.
func (m *mapSize) use(table *model.Table, first map[*model.Table]int) {
	for from := table; from != nil; from = from.Fallback {
		for i := range from.Entries {
			e := &m.entries[first[from]+i]
			u := m.uses[e.entry.Route]
			if u == nil {
				u = &routeUse{listener: e.listener, route: e.entry.Route}
				m.uses[u.route] = u
			}
			u.parts = append(u.parts, usePart{matcher: len(m.matchers) - 1, entry: first[from] + i, own: from == table})
		}
	}
}

// roughly reports whether the map is so small that it fits without a closer look.
func (m *mapSize) roughly() bool {
	bytes, rules := 0, make([]int, len(m.matchers))
	for i := range m.matchers {
		bytes += roughBytes(&model.Route{Action: m.matchers[i].listener.Default})
	}
	for _, u := range m.uses {
		size := roughBytes(u.route)
		for i := range u.parts {
			bytes += size
			rules[u.parts[i].matcher] += 2
		}
	}
	return len(m.matchers) <= maxMapHosts && bytes <= maxMapBytes && (len(rules) == 0 || slices.Max(rules) <= maxMapRules)
}

// exactly sets the sizes of the entries, as the API's JSON states them.
func (m *mapSize) exactly(t *translation) {
	groups := t.lb.Groups()
	for i := range groups {
		t.group(&groups[i])
	}
	t.chooseFaultService()
	client := urlMapClient{t.p.client}
	m.matcherSizes(t, client)
	for i := range m.entries {
		e := &m.entries[i]
		rules := t.rules(&e.entry, e.listener, e.entry.Host)
		e.rules, e.bytes = len(rules), client.ruleBytes(t.place(), rules)
		if e.entry.Route.Action.Redirect != nil {
			e.bytes += len(rules) * maxHostLength // a redirect may name the host of its matcher
		}
	}
}

// maxHostLength is the length of the longest hostname.
const maxHostLength = 255

// matcherSizes sets the sizes of the path matchers without rules, with those of their host rules.
// The matcher of a listener's hostname is always in the map.
func (m *mapSize) matcherSizes(t *translation, client urlMapClient) {
	for i := range m.matchers {
		s := &m.matchers[i]
		fallback := t.outcome(&s.listener.Default, s.listener, s.listener.Hostname, nil)
		s.bytes = client.matcherBytes(t.place(), t.emptyMatcher(s.host, fallback))
		if s.host == s.listener.Hostname && !s.host.IsAny() {
			s.users, m.hosts, m.bytes = 1, m.hosts+1, m.bytes+s.bytes
		}
	}
}

// byAge returns the routes, the oldest first.
func (m *mapSize) byAge() []*routeUse {
	out := make([]*routeUse, 0, len(m.uses))
	for _, u := range m.uses {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b *routeUse) int {
		x, y := a.route, b.route
		return cmp.Or(x.Age.Compare(y.Age), cmp.Compare(x.Origin.Namespace, y.Origin.Namespace), cmp.Compare(x.Origin.Name, y.Origin.Name),
			cmp.Compare(a.listener.Name, b.listener.Name), cmp.Compare(x.Name, y.Name))
	})
	return out
}

// add adds a route to the map, or removes it if sign is -1.
func (m *mapSize) add(u *routeUse, sign int) {
	for i := range u.parts {
		p := &u.parts[i]
		s, e := &m.matchers[p.matcher], &m.entries[p.entry]
		if s.users > 0 {
			m.hosts, m.bytes = m.hosts-1, m.bytes-s.bytes
		}
		s.rules, s.bytes = s.rules+sign*e.rules, s.bytes+sign*e.bytes
		if p.own {
			s.users += sign
		}
		if s.users > 0 {
			m.hosts, m.bytes = m.hosts+1, m.bytes+s.bytes
		}
	}
}

// exceeded returns the limit that the map exceeds since a route was added, or nil.
func (m *mapSize) exceeded(u *routeUse, port int) error {
	const advice = "move hosts to another load balancer"
	switch {
	case m.hosts > maxMapHosts:
		return fmt.Errorf("the older routes of port %d use all host rules of the URL map (%d and one for new groups, the limit of Google Cloud is 1,000): %s", port, maxMapHosts, advice)
	case m.bytes > maxMapBytes:
		return fmt.Errorf("with the older routes of port %d the URL map is larger than 1 MB: %s", port, advice)
	}
	for i := range u.parts {
		if s := &m.matchers[u.parts[i].matcher]; s.users > 0 && s.rules > maxMapRules {
			return fmt.Errorf("with the older routes of host %s there are more than the %d rules that Google Cloud allows: use fewer paths, or other hosts", s.host, maxMapRules)
		}
	}
	return nil
}
