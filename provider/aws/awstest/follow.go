package awstest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// pool is a target group in the data plane.
type pool struct {
	name    string
	targets *dataplane.Pool
	scheme  string
	http2   bool
}

func (p *pool) health() map[string]dataplane.Health { return p.targets.Health() }

// draining returns the number of draining targets.
func (g *targetGroup) draining() int {
	if !g.mayDrain {
		return 0
	}
	n := 0
	for _, h := range g.pool.health() {
		if h == dataplane.Draining {
			n++
		}
	}
	g.mayDrain = n > 0
	return n
}

func (p *pool) close() { p.targets.Close() }

// follow applies the changed objects to the data plane. It runs with the lock held, after each
// operation that changes something, and when a load balancer becomes active. It updates the targets
// and checks of target groups before the rules that refer to them, and releases target groups after
// the rules, so that requests under the old rules still find their targets.
func (s *Server) follow() {
	changed := s.changes.flush()
	select {
	case <-s.done:
		return // a closed server opens nothing
	default:
	}
	for g := range changed.groups {
		s.followGroup(g)
	}
	setFront := false
	for l := range changed.listeners {
		setFront = s.followListener(l) || setFront
	}
	for g := range changed.groups {
		s.release(g)
	}
	if setFront {
		// If the front cannot listen on an address, clients of that address see it.
		_ = s.front.Set(s.frontends)
	}
}

// followGroup updates the targets and the health check of a target group's pool.
func (s *Server) followGroup(g *targetGroup) {
	g.pool.targets.Configure(poolConfig(g))
	g.pool.targets.SetTargets(s.targetAddresses(g))
	if len(g.users) > 0 {
		g.pool.targets.SetReferenced(true)
	}
}

// release stops the health checks of a target group that is no longer used, and closes the pool of
// a deleted one. The requests in flight of a deleted group are cut. Unverified: what AWS does with
// them.
func (s *Server) release(g *targetGroup) {
	switch {
	case s.state.group(g.Shape.TargetGroupArn) != g:
		s.watchers.Go(g.pool.close)
	case len(g.users) == 0:
		g.pool.targets.SetReferenced(false)
	}
}

// followListener updates a listener in the data plane. It takes the listener out of service if it
// was deleted, if its load balancer is not active, or if no security group opens its port. It
// reports whether the front must be set again.
func (s *Server) followListener(l *listener) (setFront bool) {
	next, old := s.liveOf(l), s.liveAt(l.served)
	if l.served != "" && (next == nil || next.address != l.served) {
		s.live.Delete(l.served)
		delete(s.frontends, l.served)
		l.served, setFront = "", true
	}
	if next == nil {
		return setFront
	}
	l.served = next.address
	s.live.Store(next.address, next)
	if !setFront && next.sameConnections(old) {
		return false
	}
	s.frontends[next.address] = s.frontend(next)
	return true
}

// liveOf returns a listener for the data plane, or nil if it must not serve.
func (s *Server) liveOf(l *listener) *liveListener {
	lb := s.state.balancer(l.Shape.LoadBalancerArn)
	if s.state.listener(l.Shape.ListenerArn) != l || !s.active(lb) || !s.state.network.admits(lb.Shape.SecurityGroups, *l.Shape.Port) {
		return nil
	}
	return s.newLive(lb, l)
}

func (s *Server) frontend(live *liveListener) dataplane.Frontend {
	frontend := dataplane.Frontend{Handler: liveHandler{server: s, address: live.address}}
	if live.scheme == "https" {
		frontend.TLS = live.tlsConfig()
	}
	return frontend
}

// sameConnections reports whether connections to l are handled as those to other.
func (l *liveListener) sameConnections(other *liveListener) bool {
	return other != nil && l.scheme == other.scheme && l.policy == other.policy && l.balancer.http2 == other.balancer.http2 &&
		slices.EqualFunc(l.certs, other.certs, func(a, b *servedCertificate) bool { return a.leaf == b.leaf })
}

// newPool returns the pool of a target group, whose protocol and version never change.
func (s *Server) newPool(g elbTargetGroup) *pool {
	http2 := g.ProtocolVersion == "HTTP2"
	options := dataplane.PoolOptions{Clock: s.options.Clock, Dial: s.options.Dial, OnChange: s.changed.Fire}
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

// poolConfig returns the health check and the draining of a target group. After its registration a
// target "must pass one health check to be considered healthy" ("Health checks for Application Load
// Balancer target groups").
func poolConfig(g *targetGroup) dataplane.PoolConfig {
	ok, _ := parseCodes(g.Shape.Matcher.HttpCode)
	port, _ := strconv.Atoi(g.Shape.HealthCheckPort) // 0 for "traffic-port", the port of the target
	delay, _ := strconv.Atoi(g.Attributes["deregistration_delay.timeout_seconds"])
	slow, _ := strconv.Atoi(g.Attributes["slow_start.duration_seconds"])
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
		SlowStart:       time.Duration(slow) * time.Second,
	}
}

// targetAddresses returns the targets that the load balancer uses: those in its zones, or all if no
// load balancer uses the group (TargetHealth, Target.NotInUse).
func (s *Server) targetAddresses(g *targetGroup) []string {
	zones := map[string]bool{"all": true}
	users := s.state.loadBalancersOf(g)
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
