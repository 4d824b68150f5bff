package awstest

import (
	"net"
	"net/netip"
	"slices"
	"strconv"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// registerTargets registers all targets or none. A target that is registered already does not
// change (RegisterTargets).
func (s *Server) registerTargets(in *targetsInput) (*emptyOutput, error) {
	g, err := s.mustTargetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	if err := checkTargetCount(in.Targets); err != nil {
		return nil, err
	}
	added, err := s.newTargets(g, in.Targets)
	if err != nil {
		return nil, err
	}
	if err := s.checkTargetLimits(g, len(g.Targets)+len(added)); err != nil {
		return nil, err
	}
	for _, t := range added {
		g.registered[keyOf(t)] = true
	}
	g.Targets = append(g.Targets, added...)
	s.targetGroupChanged(g)
	return &emptyOutput{}, nil
}

// newTargets returns the targets that are not registered yet, without duplicates.
func (s *Server) newTargets(g *targetGroup, all []elbTarget) ([]elbTarget, error) {
	var added []elbTarget
	seen := map[targetKey]bool{}
	for _, t := range all {
		t, err := s.newTarget(g, t)
		if err != nil {
			return nil, err
		}
		if key := keyOf(t); !g.registered[key] && !seen[key] {
			added, seen[key] = append(added, t), true
		}
	}
	return added, nil
}

func checkTargetCount(targets []elbTarget) error {
	if len(targets) == 0 {
		return invalid("At least one target must be specified")
	}
	if len(targets) > maxTargetsPerCall {
		return invalid("At most %d targets can be specified in one call", maxTargetsPerCall)
	}
	return nil
}

// newTarget checks a target and sets its port and zone.
func (s *Server) newTarget(g *targetGroup, t elbTarget) (elbTarget, error) {
	if g.Shape.TargetType != "ip" {
		return t, refuse("InvalidTarget", "the instance '%s' does not exist", t.Id)
	}
	ip, err := netip.ParseAddr(t.Id)
	if err != nil {
		return t, invalid("The IP address '%s' is not a valid IPv4 address", t.Id)
	}
	if !ip.Is4() {
		return t, invalid("The IP address '%s' does not fit the target group's IP address type ipv4", t.Id)
	}
	t.Port = ptr(or(t.Port, *g.Shape.Port))
	t.AvailabilityZone, err = s.targetZone(ip, t.AvailabilityZone)
	return t, err
}

// targetZone returns the zone of an address. In the VPC it is that of its subnet. Outside the VPC
// an address must be private, and the request must have a zone or "all" (TargetDescription,
// AvailabilityZone; CreateTargetGroup, TargetType). Unverified: that "all" is rejected for an
// address in the VPC.
func (s *Server) targetZone(ip netip.Addr, requested string) (string, error) {
	if zone, inside := s.zoneOf(ip); inside {
		if requested != "" && requested != zone {
			return "", invalid("The IP address '%s' is within the VPC and its Availability Zone is '%s', not '%s'", ip, zone, requested)
		}
		return zone, nil
	}
	if !isPrivate(ip) {
		return "", invalid("The IP address '%s' is not within the VPC and not in a private range", ip)
	}
	if requested == "" {
		return "", invalid("You must specify an Availability Zone for '%s', which is not within the VPC", ip)
	}
	if requested != "all" && !slices.ContainsFunc(s.options.Subnets, func(sub Subnet) bool { return sub.Zone == requested }) {
		return "", invalid("The Availability Zone '%s' is not one of the VPC", requested)
	}
	return requested, nil
}

// zoneOf returns the zone of an address in the VPC. It is "all" for a loopback address, if the
// options allow that.
func (s *Server) zoneOf(ip netip.Addr) (zone string, inside bool) {
	if ip.IsLoopback() && s.options.LoopbackTargets {
		return "all", true
	}
	for _, sub := range s.options.Subnets {
		if prefix, err := netip.ParsePrefix(sub.CIDR); err == nil && prefix.Contains(ip) {
			return sub.Zone, true
		}
	}
	return "", false
}

// isPrivate reports whether an address is in a range of RFC 1918 or RFC 6598.
func isPrivate(ip netip.Addr) bool {
	return ip.IsPrivate() || netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10).Contains(ip)
}

// checkTargetLimits checks the quotas of targets. Unverified: that draining targets count.
func (s *Server) checkTargetLimits(g *targetGroup, n int) error {
	if n > maxTargets {
		return refuse("TooManyTargets", "at most %d targets can be registered with a target group", maxTargets)
	}
	for _, arn := range s.state.loadBalancersOf(g) {
		if s.targetsOf(arn, g)+n+g.draining() > s.options.TargetQuota {
			return refuse("TooManyTargets", "at most %d targets can be registered with a load balancer", s.options.TargetQuota)
		}
	}
	return nil
}

// targetsOf counts the targets of a load balancer's groups, except one, including draining targets.
func (s *Server) targetsOf(balancer string, except *targetGroup) int {
	n := 0
	for g := range s.state.balancer(balancer).groups() {
		if g != except {
			n += len(g.Targets) + g.draining()
		}
	}
	return n
}

// deregisterTargets ignores targets that are not registered. A target that was registered with a
// port must be deregistered with that port (DeregisterTargets).
func (s *Server) deregisterTargets(in *targetsInput) (*emptyOutput, error) {
	g, err := s.mustTargetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	if err := checkTargetCount(in.Targets); err != nil {
		return nil, err
	}
	for _, t := range in.Targets {
		t.Port = ptr(or(t.Port, *g.Shape.Port))
		delete(g.registered, keyOf(t))
	}
	g.Targets = slices.DeleteFunc(slices.Clone(g.Targets), func(t elbTarget) bool { return !g.registered[keyOf(t)] })
	g.mayDrain = true
	s.targetGroupChanged(g)
	return &emptyOutput{}, nil
}

// describeTargetHealth lists the requested targets, or all registered and draining ones.
func (s *Server) describeTargetHealth(in *describeTargetHealthInput) (*describeTargetHealthOutput, error) {
	g, err := s.mustTargetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	health := g.pool.health()
	targets := in.Targets
	if len(targets) == 0 {
		targets = s.allTargets(g, health)
	}
	out := &describeTargetHealthOutput{TargetHealthDescriptions: []elbTargetHealthDescription{}}
	for _, t := range targets {
		t.Port = ptr(or(t.Port, *g.Shape.Port))
		out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, describeTarget(g, t, health))
	}
	return out, nil
}

// allTargets returns the registered targets of a group, then the draining ones, sorted by address.
func (s *Server) allTargets(g *targetGroup, health map[string]dataplane.Health) []elbTarget {
	all := slices.Clone(g.Targets)
	for _, address := range sortedKeys(health) {
		host, port, err := net.SplitHostPort(address)
		n, err2 := strconv.Atoi(port)
		if err != nil || err2 != nil {
			continue
		}
		t := elbTarget{Id: host, Port: ptr(int32(n))}
		if health[address] == dataplane.Draining && !g.registered[keyOf(t)] {
			all = append(all, t)
		}
	}
	return all
}

func describeTarget(g *targetGroup, t elbTarget, health map[string]dataplane.Health) elbTargetHealthDescription {
	checkPort := g.Shape.HealthCheckPort
	if checkPort == "traffic-port" {
		checkPort = strconv.Itoa(int(*t.Port))
	}
	registered := g.registered[keyOf(t)]
	h, tracked := health[addressOf(t)]
	return elbTargetHealthDescription{Target: &t, HealthCheckPort: checkPort, TargetHealth: ptr(targetHealth(registered, tracked, h))}
}

// targetHealth returns the state and the reason of a target (TargetHealth, Reason). The reason of a
// failed check is always the general one, because the data plane does not store why a check failed.
func targetHealth(registered, tracked bool, h dataplane.Health) elbTargetHealth {
	if !registered && (!tracked || h != dataplane.Draining) {
		return elbTargetHealth{State: "unused", Reason: "Target.NotRegistered", Description: "Target is not registered to the target group"}
	}
	if !tracked {
		return elbTargetHealth{State: "unused", Reason: "Target.NotInUse", Description: "Target is in an Availability Zone that is not enabled for the load balancer"}
	}
	switch h {
	case dataplane.Healthy:
		return elbTargetHealth{State: "healthy"}
	case dataplane.Unhealthy:
		return elbTargetHealth{State: "unhealthy", Reason: "Target.FailedHealthChecks", Description: "Health checks failed"}
	case dataplane.Initial:
		return elbTargetHealth{State: "initial", Reason: "Elb.InitialHealthChecking", Description: "Initial health checks in progress"}
	case dataplane.Draining:
		return elbTargetHealth{State: "draining", Reason: "Target.DeregistrationInProgress", Description: "Target deregistration is in progress"}
	case dataplane.Unused:
		return elbTargetHealth{State: "unused", Reason: "Target.NotInUse", Description: "Target group is not configured to receive traffic from the load balancer"}
	default:
		return elbTargetHealth{State: "unavailable", Reason: "Elb.InternalError"}
	}
}

func addressOf(t elbTarget) string { return net.JoinHostPort(t.Id, strconv.Itoa(int(*t.Port))) }
