package kube

import (
	"cmp"
	"maps"
	"slices"

	"github.com/headgate-io/headgate/model"
)

// shareSettings decides what a load balancer has only once. The oldest object decides, also by
// setting nothing: otherwise an object that joins could make the load balancer internal, or move
// its address. Tags are added up.
func (a *assembly) shareSettings() {
	first := &a.attached[0]
	*a.lb = first.settings.balancer
	a.lb.ID, a.lb.Tags = first.LoadBalancer, nil
	a.lb.Origins = cut(&a.index.room.origins, len(a.attached))
	for i := range a.attached {
		if from := &a.attached[i]; from.settings != &a.nothingSet {
			a.compareShared(from, first)
			a.addTags(from)
		}
	}
}

// compareShared reports the settings of an object that differ from those that were decided.
func (a *assembly) compareShared(from, first *Attachment) {
	shared := a.annotations().shared
	for i := range shared {
		s := &shared[i]
		if s.Additive || !s.IsSet(from.settings) {
			continue
		}
		if s.Text(from.settings) != cmp.Or(s.Text(first.settings), s.Unset) {
			name := prefix + s.Name
			a.conflict(at(from.Object, annotationField(name)), name+" of the load balancer is decided", first.Object)
		}
	}
}

func (a *assembly) addTags(from *Attachment) {
	origin := at(from.Object, annotationField(prefix+"tags"))
	for _, k := range slices.Sorted(maps.Keys(from.settings.balancer.Tags)) {
		v := from.settings.balancer.Tags[k]
		old, used := a.lb.Tags[k]
		switch {
		case used && old != v:
			a.conflict(origin, "tag "+quote(k)+" of the load balancer is decided", a.tagger(k))
		case used:
		case len(a.lb.Tags) == model.MaxTags:
			a.problem(origin, model.ReasonInvalid, "the load balancer already has 50 tags; allowed: up to 50")
		default:
			if a.lb.Tags == nil {
				a.lb.Tags = make(map[string]string)
			}
			a.lb.Tags[k] = v
		}
	}
}

// tagger is the first object that sets a tag.
func (a *assembly) tagger(tag string) model.Ref {
	i := slices.IndexFunc(a.attached, func(t Attachment) bool { _, ok := t.settings.balancer.Tags[tag]; return ok })
	return a.attached[i].Object
}
