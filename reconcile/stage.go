package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// unverified returns the groups that the new routes need, that have endpoints, and that the cloud
// does not yet report healthy. It is empty while the load balancer serves nothing, because there is
// no traffic to protect.
func (e *Engine) unverified(ctx context.Context, d *draft, want, have []provider.Resource) ([]provider.Key, error) {
	if e.optional.Stager == nil || e.optional.Health == nil {
		return nil, nil
	}
	serving := referred(have)
	added := e.newlyReferenced(d, want, serving)
	if len(serving) == 0 || len(added) == 0 {
		return nil, nil
	}
	health, err := e.optional.Health.Health(ctx, groupsOf(have, append(slices.Clone(added), serving...)))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(serving, func(k provider.Key) bool { return serves(health[k]) }) {
		return nil, nil
	}
	return slices.DeleteFunc(added, func(k provider.Key) bool { return serves(health[k]) }), nil
}

// referred returns what routes send requests to: those needs of resources outside any group that
// belong to a group, without the staged ones.
func referred(rs []provider.Resource) []provider.Key {
	in := index(rs)
	var out []provider.Key
	for i := range rs {
		if rs[i].Group != "" || rs[i].External {
			continue
		}
		for _, n := range rs[i].Needs {
			if r := in[n]; r != nil && r.Group != "" && !slices.Contains(rs[i].Staged, n) {
				out = append(out, n)
			}
		}
	}
	slices.SortFunc(out, provider.CompareKeys)
	return slices.Compact(out)
}

// newlyReferenced returns what the routes in want refer to, have not referred to so far, and that
// has ready endpoints.
func (e *Engine) newlyReferenced(d *draft, want []provider.Resource, serving []provider.Key) []provider.Key {
	in := index(want)
	return slices.DeleteFunc(referred(want), func(k provider.Key) bool {
		_, found := slices.BinarySearchFunc(serving, k, provider.CompareKeys)
		return found || len(readySet(d.groups[in[k].Group].endpoints)) == 0
	})
}

// groupsOf returns all resources of the groups that the keys belong to.
func groupsOf(rs []provider.Resource, ks []provider.Key) []provider.Resource {
	in := index(rs)
	groups := map[model.GroupID]bool{}
	for _, k := range ks {
		if r := in[k]; r != nil {
			groups[r.Group] = true
		}
	}
	var out []provider.Resource
	for _, r := range rs {
		if groups[r.Group] {
			out = append(out, r)
		}
	}
	return out
}

func serves(eps []provider.EndpointHealth) bool {
	return slices.ContainsFunc(eps, func(h provider.EndpointHealth) bool { return h.Healthy })
}

// planStaged plans the step that gets the unverified groups health-checked, and adds what follows
// once they are healthy, for information.
func (e *Engine) planStaged(d *draft, in PlanInput, unverified []provider.Key) {
	want, have := in.Want, in.Have
	step := e.stage(want, have, unverified)
	in.Want = step
	d.plan = Make(in)
	why := "until " + unverified[0].String() + " is healthy"
	if len(unverified) > 1 {
		why += fmt.Sprintf(" and %d more", len(unverified)-1)
	}
	d.wait(why, pollHealth)
	planned := map[provider.Key]provider.Op{}
	for _, op := range d.plan.Ops {
		planned[op.Key] = op
	}
	for _, op := range Make(PlanInput{Want: want, Have: afterwards(have, step), Compare: e.cloud.Compare}).Ops {
		if p, ok := planned[op.Key]; ok && p.Action == op.Action && (p.Wait != "" || op.Action == provider.Delete) {
			continue // already in the plan, with its own reason to wait
		}
		op.Wait, op.After = why, nil
		d.follow = append(d.follow, op)
	}
}

// stage returns the intermediate desired state. A route that needs two new groups is deferred until
// both are healthy. The group that becomes healthy first must stay referenced, or the cloud would
// stop its health checks and it would be unverified again when the other one is ready.
func (e *Engine) stage(want, have []provider.Resource, unverified []provider.Key) []provider.Resource {
	all := referred(want)
	for {
		step := e.optional.Stager.Stage(want, have, unverified)
		dropped := unreferred(step, all)
		dropped = slices.DeleteFunc(dropped, func(k provider.Key) bool { return slices.Contains(unverified, k) })
		if len(dropped) == 0 {
			return step
		}
		unverified = append(slices.Clone(unverified), dropped...)
		slices.SortFunc(unverified, provider.CompareKeys)
	}
}

// unreferred returns those keys that no resource outside of groups needs.
func unreferred(rs []provider.Resource, keys []provider.Key) []provider.Key {
	needed := map[provider.Key]bool{}
	for i := range rs {
		if rs[i].Group == "" {
			for _, n := range rs[i].Needs {
				needed[n] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k provider.Key) bool { return needed[k] })
}

// afterwards returns what exists once the creates and updates of step are done, before any delete:
// step itself, and the resources of have that are not in it.
func afterwards(have, step []provider.Resource) []provider.Resource {
	out := slices.Clone(step)
	in := index(step)
	for _, h := range have {
		if in[h.Key] == nil {
			out = append(out, h)
		}
	}
	return out
}

// deferDelete returns a function that reports why a resource with a drain delay must stay: its
// group is in use, or the drain delay has not passed since.
func (e *Engine) deferDelete(d *draft, have []provider.Resource) func(provider.Resource) string {
	busy := busyGroups(have)
	now := e.o.Clock.Now()
	return func(r provider.Resource) string {
		if r.DrainDelay == 0 {
			return ""
		}
		why := fmt.Sprintf("requests in flight may last %s", r.DrainDelay)
		if busy[r.Key] {
			delete(d.w.unreferencedSince, r.Key)
			d.wait(why, time.Second)
			return why
		}
		since, ok := d.w.unreferencedSince[r.Key]
		if !ok {
			since = now
			d.w.unreferencedSince[r.Key] = now
		}
		if left := since.Add(r.DrainDelay).Sub(now); left > 0 {
			d.wait(why, left)
			return why
		}
		return ""
	}
}

// busyGroups returns the resources that are in use: everything within a group that a route or a
// member of the group needs, and the memberships of the groups that routes refer to. A change of
// routes takes some time to reach every proxy, and until then a proxy must not find a group empty.
func busyGroups(have []provider.Resource) map[provider.Key]bool {
	in := index(have)
	busy := map[provider.Key]bool{}
	var visit func(needs []provider.Key)
	visit = func(needs []provider.Key) {
		for _, k := range needs {
			if r := in[k]; r != nil && r.Group != "" && !busy[k] {
				busy[k] = true
				visit(r.Needs)
			}
		}
	}
	var memberships []*provider.Resource
	for i := range have {
		switch r := &have[i]; {
		case r.External:
		case r.Member:
			memberships = append(memberships, r)
		case r.Group == "":
			visit(r.Needs)
		}
	}
	for _, m := range memberships {
		busy[m.Key] = slices.ContainsFunc(m.Needs, func(k provider.Key) bool { return busy[k] })
	}
	for _, m := range memberships {
		visit(m.Needs)
	}
	return busy
}
