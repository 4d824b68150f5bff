package model

import "slices"

// Part names a part of a sealed model: a route, the default of a listener, a group, or a
// certificate.
type Part struct {
	Listener string
	Route    string  // empty with Listener set: the listener's default
	Group    GroupID // then the rest is empty
	// Certificate is the name of a certificate, on every listener that has it. Then the rest is
	// empty.
	Certificate string
}

// Without removes parts from s, as [Accept] does: the routes that need a removed group are removed
// too, a default becomes a bare 404, and groups that lost their last reference are removed. So is a
// listener that lost its last certificate. ok is false if nothing remains. A part that s does not
// have is ignored.
func Without(s Sealed, parts []Part) (left Sealed, ok bool) {
	bad, certificates := map[part]Use{}, map[string]bool{}
	for _, p := range parts {
		if s.hasCertificate(p.Certificate) {
			certificates[p.Certificate] = true
		}
		if at, found := s.locate(p); found {
			bad[at] = Use{Listener: p.Listener, Route: p.Route, Group: p.Group}
		}
	}
	if len(bad)+len(certificates) == 0 {
		return s, s.Valid()
	}
	k := checker{
		capabilities: Capabilities{Features: map[Feature]Support{FeatureNotFound: {Level: Supported}}},
		seen:         map[findingKey]bool{},
		bad:          bad,
	}
	left, _, ok = (&acceptor{s: s, checker: &k, certificates: certificates}).accept()
	return left, ok
}

// hasCertificate reports whether a listener has a certificate of that name.
func (s Sealed) hasCertificate(name string) bool {
	return name != "" && slices.ContainsFunc(s.Listeners(), func(l Listener) bool {
		return l.TLS != nil && slices.ContainsFunc(l.TLS.Certificates, func(c Certificate) bool { return c.Name == name })
	})
}

// locate returns the indexes of a named part.
func (s Sealed) locate(p Part) (part, bool) {
	if p.Group != "" {
		i, ok := s.p.groups[p.Group]
		return part{kind: partGroup, group: i}, ok
	}
	for i := range s.Listeners() {
		l := &s.Listeners()[i]
		if p.Certificate != "" || l.Name != p.Listener {
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
