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

func (p *pool) close() { p.targets.Close() }

// follow brings the data plane to the stored objects. It runs with the lock held, after each change and when a load balancer
// becomes active.
func (s *Server) follow() {
	select {
	case <-s.done:
		return // nothing is opened any more once the server is closed
	default:
	}
	for _, g := range s.state.groups {
		s.followGroup(g)
	}
	next := s.compile()
	s.routes.Store(next)
	s.rest()
	// An address that cannot be listened on serves nothing, and its clients see that.
	_ = s.front.Set(s.frontends(next))
	s.dropPools()
}

// rest ends the checks of target groups that nothing refers to any more. It comes after the new rules, for a request that goes by
// the old ones must still find what they lead to.
func (s *Server) rest() {
	for _, g := range s.state.groups {
		if arn := g.Shape.TargetGroupArn; len(s.state.balancersOf(arn)) == 0 {
			s.pools[arn].targets.SetReferenced(false)
		}
	}
}

// followGroup gives a target group's pool its targets and its checks.
func (s *Server) followGroup(g *targetGroup) {
	arn := g.Shape.TargetGroupArn
	p := s.pools[arn]
	if p == nil {
		p = s.newPool(g.Shape)
		s.pools[arn] = p
	}
	p.targets.Configure(poolConfig(g))
	p.targets.SetTargets(s.targetAddresses(g))
	if len(s.state.balancersOf(arn)) > 0 {
		p.targets.SetReferenced(true)
	}
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

// poolConfig is how a target group checks and drains ("Health checks for Application Load Balancer target groups": after
// registration a target "must pass one health check to be considered healthy").
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

// targetAddresses are the targets that the load balancer uses: those in the zones that it has enabled, or all where no load
// balancer uses the group (TargetHealth, Target.NotInUse).
func (s *Server) targetAddresses(g *targetGroup) []string {
	zones := map[string]bool{"all": true}
	users := s.state.balancersOf(g.Shape.TargetGroupArn)
	for _, arn := range users {
		for _, zone := range s.state.balancer(arn).Shape.AvailabilityZones {
			zones[zone.ZoneName] = true
		}
	}
	var addresses []string
	for _, t := range g.Targets {
		if len(users) == 0 || zones[t.AvailabilityZone] {
			addresses = append(addresses, addressOf(t))
		}
	}
	return addresses
}

// dropPools forgets the pools of target groups that are deleted. Nothing routes to them any more; requests that they still have
// are cut, as the targets of a deleted group drain for no one. Unverified: what becomes of such requests at AWS.
func (s *Server) dropPools() {
	for arn, p := range s.pools {
		if s.state.group(arn) == nil {
			delete(s.pools, arn)
			s.watchers.Go(p.close)
		}
	}
}

func (s *Server) frontends(all *routes) map[string]dataplane.Frontend {
	want := make(map[string]dataplane.Frontend, len(all.listeners))
	for address, seat := range all.listeners {
		frontend := dataplane.Frontend{Handler: door{server: s, address: address}}
		if seat.scheme == "https" {
			frontend.TLS = seat.tlsConfig()
		}
		want[address] = frontend
	}
	return want
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
