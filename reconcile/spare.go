package reconcile

import (
	"fmt"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Spare has passes take nothing away from what routes requests of a load balancer, or lets them
// again; it follows Set. It is for a process that begins with objects which are refused: what they
// served before is known to the cloud alone, and Set cannot keep what it never heard of. culprits
// are what is refused, for the reader of a plan.
//
// Where nothing would be taken away, nothing is held back. Else all that routes requests stays as
// it is, for the order of routes counts too; that stands in the plan as spared, and is not waited
// for. Groups and their endpoints go on as ever. A load balancer that is dropped is not spared.
func (e *Engine) Spare(id model.ID, on bool, culprits ...model.Ref) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.lbs[id]
	if w == nil || w.spare == on && slices.Equal(w.culprits, culprits) {
		return
	}
	w.spare, w.culprits, w.dirty = on, slices.Clone(culprits), true
	w.changes++
}

// whySpared is the reason that a plan shows.
func whySpared(culprits []model.Ref) string {
	switch len(culprits) {
	case 0:
		return "an object of it is refused, and what that served before stays until it is mended"
	case 1:
		return culprits[0].String() + " is refused, and what it served before stays until it is mended"
	default:
		return fmt.Sprintf("%s and %d more are refused, and what they served before stays until they are mended", culprits[0], len(culprits)-1)
	}
}

// sparing is what of a load balancer stays as it is. A nil one spares nothing.
type sparing struct {
	why  string
	kept map[provider.Key]bool // not deleted
}

// sparing finds what is spared: all that is outside of groups, and what this needs, with its
// members. It is nil where nothing would be taken away.
func (e *Engine) sparing(d *draft, want, have []provider.Resource) *sparing {
	if !d.spare {
		return nil
	}
	s := &sparing{why: whySpared(d.culprits), kept: map[provider.Key]bool{}}
	wanted, there := index(want), index(have)
	loss := false
	for i := range have {
		h := &have[i]
		if h.External || h.Group != "" {
			continue
		}
		w := wanted[h.Key]
		loss = loss || w == nil || e.takes(w, h)
		s.keep(h, there)
	}
	if !loss {
		return nil
	}
	for i := range have {
		if have[i].Member && slices.ContainsFunc(have[i].Needs, func(k provider.Key) bool { return s.kept[k] }) {
			s.keep(&have[i], there)
		}
	}
	return s
}

// takes tells whether an update takes a value away without putting another in its place.
func (e *Engine) takes(want, have *provider.Resource) bool {
	return slices.ContainsFunc(e.cloud.Compare(*want, *have), func(f provider.Field) bool { return f.Have != "" && f.Want == "" })
}

// keep marks a resource and all that it needs.
func (s *sparing) keep(r *provider.Resource, there map[provider.Key]*provider.Resource) {
	if r.External || s.kept[r.Key] {
		return
	}
	s.kept[r.Key] = true
	for _, k := range r.Needs {
		if n := there[k]; n != nil {
			s.keep(n, there)
		}
	}
}

// hold adds to the reasons why something must not be deleted that it is spared.
func (s *sparing) hold(other func(provider.Resource) string) func(provider.Resource) string {
	if s == nil {
		return other
	}
	return func(have provider.Resource) string {
		if s.kept[have.Key] {
			return s.why
		}
		return other(have)
	}
}

// freeze tells why something must be neither made nor updated.
func (s *sparing) freeze(want provider.Resource) string {
	if s == nil || want.Group != "" {
		return ""
	}
	return s.why
}

// spared tells which ops of a plan are not carried out because of what is spared: they wait for it,
// or come after one that does.
func (s *sparing) spared(p provider.Plan) map[provider.Key]bool {
	if s == nil {
		return nil
	}
	out := map[provider.Key]bool{}
	for _, op := range p.Ops { // each stands behind what it comes after
		if op.Wait == s.why || slices.ContainsFunc(op.After, func(j int) bool { return out[p.Ops[j].Key] }) {
			out[op.Key] = true
		}
	}
	return out
}
