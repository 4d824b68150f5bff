package model

import "slices"

// Accept removes from s what c does not support: the route, the certificate or the listener that
// uses it, or a group together with the routes that need it. A listener that lost its last
// certificate is removed. A default action that is not supported becomes a bare 404.
// If c does not support that either, the listener is removed. Groups that only removed parts refer
// to are removed too. What a provider serves with a deviation is reported and stays. Accept removes
// no more of an object than that.
//
// ok is false if nothing can be served: if the load balancer as a whole needs an unsupported
// feature, or if no listener (of standalone groups: no group) remains.
func Accept(s Sealed, c Capabilities) (accepted Sealed, problems []Problem, ok bool) {
	if !s.Valid() {
		return Sealed{}, nil, false
	}
	k := checker{capabilities: c}
	walkUses(s, k.use)
	for _, f := range k.findings {
		problems = append(problems, f.Problem)
	}
	if len(k.bad) == 0 {
		return s, problems, true
	}
	if _, whole := k.bad[part{kind: partBalancer}]; whole {
		return Sealed{}, problems, false
	}
	a := acceptor{s: s, checker: &k, problems: problems, certificates: k.badCertificates()}
	return a.accept()
}

// badCertificates returns the names of the certificates that are not supported.
func (k *checker) badCertificates() map[string]bool {
	names := map[string]bool{}
	for at := range k.bad {
		if at.kind == partCertificate {
			names[at.certificate] = true
		}
	}
	return names
}

// acceptor builds the accepted model. It shares memory with the original.
type acceptor struct {
	s        Sealed
	checker  *checker
	problems []Problem
	// certificates are the names of the certificates to remove
	certificates map[string]bool
}

func (a *acceptor) accept() (Sealed, []Problem, bool) {
	lb := *a.s.LoadBalancer()
	lb.Listeners = nil
	for i := range a.s.Listeners() {
		if l, ok := a.listener(i); ok {
			lb.Listeners = append(lb.Listeners, l)
		}
	}
	if len(lb.Listeners) == 0 && len(a.s.Listeners()) > 0 {
		return Sealed{}, a.problems, false
	}
	lb.Groups = a.groups(&lb)
	if len(lb.Listeners)+len(lb.Groups) == 0 {
		return Sealed{}, a.problems, false
	}
	t := newTables()
	return newSealed(lb, &t, a.s.p.regexps), a.problems, true
}

func (a *acceptor) listener(i int) (Listener, bool) {
	l := a.s.Listeners()[i]
	if _, bad := a.checker.bad[part{kind: partListener, listener: i}]; bad || !a.dropCertificates(&l) {
		return l, false
	}
	_, bad := a.checker.bad[part{kind: partDefault, listener: i}]
	if a.needsBad(&l.Default, &Filters{}, l.Origins) || bad {
		if !a.dropDefault(&l) {
			return l, false
		}
	}
	routes := l.Routes
	l.Routes = make([]Route, 0, len(routes))
	for j := range routes {
		r := &routes[j]
		_, bad := a.checker.bad[part{kind: partRoute, listener: i, route: j}]
		if needs := a.needsBad(&r.Action, &r.Filters, []Ref{r.Origin}); !bad && !needs {
			l.Routes = append(l.Routes, *r)
		}
	}
	return l, true
}

// dropCertificates removes certificates from a listener. It reports false if none remains.
func (a *acceptor) dropCertificates(l *Listener) bool {
	if l.TLS == nil || len(a.certificates) == 0 {
		return true
	}
	tls := *l.TLS
	tls.Certificates = slices.DeleteFunc(slices.Clone(tls.Certificates), func(c Certificate) bool { return a.certificates[c.Name] })
	l.TLS = &tls
	return len(tls.Certificates) > 0
}

// dropDefault replaces the default action. It reports false if the listener cannot do without one.
func (a *acceptor) dropDefault(l *Listener) bool {
	l.Default = Action{}
	normalizeAction(&l.Default, !l.Protocol.IsHTTP())
	return !l.Protocol.IsHTTP() || a.checker.capabilities.Features[FeatureNotFound].Level != Unsupported
}

// needsBad reports whether an action or a mirror refers to a removed group. It reports the problem
// to the given origins.
func (a *acceptor) needsBad(action *Action, filters *Filters, origins []Ref) bool {
	needs := false
	eachGroup(action, filters, func(id GroupID) {
		use, bad := a.checker.bad[part{kind: partGroup, group: a.s.p.groups[id]}]
		if !bad {
			return
		}
		needs = true
		for _, o := range origins {
			a.report(use, o)
		}
	})
	return needs
}

// report adds the problem of a group to an object that needs the group, once.
func (a *acceptor) report(use Use, origin Ref) {
	key := findingKey{origin.Object(), use.Feature}
	if a.checker.seen[key] {
		return
	}
	a.checker.seen[key] = true
	p := use.problem(a.checker.capabilities.Features[use.Feature], origin)
	p.Message = "group " + quote(string(use.Group)) + ": " + p.Message
	a.problems = append(a.problems, p)
}

// groups returns the supported groups, without those that lost their last reference.
func (a *acceptor) groups(left *LoadBalancer) []Group {
	before, after := references(a.s.LoadBalancer()), references(left)
	return slices.DeleteFunc(slices.Clone(a.s.Groups()), func(g Group) bool {
		_, bad := a.checker.bad[part{kind: partGroup, group: a.s.p.groups[g.ID]}]
		return bad || before[g.ID] && !after[g.ID]
	})
}

// references returns the groups that actions and mirrors refer to.
func references(lb *LoadBalancer) map[GroupID]bool {
	named := map[GroupID]bool{}
	note := func(id GroupID) { named[id] = true }
	for i := range lb.Listeners {
		l := &lb.Listeners[i]
		eachGroup(&l.Default, &Filters{}, note)
		for j := range l.Routes {
			eachGroup(&l.Routes[j].Action, &l.Routes[j].Filters, note)
		}
	}
	return named
}

// eachGroup visits every group that an action and the filters of its route refer to.
func eachGroup(a *Action, f *Filters, visit func(GroupID)) {
	for i := range f.Mirrors {
		visit(f.Mirrors[i].Group)
	}
	if a.Forward == nil {
		return
	}
	for i := range a.Forward.Groups {
		w := &a.Forward.Groups[i]
		visit(w.Group)
		for j := range w.Filters.Mirrors {
			visit(w.Filters.Mirrors[j].Group)
		}
	}
}
