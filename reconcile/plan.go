package reconcile

import (
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// PlanInput is what a plan is made of.
type PlanInput struct {
	Want []provider.Resource
	Have []provider.Resource // of the same scope; external ones are never planned
	// Compare is the provider's.
	Compare func(want, have provider.Resource) []provider.Field
	// Hold tells why an observed resource must not be deleted yet; empty, or a nil Hold, when it
	// may.
	Hold func(have provider.Resource) string
	// Freeze tells why a wanted resource must be neither made nor updated yet, likewise.
	Freeze func(want provider.Resource) string
}

// Make plans the way from have to want. It is pure, and its result is the same for the same input
// in whatever order.
//
// The order follows from references alone. A create waits for the creates of what it needs; what
// refers to a group waits until the group's members are registered; a delete waits until every
// resource that needs it is gone or needs it no more; the members of a group leave after the last
// reference to the group.
func Make(in PlanInput) provider.Plan {
	g := newGraph(in)
	g.diff(in)
	for i := range g.ops {
		g.link(i)
	}
	return provider.Plan{Ops: g.sorted()}
}

// graph is what a plan is computed on: both sides by key, and who refers to whom.
type graph struct {
	want, have map[provider.Key]*provider.Resource
	users      map[provider.Key][]*provider.Resource // observed resources by what they need
	members    map[model.GroupID][]int               // creating and updating ops of memberships
	ops        []provider.Op
	byKey      map[provider.Key]int
}

func newGraph(in PlanInput) *graph {
	g := &graph{
		want:    index(in.Want),
		have:    index(in.Have),
		users:   map[provider.Key][]*provider.Resource{},
		members: map[model.GroupID][]int{},
		byKey:   map[provider.Key]int{},
	}
	for i := range in.Have {
		for _, n := range in.Have[i].Needs {
			g.users[n] = append(g.users[n], &in.Have[i])
		}
	}
	return g
}

func index(rs []provider.Resource) map[provider.Key]*provider.Resource {
	m := make(map[provider.Key]*provider.Resource, len(rs))
	for i := range rs {
		m[rs[i].Key] = &rs[i]
	}
	return m
}

// diff makes the ops, without their order.
func (g *graph) diff(in PlanInput) {
	for i := range in.Want {
		op, ok := upsert(&in.Want[i], g.have[in.Want[i].Key], in.Compare)
		if ok && in.Freeze != nil {
			op.Wait = in.Freeze(in.Want[i])
		}
		if ok {
			g.add(op)
		}
	}
	for i := range in.Have {
		h := &in.Have[i]
		if h.External || g.want[h.Key] != nil {
			continue
		}
		op := provider.Op{Action: provider.Delete, Key: h.Key, WriteScope: h.WriteScope, Have: h, Why: "nothing asks for it any more"}
		if in.Hold != nil {
			op.Wait = in.Hold(*h)
		}
		g.add(op)
	}
}

func upsert(w, h *provider.Resource, compare func(want, have provider.Resource) []provider.Field) (provider.Op, bool) {
	if h == nil {
		fields := compare(*w, provider.Resource{Key: w.Key})
		return provider.Op{Action: provider.Create, Key: w.Key, WriteScope: w.WriteScope, Want: w, Fields: fields, Why: wantedBy(w)}, true
	}
	fields := compare(*w, *h)
	if len(fields) == 0 {
		return provider.Op{}, false
	}
	return provider.Op{Action: provider.Update, Key: w.Key, WriteScope: w.WriteScope, Want: w, Have: h, Fields: fields, Why: "it differs from what is wanted"}, true
}

// wantedBy is why a resource is made.
func wantedBy(w *provider.Resource) string {
	switch {
	case len(w.Staged) > 0 && w.Group == "":
		return "so that the cloud checks " + w.Staged[0].String() + " before it serves"
	case len(w.Origin) > 0:
		return "wanted by " + w.Origin[0].Object().String()
	case w.Group != "":
		return "wanted for " + string(w.Group)
	default:
		return "wanted for " + string(w.Owner.LoadBalancer)
	}
}

func (g *graph) add(op provider.Op) {
	g.byKey[op.Key] = len(g.ops)
	if op.Want != nil && op.Want.Member {
		g.members[op.Want.Group] = append(g.members[op.Want.Group], len(g.ops))
	}
	g.ops = append(g.ops, op)
}

// link finds what op i comes after.
func (g *graph) link(i int) {
	op := &g.ops[i]
	if op.Action == provider.Delete {
		g.linkDelete(i)
		return
	}
	for _, n := range op.Want.Needs {
		if j, ok := g.byKey[n]; ok && g.ops[j].Action == provider.Create {
			op.After = append(op.After, j)
		}
		if op.Want.Group == "" {
			op.After = append(op.After, g.members[g.groupOf(n)]...)
		}
	}
	op.After = dedupe(op.After)
}

func (g *graph) groupOf(k provider.Key) model.GroupID {
	if w := g.want[k]; w != nil && w.Group != "" {
		return w.Group
	}
	return "\x00none" // no membership has it
}

// linkDelete waits for all that refers to the resource, or to its group, to be gone or to have let
// go.
func (g *graph) linkDelete(i int) {
	op := &g.ops[i]
	g.release(op, op.Key, nil)
	if op.Have.Member {
		for _, n := range op.Have.Needs {
			g.release(op, n, func(user *provider.Resource) bool { return user.Group == "" })
			if h := g.have[n]; h != nil {
				g.releaseGroup(op, h.Group)
			}
		}
	}
	op.After = dedupe(op.After)
}

// releaseGroup waits for every user from outside of every resource of the group.
func (g *graph) releaseGroup(op *provider.Op, group model.GroupID) {
	if group == "" {
		return
	}
	for _, k := range g.carriers(op, group) {
		g.release(op, k, func(user *provider.Resource) bool { return user.Group == "" })
	}
}

// carriers is the resources of a group that a membership hangs on, followed upwards: from its NEG
// to the backend service that uses it. Where a resource lets go of what is below it in this very
// plan, the way ends: the membership then comes after that op.
func (g *graph) carriers(op *provider.Op, group model.GroupID) []provider.Key {
	var out []provider.Key
	seen := map[provider.Key]bool{}
	todo := slices.Clone(op.Have.Needs)
	for len(todo) > 0 {
		k := todo[0]
		todo = todo[1:]
		if seen[k] {
			continue
		}
		seen[k] = true
		out = append(out, k)
		for _, u := range g.users[k] {
			if u.Group != group || u.Member {
				continue
			}
			if j, planned := g.byKey[u.Key]; planned && g.ops[j].Action == provider.Update && g.letsGo(j, k) {
				op.After = append(op.After, j)
				continue
			}
			todo = append(todo, u.Key)
		}
	}
	return out
}

// release makes op wait for the users of key to let go of it.
func (g *graph) release(op *provider.Op, key provider.Key, only func(*provider.Resource) bool) {
	for _, u := range g.users[key] {
		if only != nil && !only(u) {
			continue
		}
		j, planned := g.byKey[u.Key]
		switch {
		case planned && g.letsGo(j, key):
			op.After = append(op.After, j)
		case op.Wait == "":
			op.Wait = "still referred to by " + u.Key.String()
		}
	}
}

// letsGo tells whether op j ends its resource's need of key.
func (g *graph) letsGo(j int, key provider.Key) bool {
	op := g.ops[j]
	return op.Action == provider.Delete || !slices.Contains(op.Want.Needs, key)
}

func dedupe(xs []int) []int {
	slices.Sort(xs)
	return slices.Compact(xs)
}

// sorted is the ops in an order that respects After: creates and updates by depth and key, then
// deletes likewise. After is renumbered.
func (g *graph) sorted() []provider.Op {
	depth := make([]int, len(g.ops))
	for i := range g.ops {
		g.depth(i, depth)
	}
	order := make([]int, len(g.ops))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compareOps(g.ops[a], g.ops[b], depth[a], depth[b]) })
	at := make([]int, len(g.ops))
	for pos, i := range order {
		at[i] = pos
	}
	out := make([]provider.Op, len(g.ops))
	for pos, i := range order {
		out[pos] = g.ops[i]
		out[pos].After = renumber(g.ops[i].After, at)
	}
	return out
}

func renumber(after, at []int) []int {
	if len(after) == 0 {
		return nil
	}
	out := make([]int, len(after))
	for i, j := range after {
		out[i] = at[j]
	}
	slices.Sort(out)
	return out
}

// depth is the longest chain of ops before op i; -1 marks one that is being computed, so that a
// cycle (a fault of a provider) ends.
func (g *graph) depth(i int, memo []int) int {
	if memo[i] != 0 {
		return max(memo[i], 0)
	}
	memo[i] = -1
	d := 1
	for _, j := range g.ops[i].After {
		d = max(d, 1+g.depth(j, memo))
	}
	memo[i] = d
	return d
}

func compareOps(a, b provider.Op, depthA, depthB int) int {
	if x, y := a.Action == provider.Delete, b.Action == provider.Delete; x != y {
		if x {
			return 1
		}
		return -1
	}
	if depthA != depthB {
		return depthA - depthB
	}
	return provider.CompareKeys(a.Key, b.Key)
}
