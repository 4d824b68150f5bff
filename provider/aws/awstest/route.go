package awstest

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

// Route returns what the listener at an address, such as name-1.us-east-1.elb.amazonaws.com:80,
// does with a request. It uses RequestURI, Host, Method, Header and RemoteAddr of the request. It
// is false if no listener serves the address.
func (s *Server) Route(address string, r *http.Request) (cloudtest.Routed, bool) {
	live := s.liveAt(address)
	if live == nil {
		return cloudtest.Routed{}, false
	}
	in := requestOf(r)
	route := live.choose(in)
	switch {
	case route == nil:
		return cloudtest.Routed{Status: http.StatusServiceUnavailable}, true
	case route.redirect != nil:
		status, _ := strconv.Atoi(strings.TrimPrefix(route.redirect.StatusCode, "HTTP_"))
		return cloudtest.Routed{Status: status, Location: live.location(in, *route.redirect)}, true
	case route.fixed != nil:
		status, _ := strconv.Atoi(route.fixed.StatusCode)
		return cloudtest.Routed{Status: status, Body: route.fixed.MessageBody}, true
	default:
		return live.forwarded(in, route), true
	}
}

// forwarded describes a forward action. If no group has a weight, the listener responds with 503.
func (l *liveListener) forwarded(in request, route *route) cloudtest.Routed {
	groups := map[string]int{}
	for _, g := range route.groups {
		if g.weight > 0 {
			groups[g.pool.name] = g.weight
		}
	}
	if len(groups) == 0 {
		return cloudtest.Routed{Status: http.StatusServiceUnavailable}
	}
	return cloudtest.Routed{Groups: groups, Host: l.targetHost(in.host), Path: in.path}
}

// choose returns the first rule that matches a request. The rules are in the order of priority, and
// the default rule is last.
func (l *liveListener) choose(r request) *route {
	for i := range l.rules {
		if l.rules[i].match(r) {
			return &l.rules[i]
		}
	}
	return nil
}

// chooseGroup chooses a target group by weight. A group that cannot serve is chosen as well,
// because a load balancer "doesn't fail over" between the groups of an action. Unverified: that an
// action whose weights are all 0 has no group.
func (r *route) chooseGroup() (weighted, bool) {
	total := 0
	for _, g := range r.groups {
		total += g.weight
	}
	if total == 0 {
		return weighted{}, false
	}
	at := rand.IntN(total)
	for _, g := range r.groups {
		if at < g.weight {
			return g, true
		}
		at -= g.weight
	}
	return weighted{}, false
}

// pick leases a target of a group. It chooses healthy targets, or any target if all are unhealthy
// ("If a target group contains only unhealthy registered targets, the load balancer routes requests
// to all those targets"). A target "must pass initial health checks" before it gets requests, so
// that a group with only new targets has none.
func (p *pool) pick() (*dataplane.Lease, bool) {
	for {
		if lease, ok := p.targets.Pick(func(h dataplane.Health) bool { return h == dataplane.Healthy }); ok {
			return lease, true
		}
		now := states(p.targets.Health())
		switch {
		case now[dataplane.Healthy]:
			continue // it became healthy since Pick
		case now[dataplane.Initial], now[dataplane.Unused]:
			return nil, false
		default:
			return p.targets.Pick(func(h dataplane.Health) bool { return h == dataplane.Unhealthy })
		}
	}
}

// states returns the set of states of targets.
func states(health map[string]dataplane.Health) map[dataplane.Health]bool {
	set := map[dataplane.Health]bool{}
	for _, h := range health {
		set[h] = true
	}
	return set
}
