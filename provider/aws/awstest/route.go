package awstest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
)

// seat is one listener in service.
type seat struct {
	address  string // of the load balancer: dns name and port
	scheme   string // http or https
	port     int32
	rules    []route
	certs    []*servedCertificate
	policy   string
	balancer balancerSettings
	now      func() time.Time
}

// balancerSettings are the attributes of a load balancer that its data plane heeds.
type balancerSettings struct {
	idle         time.Duration
	preserveHost bool
	forwardedFor string // append, preserve or remove
	http2        bool
}

// route is one rule in service.
type route struct {
	match    matcher
	groups   []weighted
	redirect *elbRedirect
	fixed    *elbFixedResponse
}

// weighted is a target group with its share of a forward action.
type weighted struct {
	pool   *pool
	weight int
	sticky time.Duration // 0 where requests are not bound to targets
}

// seatAt is the listener in service at an address, or nil. Two answers are the same pointer only if
// nothing about the listener changed in between.
func (s *Server) seatAt(address string) *seat {
	found, _ := s.seats.Load(address)
	seat, _ := found.(*seat)
	return seat
}

// seat reads a stored listener with what belongs to it.
func (s *Server) seat(lb *loadBalancer, l *listener) *seat {
	seat := &seat{
		address:  net.JoinHostPort(lb.Shape.DNSName, strconv.Itoa(int(*l.Shape.Port))),
		scheme:   strings.ToLower(l.Shape.Protocol),
		port:     *l.Shape.Port,
		policy:   l.Shape.SslPolicy,
		certs:    s.servedCertificates(l),
		balancer: s.settingsOf(lb),
		now:      s.now,
	}
	for _, r := range l.rules {
		seat.rules = append(seat.rules, s.route(r.Shape))
	}
	return seat
}

// leastPatience is the least real time that a target gets to answer. On a fast clock the idle
// timeout shrinks to what a loaded machine may take for an honest answer, which must not look like
// a slow target.
const leastPatience = 5 * time.Second

func (s *Server) settingsOf(lb *loadBalancer) balancerSettings {
	seconds, _ := strconv.Atoi(lb.Attributes["idle_timeout.timeout_seconds"])
	idle := time.Duration(seconds) * time.Second
	for least := min(idle, leastPatience); clock.Real(s.options.Clock, idle) < least; {
		idle *= 2
	}
	return balancerSettings{
		idle:         idle,
		preserveHost: lb.Attributes["routing.http.preserve_host_header.enabled"] == "true",
		forwardedFor: lb.Attributes["routing.http.xff_header_processing.mode"],
		http2:        lb.Attributes["routing.http2.enabled"] == "true",
	}
}

// route compiles a rule; the default one has no conditions and takes every request.
func (s *Server) route(shape elbRule) route {
	r := route{match: compileConditions(shape.Conditions)}
	for _, a := range shape.Actions {
		r.redirect, r.fixed = a.RedirectConfig, a.FixedResponseConfig
		if a.ForwardConfig == nil {
			continue
		}
		for _, t := range a.ForwardConfig.TargetGroups {
			g := s.state.group(t.TargetGroupArn)
			r.groups = append(r.groups, weighted{pool: g.pool, weight: int(or(t.Weight, 1)), sticky: stickiness(g)})
		}
	}
	return r
}

// stickiness is how long a target group binds clients to targets (TargetGroupAttribute), or 0.
func stickiness(g *targetGroup) time.Duration {
	if g.Attributes["stickiness.enabled"] != "true" {
		return 0
	}
	seconds, _ := strconv.Atoi(g.Attributes["stickiness.lb_cookie.duration_seconds"])
	return time.Duration(seconds) * time.Second
}

// choose finds the first rule that a request satisfies: rules are in order of priority, the default
// rule is last.
func (s *seat) choose(r request) *route {
	for i := range s.rules {
		if s.rules[i].match(r) {
			return &s.rules[i]
		}
	}
	return nil
}

// draw picks a target group by weight. One that cannot serve keeps its share: a load balancer
// "doesn't fail over" between the groups of an action. Unverified: that an action whose weights are
// all 0 has no group for anyone.
func (r *route) draw() (weighted, bool) {
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

// pick leases a target of a group. Requests go to healthy targets; where there is none and all are
// unhealthy, to any of them ("If a target group contains only unhealthy registered targets, the
// load balancer routes requests to all those targets"). A target "must pass initial health checks"
// before it gets requests, so that a group with none but new ones answers 503.
func (p *pool) pick() (*dataplane.Lease, bool) {
	for {
		if lease, ok := p.targets.Pick(func(h dataplane.Health) bool { return h == dataplane.Healthy }); ok {
			return lease, true
		}
		now := states(p.targets.Health())
		switch {
		case now[dataplane.Healthy]:
			continue // since the look above
		case now[dataplane.Initial], now[dataplane.Unused]:
			return nil, false
		default:
			return p.targets.Pick(func(h dataplane.Health) bool { return h == dataplane.Unhealthy })
		}
	}
}

// states is which states there are among targets.
func states(health map[string]dataplane.Health) map[dataplane.Health]bool {
	set := map[dataplane.Health]bool{}
	for _, h := range health {
		set[h] = true
	}
	return set
}
