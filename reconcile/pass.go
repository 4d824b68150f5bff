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

// draft is the plan of one load balancer within a pass, and the words that it was made from.
type draft struct {
	id       model.ID
	w        *wanted
	changes  int
	gone     bool
	full     bool
	lb       model.Sealed
	want     []provider.Resource
	groups   map[model.GroupID]members // all in a full draft, else those that were touched
	problems []model.Problem
	err      error
	shared   *tally // nil where nothing is counted beyond the load balancer
	spare    bool   // what routes requests must not be taken away
	culprits []model.Ref
	spared   map[provider.Key]bool // the ops that are not carried out for that reason
	guarded  bool                  // its deletion is stopped
	over     bool                  // more is wanted than a quota allows, and nothing is planned
	plan     provider.Plan
	follow   []provider.Op // what comes after what waits, for the reader
	again    time.Duration // when to look again; zero when nothing waits
	waiting  string
}

// wait notes that something waits, and when to look again.
func (d *draft) wait(why string, again time.Duration) {
	d.waiting = why
	d.lookAgain(again)
}

func (d *draft) lookAgain(again time.Duration) {
	if d.again == 0 || again < d.again {
		d.again = again
	}
}

// begin locks the load balancers against other passes, in order, and notes what is wanted of them.
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

// planned tells whether there is anything to plan: what is wanted, what is wanted no more, or what
// served before something was refused.
func (d *draft) planned() bool { return d.err == nil || d.lb.Valid() }

// lock waits for the pass that is on its way. A load balancer that the engine was not told of has
// an error instead of a plan: that nothing is wanted of it yet does not mean that it must go.
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
		w.pass.Unlock() // it was deleted meanwhile, and may have come back as another
	}
}

func (e *Engine) snapshot(id model.ID, w *wanted) *draft {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := &draft{
		id: id, w: w, changes: w.changes, gone: w.gone, full: w.dirty, lb: w.lb, want: w.resources, problems: w.problems, err: w.err,
		spare: w.spare, culprits: w.culprits,
	}
	if len(e.have.unknown([]model.ID{id})) > 0 {
		d.full = true
	}
	if d.full {
		d.groups = maps.Clone(w.groups)
		return d
	}
	d.groups = make(map[model.GroupID]members, len(w.touched))
	for g := range w.touched {
		d.groups[g] = w.groups[g]
	}
	return d
}

// observe reads what is not known of the drafts' load balancers, all in one go.
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

// prepare observes and plans. Nothing is written.
func (e *Engine) prepare(ctx context.Context, drafts []*draft) error {
	if err := e.observe(ctx, drafts); err != nil {
		return err
	}
	shared := e.tally(drafts)
	for _, d := range drafts {
		if d.planned() {
			d.shared = shared
			d.err = errors.Join(d.err, e.plan(ctx, d))
			shared.note(d)
		}
	}
	e.guard(drafts)
	return nil
}

// plan makes the plan of one load balancer: of all of it, or of the groups that were touched.
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

// planAll plans a load balancer whole.
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
	spare := e.sparing(d, want, have)
	var cold []provider.Key
	if spare == nil { // else no route changes, and nothing is on its way to be used
		var err error
		if cold, err = e.cold(ctx, d, want, have); err != nil {
			return err
		}
	}
	in := PlanInput{Want: want, Have: have, Compare: e.cloud.Compare, Hold: spare.hold(e.hold(d, have)), Freeze: spare.freeze}
	if len(cold) == 0 {
		d.plan = Make(in)
	} else {
		e.planStaged(d, in, cold)
	}
	d.spared = spare.spared(d.plan)
	return nil
}

// wantAll is the resources and memberships that are wanted. The membership decides which zones
// there are, so where it needs a resource that the translation of earlier endpoints does not have,
// the load balancer is translated anew.
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

// translateAgain seals and translates with the endpoints of now.
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
	if d.w.changes == d.changes {
		d.w.lb, d.w.resources = sealed, resources
	}
	return nil
}
