package model

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// arrange sorts a valid model, merges duplicates, and narrows the hosts of routes to those of their
// listener.
func arrange(lb *LoadBalancer) {
	lb.Addresses = sortUnique(lb.Addresses, strings.Compare)
	lb.Origins = sortUnique(lb.Origins, compareRefs)
	for i := range lb.Listeners {
		arrangeListener(&lb.Listeners[i])
	}
	sortOnce(lb.Listeners, compareListeners)
	for i := range lb.Groups {
		arrangeGroup(&lb.Groups[i])
	}
	sortOnce(lb.Groups, func(a, b *Group) int { return strings.Compare(string(a.ID), string(b.ID)) })
}

// sortOnce sorts large elements by index, and does nothing if they are sorted.
func sortOnce[T any](s []T, compare func(a, b *T) int) {
	sorted := true
	for i := 1; i < len(s) && sorted; i++ {
		sorted = compare(&s[i-1], &s[i]) <= 0
	}
	if sorted {
		return
	}
	order := make([]int, len(s))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(compare(&s[a], &s[b]), cmp.Compare(a, b)) })
	reorder(s, order)
}

// reorder moves s[order[i]] to i. It moves each element once, and overwrites order.
func reorder[T any](s []T, order []int) {
	for i := range s {
		first := s[i]
		for j := i; order[j] != j; {
			from := order[j]
			order[j] = j
			if from == i {
				s[j] = first
				break
			}
			s[j] = s[from]
			j = from
		}
	}
}

func sortUnique[T comparable](s []T, compare func(a, b T) int) []T {
	if len(s) < 2 {
		return s
	}
	slices.SortFunc(s, compare)
	return slices.Compact(s)
}

func compareRefs(a, b Ref) int {
	return cmp.Or(
		strings.Compare(a.Kind, b.Kind), strings.Compare(a.Namespace, b.Namespace),
		strings.Compare(a.Name, b.Name), strings.Compare(a.Field, b.Field),
	)
}

func compareListeners(a, b *Listener) int {
	return cmp.Or(
		cmp.Compare(a.Port, b.Port), strings.Compare(string(a.Protocol), string(b.Protocol)),
		a.Hostname.Compare(b.Hostname), strings.Compare(a.Name, b.Name),
	)
}

func arrangeListener(l *Listener) {
	l.Origins = sortUnique(l.Origins, compareRefs)
	arrangeAction(&l.Default)
	if l.TLS != nil {
		l.TLS.Certificates = uniqueCertificates(l.TLS.Certificates)
	}
	for i := range l.Routes {
		arrangeRoute(&l.Routes[i], l.Hostname)
	}
	sortOnce(l.Routes, func(a, b *Route) int { return strings.Compare(a.Name, b.Name) })
}

// uniqueCertificates removes duplicates and preserves the order, since the first certificate is the
// default.
func uniqueCertificates(certs []Certificate) []Certificate {
	if len(certs) < 2 {
		return certs
	}
	seen := make(map[string]bool, len(certs))
	return slices.DeleteFunc(certs, func(c Certificate) bool {
		twice := seen[c.Name]
		seen[c.Name] = true
		return twice
	})
}

func arrangeRoute(r *Route, listener Host) {
	for i, h := range r.Hosts {
		if both, ok := h.Intersect(listener); ok {
			r.Hosts[i] = both
		}
	}
	r.Hosts = sortUnique(r.Hosts, Host.Compare)
	for i := range r.Matches {
		arrangeMatch(&r.Matches[i])
	}
	r.Matches = uniqueMatches(r.Matches)
	arrangeFilters(&r.Filters)
	arrangeAction(&r.Action)
	if r.Retry != nil {
		r.Retry.Codes = sortUnique(r.Retry.Codes, cmp.Compare[int])
	}
}

func arrangeMatch(m *Match) {
	m.Headers = sortUnique(m.Headers, compareValueMatches)
	m.Query = sortUnique(m.Query, compareValueMatches)
}

func compareValueMatches(a, b ValueMatch) int {
	return cmp.Or(
		strings.Compare(a.Name, b.Name), strings.Compare(string(a.Type), string(b.Type)), strings.Compare(a.Value, b.Value),
	)
}

func uniqueMatches(matches []Match) []Match {
	if len(matches) < 2 {
		return matches
	}
	sortOnce(matches, compareMatches)
	return slices.CompactFunc(matches, func(a, b Match) bool { return compareMatches(&a, &b) == 0 })
}

// compareMatches compares by precedence, then by text, so that only equal matches are equal.
func compareMatches(a, b *Match) int {
	return cmp.Or(
		comparePrecedence(a, b), strings.Compare(a.Method, b.Method),
		slices.CompareFunc(a.Headers, b.Headers, compareValueMatches),
		slices.CompareFunc(a.Query, b.Query, compareValueMatches),
	)
}

func arrangeAction(a *Action) {
	if a.Forward == nil {
		return
	}
	for i := range a.Forward.Groups {
		arrangeFilters(&a.Forward.Groups[i].Filters)
	}
	if len(a.Forward.Groups) > 1 {
		a.Forward.Groups = mergeWeighted(a.Forward.Groups)
	}
}

// mergeWeighted sorts the shares, and adds up those of one group with the same filters.
func mergeWeighted(groups []Weighted) []Weighted {
	slices.SortFunc(groups, func(a, b Weighted) int {
		return cmp.Or(strings.Compare(string(a.Group), string(b.Group)), compareFilters(&a.Filters, &b.Filters))
	})
	merged := groups[:1]
	for _, w := range groups[1:] {
		last := &merged[len(merged)-1]
		if last.Group == w.Group && compareFilters(&last.Filters, &w.Filters) == 0 {
			last.Weight += w.Weight
			continue
		}
		merged = append(merged, w)
	}
	return merged
}

// compareFilters compares the written forms, which are equal only for equal filters.
func compareFilters(a, b *Filters) int {
	if a.isZero() && b.isZero() {
		return 0
	}
	var x, y writer
	x.filters(a)
	y.filters(b)
	return bytes.Compare(x.buf, y.buf)
}

func (f *Filters) isZero() bool {
	return f.Request == nil && f.Response == nil && f.Rewrite == nil && len(f.Mirrors) == 0 && f.CORS == nil
}

func arrangeFilters(f *Filters) {
	arrangeChange(f.Request)
	arrangeChange(f.Response)
	f.Mirrors = sortUnique(f.Mirrors, func(a, b Mirror) int {
		return cmp.Or(
			strings.Compare(string(a.Group), string(b.Group)),
			cmp.Compare(a.Numerator, b.Numerator), cmp.Compare(a.Denominator, b.Denominator),
		)
	})
	if f.CORS != nil {
		for _, s := range []*[]string{&f.CORS.Origins, &f.CORS.Methods, &f.CORS.Headers, &f.CORS.Expose} {
			*s = sortUnique(*s, strings.Compare)
		}
	}
}

// arrangeChange sorts by name alone: the values of one name stay in order.
func arrangeChange(h *HeaderChange) {
	if h == nil {
		return
	}
	byName := func(a, b Header) int { return strings.Compare(a.Name, b.Name) }
	slices.SortStableFunc(h.Set, byName)
	slices.SortStableFunc(h.Add, byName)
	h.Remove = sortUnique(h.Remove, strings.Compare)
}

func arrangeGroup(g *Group) {
	g.Origins = sortUnique(g.Origins, compareRefs)
	if !slices.IsSortedFunc(g.Endpoints, compareEndpoints) {
		slices.SortFunc(g.Endpoints, compareEndpoints)
	}
	g.Endpoints = slices.CompactFunc(g.Endpoints, func(a, b Endpoint) bool {
		return a.Address == b.Address && a.Port == b.Port
	})
}

// compareEndpoints compares by address and port, then puts the best state first, which is the one
// that remains.
func compareEndpoints(a, b Endpoint) int {
	if c := a.Address.Compare(b.Address); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Port, b.Port); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(a.State.rank(), b.State.rank()), strings.Compare(a.Pod, b.Pod),
		strings.Compare(a.Node, b.Node), strings.Compare(a.Zone, b.Zone),
	)
}

func (s EndpointState) rank() int {
	switch s {
	case Ready:
		return 0
	case Draining:
		return 1
	case NotReady:
		return 2
	default:
		return 3
	}
}
