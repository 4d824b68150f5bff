package reconcile

import (
	"context"
	"net/netip"

	"github.com/headgate-io/headgate/model"
)

// Forget makes the next pass observe the load balancers again and plan all of them: a drift audit.
func (e *Engine) Forget(ids ...model.ID) {
	for _, id := range ids {
		e.have.forget(id)
	}
}

// Serving asks the cloud which endpoints of the groups receive requests. An endpoint does if the
// load balancer is provisioned, a route sends requests to the group, and the cloud reports the
// endpoint healthy. The port is 0 if the cloud stores no port. A group without serving endpoints
// has no entry. The result is empty if the provider is no [provider.HealthReader].
func (e *Engine) Serving(ctx context.Context, id model.ID, groups ...model.GroupID) (map[model.GroupID]map[netip.AddrPort]bool, error) {
	out := map[model.GroupID]map[netip.AddrPort]bool{}
	have := e.have.of(id)
	if e.optional.Health == nil || len(have) == 0 || !e.ready(id) {
		return out, nil
	}
	keys := referred(have)
	for _, g := range groups {
		health, err := e.optional.Health.Health(ctx, e.have.group(id, g))
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			for _, h := range health[k] {
				if h.Healthy {
					addServing(out, g, h.Endpoint.AddrPort())
				}
			}
		}
	}
	return out, nil
}

func addServing(out map[model.GroupID]map[netip.AddrPort]bool, g model.GroupID, ap netip.AddrPort) {
	if out[g] == nil {
		out[g] = map[netip.AddrPort]bool{}
	}
	out[g][ap] = true
}

// ReportsHealth reports whether the provider is a [provider.HealthReader].
func (e *Engine) ReportsHealth() bool { return e.optional.Health != nil }

// Wants reports whether the desired state has the group. It is false for a group that was refused
// and for a load balancer that the engine does not know or that was dropped.
func (e *Engine) Wants(id model.ID, g model.GroupID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.lbs[id]
	if w == nil || w.gone || !w.lb.Valid() {
		return false
	}
	_, ok := w.groups[g]
	return ok
}
