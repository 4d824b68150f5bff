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
			if _, refused := r.parts[u.part()]; refused {
				continue
			}
			m.add(u, 1)
			if err := m.exceeded(u, port); err != nil {
				m.add(u, -1)
				r.addReason(err, model.ReasonQuotaExceeded, u.part(), []model.Ref{u.route.Origin})
			}
		}
	}
}

// mapSize measures one URL map. Its path matchers have the rules of their own host and those of the
// fallbacks.
type mapSize struct {
	matchers []matcherSize
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
	matcher      int
	own          bool
	entry        model.Entry
	rules, bytes int
}

// measure lists the matchers of a URL map and what each route adds to them, with sizes of 0.
func measure(t *translation, listeners []int) *mapSize {
	m := &mapSize{uses: map[*model.Route]*routeUse{}}
	for _, i := range listeners {
		l := &t.lb.Listeners()[i]
		for _, table := range t.lb.Tables(i) {
			host, ok := t.matcherHost(table, i, listeners)
			if !ok {
				continue
			}
			at := len(m.matchers)
			m.matchers = append(m.matchers, matcherSize{host: host, listener: l})
			for e := range table.All() {
				u := m.uses[e.Route]
				if u == nil {
					u = &routeUse{listener: l, route: e.Route}
					m.uses[e.Route] = u
				}
				u.parts = append(u.parts, usePart{matcher: at, own: e.Host == table.Host, entry: e})
			}
		}
	}
	return m
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

// roughBytes returns an upper bound of the size of the rules for one entry of a route: a prefix
// that is rewritten becomes two rules. JSON needs up to 6 bytes for a character.
func roughBytes(r *model.Route) int {
	const fixed, link, escaped = 1500, 400, 6
	text := 0
	for i := range r.Matches {
		text = max(text, matchText(&r.Matches[i]))
	}
	for _, c := range []*model.HeaderChange{r.Filters.Request, r.Filters.Response} {
		text += changeText(c)
	}
	if rw := r.Filters.Rewrite; rw != nil && rw.Path != nil {
		text += len(rw.Host) + len(rw.Path.Value)
	}
	if to := r.Action.Redirect; to != nil && to.Path != nil {
		text += len(to.Path.Value)
	}
	groups := 0
	if r.Action.Forward != nil {
		groups = len(r.Action.Forward.Groups)
	}
	return 2 * (fixed + groups*link + text*escaped)
}

func matchText(m *model.Match) int {
	n := 2 * len(m.Path.Value)
	for _, list := range [][]model.ValueMatch{m.Headers, m.Query} {
		for _, v := range list {
			n += 20 + len(v.Name) + len(v.Value)
		}
	}
	return n
}

func changeText(c *model.HeaderChange) int {
	if c == nil {
		return 0
	}
	n := 0
	for _, list := range [][]model.Header{c.Set, c.Add} {
		for _, h := range list {
			n += 20 + len(h.Name) + len(h.Value)
		}
	}
	for _, name := range c.Remove {
		n += 5 + len(name)
	}
	return n
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
	for _, u := range m.uses {
		for i := range u.parts {
			p := &u.parts[i]
			rules := t.rules(&p.entry, u.listener, m.matchers[p.matcher].host)
			p.rules = len(rules)
			p.bytes = client.ruleBytes(t.place(), rules)
		}
	}
}

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
		s := &m.matchers[p.matcher]
		if s.users > 0 {
			m.hosts, m.bytes = m.hosts-1, m.bytes-s.bytes
		}
		s.rules, s.bytes = s.rules+sign*p.rules, s.bytes+sign*p.bytes
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
