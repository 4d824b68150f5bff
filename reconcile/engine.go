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

// Options of an engine; the zero value will do.
type Options struct {
	Clock    clock.Clock // nil is the system's
	Parallel int         // writes at once; zero is 8
	Guard    Guard
	Logger   *slog.Logger
	// Progress is told when an op begins, ends, or waits. It may be called from several goroutines.
	Progress func(Event)
}

// Event is one thing that happens during a pass.
type Event struct {
	Step    Step   // Outcome is nil when the op begins
	Waiting string // why nothing can be done now; then there is no step
}

// Engine brings a cloud to what is wanted. Its methods may be called at the same time: two passes
// over the same load balancer follow each other, others run side by side, and no lock is held over
// a cloud call but the load balancer's own and the unit's.
type Engine struct {
	cloud    provider.Provider
	optional provider.Extensions
	caps     model.Capabilities
	o        Options
	have     *store
	units    *units

	mu  sync.Mutex
	lbs map[model.ID]*wanted
}

// wanted is what is wanted of one load balancer, and what the engine knows about its way there. Its
// fields are guarded by Engine.mu, but those below pass, which belong to who holds pass.
type wanted struct {
	lb        model.Sealed
	gone      bool
	problems  []model.Problem
	resources []provider.Resource // all but membership
	err       error               // why there are none
	groups    map[model.GroupID]members
	dirty     bool // the whole must be planned
	touched   map[model.GroupID]bool
	changes   int // counts what was said, to tell whether a pass saw the last word
	spare     bool
	culprits  []model.Ref // what is refused, where spare is set

	pass      sync.Mutex
	proven    map[model.GroupID]proof     // endpoints that the cloud called healthy
	leaving   map[model.GroupID]time.Time // since when endpoints are kept until others can serve
	retired   map[provider.Key]time.Time  // since when nothing refers to a resource that lingers
	addresses []string
}

type members struct {
	endpoints  []model.Endpoint
	membership model.Membership
}

// New makes an engine for one provider.
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
	e.have = newStore(e.countsUnits())
	e.units = newUnits(e.write)
	return e
}

const defaultParallel = 8

// Set says what is wanted of a load balancer, its endpoints included. What the provider cannot
// express is left out and returned as problems; nothing reaches the cloud before the next pass.
// Where nothing but endpoints changed, only those will be planned.
//
// found is what was wrong with the objects before they became a model. An object that is refused,
// there or here, keeps serving what it served before, as far as this engine remembers it.
func (e *Engine) Set(lb model.Sealed, found ...model.Problem) []model.Problem {
	accepted, problems, ok := Accept(e.cloud, lb)
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.entry(lb.ID())
	if ok && w.lb.Valid() {
		accepted = carry(accepted, w.lb, slices.Concat(found, problems))
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

// replace takes a new structure. Where nothing of it can be served, what serves now is left as it
// is, but for its endpoints.
func (e *Engine) replace(w *wanted, lb, accepted model.Sealed, ok bool) {
	w.gone, w.dirty = false, true
	w.changes++
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

// refuse notes why lb is not served. The groups that serve and that it has too get its endpoints:
// pods come and go whatever is wrong with a route.
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
		touched: map[model.GroupID]bool{},
		proven:  map[model.GroupID]proof{},
		leaving: map[model.GroupID]time.Time{},
		retired: map[provider.Key]time.Time{},
	}
}

// setMembers notes the endpoints of a group, and that it must be planned when they changed.
func (w *wanted) setMembers(g model.GroupID, eps []model.Endpoint, m model.Membership) {
	old := w.groups[g]
	if old.membership == m && slices.Equal(old.endpoints, eps) {
		return
	}
	w.groups[g] = members{eps, m}
	w.touched[g] = true
	w.changes++
}

// SetEndpoints says what endpoints one group has now. It is the short way: the next pass plans this
// group alone. The slice must not be changed afterwards.
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

// Drop says that a load balancer is not wanted any more, whether or not the engine has heard of it.
func (e *Engine) Drop(id model.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.entry(id)
	w.lb, w.resources, w.groups, w.problems, w.err = model.Sealed{}, nil, nil, nil, nil
	w.spare, w.culprits = false, nil
	w.gone, w.dirty = true, true
	w.changes++
}

// Discover reads what the whole cluster owns in the cloud, and returns the load balancers that are
// there.
func (e *Engine) Discover(ctx context.Context) ([]model.ID, error) {
	rs, err := e.cloud.Observe(ctx, provider.Scope{})
	if err != nil {
		return nil, err
	}
	e.have.observed(nil, rs)
	return e.have.ids(), nil
}

// known is the load balancers that anything is wanted of.
func (e *Engine) known() []model.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Keys(e.lbs))
}
