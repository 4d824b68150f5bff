package reconcile

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

type addrPort = netip.AddrPort

// pollHealth is the time between two queries for the health of endpoints that a plan waits for.
const pollHealth = 2 * time.Second

// memberships returns the desired and the observed membership of the draft's groups. complete is
// false if a desired membership needs a resource that neither exists nor is desired.
func (e *Engine) memberships(ctx context.Context, d *draft) (want, have []provider.Resource, complete bool, err error) {
	complete = true
	var wanted map[provider.Key]bool
	for _, g := range slices.Sorted(maps.Keys(d.groups)) {
		observed := e.have.membership(d.id, g)
		rs, err := e.membersOf(ctx, d, g, d.groups[g], observed)
		if err != nil {
			return nil, nil, false, err
		}
		for _, r := range rs {
			if _, ok := e.have.get(r.Needs[0]); !ok {
				if wanted == nil {
					wanted = keys(d.want)
				}
				complete = complete && wanted[r.Needs[0]]
			}
		}
		want, have = append(want, rs...), append(have, observed...)
	}
	return want, have, complete, nil
}

func keys(rs []provider.Resource) map[provider.Key]bool {
	m := make(map[provider.Key]bool, len(rs))
	for i := range rs {
		m[rs[i].Key] = true
	}
	return m
}

// membersOf returns the desired membership of one group: its endpoints, and the draining ones that
// are still needed. If the endpoints are not known, the observed membership stays.
func (e *Engine) membersOf(ctx context.Context, d *draft, g model.GroupID, m members, have []provider.Resource) ([]provider.Resource, error) {
	if m.membership == model.MembersUnknown && len(have) > 0 {
		return have, nil
	}
	want, err := e.cloud.Members(d.lb, g, m.endpoints)
	if err != nil || e.optional.Health == nil {
		return want, err
	}
	retained, err := e.retainedEndpoints(ctx, d, g, m.endpoints, sameKeys(have, want))
	if err != nil || len(retained) == 0 {
		return want, err
	}
	return e.cloud.Members(d.lb, g, append(slices.Clone(m.endpoints), retained...))
}

// sameKeys returns the resources of have whose key is also in want. While one target group replaces
// another, the members of the old one do not count for the new one.
func sameKeys(have, want []provider.Resource) []provider.Resource {
	var out []provider.Resource
	for _, h := range have {
		if slices.ContainsFunc(want, func(w provider.Resource) bool { return w.Key == h.Key }) {
			out = append(out, h)
		}
	}
	return out
}

// retainedEndpoints returns the registered endpoints that are no longer wanted but must stay until
// enough replacements are healthy. An endpoint that the cloud reports unhealthy does not stay. The
// cloud is only queried if the last health sample does not suffice.
func (e *Engine) retainedEndpoints(ctx context.Context, d *draft, g model.GroupID, eps []model.Endpoint, have []provider.Resource) ([]model.Endpoint, error) {
	registered := e.registered(have)
	ready := readySet(eps)
	draining := drainingEndpoints(registered, ready)
	if len(draining) == 0 || len(ready) == 0 {
		delete(d.w.drainingSince, g)
		return nil, nil
	}
	if e.enoughHealthy(d, g, ready, len(draining)) {
		return nil, nil
	}
	if !allRegistered(ready, registered) {
		d.wait("the new endpoints of "+string(g)+" must be healthy before the old ones are removed", pollHealth)
		return draining, nil
	}
	healthy, err := e.healthy(ctx, d.id, g)
	if err != nil {
		return nil, err
	}
	d.w.health[g] = healthSample{healthy, e.o.Clock.Now()}
	if e.enoughHealthy(d, g, ready, len(draining)) {
		return nil, nil
	}
	draining = slices.DeleteFunc(draining, func(ep model.Endpoint) bool { return !isHealthy(healthy, ep) })
	if len(draining) > 0 {
		d.wait("the new endpoints of "+string(g)+" must be healthy before the old ones are removed", pollHealth)
	}
	return draining, nil
}

// enoughHealthy reports whether at least as many ready endpoints are healthy as there are draining
// ones. After healthPatience one healthy endpoint is enough.
func (e *Engine) enoughHealthy(d *draft, g model.GroupID, ready map[addrPort]bool, draining int) bool {
	since, ok := d.w.drainingSince[g]
	if !ok {
		since = e.o.Clock.Now()
		d.w.drainingSince[g] = since
	}
	need := min(draining, len(ready))
	if e.o.Clock.Now().Sub(since) > healthPatience(d.lb, g) {
		need = 1
	}
	if e.countHealthy(d, g, ready) < need {
		return false
	}
	delete(d.w.drainingSince, g)
	return true
}

// healthSample is the set of endpoints that the cloud reported healthy at one time.
type healthSample struct {
	healthy map[addrPort]bool
	at      time.Time
}

// healthTTL is how long a health sample is valid, so that a rollout does not query the cloud at
// every pod.
const healthTTL = 30 * time.Second

// countHealthy returns the number of ready endpoints that are healthy in a valid sample.
func (e *Engine) countHealthy(d *draft, g model.GroupID, ready map[addrPort]bool) int {
	sample, ok := d.w.health[g]
	if !ok || e.o.Clock.Now().Sub(sample.at) > healthTTL {
		return 0
	}
	n := 0
	for ap := range sample.healthy {
		if ready[ap] || ready[anyPort(ready, ap)] {
			n++
		}
	}
	return n
}

// healthPatience is how long a cloud may take to report a new endpoint healthy: twice the time that
// the health check needs by its settings.
func healthPatience(lb model.Sealed, g model.GroupID) time.Duration {
	group, ok := lb.Group(g)
	if !ok {
		return time.Minute
	}
	h := group.Health
	return 2 * (time.Duration(h.Healthy)*h.Interval + h.Timeout)
}

// registered returns the endpoints of observed memberships.
func (e *Engine) registered(have []provider.Resource) []model.Endpoint {
	var out []model.Endpoint
	for _, h := range have {
		out = append(out, e.optional.Health.Registered(h)...)
	}
	return out
}

func readySet(eps []model.Endpoint) map[addrPort]bool {
	m := make(map[addrPort]bool, len(eps))
	for i := range eps {
		if eps[i].State == model.Ready {
			m[eps[i].AddrPort()] = true
		}
	}
	return m
}

// drainingEndpoints returns the registered endpoints that are no longer ready. If the cloud stores
// no ports, addresses are compared.
func drainingEndpoints(registered []model.Endpoint, ready map[addrPort]bool) []model.Endpoint {
	var out []model.Endpoint
	for _, ep := range registered {
		if !ready[ep.AddrPort()] && !ready[anyPort(ready, ep.AddrPort())] {
			out = append(out, ep)
		}
	}
	return out
}

// anyPort returns a member of set with the address of ap if ap has no port, else ap.
func anyPort(set map[addrPort]bool, ap addrPort) addrPort {
	if ap.Port() != 0 {
		return ap
	}
	for k := range set {
		if k.Addr() == ap.Addr() {
			return k
		}
	}
	return ap
}

func allRegistered(ready map[addrPort]bool, registered []model.Endpoint) bool {
	have := make(map[addrPort]bool, len(registered))
	for _, ep := range registered {
		have[ep.AddrPort()] = true
	}
	for ap := range ready {
		if !have[ap] && !have[netip.AddrPortFrom(ap.Addr(), 0)] {
			return false
		}
	}
	return true
}

// healthy asks the cloud which endpoints of a group are healthy.
func (e *Engine) healthy(ctx context.Context, id model.ID, g model.GroupID) (map[addrPort]bool, error) {
	health, err := e.optional.Health.Health(ctx, e.have.group(id, g))
	if err != nil {
		return nil, err
	}
	out := map[addrPort]bool{}
	for _, eps := range health {
		for _, h := range eps {
			if h.Healthy {
				out[h.Endpoint.AddrPort()] = true
			}
		}
	}
	return out, nil
}

func isHealthy(healthy map[addrPort]bool, ep model.Endpoint) bool {
	return healthy[ep.AddrPort()] || healthy[anyPort(healthy, ep.AddrPort())]
}
