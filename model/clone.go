package model

import (
	"maps"
	"slices"
)

// clone returns a deep copy, so that later changes by the caller do not reach the sealed model.
// Secrets are immutable and shared.
func clone(lb LoadBalancer) LoadBalancer {
	lb.Addresses = slices.Clone(lb.Addresses)
	lb.Tags = maps.Clone(lb.Tags)
	lb.Origins = slices.Clone(lb.Origins)
	lb.Listeners = cloneEach(lb.Listeners, cloneListener)
	lb.Groups = cloneEach(lb.Groups, cloneGroup)
	return lb
}

// cloneEach copies a slice and the contents of its elements.
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
	c := roomFor(l)
	l.Routes = cloneEach(l.Routes, c.route)
	c.action(&l.Default)
	l.TLS = clonePointer(l.TLS, cloneTLS)
}

// cloner copies the short lists of many routes into a few long ones. They are freed together, with
// the sealed model.
type cloner struct {
	hosts    []Host
	matches  []Match
	forwards []Forward
	shares   []Weighted
}

// roomFor makes room for the lists of all routes of a listener and of its default.
func roomFor(l *Listener) *cloner {
	var hosts, matches, forwards, shares int
	count := func(a *Action) {
		if a.Forward != nil {
			forwards, shares = forwards+1, shares+len(a.Forward.Groups)
		}
	}
	count(&l.Default)
	for i := range l.Routes {
		r := &l.Routes[i]
		hosts, matches = hosts+len(r.Hosts), matches+len(r.Matches)
		count(&r.Action)
	}
	return &cloner{
		hosts: make([]Host, 0, hosts), matches: make([]Match, 0, matches), forwards: make([]Forward, 0, forwards), shares: make([]Weighted, 0, shares),
	}
}

// into appends a copy of a list to a longer one, and returns it with no room to grow.
func into[T any](all *[]T, from []T) []T {
	if from == nil {
		return nil
	}
	begin := len(*all)
	*all = append(*all, from...)
	return (*all)[begin:len(*all):len(*all)]
}

func cloneTLS(t *ListenerTLS) {
	t.Certificates = cloneEach(t.Certificates, func(c *Certificate) { c.PEM = slices.Clone(c.PEM) })
	t.Client = clonePointer(t.Client, func(c *ClientValidation) { c.Authorities = slices.Clone(c.Authorities) })
}

func (c *cloner) route(r *Route) {
	r.Hosts = into(&c.hosts, r.Hosts)
	r.Matches = into(&c.matches, r.Matches)
	for i := range r.Matches {
		cloneMatch(&r.Matches[i])
	}
	cloneFilters(&r.Filters)
	c.action(&r.Action)
	r.Retry = clonePointer(r.Retry, func(r *Retry) { r.Codes = slices.Clone(r.Codes) })
}

func cloneMatch(m *Match) {
	m.Headers = slices.Clone(m.Headers)
	m.Query = slices.Clone(m.Query)
}

func (c *cloner) action(a *Action) {
	if a.Forward != nil {
		shares := into(&c.shares, a.Forward.Groups)
		for i := range shares {
			cloneFilters(&shares[i].Filters)
		}
		a.Forward = &into(&c.forwards, []Forward{{Groups: shares}})[0]
	}
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
