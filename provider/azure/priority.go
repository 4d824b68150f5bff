package azure

import (
	"cmp"
	"slices"
	"strings"
)

// The priorities of our rules, from the first that is given out. 1 is asked first (Application
// Gateway multi-site hosting, request routing rules evaluation order). What is below is left to
// others.
const (
	exactFrom    = 2000
	wildcardFrom = 12000
	anyFrom      = 19000
	maxPriority  = 20000
)

// ruleOrder is a rule as far as the order of rules goes.
type ruleOrder struct {
	name     string
	ours     bool
	socket   string // frontend and port
	hosts    []string
	priority int // 0 is none yet
}

// rank orders by specificity: names, wildcards by length, that for deeper names before that for one
// label, any host.
func (r ruleOrder) rank() (class, length int) {
	for _, h := range r.hosts {
		c, l := 0, 0
		if strings.ContainsAny(h, "*?") {
			c, l = 1, -len(strings.TrimLeft(h, "*?."))*2
			if strings.HasPrefix(h, "*.*.") {
				l--
			}
		}
		if c > class || c == class && l > length {
			class, length = c, l
		}
	}
	if len(r.hosts) == 0 {
		return 2, 0
	}
	return class, length
}

func (r ruleOrder) compare(o ruleOrder) int {
	rc, rl := r.rank()
	oc, ol := o.rank()
	return cmp.Or(cmp.Compare(rc, oc), cmp.Compare(rl, ol))
}

// from is where the numbers for a rule begin.
func (r ruleOrder) from() int {
	switch class, _ := r.rank(); class {
	case 0:
		return exactFrom
	case 1:
		return wildcardFrom
	default:
		return anyFrom
	}
}

// conflicts tells whether the order of two rules matters and is wrong: r, the more specific one,
// comes after o.
func (r ruleOrder) conflicts(o ruleOrder) bool {
	return r.socket == o.socket && r.compare(o) < 0 && r.priority > o.priority && overlap(r.hosts, o.hosts)
}

// overlap tells whether a request may fit both; each wildcard of the one is taken for a name when
// it is held against the other.
func overlap(a, b []string) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	for _, x := range a {
		for _, y := range b {
			if fits(x, y) || fits(y, x) {
				return true
			}
		}
	}
	return false
}

// fits tells whether a pattern covers a name or another pattern, taking "*" for one or more of any
// characters.
func fits(pattern, name string) bool {
	pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	for i := range len(pattern) {
		switch {
		case pattern[i] == '*':
			for n := 1; n <= len(name); n++ {
				if fits(pattern[i+1:], name[n:]) {
					return true
				}
			}
			return false
		case name == "" || pattern[i] != '?' && pattern[i] != name[0]:
			return false
		}
		name = name[1:]
	}
	return name == ""
}

// ruleOrders reads all rules of a document.
func (p *Provider) ruleOrders(d document) []ruleOrder {
	var all []ruleOrder
	for _, m := range d.parts("requestRoutingRules") {
		properties := object(m, "properties")
		listener := d.part("httpListeners", refName(properties, "httpListener"))
		l := readListener(d, listener)
		r := ruleOrder{
			name: text(m, "name"), ours: p.owns(text(m, "name")) && text(m, "name") != p.placeholder(), priority: number(properties, "priority"),
			socket: string(l.Frontend) + " " + refName(listener, "frontendPort"), hosts: strings.Fields(l.Host),
		}
		all = append(all, r)
	}
	return all
}

// order tells of each of our rules whether it comes before all less specific rules that share
// requests with it, and after the more specific.
func (p *Provider) order(d document) map[string]bool {
	rules := p.ruleOrders(d)
	in := map[string]bool{}
	for _, r := range rules {
		if !r.ours {
			continue
		}
		in[r.name] = r.priority > 0 && !slices.ContainsFunc(rules, func(o ruleOrder) bool { return r.conflicts(o) || o.conflicts(r) })
	}
	return in
}

// prioritize gives our rules numbers in the order of their specificity, leaving those that fit. It
// returns the names of the rules for which those of others leave no room: to serve them would take
// requests from somebody else, or lose them to somebody else.
func (p *Provider) prioritize(d document) (without []string) {
	rules := p.ruleOrders(d)
	taken := map[int]bool{}
	var ours []ruleOrder
	for _, r := range rules {
		if r.ours {
			ours = append(ours, r)
		} else {
			taken[r.priority] = true
		}
	}
	slices.SortStableFunc(ours, func(a, b ruleOrder) int {
		return cmp.Or(a.compare(b), compareNumbers(a.priority, b.priority), strings.Compare(a.name, b.name))
	})
	last := 0
	for _, r := range ours {
		low, high := bounds(r, rules)
		low = max(last, low)
		n := r.priority
		if n <= low || n >= high {
			n = free(low, high, r.from(), taken)
		}
		if n <= low || n >= high || taken[n] {
			without = append(without, r.name)
			continue
		}
		last = n
		d.set("requestRoutingRules", r.name, map[string]any{"priority": n})
	}
	return without
}

// compareNumbers puts what has none yet last.
func compareNumbers(a, b int) int {
	if a == 0 || b == 0 {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// bounds are the priorities of others that a rule has to be between.
func bounds(r ruleOrder, rules []ruleOrder) (low, high int) {
	high = maxPriority + 1
	for _, o := range rules {
		if o.ours || o.socket != r.socket || !overlap(r.hosts, o.hosts) {
			continue
		}
		switch c := r.compare(o); {
		case c < 0:
			high = min(high, o.priority)
		case c > 0:
			low = max(low, o.priority)
		}
	}
	return low, high
}

// free is a number between low and high, both out, that nobody has: the first from preferred on,
// else the last before it; 0 if there is none.
func free(low, high, preferred int, taken map[int]bool) int {
	for n := max(low+1, preferred); n < high; n++ {
		if !taken[n] {
			return n
		}
	}
	for n := min(high, preferred) - 1; n > low; n-- {
		if !taken[n] {
			return n
		}
	}
	return 0
}
