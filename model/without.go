package model

// Part names a part of a sealed model: a route, the default of a listener, or a group.
type Part struct {
	Listener string
	Route    string  // empty with Listener set: the listener's default
	Group    GroupID // then the rest is empty
}

// Without removes parts from s, as [Accept] does: the routes that need a removed group are removed
// too, a default becomes a bare 404, and groups that lost their last reference are removed. ok is
// false if nothing remains. A part that s does not have is ignored.
func Without(s Sealed, parts []Part) (left Sealed, ok bool) {
	bad := map[part]Use{}
	for _, p := range parts {
		if at, found := s.locate(p); found {
			bad[at] = Use{Listener: p.Listener, Route: p.Route, Group: p.Group}
		}
	}
	if len(bad) == 0 {
		return s, s.Valid()
	}
	k := checker{
		capabilities: Capabilities{Features: map[Feature]Support{FeatureNotFound: {Level: Supported}}},
		seen:         map[findingKey]bool{},
		bad:          bad,
	}
	left, _, ok = (&acceptor{s: s, checker: &k}).accept()
	return left, ok
}

// locate returns the indexes of a named part.
func (s Sealed) locate(p Part) (part, bool) {
	if p.Group != "" {
		i, ok := s.p.groups[p.Group]
		return part{kind: partGroup, group: i}, ok
	}
	for i := range s.Listeners() {
		l := &s.Listeners()[i]
		if l.Name != p.Listener {
			continue
		}
		if p.Route == "" {
			return part{kind: partDefault, listener: i}, true
		}
		for j := range l.Routes {
			if l.Routes[j].Name == p.Route {
				return part{kind: partRoute, listener: i, route: j}, true
			}
		}
	}
	return part{}, false
}
