package controller

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// pendingWork records, for each load balancer, the changes that no pass has applied yet, and
// queues the load balancer for a pass. It also knows which groups each Service feeds, by which a
// change of endpoints finds its load balancers.
type pendingWork struct {
	queue  enqueuer[model.ID]
	clock  clock.Clock
	window time.Duration // see Options.Window

	mu      sync.Mutex
	entries map[model.ID]*entry
	feeds   map[string]map[feed]bool // by "namespace/name" of the Service
	onNodes map[feed]bool            // the groups whose endpoints depend on nodes
}

// entry is the pending work of one load balancer. All but state is guarded by pendingWork.mu.
type entry struct {
	structure     bool // its objects changed
	groups        map[model.GroupID]bool
	since         time.Time // of the first change that no pass has applied
	origin        time.Time // when the pod behind that change changed, if known
	lastEndpoints time.Time // when the last pass with changes of endpoints began
	collectable   bool      // the garbage collector allows its deletion
	configured    bool      // the engine has a desired state of it
	routes        []kube.GroupBackend

	state balancer
}

// feed is one group of one load balancer.
type feed struct {
	balancer model.ID
	group    model.GroupID
}

// batch is the work of one pass.
type batch struct {
	structure   bool
	groups      []model.GroupID
	since       time.Time
	origin      time.Time
	collectable bool
	configured  bool
}

func (w batch) changes() bool { return w.structure || len(w.groups) > 0 }

// phase returns the label of a pass in metrics.
func (w batch) phase() string {
	switch {
	case w.structure:
		return "structure"
	case len(w.groups) > 0:
		return "endpoints"
	default:
		return "look"
	}
}

func newPendingWork(q enqueuer[model.ID], c clock.Clock, window time.Duration) *pendingWork {
	return &pendingWork{
		queue: q, clock: c, window: window,
		entries: map[model.ID]*entry{}, feeds: map[string]map[feed]bool{}, onNodes: map[feed]bool{},
	}
}

// entry returns the entry of a load balancer. mu must be locked.
func (p *pendingWork) entry(id model.ID) *entry {
	e := p.entries[id]
	if e == nil {
		e = &entry{groups: map[model.GroupID]bool{}}
		p.entries[id] = e
	}
	return e
}

// begin sets when the first change came.
func (e *entry) begin(now, origin time.Time) {
	if e.since.IsZero() {
		e.since, e.origin = now, origin
	}
}

// structureChanged records that objects of a load balancer changed, and queues it.
func (p *pendingWork) structureChanged(id model.ID) {
	p.addStructure(id)
	p.queue.now(id)
}

// listed records that a watch listed an object of a load balancer which looks served, and queues
// the load balancer after all that changed.
func (p *pendingWork) listed(id model.ID) {
	p.addStructure(id)
	p.queue.listed(id)
}

// addStructure records that objects of a load balancer changed. Its next pass rebuilds it.
func (p *pendingWork) addStructure(id model.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entry(id)
	e.structure = true
	e.begin(p.clock.Now(), time.Time{})
}

// endpointsChanged records that the endpoints of a Service changed, and queues the load balancers
// that it feeds. origin is when the pod changed, if known.
func (p *pendingWork) endpointsChanged(service string, origin time.Time) {
	p.mu.Lock()
	due := p.addGroups(p.feeds[service], origin)
	p.mu.Unlock()
	p.queueAll(due)
}

// nodesChanged records that nodes changed, and queues the load balancers whose endpoints depend on
// nodes.
func (p *pendingWork) nodesChanged() {
	p.mu.Lock()
	due := p.addGroups(p.onNodes, time.Time{})
	p.mu.Unlock()
	p.queueAll(due)
}

// addGroups records a change of some groups, and returns how long each load balancer waits for its
// pass: the rest of the window since its last one.
func (p *pendingWork) addGroups(feeds map[feed]bool, origin time.Time) map[model.ID]time.Duration {
	now, due := p.clock.Now(), map[model.ID]time.Duration{}
	for f := range feeds {
		e := p.entry(f.balancer)
		e.groups[f.group] = true
		e.begin(now, origin)
		due[f.balancer] = max(0, e.lastEndpoints.Add(p.window).Sub(now))
	}
	return due
}

func (p *pendingWork) queueAll(due map[model.ID]time.Duration) {
	for id, d := range due {
		p.queue.after(id, d)
	}
}

// next returns the work of a pass that begins now. Later changes are left for the pass after it.
func (p *pendingWork) next(id model.ID) (*balancer, batch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entry(id)
	w := batch{
		structure: e.structure, groups: slices.Sorted(maps.Keys(e.groups)), since: e.since, origin: e.origin,
		collectable: e.collectable, configured: e.configured,
	}
	if len(w.groups) > 0 {
		e.lastEndpoints = p.clock.Now()
	}
	e.structure, e.since = false, time.Time{}
	clear(e.groups)
	return &e.state, w
}

// requeue returns work that a pass did not finish. The caller schedules that other pass.
func (p *pendingWork) requeue(id model.ID, w batch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entry(id)
	e.structure = e.structure || w.structure
	for _, g := range w.groups {
		e.groups[g] = true
	}
	if !w.since.IsZero() {
		e.since, e.origin = w.since, w.origin
	}
}

// collect allows the deletion of a load balancer that no object claims, and queues it. An object
// that claims it before that pass prevents the deletion.
func (p *pendingWork) collect(id model.ID) {
	p.mu.Lock()
	e := p.entry(id)
	e.collectable, e.structure = true, true
	e.begin(p.clock.Now(), time.Time{})
	p.mu.Unlock()
	p.queue.now(id)
}

// claimed withdraws what collect allowed: an object claims the load balancer.
func (p *pendingWork) claimed(id model.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.entry(id).collectable = false
}

// forget drops all that is known of a load balancer that is gone. If objects of it have changed
// meanwhile, that change stays pending.
func (p *pendingWork) forget(id model.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entry(id)
	p.removeRoutes(id, e)
	e.configured, e.collectable = false, false
	if !e.structure {
		delete(p.entries, id)
	}
}
