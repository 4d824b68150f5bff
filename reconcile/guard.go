package reconcile

// Guard stops deletions that look like an accident.
type Guard struct {
	// DeleteShare is the share of the existing load balancers that one pass may delete. Zero means
	// one half. A single load balancer may always be deleted, unless CountSingle is set.
	DeleteShare float64
	// CountSingle applies DeleteShare to the deletion of a single load balancer too, so that the
	// only one that exists is not deleted. It is for deletions that no person asked for by name.
	CountSingle bool
	// Off disables the guard.
	Off bool
}

const defaultShare = 0.5

// guard sets a GuardError on the drafts that delete a load balancer, if they are too many. A pass
// then carries out none of their ops.
func (e *Engine) guard(drafts []*draft) {
	var deletions []*draft
	g := &GuardError{Share: e.o.Guard.DeleteShare}
	for _, d := range drafts {
		if d.gone && !d.plan.Empty() {
			deletions = append(deletions, d)
			g.LoadBalancers = append(g.LoadBalancers, d.id)
		}
	}
	if e.o.Guard.Off || len(deletions) == 0 || len(deletions) == 1 && !e.o.Guard.CountSingle {
		return
	}
	if g.Share == 0 {
		g.Share = defaultShare
	}
	g.Existing = len(e.have.ids())
	if float64(len(deletions)) <= g.Share*float64(g.Existing) {
		return
	}
	for _, d := range deletions {
		d.guarded, d.err = true, g
	}
}
