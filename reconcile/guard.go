package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Guard stops what looks like an accident.
type Guard struct {
	// DeleteShare is the share of the load balancers that exist that one pass may delete. Zero is a half. One may always be deleted.
	DeleteShare float64
	// Alone counts one load balancer too: the only one there is is more than a half. It is for deletes that nobody named.
	Alone bool
	// Off lets everything pass, for a person who said so.
	Off bool
}

const defaultShare = 0.5

// guard gives an error to the load balancers that would be deleted, when those are too many at once. A pass then carries out nothing of them.
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

// overQuota tells which quotas of a load balancer the wanted resources exceed. Quotas of a whole cluster are the cloud's to tell.
func overQuota(want []provider.Resource, quotas []model.Quota, lb model.Sealed) []model.Problem {
	var out []model.Problem
	for _, q := range quotas {
		count := map[string]int{}
		for i := range want {
			if want[i].Key.Kind == q.Kind {
				count[quotaBucket(q.Per, want[i])]++
			}
		}
		for _, bucket := range slices.Sorted(maps.Keys(count)) {
			if n := count[bucket]; n > q.Max && q.Per != model.PerCluster {
				out = append(out, exceeded(lb, q, n)...)
			}
		}
	}
	return out
}

func quotaBucket(per model.QuotaScope, r provider.Resource) string {
	if per == model.PerUnit {
		return r.Unit
	}
	return ""
}

func exceeded(lb model.Sealed, q model.Quota, n int) []model.Problem {
	var out []model.Problem
	for _, o := range lb.LoadBalancer().Origins {
		out = append(out, model.Problem{Origin: o, Reason: model.ReasonQuotaExceeded,
			Message: fmt.Sprintf("needs %d of %s, the cloud allows %d for one %s; nothing was changed", n, q.Name, q.Max, q.Per)})
	}
	return out
}
