package model

import (
	"maps"
	"slices"
)

// clone is a deep copy, so that nothing that the caller does to its own changes what is sealed. Secrets cannot be changed and
// are shared.
func clone(lb LoadBalancer) LoadBalancer {
	lb.Addresses = slices.Clone(lb.Addresses)
	lb.Tags = maps.Clone(lb.Tags)
	lb.Origins = slices.Clone(lb.Origins)
	lb.Listeners = cloneEach(lb.Listeners, cloneListener)
	lb.Groups = cloneEach(lb.Groups, cloneGroup)
	return lb
}

// cloneEach copies a slice and what its elements hold.
func cloneEach[T any](from []T, deepen func(*T)) []T {
	to := slices.Clone(from)
	for i := range to {
		deepen(&to[i])
	}
	return to
}

func clonePointer[T any](p *T, deepen func(*T)) *T {
	if p == nil {
		return nil
	}
	c := *p
	if deepen != nil {
		deepen(&c)
	}
	return &c
}

func cloneGroup(g *Group) {
	g.Endpoints = slices.Clone(g.Endpoints)
	g.Origins = slices.Clone(g.Origins)
}

func cloneListener(l *Listener) {
	l.Origins = slices.Clone(l.Origins)
	l.Routes = cloneEach(l.Routes, cloneRoute)
	cloneAction(&l.Default)
	l.TLS = clonePointer(l.TLS, cloneTLS)
}

func cloneTLS(t *ListenerTLS) {
	t.Certificates = cloneEach(t.Certificates, func(c *Certificate) { c.PEM = slices.Clone(c.PEM) })
	t.Client = clonePointer(t.Client, func(c *ClientValidation) { c.Authorities = slices.Clone(c.Authorities) })
}

func cloneRoute(r *Route) {
	r.Hosts = slices.Clone(r.Hosts)
	r.Matches = cloneEach(r.Matches, cloneMatch)
	cloneFilters(&r.Filters)
	cloneAction(&r.Action)
	r.Retry = clonePointer(r.Retry, func(r *Retry) { r.Codes = slices.Clone(r.Codes) })
}

func cloneMatch(m *Match) {
	m.Headers = slices.Clone(m.Headers)
	m.Query = slices.Clone(m.Query)
}

func cloneAction(a *Action) {
	a.Forward = clonePointer(a.Forward, func(f *Forward) {
		f.Groups = cloneEach(f.Groups, func(w *Weighted) { cloneFilters(&w.Filters) })
	})
	a.Redirect = clonePointer(a.Redirect, func(r *Redirect) { r.Path = clonePointer(r.Path, nil) })
	a.Fixed = clonePointer(a.Fixed, nil)
}

func cloneFilters(f *Filters) {
	f.Request = clonePointer(f.Request, cloneHeaderChange)
	f.Response = clonePointer(f.Response, cloneHeaderChange)
	f.Rewrite = clonePointer(f.Rewrite, func(r *Rewrite) { r.Path = clonePointer(r.Path, nil) })
	f.Mirrors = slices.Clone(f.Mirrors)
	f.CORS = clonePointer(f.CORS, cloneCORS)
}

func cloneHeaderChange(h *HeaderChange) {
	h.Set, h.Add, h.Remove = slices.Clone(h.Set), slices.Clone(h.Add), slices.Clone(h.Remove)
}

func cloneCORS(c *CORS) {
	c.Origins, c.Methods = slices.Clone(c.Origins), slices.Clone(c.Methods)
	c.Headers, c.Expose = slices.Clone(c.Headers), slices.Clone(c.Expose)
}
