package awstest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// pool is the data plane's side of a target group.
type pool struct {
	name    string
	targets *dataplane.Pool
	scheme  string
	http2   bool
}

func (p *pool) health() map[string]dataplane.Health { return p.targets.Health() }

// draining counts the targets of a group that finish what they have.
func (g *targetGroup) draining() int {
	if !g.left {
		return 0
	}
	n := 0
	for _, h := range g.pool.health() {
		if h == dataplane.Draining {
			n++
		}
	}
	g.left = n > 0
	return n
}

func (p *pool) close() { p.targets.Close() }

// follow brings the data plane to the stored objects that were touched. It runs with the lock held,
// after each change and when a load balancer becomes active. Targets and checks that new rules lead
// to come before the rules, and what no rule leads to any more goes after them, for a request that
// goes by the old rules must still find what they lead to.
func (s *Server) follow() {
	touched := s.touched.take()
	select {
	case <-s.done:
		return // nothing is opened any more once the server is closed
	default:
	}
	for g := range touched.groups {
		s.followGroup(g)
	}
	opened := false
	for l := range touched.listeners {
		opened = s.followListener(l) || opened
	}
	for g := range touched.groups {
		s.rest(g)
	}
	if opened {
		// An address that cannot be listened on serves nothing, and its clients see that.
		_ = s.front.Set(s.frontends)
	}
}

// followGroup gives a target group's pool its targets and its checks.
func (s *Server) followGroup(g *targetGroup) {
	g.pool.targets.Configure(poolConfig(g))
	g.pool.targets.SetTargets(s.targetAddresses(g))
	if len(g.users) > 0 {
		g.pool.targets.SetReferenced(true)
	}
}

// rest ends the checks of a target group that nothing refers to any more, and the pool of one that
// is deleted. Requests that a deleted group still has are cut, as its targets drain for no one.
// Unverified: what becomes of such requests at AWS.
func (s *Server) rest(g *targetGroup) {
	switch {
	case s.state.group(g.Shape.TargetGroupArn) != g:
		s.watchers.Go(g.pool.close)
	case len(g.users) == 0:
		g.pool.targets.SetReferenced(false)
	}
}

// followListener puts a listener into service as it is now, and out of service where its load
// balancer is not active yet, no security group opens it, or it is deleted. It tells whether the
// front has to be set anew.
func (s *Server) followListener(l *listener) (opened bool) {
	next, old := s.seatOf(l), s.seatAt(l.served)
	if l.served != "" && (next == nil || next.address != l.served) {
		s.seats.Delete(l.served)
		delete(s.frontends, l.served)
		l.served, opened = "", true
	}
	if next == nil {
		return opened
	}
	l.served = next.address
	s.seats.Store(next.address, next)
	if !opened && next.sameDoor(old) {
		return false
	}
	s.frontends[next.address] = s.frontend(next)
	return true
}

func (s *Server) seatOf(l *listener) *seat {
	lb := s.state.balancer(l.Shape.LoadBalancerArn)
	if s.state.listener(l.Shape.ListenerArn) != l || !s.active(lb) || !s.state.network.admits(lb.Shape.SecurityGroups, *l.Shape.Port) {
		return nil
	}
	return s.seat(lb, l)
}

func (s *Server) frontend(seat *seat) dataplane.Frontend {
	frontend := dataplane.Frontend{Handler: door{server: s, address: seat.address}}
	if seat.scheme == "https" {
		frontend.TLS = seat.tlsConfig()
	}
	return frontend
}

// sameDoor tells whether connections that come in at one seat are met as at another.
func (s *seat) sameDoor(other *seat) bool {
	return other != nil && s.scheme == other.scheme && s.policy == other.policy && s.balancer.http2 == other.balancer.http2 &&
		slices.EqualFunc(s.certs, other.certs, func(a, b *servedCertificate) bool { return a.leaf == b.leaf })
}

// newPool makes a target group's pool. Protocol and version of a target group never change.
func (s *Server) newPool(g elbTargetGroup) *pool {
	http2 := g.ProtocolVersion == "HTTP2"
	options := dataplane.PoolOptions{Clock: s.options.Clock, Dial: s.options.Dial, OnChange: s.notify}
	return &pool{name: g.TargetGroupName, targets: dataplane.NewPool(options), scheme: schemeOf(g.Protocol, http2), http2: http2}
}

func schemeOf(protocol string, http2 bool) string {
	switch {
	case protocol == "HTTPS" && http2:
		return "h2"
	case http2:
		return "h2c"
	default:
		return strings.ToLower(protocol)
	}
}

// poolConfig is how a target group checks and drains ("Health checks for Application Load Balancer
// target groups": after registration a target "must pass one health check to be considered
// healthy").
func poolConfig(g *targetGroup) dataplane.PoolConfig {
	ok, _ := parseCodes(g.Shape.Matcher.HttpCode)
	port, _ := strconv.Atoi(g.Shape.HealthCheckPort) // "traffic-port" is 0: the target's own
	delay, _ := strconv.Atoi(g.Attributes["deregistration_delay.timeout_seconds"])
	return dataplane.PoolConfig{
		Check: dataplane.Check{
			Protocol: schemeOf(g.Shape.HealthCheckProtocol, g.Shape.ProtocolVersion == "HTTP2"), Port: port,
			Path: g.Shape.HealthCheckPath, UserAgent: "ELB-HealthChecker/2.0",
			Interval: time.Duration(*g.Shape.HealthCheckIntervalSeconds) * time.Second,
			Timeout:  time.Duration(*g.Shape.HealthCheckTimeoutSeconds) * time.Second,
			Healthy:  int(*g.Shape.HealthyThresholdCount), Unhealthy: int(*g.Shape.UnhealthyThresholdCount), OK: ok,
		},
		Draining:        time.Duration(delay) * time.Second,
		FirstCheckOpens: true,
	}
}

// targetAddresses are the targets that the load balancer uses: those in the zones that it has
// enabled, or all where no load balancer uses the group (TargetHealth, Target.NotInUse).
func (s *Server) targetAddresses(g *targetGroup) []string {
	zones := map[string]bool{"all": true}
	users := s.state.balancersOf(g)
	for _, arn := range users {
		for _, zone := range s.state.balancer(arn).Shape.AvailabilityZones {
			zones[zone.ZoneName] = true
		}
	}
	addresses := make([]string, 0, len(g.Targets))
	for _, t := range g.Targets {
		if len(users) == 0 || zones[t.AvailabilityZone] {
			addresses = append(addresses, addressOf(t))
		}
	}
	return addresses
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
