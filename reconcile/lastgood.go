package reconcile

import (
	"slices"

	"github.com/headgate-io/headgate/model"
)

// withLastKnownGood returns now, extended by the last known good configuration of objects that are
// refused in whole or in part: their routes in before, and the listeners, certificates and groups
// that those need. It returns now itself if there is nothing to restore.
func withLastKnownGood(now, before model.Sealed, problems []model.Problem) model.Sealed {
	refused := map[model.Ref]bool{}
	for _, p := range problems {
		if p.Refuses() {
			refused[p.Origin.Object()] = true
		}
	}
	if len(refused) == 0 || !before.Valid() {
		return now
	}
	c := restorer{lb: *now.LoadBalancer(), before: before}
	c.lb.Listeners = slices.Clone(c.lb.Listeners)
	for i := range before.Listeners() {
		c.listener(&before.Listeners()[i], refused)
	}
	if len(c.groups) == 0 && !c.changed {
		return now
	}
	sealed, err := model.Seal(c.finish())
	if err != nil {
		return now // the old routes conflict with the new ones, which win
	}
	return sealed
}

// restorer adds parts of an earlier load balancer to the current one.
type restorer struct {
	lb      model.LoadBalancer
	before  model.Sealed
	groups  []model.GroupID // those that the restored routes need
	changed bool
}

// listener restores the routes of refused objects that old has and the current listener of the same
// name lacks.
func (c *restorer) listener(old *model.Listener, refused map[model.Ref]bool) {
	at := slices.IndexFunc(c.lb.Listeners, func(l model.Listener) bool { return l.Name == old.Name })
	var restored []model.Route
	for i := range old.Routes {
		r := old.Routes[i]
		if refused[r.Origin.Object()] && (at < 0 || !hasRoute(&c.lb.Listeners[at], r.Name)) {
			restored = append(restored, r)
			c.require(r)
		}
	}
	if len(restored) == 0 {
		return
	}
	c.changed = true
	if at < 0 {
		l := *old
		l.Routes, l.Default = restored, model.Action{}
		c.lb.Listeners = append(c.lb.Listeners, l)
		return
	}
	l := &c.lb.Listeners[at]
	l.Routes = append(slices.Clone(l.Routes), restored...)
	l.TLS = withCertificates(l.TLS, old.TLS)
}

func hasRoute(l *model.Listener, name string) bool {
	return slices.ContainsFunc(l.Routes, func(r model.Route) bool { return r.Name == name })
}

// require records the groups of a route.
func (c *restorer) require(r model.Route) {
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

// withCertificates returns tls with the certificates of old that it lacks, in their old order,
// because the first certificate is the default one for clients without SNI.
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

// finish adds the missing groups and returns the load balancer.
func (c *restorer) finish() model.LoadBalancer {
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
