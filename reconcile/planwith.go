package reconcile

import (
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// join sets With of the deletes that another delete of the plan includes. Memberships come last,
// because they depend on what happens to the routes.
func (g *graph) join() {
	for _, members := range []bool{false, true} {
		for root, parts := range g.parts(members) {
			if g.joins(root, parts) {
				for _, i := range parts {
					g.ops[i].With = root
				}
			}
		}
	}
}

// parts returns the deletes that may be included in another delete, by the key of the latter.
func (g *graph) parts(members bool) map[provider.Key][]int {
	all := map[provider.Key][]int{}
	for i, op := range g.ops {
		if op.Action != provider.Delete || op.Have.Member != members {
			continue
		}
		if root := g.root(op.Have); root != op.Key {
			all[root] = append(all[root], i)
		}
	}
	return all
}

// root returns the topmost resource whose delete in this plan deletes h too, or the key of h.
func (g *graph) root(h *provider.Resource) provider.Key {
	for range len(g.ops) {
		above := g.have[h.DeletedWith]
		if above == nil || !g.deletes(above.Key) {
			break
		}
		h = above
	}
	return h.Key
}

func (g *graph) deletes(k provider.Key) bool {
	i, ok := g.byKey[k]
	return ok && g.ops[i].Action == provider.Delete
}

// joins reports whether the delete of root can include those of all its parts: none of them has to
// wait, and nothing else refers to them.
func (g *graph) joins(root provider.Key, parts []int) bool {
	if g.ops[g.byKey[root]].Wait != "" {
		return false
	}
	for _, i := range parts {
		op := &g.ops[i]
		if op.Wait != "" || op.Have.Member && !g.cutOff(op.Have) {
			return false
		}
		for _, u := range g.users[op.Key] {
			if j, planned := g.byKey[u.Key]; !planned || !slices.Contains(parts, j) {
				return false
			}
		}
	}
	return true
}

// cutOff reports whether all routes that refer to the group of a membership go with their load
// balancer. Its members then need not drain, because all their connections end with it.
func (g *graph) cutOff(member *provider.Resource) bool {
	routes := 0
	for _, n := range member.Needs {
		for _, u := range g.users[n] {
			if u.Group != "" {
				continue
			}
			routes++
			j, planned := g.byKey[u.Key]
			if !planned || g.ops[j].With == (provider.Key{}) || g.have[g.ops[j].With].DeletedWith != (provider.Key{}) {
				return false
			}
		}
	}
	return routes > 0
}
