package model

// Part names something of a sealed model: a route, the default of a listener, or a group.
type Part struct {
	Listener string
	Route    string  // empty with Listener set: the listener's default
	Group    GroupID // then the rest is empty
}

// Without leaves parts out of s, as [Accept] does: the routes that need a group go with it, a
// default becomes a bare 404, and groups that only what is left out referred to go too. ok is false
// when nothing is left. A part that s has not is no error.
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

// locate turns names into indexes.
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
