package reconcile

import (
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// PlanInput is the input of [Make].
type PlanInput struct {
	Want []provider.Resource
	Have []provider.Resource // of the same scope; external resources are never planned
	// Compare is the Compare method of the provider.
	Compare func(want, have provider.Resource) []provider.Field
	// DeferDelete, if not nil, returns why an observed resource must not be deleted yet, or "".
	DeferDelete func(have provider.Resource) string
	// DeferWrite, if not nil, returns why a desired resource must not be created or updated yet, or
	// "".
	DeferWrite func(want provider.Resource) string
}

// Make returns the plan that changes have into want. It is pure, and its result does not depend on
// the order of its input.
//
// The order of ops follows from references alone:
//
//   - A create comes after the creates of what it needs.
//   - An op that refers to a group comes after the registration of the group's members.
//   - A delete comes after every resource that needs it is deleted or no longer needs it.
//   - The members of a group are deregistered after the last reference to the group is gone.
//   - A delete that includes the deletes of other resources comes before them (see [provider.Op],
//     With). If it fails, the others stay.
func Make(in PlanInput) provider.Plan {
	g := newGraph(in)
	g.diff(in)
	g.join()
	for i := range g.ops {
		g.link(i)
	}
	return provider.Plan{Ops: g.sorted()}
}

// graph indexes the resources of a plan and the references between them.
type graph struct {
	want, have map[provider.Key]*provider.Resource
	users      map[provider.Key][]*provider.Resource // observed resources by what they need
	members    map[model.GroupID][]int               // creates and updates of memberships
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

// diff adds the ops, in no particular order.
func (g *graph) diff(in PlanInput) {
	for i := range in.Want {
		op, ok := upsert(&in.Want[i], g.have[in.Want[i].Key], in.Compare)
		if ok && in.DeferWrite != nil {
			op.Wait = in.DeferWrite(in.Want[i])
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
		op := provider.Op{Action: provider.Delete, Key: h.Key, WriteScope: h.WriteScope, Have: h, Why: "no longer needed"}
		if in.DeferDelete != nil {
			op.Wait = in.DeferDelete(*h)
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
	return provider.Op{Action: provider.Update, Key: w.Key, WriteScope: w.WriteScope, Want: w, Have: h, Fields: fields, Why: "differs from the desired state"}, true
}

// wantedBy returns why a resource is created.
func wantedBy(w *provider.Resource) string {
	switch {
	case len(w.Staged) > 0 && w.Group == "":
		return "health check of " + w.Staged[0].String() + " before it receives traffic"
	case len(w.Origin) > 0:
		return "needed by " + w.Origin[0].Object().String()
	case w.Group != "":
		return "needed by group " + string(w.Group)
	default:
		return "needed by load balancer " + string(w.Owner.LoadBalancer)
	}
}

func (g *graph) add(op provider.Op) {
	g.byKey[op.Key] = len(g.ops)
	if op.Want != nil && op.Want.Member {
		g.members[op.Want.Group] = append(g.members[op.Want.Group], len(g.ops))
	}
	g.ops = append(g.ops, op)
}

// link sets what op i comes after.
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
	return "\x00none" // no membership has this ID
}

// linkDelete puts the delete after the ops that remove the references to the resource, and, for a
// membership, the references to its group.
func (g *graph) linkDelete(i int) {
	op := &g.ops[i]
	if op.With != (provider.Key{}) {
		op.After = []int{g.byKey[op.With]}
		return
	}
	g.waitForUsers(op, op.Key, nil)
	if op.Have.Member {
		for _, n := range op.Have.Needs {
			g.waitForUsers(op, n, func(user *provider.Resource) bool { return user.Group == "" })
			if h := g.have[n]; h != nil {
				g.waitForGroupUsers(op, h.Group)
			}
		}
	}
	op.After = dedupe(op.After)
}

// waitForGroupUsers puts op after the ops that remove the references of routes to the group.
func (g *graph) waitForGroupUsers(op *provider.Op, group model.GroupID) {
	if group == "" {
		return
	}
	for _, k := range g.ancestors(op, group) {
		g.waitForUsers(op, k, func(user *provider.Resource) bool { return user.Group == "" })
	}
}

// ancestors returns the resources of a group that use a membership directly or indirectly, such as
// its NEG and the backend service that uses the NEG. If an update in this plan removes the
// reference of a resource, the search stops there, and op comes after that update.
func (g *graph) ancestors(op *provider.Op, group model.GroupID) []provider.Key {
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
			if j, planned := g.byKey[u.Key]; planned && g.ops[j].Action == provider.Update && g.dropsReference(j, k) {
				op.After = append(op.After, j)
				continue
			}
			todo = append(todo, u.Key)
		}
	}
	return out
}

// waitForUsers puts op after the ops that remove the references to key. If a reference stays, op
// has to wait.
func (g *graph) waitForUsers(op *provider.Op, key provider.Key, only func(*provider.Resource) bool) {
	for _, u := range g.users[key] {
		if only != nil && !only(u) {
			continue
		}
		j, planned := g.byKey[u.Key]
		switch {
		case planned && g.ops[j].With == op.Key:
		case planned && g.dropsReference(j, key):
			op.After = append(op.After, j)
		case op.Wait == "":
			op.Wait = "still referenced by " + u.Key.String()
		}
	}
}

// dropsReference reports whether op j removes its resource's reference to key.
func (g *graph) dropsReference(j int, key provider.Key) bool {
	op := g.ops[j]
	return op.Action == provider.Delete || !slices.Contains(op.Want.Needs, key)
}

func dedupe(xs []int) []int {
	slices.Sort(xs)
	return slices.Compact(xs)
}

// sorted returns the ops in an order that respects After, with After renumbered: creates and
// updates by depth and key, then deletes by depth and key.
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

// depth returns the length of the longest chain of ops that ends with op i. In memo, -1 stands for
// an op that is being computed, so that a cycle, which is a bug of a provider, ends.
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
