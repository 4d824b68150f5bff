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

// pollHealth is how often the cloud is asked whether what waits can serve.
const pollHealth = 2 * time.Second

// memberships is the wanted membership of the draft's groups and the observed one. complete is
// false when the wanted one needs a resource that is neither wanted nor there.
func (e *Engine) memberships(ctx context.Context, d *draft) (want, have []provider.Resource, complete bool, err error) {
	complete = true
	var holders map[provider.Key]bool
	for _, g := range slices.Sorted(maps.Keys(d.groups)) {
		there := e.have.membership(d.id, g)
		rs, err := e.membersOf(ctx, d, g, d.groups[g], there)
		if err != nil {
			return nil, nil, false, err
		}
		for _, r := range rs {
			if _, ok := e.have.get(r.Needs[0]); !ok {
				if holders == nil {
					holders = keys(d.want)
				}
				complete = complete && holders[r.Needs[0]]
			}
		}
		want, have = append(want, rs...), append(have, there...)
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

// membersOf is the membership that one group is to have now: that of its endpoints, and of those
// that leave but are still needed. A group whose endpoints are not known keeps what it has.
func (e *Engine) membersOf(ctx context.Context, d *draft, g model.GroupID, m members, have []provider.Resource) ([]provider.Resource, error) {
	if m.membership == model.MembersUnknown && len(have) > 0 {
		return have, nil
	}
	want, err := e.cloud.Members(d.lb, g, m.endpoints)
	if err != nil || e.optional.Health == nil {
		return want, err
	}
	kept, err := e.keep(ctx, d, g, m.endpoints, sameKeys(have, want))
	if err != nil || len(kept) == 0 {
		return want, err
	}
	return e.cloud.Members(d.lb, g, append(slices.Clone(m.endpoints), kept...))
}

// sameKeys is those of have whose key is wanted too: while one target group replaces another, the
// old one's members are its own affair.
func sameKeys(have, want []provider.Resource) []provider.Resource {
	var out []provider.Resource
	for _, h := range have {
		if slices.ContainsFunc(want, func(w provider.Resource) bool { return w.Key == h.Key }) {
			out = append(out, h)
		}
	}
	return out
}

// keep is the endpoints that are registered and leave, but must stay until as many others can serve
// as leave. An endpoint that the cloud itself does not call healthy leaves at once. The cloud is
// asked only when what is known does not suffice.
func (e *Engine) keep(ctx context.Context, d *draft, g model.GroupID, eps []model.Endpoint, have []provider.Resource) ([]model.Endpoint, error) {
	registered := e.registered(have)
	ready := readySet(eps)
	leaving := leavers(registered, ready)
	if len(leaving) == 0 || len(ready) == 0 {
		delete(d.w.leaving, g)
		return nil, nil
	}
	if e.enough(d, g, ready, len(leaving)) {
		return nil, nil
	}
	if !allRegistered(ready, registered) {
		d.wait("the new endpoints of "+string(g)+" must serve before the old ones leave", pollHealth)
		return leaving, nil
	}
	healthy, err := e.healthy(ctx, d.id, g)
	if err != nil {
		return nil, err
	}
	d.w.proven[g] = proof{healthy, e.o.Clock.Now()}
	if e.enough(d, g, ready, len(leaving)) {
		return nil, nil
	}
	leaving = slices.DeleteFunc(leaving, func(ep model.Endpoint) bool { return !isHealthy(healthy, ep) })
	if len(leaving) > 0 {
		d.wait("the new endpoints of "+string(g)+" must serve before the old ones leave", pollHealth)
	}
	return leaving, nil
}

// enough tells whether as many of the ready endpoints are proven as leave; after long enough, one
// will do.
func (e *Engine) enough(d *draft, g model.GroupID, ready map[addrPort]bool, leaving int) bool {
	since, ok := d.w.leaving[g]
	if !ok {
		since = e.o.Clock.Now()
		d.w.leaving[g] = since
	}
	need := min(leaving, len(ready))
	if e.o.Clock.Now().Sub(since) > patience(d.lb, g) {
		need = 1
	}
	if e.proven(d, g, ready) < need {
		return false
	}
	delete(d.w.leaving, g)
	return true
}

// proof is which endpoints the cloud called healthy, and when.
type proof struct {
	healthy map[addrPort]bool
	at      time.Time
}

// proofLasts is how long the cloud's word is taken for true: a rollout asks it now and then, not at
// every pod.
const proofLasts = 30 * time.Second

// proven counts the ready endpoints that the cloud called healthy a short while ago.
func (e *Engine) proven(d *draft, g model.GroupID, ready map[addrPort]bool) int {
	p, ok := d.w.proven[g]
	if !ok || e.o.Clock.Now().Sub(p.at) > proofLasts {
		return 0
	}
	n := 0
	for ap := range p.healthy {
		if ready[ap] || ready[anyPort(ready, ap)] {
			n++
		}
	}
	return n
}

// patience is how long a cloud may take to call a new endpoint healthy: twice what the health check
// asks for.
func patience(lb model.Sealed, g model.GroupID) time.Duration {
	group, ok := lb.Group(g)
	if !ok {
		return time.Minute
	}
	h := group.Health
	return 2 * (time.Duration(h.Healthy)*h.Interval + h.Timeout)
}

// registered is the endpoints that the observed membership holds.
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

// leavers is those of registered that are not ready any more. A cloud that does not keep ports is
// compared by address.
func leavers(registered []model.Endpoint, ready map[addrPort]bool) []model.Endpoint {
	var out []model.Endpoint
	for _, ep := range registered {
		if !ready[ep.AddrPort()] && !ready[anyPort(ready, ep.AddrPort())] {
			out = append(out, ep)
		}
	}
	return out
}

// anyPort is the member of set with the address of ap, where ap has no port.
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

// healthy asks the cloud which endpoints of a group serve.
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
