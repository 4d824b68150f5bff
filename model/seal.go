package model

import "slices"

// Sealed is a validated load balancer that cannot change. It is a handle, cheap to copy and safe
// for concurrent use. Callers must not change what its methods return.
type Sealed struct{ p *sealed }

type sealed struct {
	lb                LoadBalancer
	groups            map[GroupID]int
	regexps           expressions
	digest, structure Digest
	indexes           []index // one per listener
}

// Seal copies lb, sets defaults, sorts, validates and digests. Two inputs that differ only in order
// seal to the same. The error is an *[InvalidError] that lists everything that is wrong.
//
// In the sealed form every route has at least one host (the zero Host for any) and one match, and
// its hosts are narrowed to the hostname of the listener. Header names are in canonical case. The
// shares of one group are added up. An endpoint that was given twice counts once, in its best
// state.
func Seal(lb LoadBalancer) (Sealed, error) {
	c := clone(lb)
	normalize(&c)
	t := newTables()
	v := validate(&c, &t, nil)
	if len(v.faults) > 0 {
		return Sealed{}, v.err()
	}
	return finish(c, &t, v.regexps), nil
}

// SealValid seals the valid parts. It leaves out each route, group or listener with an issue, and
// each route that refers to such a group. A default action with an issue becomes a bare 404. All
// issues are reported. The error is an *[InvalidError] if the load balancer itself is unusable, or
// if none of its listeners remains.
func SealValid(lb LoadBalancer) (Sealed, []Problem, error) {
	c := clone(lb)
	normalize(&c)
	var problems []Problem
	gone := map[GroupID]bool{}
	t := newTables()
	for {
		v := validate(&c, &t, gone)
		if len(v.faults) == 0 {
			return finish(c, &t, v.regexps), problems, nil
		}
		for _, f := range v.faults {
			problems = append(problems, f.problem())
		}
		leaveOut(&c, v.faults, gone)
		if v.unusable() || (len(c.Listeners) == 0 && len(lb.Listeners) > 0) {
			return Sealed{}, problems, v.err()
		}
	}
}

// leaveOut removes the parts with faults, and adds the groups among them to gone.
func leaveOut(lb *LoadBalancer, faults []fault, gone map[GroupID]bool) {
	bad := make(map[part]bool, len(faults))
	for _, f := range faults {
		bad[f.part] = true
	}
	lb.Groups = deleteIndexed(lb.Groups, func(i int, g *Group) bool {
		out := bad[part{kind: partGroup, group: i}]
		if out {
			gone[g.ID] = true
		}
		return out
	})
	lb.Listeners = deleteIndexed(lb.Listeners, func(i int, l *Listener) bool {
		if bad[part{kind: partDefault, listener: i}] {
			l.Default = Action{}
			normalizeAction(&l.Default, !l.Protocol.IsHTTP())
		}
		l.Routes = deleteIndexed(l.Routes, func(j int, _ *Route) bool {
			return bad[part{kind: partRoute, listener: i, route: j}]
		})
		return bad[part{kind: partListener, listener: i}]
	})
}

func deleteIndexed[T any](s []T, out func(int, *T) bool) []T {
	i := -1
	return slices.DeleteFunc(s, func(T) bool {
		i++
		return out(i, &s[i])
	})
}

func finish(lb LoadBalancer, t *tables, regexps expressions) Sealed {
	arrange(&lb)
	return newSealed(lb, t, regexps)
}

// newSealed digests and indexes a model that is sorted.
func newSealed(lb LoadBalancer, t *tables, regexps expressions) Sealed {
	p := &sealed{lb: lb, regexps: regexps, groups: make(map[GroupID]int, len(lb.Groups)), indexes: make([]index, len(lb.Listeners))}
	for i := range lb.Groups {
		p.groups[lb.Groups[i].ID] = i
	}
	p.digest, p.structure = digests(&p.lb, t)
	return Sealed{p: p}
}

// Valid reports whether s was sealed; the zero Sealed was not.
func (s Sealed) Valid() bool { return s.p != nil }

// ID returns the name of the load balancer; empty for the zero Sealed.
func (s Sealed) ID() ID {
	if s.p == nil {
		return ""
	}
	return s.p.lb.ID
}

// LoadBalancer returns the sealed model; nil for the zero Sealed.
func (s Sealed) LoadBalancer() *LoadBalancer {
	if s.p == nil {
		return nil
	}
	return &s.p.lb
}

// Listeners returns the listeners by port, protocol, host name (the most specific first) and name.
func (s Sealed) Listeners() []Listener {
	if s.p == nil {
		return nil
	}
	return s.p.lb.Listeners
}

// Groups returns the groups by ID.
func (s Sealed) Groups() []Group {
	if s.p == nil {
		return nil
	}
	return s.p.lb.Groups
}

// Group returns the group with an ID, if there is one.
func (s Sealed) Group(id GroupID) (*Group, bool) {
	if s.p == nil {
		return nil, false
	}
	i, ok := s.p.groups[id]
	if !ok {
		return nil, false
	}
	return &s.p.lb.Groups[i], true
}

// Digest returns the digest of everything; the zero Digest for the zero Sealed.
func (s Sealed) Digest() Digest {
	if s.p == nil {
		return Digest{}
	}
	return s.p.digest
}

// Structure returns the digest of everything except the endpoints of groups and whether they are
// known.
func (s Sealed) Structure() Digest {
	if s.p == nil {
		return Digest{}
	}
	return s.p.structure
}

// Entries returns the total order over everything that the routes of a listener match: the first
// entry that a request meets decides. Two routes with the same match are both in it.
func (s Sealed) Entries(listener int) []Entry { return s.index(listener).entries }

// Tables returns the entries of a listener by host, the most specific host first. The last table is
// that of any host; it always exists, and may be empty.
func (s Sealed) Tables(listener int) []*Table { return s.index(listener).tables }

func (s Sealed) index(listener int) *index {
	x := &s.p.indexes[listener]
	x.build(listener, s.p.lb.Listeners[listener].Routes)
	return x
}
