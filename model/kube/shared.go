package kube

import (
	"cmp"
	"maps"
	"slices"

	"github.com/headgate-io/headgate/model"
)

// shared settles what a load balancer has only one of. The oldest Ingress decides, also by saying
// nothing: otherwise whoever joins a group could make it internal, or move its address. Tags add
// up.
func (a *assembly) shared(members []*member) {
	first := members[0]
	a.lb.Scheme, a.lb.Family, a.lb.Addresses = first.settings.scheme, first.settings.family, first.settings.addresses
	a.family = first.settings.family
	for _, m := range members {
		s := m.settings
		a.differs(m, first, "scheme", s.scheme != "" && s.scheme != cmp.Or(first.settings.scheme, model.InternetFacing))
		a.differs(m, first, "ip-family", s.family != "" && s.family != cmp.Or(first.settings.family, model.IPv4))
		a.differs(m, first, "static-addresses", s.addresses != nil && !slices.Equal(s.addresses, first.settings.addresses))
		a.differs(m, first, "tls-policy", s.policy != "" && s.policy != first.settings.policy)
		if len(s.tags) > 0 {
			a.tags(m, members)
		}
	}
}

func (a *assembly) differs(m, winner *member, name string, differs bool) {
	if differs {
		a.conflict(at(m.ref(), annotationField(prefix+name)), prefix+name+" of the load balancer is decided", winner.ref())
	}
}

// maxTags is how many the model takes.
const maxTags = 50

func (a *assembly) tags(m *member, members []*member) {
	for _, k := range slices.Sorted(maps.Keys(m.settings.tags)) {
		v := m.settings.tags[k]
		if a.lb.Tags == nil {
			a.lb.Tags = make(map[string]string)
		}
		old, taken := a.lb.Tags[k]
		switch {
		case taken:
		case len(a.lb.Tags) == maxTags:
			a.b.problem(at(m.ref(), annotationField(prefix+"tags")), model.ReasonInvalid, "the load balancer has 50 tags already")
			continue
		default:
			a.lb.Tags[k] = v
			continue
		}
		if old != v {
			a.conflict(at(m.ref(), annotationField(prefix+"tags")), "tag "+quote(k)+" of the load balancer is decided", tagger(members, k).ref())
		}
	}
}

// tagger is the oldest Ingress that sets a tag.
func tagger(members []*member, tag string) *member {
	i := slices.IndexFunc(members, func(m *member) bool { _, ok := m.settings.tags[tag]; return ok })
	return members[i]
}
