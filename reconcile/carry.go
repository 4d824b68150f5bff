package reconcile

import (
	"slices"

	"github.com/headgate-io/headgate/model"
)

// carry keeps serving what served: routes that objects had before and that now are refused in part
// or whole stay as they were, with the listeners, certificates and groups that they need. Other
// objects are as now says. It returns now itself where nothing is to be kept.
func carry(now, before model.Sealed, problems []model.Problem) model.Sealed {
	refused := map[model.Ref]bool{}
	for _, p := range problems {
		if p.Refuses() {
			refused[p.Origin.Object()] = true
		}
	}
	if len(refused) == 0 || !before.Valid() {
		return now
	}
	c := carrier{lb: *now.LoadBalancer(), before: before}
	c.lb.Listeners = slices.Clone(c.lb.Listeners)
	for i := range before.Listeners() {
		c.listener(&before.Listeners()[i], refused)
	}
	if len(c.groups) == 0 && !c.changed {
		return now
	}
	sealed, err := model.Seal(c.finish())
	if err != nil {
		return now // what was kept does not fit what is new; the new wins
	}
	return sealed
}

// carrier is a load balancer to which what served before is added.
type carrier struct {
	lb      model.LoadBalancer
	before  model.Sealed
	groups  []model.GroupID // that the kept routes need
	changed bool
}

// listener adds the routes of refused objects that old had and the new listener of its name has
// not.
func (c *carrier) listener(old *model.Listener, refused map[model.Ref]bool) {
	at := slices.IndexFunc(c.lb.Listeners, func(l model.Listener) bool { return l.Name == old.Name })
	var kept []model.Route
	for i := range old.Routes {
		r := old.Routes[i]
		if refused[r.Origin.Object()] && (at < 0 || !hasRoute(&c.lb.Listeners[at], r.Name)) {
			kept = append(kept, r)
			c.need(r)
		}
	}
	if len(kept) == 0 {
		return
	}
	c.changed = true
	if at < 0 {
		l := *old
		l.Routes, l.Default = kept, model.Action{}
		c.lb.Listeners = append(c.lb.Listeners, l)
		return
	}
	l := &c.lb.Listeners[at]
	l.Routes = append(slices.Clone(l.Routes), kept...)
	l.TLS = withCertificates(l.TLS, old.TLS)
}

func hasRoute(l *model.Listener, name string) bool {
	return slices.ContainsFunc(l.Routes, func(r model.Route) bool { return r.Name == name })
}

// need notes the groups of a route.
func (c *carrier) need(r model.Route) {
	for _, m := range r.Filters.Mirrors {
		c.groups = append(c.groups, m.Group)
	}
	if r.Action.Forward == nil {
		return
	}
	for _, w := range r.Action.Forward.Groups {
		c.groups = append(c.groups, w.Group)
		for _, m := range w.Filters.Mirrors {
			c.groups = append(c.groups, m.Group)
		}
	}
}

// withCertificates is tls with those of old that it lacks, each behind the one that it was behind:
// the first is what a client gets that names no host.
func withCertificates(tls, old *model.ListenerTLS) *model.ListenerTLS {
	if tls == nil || old == nil {
		return tls
	}
	out := *tls
	out.Certificates = slices.Clone(out.Certificates)
	at := 0
	for _, cert := range old.Certificates {
		if i := slices.IndexFunc(out.Certificates, func(x model.Certificate) bool { return x.Name == cert.Name }); i >= 0 {
			at = i + 1
			continue
		}
		out.Certificates = slices.Insert(out.Certificates, at, cert)
		at++
	}
	return &out
}

// finish adds the groups that are needed and not there.
func (c *carrier) finish() model.LoadBalancer {
	c.lb.Groups = slices.Clone(c.lb.Groups)
	for _, id := range c.groups {
		if slices.ContainsFunc(c.lb.Groups, func(g model.Group) bool { return g.ID == id }) {
			continue
		}
		if g, ok := c.before.Group(id); ok {
			c.lb.Groups = append(c.lb.Groups, *g)
		}
	}
	return c.lb
}
