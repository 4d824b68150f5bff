package kube

import (
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
)

// assembly is one load balancer in the making. It knows nothing of the kinds that ask for it.
type assembly struct {
	b      *builder
	lb     *model.LoadBalancer // in its place in the result
	family model.Family
	http   listener
	https  listener
	// keep is how many routes a listener may get, to make room once.
	keep int
}

// listener is one listener in the making.
type listener struct {
	model.Listener
	wanted bool
	seen   map[routeKey]int // the route of each host and path, once there are many
	byWhom model.Ref        // who set the default
}

// routeKey is what two routes must not share: it decides where a request goes.
type routeKey struct {
	host  model.Host
	path  string
	exact bool
}

// candidate is a route that someone asks for.
type candidate struct {
	key    routeKey
	action model.Action
	origin model.Ref
	name   string
	age    time.Time
}

// text is the host and path as people write them.
func (k routeKey) text() string {
	sign := ""
	if k.exact {
		sign = "="
	}
	return k.host.String() + sign + k.path
}

func (k routeKey) match() model.PathMatch {
	if k.exact {
		return model.PathMatch{Type: model.PathExact, Value: k.path}
	}
	return model.PathMatch{Type: model.PathPrefix, Value: k.path}
}

// add gives a route to a listener, unless an older one has its host and path. Then the younger is
// told, if it asks for anything else.
func (a *assembly) add(l *listener, c *candidate) {
	if l.Routes == nil {
		l.Routes = a.b.blocks.routes.take(a.keep)[:0]
	}
	if old := l.find(c.key); old != nil {
		if !same(old.Action, c.action) {
			a.conflict(c.origin, c.key.text()+" is served otherwise", old.Origin)
		}
		return
	}
	n := len(l.Routes)
	if l.seen != nil {
		l.seen[c.key] = n
	}
	l.Routes = slices.Grow(l.Routes, 1)[:n+1]
	r := &l.Routes[n]
	r.Name, r.Action, r.Age, r.Origin = c.name, c.action, c.age, c.origin
	r.Matches = a.b.blocks.matches.take(1)
	r.Matches[0].Path = c.key.match()
	r.Hosts = a.b.blocks.hosts.one(c.key.host)
}

// few is how many routes are faster to look through than to look up.
const few = 12

// find is the route of a host and path.
func (l *listener) find(k routeKey) *model.Route {
	if l.seen == nil && len(l.Routes) > few {
		l.seen = make(map[routeKey]int, cap(l.Routes))
		for i := range l.Routes {
			l.seen[keyOf(&l.Routes[i])] = i
		}
	}
	if l.seen != nil {
		if i, ok := l.seen[k]; ok {
			return &l.Routes[i]
		}
		return nil
	}
	for i := range l.Routes {
		if keyOf(&l.Routes[i]) == k {
			return &l.Routes[i]
		}
	}
	return nil
}

func keyOf(r *model.Route) routeKey {
	p := &r.Matches[0].Path
	return routeKey{host: r.Hosts[0], path: p.Value, exact: p.Type == model.PathExact}
}

// fallback sets the default of a listener; the older one wins.
func (a *assembly) fallback(l *listener, action model.Action, origin model.Ref) {
	if l.byWhom.Name == "" {
		l.Default, l.byWhom = action, origin
		return
	}
	if !same(l.Default, action) {
		a.conflict(origin, "another default backend is set", l.byWhom)
	}
}

// conflict tells the loser who won.
func (a *assembly) conflict(loser model.Ref, what string, winner model.Ref) {
	who := winner.Object().String() + ", which takes precedence"
	if winner.Object() == loser.Object() {
		who = winner.Field + " of the same object, which comes first"
	}
	a.b.problem(loser, model.ReasonConflict, what+" by "+who)
}

// same compares actions that this package makes: one group, a redirect or a status.
func same(x, y model.Action) bool {
	switch {
	case x.Forward != nil && y.Forward != nil:
		return x.Forward.Groups[0].Group == y.Forward.Groups[0].Group
	case x.Redirect != nil && y.Redirect != nil:
		return x.Redirect.Status == y.Redirect.Status
	case x.Fixed != nil && y.Fixed != nil:
		return x.Fixed.Status == y.Fixed.Status
	default:
		return x == y
	}
}

// forward is the action that sends everything to the group of a variant, which is made at first
// use.
func (a *assembly) forward(s *service, v *variant, origin model.Ref) model.Action {
	if v.sequence != a.b.sequence {
		a.group(s, v)
	}
	g := &a.lb.Groups[v.index]
	if last := len(g.Origins) - 1; last < 0 || g.Origins[last] != origin {
		g.Origins = append(g.Origins, origin)
	}
	return model.Action{Forward: v.forward}
}

// group gives the load balancer the group of a variant. The settings that came first have the plain
// ID, others a suffix.
func (a *assembly) group(s *service, v *variant) {
	id := v.id
	if s.used(v.port.Port, a.b.sequence) {
		id += model.GroupID("~" + v.settings.digest())
		v.forward = a.b.blocks.forwardTo(id)
	} else {
		if v.plain == nil {
			v.plain = a.b.blocks.forwardTo(id)
		}
		v.forward = v.plain
	}
	v.sequence, v.index = a.b.sequence, int32(len(a.lb.Groups))
	g := a.room()
	a.place(g, s, v)
	g.ID = id
	g.Origins = a.b.blocks.refs.take(2)[:1]
	g.Origins[0] = model.Ref{Kind: "Service", Namespace: s.object.Namespace, Name: s.object.Name}
	last := &a.b.result.Backends[len(a.b.result.Backends)-1]
	last.LoadBalancer, last.Group = a.lb.ID, id
}

// place works the group of a variant out where it stands, or copies it from where it was made
// first, with what its endpoints come from.
func (a *assembly) place(g *model.Group, s *service, v *variant) {
	all := &a.b.result.Backends
	if v.group != nil {
		*g = *v.group
		*all = append(*all, (*all)[v.backend])
		return
	}
	v.backend = int32(len(*all))
	*all = append(*all, GroupBackend{Backend: backendOf(s.object, v.port, v.settings, v.family)})
	a.b.fill(g, s, v, &(*all)[v.backend].Backend)
	v.group = g
}

// room is the place of the next group.
func (a *assembly) room() *model.Group {
	n := len(a.lb.Groups)
	if n == cap(a.lb.Groups) {
		bigger := a.b.blocks.groups.take(n + a.more(n))
		a.lb.Groups = bigger[:copy(bigger, a.lb.Groups)]
	}
	a.lb.Groups = a.lb.Groups[:n+1]
	return &a.lb.Groups[n]
}

// more is for how many groups to make room beside n: at first for all that there can be, where each
// Service has one port and each Ingress the same settings. Default backends may take more than
// routes.
func (a *assembly) more(n int) int {
	return max(min(a.keep, len(a.b.services))-n, n, 1)
}

// finish hands the listeners over.
func (a *assembly) finish() {
	// Without any listener the model would mean standalone groups, and the address would be given
	// up for a certificate that is missing for a moment. An empty port 80 answers 404 and keeps it.
	if !a.http.wanted && !a.https.wanted {
		a.http.wanted = true
	}
	switch {
	case !a.https.wanted:
		a.lb.Listeners = a.b.blocks.listeners.one(a.http.Listener)
	case !a.http.wanted:
		a.lb.Listeners = a.b.blocks.listeners.one(a.https.Listener)
	default:
		a.lb.Listeners = a.b.blocks.listeners.take(2)
		a.lb.Listeners[0], a.lb.Listeners[1] = a.http.Listener, a.https.Listener
	}
}
