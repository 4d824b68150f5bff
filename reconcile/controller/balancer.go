package controller

import (
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// balancer is what the controller keeps of one load balancer. The fields up to pass are guarded by
// ledger.mu; those below belong to the worker that has the load balancer, of which there is one at
// a time.
type balancer struct {
	structure bool // its objects changed
	touched   map[model.GroupID]bool
	since     time.Time // when the first of the changes came that no pass has carried out
	origin    time.Time // when the pod behind it changed, where that is known
	last      time.Time // when the last pass for endpoints began
	condemned bool      // it may go, although no object that is being deleted says so
	told      bool      // the engine has been told of it

	routes   []kube.GroupBackend
	origins  []model.Ref
	problems []model.Problem // of the last build
	seen     map[notice]bool // what was told last
	shown    []string        // the addresses that objects show
	failures int
	audit    time.Time // when it is read anew
	// the claims that were there when a start found a part of them unreadable; empty when nothing
	// is spared
	spared   string
	basis    map[model.GroupID]basis
	hints    map[model.GroupID]hints    // of the last build
	scheme   model.Scheme               // likewise
	services map[string]*corev1.Service // of the last build
	kept     int                        // how many of them are gone, and kept by the guard
}

// ledger is every load balancer, and which groups each Service feeds.
type ledger struct {
	mu        sync.Mutex
	balancers map[model.ID]*balancer
	feeds     map[string]map[feed]kube.Backend // by "namespace/name" of the Service
	onNodes   map[feed]bool                    // the groups whose endpoints depend on nodes
}

// feed is one group of one load balancer.
type feed struct {
	balancer model.ID
	group    model.GroupID
}

func newLedger() *ledger {
	return &ledger{balancers: map[model.ID]*balancer{}, feeds: map[string]map[feed]kube.Backend{}, onNodes: map[feed]bool{}}
}

func (l *ledger) get(id model.ID) *balancer {
	b := l.balancers[id]
	if b == nil {
		b = &balancer{touched: map[model.GroupID]bool{}, basis: map[model.GroupID]basis{}}
		l.balancers[id] = b
	}
	return b
}

// mark notes that the objects of a load balancer changed.
func (l *ledger) mark(id model.ID, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.get(id)
	b.structure = true
	b.begin(now, time.Time{})
}

// begin notes when the first change came.
func (b *balancer) begin(now, origin time.Time) {
	if b.since.IsZero() {
		b.since, b.origin = now, origin
	}
}

// touched is one load balancer that has a change of endpoints, and how long it has to wait for its
// turn.
type touched struct {
	id    model.ID
	after time.Duration
}

// touch notes that the endpoints of a Service changed.
func (l *ledger) touch(service string, now, origin time.Time, window time.Duration) []touched {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []touched
	for f := range l.feeds[service] {
		out = l.touchFeed(out, f, now, origin, window)
	}
	return out
}

// touchNodes notes that nodes changed.
func (l *ledger) touchNodes(now time.Time, window time.Duration) []touched {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []touched
	for f := range l.onNodes {
		out = l.touchFeed(out, f, now, time.Time{}, window)
	}
	return out
}

func (l *ledger) touchFeed(out []touched, f feed, now, origin time.Time, window time.Duration) []touched {
	b := l.get(f.balancer)
	b.touched[f.group] = true
	b.begin(now, origin)
	if slices.ContainsFunc(out, func(t touched) bool { return t.id == f.balancer }) {
		return out
	}
	return append(out, touched{f.balancer, max(0, b.last.Add(window).Sub(now))})
}

// work is what one pass has to do.
type work struct {
	structure bool
	groups    []model.GroupID
	since     time.Time
	origin    time.Time
	condemned bool
	told      bool
}

func (w work) changes() bool { return w.structure || len(w.groups) > 0 }

// take hands the changes of a load balancer to a pass. What comes later is for the next one.
func (l *ledger) take(id model.ID, now time.Time) (*balancer, work) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.get(id)
	w := work{structure: b.structure, since: b.since, origin: b.origin, condemned: b.condemned, told: b.told}
	for g := range b.touched {
		w.groups = append(w.groups, g)
	}
	slices.Sort(w.groups)
	if len(w.groups) > 0 {
		b.last = now
	}
	b.structure, b.since = false, time.Time{}
	clear(b.touched)
	return b, w
}

// giveBack returns changes that a pass could not look at.
func (l *ledger) giveBack(b *balancer, w work) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b.structure = b.structure || w.structure
	for _, g := range w.groups {
		b.touched[g] = true
	}
	if !w.since.IsZero() {
		b.since, b.origin = w.since, w.origin
	}
}

// route replaces the groups of a load balancer and what feeds them. It returns those that are new:
// a change of their endpoints may have gone unnoticed until now.
func (l *ledger) route(id model.ID, b *balancer, routes []kube.GroupBackend, onNodes func(kube.GroupBackend) bool) []kube.GroupBackend {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.unroute(id, b)
	var fresh []kube.GroupBackend
	for _, r := range routes {
		f, service := feed{id, r.Group}, r.Backend.Namespace+"/"+r.Backend.Service
		if l.feeds[service] == nil {
			l.feeds[service] = map[feed]kube.Backend{}
		}
		l.feeds[service][f] = r.Backend
		if onNodes(r) {
			l.onNodes[f] = true
		}
		if !before[r.Group] {
			fresh = append(fresh, r)
		}
	}
	b.routes, b.told = routes, true
	return fresh
}

func (l *ledger) unroute(id model.ID, b *balancer) map[model.GroupID]bool {
	before := make(map[model.GroupID]bool, len(b.routes))
	for _, r := range b.routes {
		f, service := feed{id, r.Group}, r.Backend.Namespace+"/"+r.Backend.Service
		delete(l.feeds[service], f)
		if len(l.feeds[service]) == 0 {
			delete(l.feeds, service)
		}
		delete(l.onNodes, f)
		before[r.Group] = true
	}
	return before
}

// forget ends a load balancer that is gone, unless something has come up since.
func (l *ledger) forget(id model.ID, b *balancer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unroute(id, b)
	b.routes, b.told, b.condemned = nil, false, false
	if !b.structure {
		delete(l.balancers, id)
	}
}

// pardon takes back that a load balancer may go without a word: an object asks for it.
func (l *ledger) pardon(b *balancer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b.condemned = false
}
