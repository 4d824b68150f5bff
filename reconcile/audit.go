package reconcile

import (
	"context"
	"net/netip"

	"github.com/headgate-io/headgate/model"
)

// Forget has the load balancers read from the cloud again by the next pass, which plans them whole:
// a drift audit.
func (e *Engine) Forget(ids ...model.ID) {
	for _, id := range ids {
		e.have.forget(id)
	}
}

// Serving asks the cloud which endpoints of the groups get requests: the load balancer is
// provisioned, routes refer to the group for more than its health, and the cloud calls the endpoint
// healthy. Endpoints have port 0 where the cloud keeps none. A group of which nothing is served has
// no entry. Of a provider without health, nothing is known, and nothing is returned.
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

// ReportsHealth tells whether the provider's cloud tells the health of endpoints.
func (e *Engine) ReportsHealth() bool { return e.optional.Health != nil }

// Wants tells whether a group of a load balancer is to be served; false for one that was refused,
// and for load balancers that the engine was not told of.
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
