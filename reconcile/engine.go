package reconcile

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Options configures an engine. The zero value is valid.
type Options struct {
	Clock    clock.Clock // nil means the system's clock
	Parallel int         // the number of concurrent writes; zero means 8
	Guard    Guard
	Logger   *slog.Logger // nil discards all records
	// Progress, if not nil, is called when an op begins or ends and when a pass has to wait. It may
	// be called from several goroutines.
	Progress func(Event)
}

// Event describes a step of a pass that begins or ends, or a wait.
type Event struct {
	Step    Step   // its Outcome is nil when the op begins
	Waiting string // why nothing can be done now; Step is then zero
}

// Engine brings a cloud to its desired state. Its methods are safe for concurrent use: passes over
// the same load balancer run one after the other, all others run in parallel. The only locks held
// during a cloud call are that of the load balancer and that of the write scope.
type Engine struct {
	cloud    provider.Provider
	optional provider.Extensions
	caps     model.Capabilities
	o        Options
	have     *store
	writes   *writeQueues

	mu  sync.Mutex
	lbs map[model.ID]*wanted
}

// wanted is the desired state of one load balancer and the engine's progress towards it. Engine.mu
// guards the fields above pass; the fields below it are guarded by pass.
type wanted struct {
	lb        model.Sealed
	gone      bool
	problems  []model.Problem
	resources []provider.Resource // all but membership
	err       error               // why there are no resources
	groups    map[model.GroupID]members
	// dirty means that the whole load balancer must be planned, not only changedGroups.
	dirty         bool
	changedGroups map[model.GroupID]bool
	generation    int         // counts changes of the desired state
	retain        bool        // see Engine.Retain
	refused       []model.Ref // the refused objects for which retain is set

	pass              sync.Mutex
	health            map[model.GroupID]healthSample
	drainingSince     map[model.GroupID]time.Time // when the first endpoint was retained
	unreferencedSince map[provider.Key]time.Time  // of resources with a drain delay
	addresses         []string
}

type members struct {
	endpoints  []model.Endpoint
	membership model.Membership
}

// New returns an engine for one provider.
func New(p provider.Provider, o Options) *Engine {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Engine{cloud: p, optional: provider.ExtensionsOf(p), caps: p.Capabilities(), o: o, lbs: map[model.ID]*wanted{}}
	e.have = newStore(e.countsWriteScopes())
	e.writes = newWriteQueues(e.write)
	return e
}

const defaultParallel = 8

// Set replaces the desired state of a load balancer, including its endpoints. It leaves out what
// the provider cannot express and returns the problems. Nothing is written before the next pass,
// which plans only the endpoints if nothing else changed.
//
// found are the problems from the conversion of the objects into the model. For an object that is
// refused, by the conversion or by the provider, the engine retains the last known good
// configuration, if it has one from an earlier call of Set.
func (e *Engine) Set(lb model.Sealed, found ...model.Problem) []model.Problem {
	accepted, problems, ok := Accept(e.cloud, lb)
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.entry(lb.ID())
	if ok && w.lb.Valid() {
		accepted = withLastKnownGood(accepted, w.lb, slices.Concat(found, problems))
	}
	w.problems = problems
	if ok && w.lb.Valid() && !w.gone && w.err == nil && w.lb.Structure() == accepted.Structure() {
		for _, g := range accepted.Groups() {
			w.setMembers(g.ID, g.Endpoints, g.Members)
		}
		return problems
	}
	e.replace(w, lb, accepted, ok)
	return problems
}

// replace sets a new structure. If none of it can be served, the current one stays in place and
// only its endpoints are updated.
func (e *Engine) replace(w *wanted, lb, accepted model.Sealed, ok bool) {
	w.gone, w.dirty = false, true
	w.generation++
	if !ok {
		var err error
		if !w.lb.Valid() {
			err = errNothingToServe
		}
		w.refuse(lb, err)
		return
	}
	resources, err := e.cloud.Translate(accepted)
	if err != nil {
		w.refuse(lb, err)
		return
	}
	w.lb, w.resources, w.err = accepted, resources, nil
	w.groups = map[model.GroupID]members{}
	for _, g := range accepted.Groups() {
		w.groups[g.ID] = members{g.Endpoints, g.Members}
	}
}

// refuse records why lb is not served. Groups of the current structure that lb has as well still
// get its endpoints: a faulty route must not stop the updates of endpoints.
func (w *wanted) refuse(lb model.Sealed, why error) {
	w.err = why
	for _, g := range lb.Groups() {
		if _, ok := w.groups[g.ID]; ok {
			w.setMembers(g.ID, g.Endpoints, g.Members)
		}
	}
}

func (e *Engine) entry(id model.ID) *wanted {
	w := e.lbs[id]
	if w == nil {
		w = newWanted()
		e.lbs[id] = w
	}
	return w
}

func newWanted() *wanted {
	return &wanted{
		changedGroups:     map[model.GroupID]bool{},
		health:            map[model.GroupID]healthSample{},
		drainingSince:     map[model.GroupID]time.Time{},
		unreferencedSince: map[provider.Key]time.Time{},
	}
}

// setMembers sets the endpoints of a group, and schedules the group for planning if they changed.
func (w *wanted) setMembers(g model.GroupID, eps []model.Endpoint, m model.Membership) {
	old := w.groups[g]
	if old.membership == m && slices.Equal(old.endpoints, eps) {
		return
	}
	w.groups[g] = members{eps, m}
	w.changedGroups[g] = true
	w.generation++
}

// SetEndpoints replaces the endpoints of one group. It is the fast path: the next pass plans this
// group only. The caller must not modify eps afterwards. It returns an error of code NotFound if
// the engine does not know the load balancer or the group.
func (e *Engine) SetEndpoints(id model.ID, g model.GroupID, eps []model.Endpoint, m model.Membership) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.lbs[id]
	if w == nil || !w.lb.Valid() {
		return &provider.Error{Code: provider.NotFound, Op: "set endpoints of " + string(id), Err: errNoLoadBalancer}
	}
	if _, ok := w.groups[g]; !ok {
		return &provider.Error{Code: provider.NotFound, Op: "set endpoints of " + string(id) + " " + string(g), Err: errNoGroup}
	}
	w.setMembers(g, canonical(eps), m)
	return nil
}

// Drop makes the next pass delete a load balancer. The engine need not know it.
func (e *Engine) Drop(id model.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.entry(id)
	w.lb, w.resources, w.groups, w.problems, w.err = model.Sealed{}, nil, nil, nil, nil
	w.retain, w.refused = false, nil
	w.gone, w.dirty = true, true
	w.generation++
}

// Discover observes everything that the cluster owns in the cloud, and returns the IDs of the load
// balancers that exist.
func (e *Engine) Discover(ctx context.Context) ([]model.ID, error) {
	rs, err := e.cloud.Observe(ctx, provider.Scope{})
	if err != nil {
		return nil, err
	}
	e.have.observed(nil, rs)
	return e.have.ids(), nil
}

// known returns the IDs of all load balancers that have a desired state, including dropped ones.
func (e *Engine) known() []model.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Keys(e.lbs))
}
