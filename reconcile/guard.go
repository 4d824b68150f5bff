package reconcile

// Guard stops what looks like an accident.
type Guard struct {
	// DeleteShare is the share of the load balancers that exist that one pass may delete. Zero is a
	// half. One may always be deleted.
	DeleteShare float64
	// Alone counts one load balancer too: the only one there is is more than a half. It is for
	// deletes that nobody named.
	Alone bool
	// Off lets everything pass, for a person who said so.
	Off bool
}

const defaultShare = 0.5

// guard gives an error to the load balancers that would be deleted, when those are too many at
// once. A pass then carries out nothing of them.
func (e *Engine) guard(drafts []*draft) {
	var doomed []*draft
	g := &GuardError{Share: e.o.Guard.DeleteShare}
	for _, d := range drafts {
		if d.gone && !d.plan.Empty() {
			doomed = append(doomed, d)
			g.LoadBalancers = append(g.LoadBalancers, d.id)
		}
	}
	if e.o.Guard.Off || len(doomed) == 0 || len(doomed) == 1 && !e.o.Guard.Alone {
		return
	}
	if g.Share == 0 {
		g.Share = defaultShare
	}
	g.Existing = len(e.have.ids())
	if float64(len(doomed)) <= g.Share*float64(g.Existing) {
		return
	}
	for _, d := range doomed {
		d.guarded, d.err = true, g
	}
}
