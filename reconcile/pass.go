package reconcile

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// draft is the plan of one load balancer within a pass, with the snapshot of the desired state that
// it was made from.
type draft struct {
	id         model.ID
	w          *wanted
	generation int
	gone       bool
	full       bool
	lb         model.Sealed
	want       []provider.Resource
	groups     map[model.GroupID]members // all groups if full, else those that changed
	problems   []model.Problem
	err        error
	shared     *scopeUsage // nil if no quota counts a write scope
	retain     bool        // see Engine.Retain
	refused    []model.Ref
	retained   map[provider.Key]bool // the ops that are not carried out because of retain
	guarded    bool                  // the guard stops its deletion
	over       bool                  // it exceeds a quota, and nothing is planned
	plan       provider.Plan
	follow     []provider.Op // what later passes will do, for information
	again      time.Duration // when to look again; zero if nothing waits
	waiting    string
}

// wait records why something waits, and when to look again.
func (d *draft) wait(why string, again time.Duration) {
	d.waiting = why
	d.lookAgain(again)
}

func (d *draft) lookAgain(again time.Duration) {
	if d.again == 0 || again < d.again {
		d.again = again
	}
}

// begin locks the load balancers against other passes, in the order of their IDs, and takes a
// snapshot of their desired state. The caller must call the returned function to unlock them.
func (e *Engine) begin(ids []model.ID) ([]*draft, func()) {
	if len(ids) > 1 {
		ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	}
	drafts := make([]*draft, 0, len(ids))
	for _, id := range ids {
		drafts = append(drafts, e.snapshot(id, e.lock(id)))
	}
	return drafts, func() {
		for _, d := range drafts {
			d.w.pass.Unlock()
		}
	}
}

// planned reports whether there is a state to plan for: the desired one, its deletion, or the last
// known good one.
func (d *draft) planned() bool { return d.err == nil || d.lb.Valid() }

// lock waits until no other pass works on the load balancer. An unknown load balancer gets an error
// instead of a plan: it is not deleted merely because Set has not been called yet.
func (e *Engine) lock(id model.ID) *wanted {
	for {
		e.mu.Lock()
		w := e.lbs[id]
		e.mu.Unlock()
		if w == nil {
			w = newWanted()
			w.err = &provider.Error{Code: provider.NotFound, Op: "sync", Err: errNoLoadBalancer}
			w.pass.Lock()
			return w
		}
		w.pass.Lock()
		e.mu.Lock()
		current := e.lbs[id] == w
		e.mu.Unlock()
		if current {
			return w
		}
		w.pass.Unlock() // it was deleted in the meantime, and may exist again as another entry
	}
}

func (e *Engine) snapshot(id model.ID, w *wanted) *draft {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := &draft{
		id: id, w: w, generation: w.generation, gone: w.gone, full: w.dirty, lb: w.lb, want: w.resources, problems: w.problems, err: w.err,
		retain: w.retain, refused: w.refused,
	}
	if len(e.have.unknown([]model.ID{id})) > 0 {
		d.full = true
	}
	if d.full {
		d.groups = maps.Clone(w.groups)
		return d
	}
	d.groups = make(map[model.GroupID]members, len(w.changedGroups))
	for g := range w.changedGroups {
		d.groups[g] = w.groups[g]
	}
	return d
}

// observe reads all load balancers of the drafts that are not in the store, in one call.
func (e *Engine) observe(ctx context.Context, drafts []*draft) error {
	ids := make([]model.ID, 0, len(drafts))
	for _, d := range drafts {
		if d.planned() {
			ids = append(ids, d.id)
		}
	}
	unknown := e.have.unknown(ids)
	if len(unknown) == 0 {
		return nil
	}
	rs, err := e.cloud.Observe(ctx, provider.Scope{LoadBalancers: unknown})
	if err != nil {
		return err
	}
	e.have.observed(unknown, rs)
	return nil
}

// prepare observes and plans. It writes nothing.
func (e *Engine) prepare(ctx context.Context, drafts []*draft) error {
	if err := e.observe(ctx, drafts); err != nil {
		return err
	}
	shared := e.newScopeUsage(drafts)
	for _, d := range drafts {
		if d.planned() {
			d.shared = shared
			d.err = errors.Join(d.err, e.plan(ctx, d))
			shared.record(d)
		}
	}
	e.guard(drafts)
	return nil
}

// plan makes the plan of one load balancer: of the whole, or only of the groups that changed.
func (e *Engine) plan(ctx context.Context, d *draft) error {
	if d.full {
		return e.planAll(ctx, d)
	}
	want, have, complete, err := e.memberships(ctx, d)
	if err != nil || len(d.groups) == 0 {
		return err
	}
	if !complete {
		d.full = true
		e.mu.Lock()
		d.groups = maps.Clone(d.w.groups)
		e.mu.Unlock()
		return e.planAll(ctx, d)
	}
	d.plan = Make(PlanInput{Want: want, Have: have, Compare: e.cloud.Compare})
	return nil
}

// planAll plans the whole load balancer.
func (e *Engine) planAll(ctx context.Context, d *draft) error {
	have := e.have.of(d.id)
	if d.gone {
		d.plan = Make(PlanInput{Have: have, Compare: e.cloud.Compare})
		return nil
	}
	want, err := e.wantAll(ctx, d)
	if err != nil {
		return err
	}
	if p := overQuota(want, e.caps.Quotas, d.lb, d.shared.others(d.id)); len(p) > 0 {
		d.problems, d.over = append(slices.Clone(d.problems), p...), true
		return nil
	}
	retained := e.retention(d, want, have)
	var unverified []provider.Key
	if retained == nil { // otherwise no route changes, so no group needs to be verified
		var err error
		if unverified, err = e.unverified(ctx, d, want, have); err != nil {
			return err
		}
	}
	in := PlanInput{
		Want: want, Have: have, Compare: e.cloud.Compare,
		DeferDelete: retained.deferDelete(e.deferDelete(d, have)), DeferWrite: retained.deferWrite,
	}
	if len(unverified) == 0 {
		d.plan = Make(in)
	} else {
		e.planStaged(d, in, unverified)
	}
	d.retained = retained.ops(d.plan)
	return nil
}

// wantAll returns the desired resources, including memberships. The set of zones depends on the
// endpoints. If a membership needs a resource that the last translation does not have, the load
// balancer is translated again.
func (e *Engine) wantAll(ctx context.Context, d *draft) ([]provider.Resource, error) {
	members, _, complete, err := e.memberships(ctx, d)
	if err != nil {
		return nil, err
	}
	if !complete {
		if err := e.translateAgain(d); err != nil {
			return nil, err
		}
	}
	want := make([]provider.Resource, 0, len(d.want)+len(members))
	return append(append(want, d.want...), members...), nil
}

// translateAgain seals and translates the load balancer with its current endpoints.
func (e *Engine) translateAgain(d *draft) error {
	lb := *d.lb.LoadBalancer()
	lb.Groups = slices.Clone(lb.Groups)
	for i := range lb.Groups {
		if m, ok := d.groups[lb.Groups[i].ID]; ok {
			lb.Groups[i].Endpoints, lb.Groups[i].Members = m.endpoints, m.membership
		}
	}
	sealed, err := model.Seal(lb)
	if err != nil {
		return err
	}
	resources, err := e.cloud.Translate(sealed)
	if err != nil {
		return err
	}
	d.lb, d.want = sealed, resources
	e.mu.Lock()
	defer e.mu.Unlock()
	if d.w.generation == d.generation {
		d.w.lb, d.w.resources = sealed, resources
	}
	return nil
}
