package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// overQuota tells which quotas of a load balancer, or of a unit that it has a part in, the wanted
// resources exceed. Quotas of a whole cluster are the cloud's to tell. Others counts what other
// load balancers have of a kind in a unit.
func overQuota(want []provider.Resource, quotas []model.Quota, lb model.Sealed, others func(unit, kind string) int) []model.Problem {
	var out []model.Problem
	for _, q := range quotas {
		if q.Per == model.PerCluster {
			continue
		}
		count := map[string]int{}
		for i := range want {
			if want[i].Key.Kind == q.Kind {
				count[quotaBucket(q.Per, want[i])]++
			}
		}
		for _, bucket := range slices.Sorted(maps.Keys(count)) {
			taken := 0
			if q.Per == model.PerWriteScope {
				taken = others(bucket, q.Kind)
			}
			if count[bucket]+taken > q.Max {
				out = append(out, exceeded(lb, q, count[bucket], taken)...)
			}
		}
	}
	return out
}

func quotaBucket(per model.QuotaScope, r provider.Resource) string {
	if per == model.PerWriteScope {
		return r.WriteScope
	}
	return ""
}

func exceeded(lb model.Sealed, q model.Quota, n, taken int) []model.Problem {
	message := fmt.Sprintf("needs %d of %s, the cloud allows %d for one %s; nothing was changed", n, q.Name, q.Max, q.Per)
	if taken > 0 {
		message = fmt.Sprintf("needs %d of %s where other load balancers have %d, the cloud allows %d for one %s; nothing was changed", n, q.Name, taken, q.Max, q.Per)
	}
	var out []model.Problem
	for _, o := range lb.LoadBalancer().Origins {
		out = append(out, model.Problem{Origin: o, Reason: model.ReasonQuotaExceeded, Message: message})
	}
	return out
}

// tally counts what load balancers have, or will have after this pass, in the units that they
// share. Who has the room keeps it, and of those that come in one pass the first gets it. Of a load
// balancer that was never observed nothing is known, nor of what strangers have in a shared
// document.
type tally struct {
	have    func(unit string) []provider.Resource
	want    map[model.ID]map[unitKind]int // of the drafts of this pass; nothing of one that goes
	planned map[model.ID]bool             // those that will get what they want
	over    map[model.ID]bool             // those that stay as they are
}

type unitKind struct{ unit, kind string }

// countsUnits tells whether any quota is one of units.
func (e *Engine) countsUnits() bool {
	return slices.ContainsFunc(e.caps.Quotas, func(q model.Quota) bool { return q.Per == model.PerWriteScope })
}

// tally is nil where no quota is one of units.
func (e *Engine) tally(drafts []*draft) *tally {
	if !e.countsUnits() {
		return nil
	}
	t := &tally{have: e.have.unit, want: map[model.ID]map[unitKind]int{}, planned: map[model.ID]bool{}, over: map[model.ID]bool{}}
	for _, d := range drafts {
		if !d.planned() {
			continue
		}
		t.want[d.id] = map[unitKind]int{}
		for i := range d.want {
			t.want[d.id][unitKind{d.want[i].WriteScope, d.want[i].Key.Kind}]++
		}
	}
	return t
}

// note remembers what came of a draft.
func (t *tally) note(d *draft) {
	if t != nil {
		t.over[d.id] = d.over || d.err != nil
		t.planned[d.id] = !t.over[d.id]
	}
}

// others is how many of a kind there are or will be in a unit that are not of the load balancer.
func (t *tally) others(lb model.ID) func(unit, kind string) int {
	return func(unit, kind string) int {
		there := map[model.ID]int{}
		for _, r := range t.have(unit) {
			if id := r.Owner.LoadBalancer; r.Key.Kind == kind && !r.External && id != lb {
				there[id]++
			}
		}
		n := 0
		for id, have := range there {
			if _, inPass := t.want[id]; !inPass || t.over[id] {
				n += have
			}
		}
		for id, want := range t.want {
			count := want[unitKind{unit, kind}]
			switch {
			case id == lb || t.over[id]:
			case t.planned[id]:
				n += count
			default: // it will not grow before this one is looked at
				n += min(count, there[id])
			}
		}
		return n
	}
}
