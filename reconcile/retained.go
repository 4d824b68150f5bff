package reconcile

import (
	"fmt"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Retain sets whether passes retain the routing configuration that a load balancer has in the
// cloud. Call it after [Engine.Set]. It is for a process that starts while objects are refused:
// only the cloud knows their last known good configuration, so Set cannot restore it. refused are
// those objects, for the reason that a plan shows.
//
// If a plan would remove nothing, it is carried out as usual. Otherwise all routing configuration
// stays as it is, because the order of routes matters too. Its ops are listed in the plan as
// retained, and no pass waits for them. Groups and endpoints are updated as usual. A load balancer
// that is dropped is not retained.
func (e *Engine) Retain(id model.ID, on bool, refused ...model.Ref) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.lbs[id]
	if w == nil || w.retain == on && slices.Equal(w.refused, refused) {
		return
	}
	w.retain, w.refused, w.dirty = on, slices.Clone(refused), true
	w.generation++
}

// retainedReason is the reason that a plan shows for a retained op.
func retainedReason(refused []model.Ref) string {
	switch len(refused) {
	case 0:
		return "an object of this load balancer is refused; the current configuration is retained until it is fixed"
	case 1:
		return refused[0].String() + " is refused; the current configuration is retained until it is fixed"
	default:
		return fmt.Sprintf("%s and %d more are refused; the current configuration is retained until they are fixed", refused[0], len(refused)-1)
	}
}

// retention is the part of a load balancer that stays as it is. A nil retention retains nothing.
type retention struct {
	why       string
	resources map[provider.Key]bool // not deleted
}

// retention returns what is retained: all resources outside of groups, what they need, and the
// members of that. It returns nil if the plan would remove nothing.
func (e *Engine) retention(d *draft, want, have []provider.Resource) *retention {
	if !d.retain {
		return nil
	}
	s := &retention{why: retainedReason(d.refused), resources: map[provider.Key]bool{}}
	wanted, observed := index(want), index(have)
	loss := false
	for i := range have {
		h := &have[i]
		if h.External || h.Group != "" {
			continue
		}
		w := wanted[h.Key]
		loss = loss || w == nil || e.removesValue(w, h)
		s.add(h, observed)
	}
	if !loss {
		return nil
	}
	for i := range have {
		if have[i].Member && slices.ContainsFunc(have[i].Needs, func(k provider.Key) bool { return s.resources[k] }) {
			s.add(&have[i], observed)
		}
	}
	return s
}

// removesValue reports whether an update removes a value without a replacement.
func (e *Engine) removesValue(want, have *provider.Resource) bool {
	return slices.ContainsFunc(e.cloud.Compare(*want, *have), func(f provider.Field) bool { return f.Have != "" && f.Want == "" })
}

// add retains a resource and all that it needs.
func (s *retention) add(r *provider.Resource, observed map[provider.Key]*provider.Resource) {
	if r.External || s.resources[r.Key] {
		return
	}
	s.resources[r.Key] = true
	for _, k := range r.Needs {
		if n := observed[k]; n != nil {
			s.add(n, observed)
		}
	}
}

// deferDelete returns other, extended by the deletes that retention defers.
func (s *retention) deferDelete(other func(provider.Resource) string) func(provider.Resource) string {
	if s == nil {
		return other
	}
	return func(have provider.Resource) string {
		if s.resources[have.Key] {
			return s.why
		}
		return other(have)
	}
}

// deferWrite returns why a resource must not be created or updated yet, or "".
func (s *retention) deferWrite(want provider.Resource) string {
	if s == nil || want.Group != "" {
		return ""
	}
	return s.why
}

// ops returns the keys of the ops that are not carried out: those that retention defers, and those
// that come after one of them.
func (s *retention) ops(p provider.Plan) map[provider.Key]bool {
	if s == nil {
		return nil
	}
	out := map[provider.Key]bool{}
	for _, op := range p.Ops { // in the order of After
		if op.Wait == s.why || slices.ContainsFunc(op.After, func(j int) bool { return out[p.Ops[j].Key] }) {
			out[op.Key] = true
		}
	}
	return out
}
