package kube

import (
	"github.com/headgate-io/headgate/model"
)

// assembleAll turns attachments, sorted by load balancer and precedence, into load balancers. It
// knows nothing of the kinds of the objects.
func assembleAll(x *cluster, all []Attachment) Result {
	r := Result{
		LoadBalancers: make([]model.LoadBalancer, countLoadBalancers(all)),
		Backends:      make([]GroupBackend, 0, len(x.backends)),
	}
	known := newIndex(len(all), countClaims(all), len(x.backends))
	for i := range r.LoadBalancers {
		n := sameLoadBalancer(all)
		a := assembly{cluster: x, result: &r, lb: &r.LoadBalancers[i], attached: all[:n], index: known}
		known.balancer = i
		a.assemble()
		all = all[n:]
	}
	return r
}

// sameLoadBalancer is how many attachments at the front are to the same load balancer.
func sameLoadBalancer(attached []Attachment) int {
	n := 1
	for n < len(attached) && attached[n].LoadBalancer == attached[0].LoadBalancer {
		n++
	}
	return n
}

func countLoadBalancers(all []Attachment) (n int) {
	for ; len(all) > 0; n++ {
		all = all[sameLoadBalancer(all):]
	}
	return n
}

func countClaims(all []Attachment) (n int) {
	for i := range all {
		n += len(all[i].Claims)
	}
	return n
}

// index finds what was assembled so far. One serves all load balancers of a Build.
type index struct {
	balancer int // the present one
	winners  map[claimKey]*Claim
	groups   map[groupKey]int
	room     room
}

// room is what the parts of all load balancers are stored in. Their number is known beforehand, so
// that each list is made once and cut into pieces.
type room struct {
	routes  []model.Route
	hosts   []model.Host
	matches []model.Match
	origins []model.Ref
}

func newIndex(attachments, claims, groups int) *index {
	return &index{
		winners: make(map[claimKey]*Claim, claims),
		groups:  make(map[groupKey]int, groups),
		room: room{
			routes:  make([]model.Route, claims),
			hosts:   make([]model.Host, claims),
			matches: make([]model.Match, claims),
			origins: make([]model.Ref, attachments+2*groups),
		},
	}
}

// cut returns an empty list with room for n values. It cuts the list off a longer one, while that
// lasts.
func cut[T any](from *[]T, n int) []T {
	if n > len(*from) {
		return make([]T, 0, n)
	}
	piece := (*from)[:0:n]
	*from = (*from)[n:]
	return piece
}

// assembly is one load balancer while it is assembled of attachments, those that take precedence
// first.
type assembly struct {
	*cluster
	result   *Result
	lb       *model.LoadBalancer // in the result
	attached []Attachment
	index    *index
	hosts    map[string][]model.Ref // the objects that name each host; nil until needed
}

func (a *assembly) assemble() {
	a.shareSettings()
	for i := range a.attached {
		a.lb.Origins = append(a.lb.Origins, a.attached[i].Object)
		for _, l := range a.attached[i].Listeners {
			a.open(l)
		}
	}
	a.addCertificates()
	for i := range a.attached {
		for j := range a.attached[i].Claims {
			a.add(&a.attached[i], &a.attached[i].Claims[j])
		}
	}
	a.dropListeners()
}

// add adds a claim to its listener, unless another claim takes precedence.
func (a *assembly) add(from *Attachment, c *Claim) {
	if !c.isReadable() || c.Yields && a.named(from, c.Host) {
		return
	}
	a.addGroups(from, c)
	i := a.open(c.Listener)
	if !a.wins(i, c) {
		return
	}
	l := &a.lb.Listeners[i]
	if c.isDefault() {
		l.Default = c.Action
		return
	}
	l.Routes = append(l.Routes, model.Route{
		Name: c.Name, Hosts: append(cut(&a.index.room.hosts, 1), c.Host), Matches: append(cut(&a.index.room.matches, 1), c.Match), Filters: c.Filters,
		Action: c.Action, Age: from.Age, Origin: c.Origin,
	})
}

// open returns the index of the listener of a port and protocol, opened at first use.
func (a *assembly) open(k ListenerKey) int {
	for i := range a.lb.Listeners {
		if l := &a.lb.Listeners[i]; l.Port == k.Port && l.Protocol == k.Protocol {
			return i
		}
	}
	routes := cut(&a.index.room.routes, a.countRoutes(k))
	a.lb.Listeners = append(a.lb.Listeners, model.Listener{Port: k.Port, Protocol: k.Protocol, Routes: routes})
	return len(a.lb.Listeners) - 1
}

// countRoutes is how many routes a listener may get.
func (a *assembly) countRoutes(k ListenerKey) (n int) {
	for i := range a.attached {
		claims := a.attached[i].Claims
		for j := range claims {
			if claims[j].Listener == k {
				n++
			}
		}
	}
	return n
}

// dropListeners drops the listeners that lack a certificate. If none is left, an empty port 80
// retains the address of the load balancer and answers 404: a certificate that is missing for a
// moment must not cost the address, and a model without listeners means standalone groups.
func (a *assembly) dropListeners() {
	open := a.lb.Listeners[:0]
	for _, l := range a.lb.Listeners {
		if l.Protocol != model.HTTPS || l.TLS != nil && len(l.TLS.Certificates) > 0 {
			open = append(open, l)
		}
	}
	a.lb.Listeners = open
	if len(open) == 0 {
		a.open(ListenerKey{Port: 80, Protocol: model.HTTP})
	}
}
