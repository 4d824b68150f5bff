package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// overQuota returns a problem for each quota, of a load balancer or of a write scope, that the
// desired resources exceed. Quotas of a whole cluster are left to the cloud. others returns the
// number of resources of a kind that other load balancers have in a write scope.
func overQuota(want []provider.Resource, quotas []model.Quota, lb model.Sealed, others func(scope, kind string) int) []model.Problem {
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
			used := 0
			if q.Per == model.PerWriteScope {
				used = others(bucket, q.Kind)
			}
			if count[bucket]+used > q.Max {
				out = append(out, exceeded(lb, q, count[bucket], used)...)
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

func exceeded(lb model.Sealed, q model.Quota, n, used int) []model.Problem {
	message := fmt.Sprintf("needs %d %s, but the cloud allows %d; nothing was changed", n, q.Name, q.Max)
	if used > 0 {
		message = fmt.Sprintf("needs %d %s in addition to the %d of other load balancers, but the cloud allows %d; nothing was changed", n, q.Name, used, q.Max)
	}
	var out []model.Problem
	for _, o := range lb.LoadBalancer().Origins {
		out = append(out, model.Problem{Origin: o, Reason: model.ReasonQuotaExceeded, Message: message})
	}
	return out
}

// scopeUsage counts the resources that load balancers have, or will have after this pass, in shared
// write scopes. Existing resources have precedence; of new ones, those of the load balancer that is
// planned first. It does not count load balancers that were never observed, nor what others than
// Headgate have in a shared document.
type scopeUsage struct {
	have    func(scope string) []provider.Resource
	want    map[model.ID]map[scopeKind]int // of the drafts of this pass; empty for a deletion
	planned map[model.ID]bool              // the drafts that will reach their desired state
	over    map[model.ID]bool              // the drafts that stay as they are
}

type scopeKind struct{ scope, kind string }

// countsWriteScopes reports whether any quota counts a write scope.
func (e *Engine) countsWriteScopes() bool {
	return slices.ContainsFunc(e.caps.Quotas, func(q model.Quota) bool { return q.Per == model.PerWriteScope })
}

// newScopeUsage returns nil if no quota counts a write scope.
func (e *Engine) newScopeUsage(drafts []*draft) *scopeUsage {
	if !e.countsWriteScopes() {
		return nil
	}
	t := &scopeUsage{have: e.have.inScope, want: map[model.ID]map[scopeKind]int{}, planned: map[model.ID]bool{}, over: map[model.ID]bool{}}
	for _, d := range drafts {
		if !d.planned() {
			continue
		}
		t.want[d.id] = map[scopeKind]int{}
		for i := range d.want {
			t.want[d.id][scopeKind{d.want[i].WriteScope, d.want[i].Key.Kind}]++
		}
	}
	return t
}

// record stores the result of planning a draft.
func (t *scopeUsage) record(d *draft) {
	if t != nil {
		t.over[d.id] = d.over || d.err != nil
		t.planned[d.id] = !t.over[d.id]
	}
}

// others returns a function that counts the resources of a kind that other load balancers than lb
// have, or will have, in a write scope.
func (t *scopeUsage) others(lb model.ID) func(scope, kind string) int {
	return func(scope, kind string) int {
		there := map[model.ID]int{}
		for _, r := range t.have(scope) {
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
			count := want[scopeKind{scope, kind}]
			switch {
			case id == lb || t.over[id]:
			case t.planned[id]:
				n += count
			default: // not planned yet, so lb has precedence over its growth
				n += min(count, there[id])
			}
		}
		return n
	}
}
