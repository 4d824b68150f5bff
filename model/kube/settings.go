package kube

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// annotationTable is the declared annotations, made once for a Build.
type annotationTable struct {
	byName map[string]annotation // without the prefix
	// shared are the settings that a load balancer has once, group those of a group.
	shared []model.Setting[settings]
	group  []model.Setting[model.Group]
}

func newAnnotationTable() *annotationTable {
	t := &annotationTable{
		byName: make(map[string]annotation),
		shared: append(model.Within(model.LoadBalancerSettings(), inBalancer), model.Within(model.TLSSettings(), inTLS)...),
		group:  model.GroupSettings(),
	}
	for _, a := range annotations() {
		t.byName[a.Name] = a
	}
	return t
}

// annotations returns the table, made at first use.
func (x *cluster) annotations() *annotationTable {
	if x.table == nil {
		x.table = newAnnotationTable()
	}
	return x.table
}

// settings reads the annotations of an object and reports what is wrong with them. Objects without
// annotations share one value.
func (x *cluster) settings(object model.Ref, annotations map[string]string, kind objects) *settings {
	all := &x.nothingSet
	for name, value := range annotations {
		name, ours := strings.CutPrefix(name, prefix)
		if !ours {
			continue
		}
		if all == &x.nothingSet {
			all = new(settings)
		}
		if message := x.annotations().set(all, kind, name, value); message != "" {
			x.problem(at(object, annotationField(prefix+name)), model.ReasonInvalid, message)
		}
	}
	if all != &x.nothingSet {
		all.groupSet = x.annotations().setsGroup(all)
	}
	return all
}

// set reads one annotation. The message reports what is wrong with it.
func (t *annotationTable) set(into *settings, kind objects, name, value string) (message string) {
	a, ok := t.byName[name]
	switch {
	case !ok:
		return "unknown annotation " + quote(prefix+name) + t.suggest(name)
	case a.on&kind == 0:
		return prefix + name + " has no effect on this kind of object; set it on " + a.on.String()
	case !a.Set(into, strings.TrimSpace(value)):
		return prefix + name + " is " + quote(value) + "; allowed: " + a.Describe()
	default:
		return ""
	}
}

// setsGroup reports whether any setting of a group is set.
func (t *annotationTable) setsGroup(s *settings) bool {
	return slices.ContainsFunc(t.group, func(row model.Setting[model.Group]) bool { return row.IsSet(&s.group) })
}

// digest names the settings of a group that a route adds to those of the Service; empty if it adds
// none.
func (t *annotationTable) digest(service, route *settings, g *model.Group) string {
	var text []byte
	for i := range t.group {
		s := &t.group[i]
		if s.IsSet(g) && s.IsSet(&route.group) && !s.IsSet(&service.group) {
			text = append(append(text, s.Name...), 0)
			text = append(s.At(g).Append(text), 0)
		}
	}
	if len(text) == 0 {
		return ""
	}
	return hash(text)
}

// hash is a short name for a text, the same in every run.
func hash(text []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(text) // a hash never returns an error (package hash)
	return strconv.FormatUint(h.Sum64(), 36)
}

// suggest proposes the declared name that is most similar to an unknown one.
func (t *annotationTable) suggest(name string) string {
	const far = 4
	best, least := "", far
	for n := range t.byName {
		d := distance(name, n)
		if d < least || d == least && d < far && n < best {
			best, least = n, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + prefix + best + "?"
}

// distance is how many letters must be changed, added or removed (Levenshtein). Names that are much
// too long are far, whatever is in them.
func distance(a, b string) int {
	if len(a) > 2*len(b)+8 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
