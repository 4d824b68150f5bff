package azure

import (
	"cmp"
	"slices"
	"strings"
)

// The first priorities for the cluster's rules, by the class of their host. The gateway evaluates
// priority 1 first (Application Gateway multi-site hosting, request routing rules evaluation
// order). Lower priorities are left to others.
const (
	exactFirst    = 2000
	wildcardFirst = 12000
	anyFirst      = 19000
	maxPriority   = 20000
)

// ruleOrder is what determines the place of a rule in the order of rules.
type ruleOrder struct {
	name     string
	owned    bool
	socket   string // frontend and port
	hosts    []string
	priority int // 0 if it has none yet
}

// rank orders rules by specificity: names first, then wildcards by length, then any host. A
// wildcard for deeper names comes before that for one label.
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

// first returns the first priority for a rule of this class.
func (r ruleOrder) first() int {
	switch class, _ := r.rank(); class {
	case 0:
		return exactFirst
	case 1:
		return wildcardFirst
	default:
		return anyFirst
	}
}

// conflicts reports whether r comes after o, although r is more specific and both may match one
// request.
func (r ruleOrder) conflicts(o ruleOrder) bool {
	return r.socket == o.socket && r.compare(o) < 0 && r.priority > o.priority && overlap(r.hosts, o.hosts)
}

// overlap reports whether a request may match both. It compares a wildcard with the patterns of the
// other side as if it were a name.
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

// fits reports whether a pattern covers a name or another pattern. "*" matches one or more
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

// ruleOrders returns all rules of a document.
func (p *Provider) ruleOrders(d document) []ruleOrder {
	var all []ruleOrder
	for _, m := range d.parts("requestRoutingRules") {
		properties := object(m, "properties")
		listener := d.part("httpListeners", refName(properties, "httpListener"))
		l := readListener(d, listener)
		r := ruleOrder{
			name: text(m, "name"), owned: p.owns(text(m, "name")) && text(m, "name") != p.placeholderName(), priority: number(properties, "priority"),
			socket: string(l.Frontend) + " " + refName(listener, "frontendPort"), hosts: strings.Fields(l.Host),
		}
		all = append(all, r)
	}
	return all
}

// order reports, for each of the cluster's rules, whether it is in order: before all less specific
// rules that may match the same request, and after all more specific ones.
func (p *Provider) order(d document) map[string]bool {
	rules := p.ruleOrders(d)
	in := map[string]bool{}
	for _, r := range rules {
		if !r.owned {
			continue
		}
		in[r.name] = r.priority > 0 && !slices.ContainsFunc(rules, func(o ruleOrder) bool { return r.conflicts(o) || o.conflicts(r) })
	}
	return in
}

// prioritize sets the priorities of the cluster's rules in the order of their specificity. It
// retains those that fit. It returns the names of the rules for which no priority is free between
// the rules of others. Any other priority would route requests of one owner to another.
func (p *Provider) prioritize(d document) (without []string) {
	rules := p.ruleOrders(d)
	used := map[int]bool{}
	var owned []ruleOrder
	for _, r := range rules {
		if r.owned {
			owned = append(owned, r)
		} else {
			used[r.priority] = true
		}
	}
	slices.SortStableFunc(owned, func(a, b ruleOrder) int {
		return cmp.Or(a.compare(b), comparePriorities(a.priority, b.priority), strings.Compare(a.name, b.name))
	})
	last := 0
	for _, r := range owned {
		low, high := bounds(r, rules)
		low = max(last, low)
		n := r.priority
		if n <= low || n >= high {
			n = free(low, high, r.first(), used)
		}
		if n <= low || n >= high || used[n] {
			without = append(without, r.name)
			continue
		}
		last = n
		d.set("requestRoutingRules", r.name, map[string]any{"priority": n})
	}
	return without
}

// comparePriorities orders rules without a priority last.
func comparePriorities(a, b int) int {
	if a == 0 || b == 0 {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// bounds returns the priorities of others between which the priority of a rule must be.
func bounds(r ruleOrder, rules []ruleOrder) (low, high int) {
	high = maxPriority + 1
	for _, o := range rules {
		if o.owned || o.socket != r.socket || !overlap(r.hosts, o.hosts) {
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

// free returns an unused priority between low and high, exclusive: the first from preferred on,
// else the last before it, or 0 if there is none.
func free(low, high, preferred int, used map[int]bool) int {
	for n := max(low+1, preferred); n < high; n++ {
		if !used[n] {
			return n
		}
	}
	for n := min(high, preferred) - 1; n > low; n-- {
		if !used[n] {
			return n
		}
	}
	return 0
}
