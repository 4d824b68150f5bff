package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// cold is what routes are to refer to and do not yet, which has endpoints but cannot serve them
// yet, on a load balancer that serves now. Nothing is cold where nothing serves: then there is
// nothing to protect.
func (e *Engine) cold(ctx context.Context, d *draft, want, have []provider.Resource) ([]provider.Key, error) {
	if e.optional.Stager == nil || e.optional.Health == nil {
		return nil, nil
	}
	warm := referred(have)
	fresh := e.fresh(d, want, warm)
	if len(warm) == 0 || len(fresh) == 0 {
		return nil, nil
	}
	health, err := e.optional.Health.Health(ctx, groupsOf(have, append(slices.Clone(fresh), warm...)))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(warm, func(k provider.Key) bool { return serves(health[k]) }) {
		return nil, nil
	}
	return slices.DeleteFunc(fresh, func(k provider.Key) bool { return serves(health[k]) }), nil
}

// referred is what routes refer to so that it gets requests: those needs of resources outside any
// group that belong to a group.
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

// fresh is what want refers to, is not referred to yet, and has ready endpoints.
func (e *Engine) fresh(d *draft, want []provider.Resource, warm []provider.Key) []provider.Key {
	in := index(want)
	return slices.DeleteFunc(referred(want), func(k provider.Key) bool {
		_, found := slices.BinarySearchFunc(warm, k, provider.CompareKeys)
		return found || len(readySet(d.groups[in[k].Group].endpoints)) == 0
	})
}

// groupsOf is the resources of the groups that the keys belong to.
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

// planStaged plans the step that brings the cold groups to be checked, and for the reader what
// follows once they can serve.
func (e *Engine) planStaged(d *draft, in PlanInput, cold []provider.Key) {
	want, have := in.Want, in.Have
	step := e.stage(want, have, cold)
	in.Want = step
	d.plan = Make(in)
	why := "until " + cold[0].String() + " can serve"
	if len(cold) > 1 {
		why += fmt.Sprintf(" and %d more", len(cold)-1)
	}
	d.wait(why, pollHealth)
	planned := map[provider.Key]provider.Op{}
	for _, op := range d.plan.Ops {
		planned[op.Key] = op
	}
	for _, op := range Make(PlanInput{Want: want, Have: afterwards(have, step), Compare: e.cloud.Compare}).Ops {
		if p, ok := planned[op.Key]; ok && p.Action == op.Action && (p.Wait != "" || op.Action == provider.Delete) {
			continue // stands in the plan already, with its own reason where it waits
		}
		op.Wait, op.After = why, nil
		d.follow = append(d.follow, op)
	}
}

// stage is what to want for now. A route that needs two new groups is held back until both can
// serve; the one that can already must go on being checked meanwhile, or each would turn cold while
// the other warms up.
func (e *Engine) stage(want, have []provider.Resource, cold []provider.Key) []provider.Resource {
	all := referred(want)
	for {
		step := e.optional.Stager.Stage(want, have, cold)
		dropped := unreferred(step, all)
		dropped = slices.DeleteFunc(dropped, func(k provider.Key) bool { return slices.Contains(cold, k) })
		if len(dropped) == 0 {
			return step
		}
		cold = append(slices.Clone(cold), dropped...)
		slices.SortFunc(cold, provider.CompareKeys)
	}
}

// unreferred is those of keys that no resource outside of groups needs.
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

// afterwards is what will be there once step is done: what it wants, and what it does not take
// away.
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

// hold tells why a resource that lingers must stay: its group is still in use, or was until a
// moment ago.
func (e *Engine) hold(d *draft, have []provider.Resource) func(provider.Resource) string {
	busy := busyGroups(have)
	now := e.o.Clock.Now()
	return func(r provider.Resource) string {
		if r.DrainDelay == 0 {
			return ""
		}
		why := fmt.Sprintf("requests in flight may last %s", r.DrainDelay)
		if busy[r.Key] {
			delete(d.w.retired, r.Key)
			d.wait(why, time.Second)
			return why
		}
		since, ok := d.w.retired[r.Key]
		if !ok {
			since = now
			d.w.retired[r.Key] = now
		}
		if left := since.Add(r.DrainDelay).Sub(now); left > 0 {
			d.wait(why, left)
			return why
		}
		return ""
	}
}

// busyGroups is what must stay: of groups that routes refer to or that have members, all that those
// need within the group; and the memberships of groups that routes refer to, for routes take a
// while to reach every proxy, and must not meet an emptied group meanwhile.
func busyGroups(have []provider.Resource) map[provider.Key]bool {
	in := index(have)
	busy := map[provider.Key]bool{}
	var mark func(needs []provider.Key)
	mark = func(needs []provider.Key) {
		for _, k := range needs {
			if r := in[k]; r != nil && r.Group != "" && !busy[k] {
				busy[k] = true
				mark(r.Needs)
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
			mark(r.Needs)
		}
	}
	for _, m := range memberships {
		busy[m.Key] = slices.ContainsFunc(m.Needs, func(k provider.Key) bool { return busy[k] })
	}
	for _, m := range memberships {
		mark(m.Needs)
	}
	return busy
}
