package awstest

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// createTargetGroup returns the existing target group if it has the same name and settings
// (CreateTargetGroup). Unverified: that tags are settings.
func (s *Server) createTargetGroup(in *createTargetGroupInput) (*targetGroupsOutput, error) {
	made, err := s.newTargetGroup(in)
	if err != nil {
		return nil, err
	}
	have := find(s.state.groups.all, func(g *targetGroup) bool { return g.Shape.TargetGroupName == in.Name })
	if have != nil {
		made.Shape.TargetGroupArn = have.Shape.TargetGroupArn
		if !reflect.DeepEqual(have.Shape, made.Shape) || !sameTags(have.Tags, made.Tags) {
			return nil, refuse("DuplicateTargetGroupName", "a target group with the same name '%s' exists, but with different settings", in.Name)
		}
		return &targetGroupsOutput{TargetGroups: []elbTargetGroup{s.targetGroupShape(have)}}, nil
	}
	if len(s.state.groups.all) >= maxTargetGroups {
		return nil, refuse("TooManyTargetGroups", "at most %d target groups are allowed", maxTargetGroups)
	}
	made.Shape.TargetGroupArn = s.arn("elasticloadbalancing", "targetgroup/"+in.Name+"/"+s.state.nextID(16))
	made.pool = s.newPool(made.Shape)
	s.state.groups.add(made.Shape.TargetGroupArn, made)
	s.recordTags(made.Shape.TargetGroupArn, made.Tags)
	s.targetGroupChanged(made)
	return &targetGroupsOutput{TargetGroups: []elbTargetGroup{s.targetGroupShape(made)}}, nil
}

func (s *Server) newTargetGroup(in *createTargetGroupInput) (*targetGroup, error) {
	if err := checkName("target group", in.Name); err != nil {
		return nil, err
	}
	if err := s.checkTargetGroupKind(in); err != nil {
		return nil, err
	}
	if err := checkTags(nil, in.Tags); err != nil {
		return nil, err
	}
	shape := elbTargetGroup{
		TargetGroupName: in.Name, Protocol: in.Protocol, Port: in.Port, VpcId: in.VpcId,
		TargetType: cmp.Or(in.TargetType, "instance"), ProtocolVersion: cmp.Or(in.ProtocolVersion, "HTTP1"), IpAddressType: "ipv4",
		HealthCheckProtocol: cmp.Or(in.HealthCheckProtocol, "HTTP"), HealthCheckPort: cmp.Or(in.HealthCheckPort, "traffic-port"),
		HealthCheckPath: cmp.Or(in.HealthCheckPath, "/"), HealthCheckEnabled: ptr(or(in.HealthCheckEnabled, true)),
		HealthCheckIntervalSeconds: ptr(or(in.HealthCheckIntervalSeconds, 30)),
		HealthCheckTimeoutSeconds:  ptr(or(in.HealthCheckTimeoutSeconds, 5)),
		HealthyThresholdCount:      ptr(or(in.HealthyThresholdCount, 5)),
		UnhealthyThresholdCount:    ptr(or(in.UnhealthyThresholdCount, 2)),
		Matcher:                    ptr(or(in.Matcher, elbMatcher{HttpCode: "200"})),
	}
	if err := checkHealthCheck(shape); err != nil {
		return nil, err
	}
	return &targetGroup{
		Shape: shape, Attributes: targetGroupDefaults(), Tags: in.Tags, Targets: []elbTarget{}, created: s.now(),
		registered: map[targetKey]bool{}, users: map[*listener]bool{},
	}, nil
}

// checkTargetGroupKind checks for a target group of an Application Load Balancer
// (CreateTargetGroup).
func (s *Server) checkTargetGroupKind(in *createTargetGroupInput) error {
	if in.TargetType != "" && in.TargetType != "ip" && in.TargetType != "instance" {
		return unsupported("target type " + in.TargetType)
	}
	switch {
	case in.Protocol == "":
		return invalid("A protocol must be specified")
	case in.Protocol != "HTTP" && in.Protocol != "HTTPS":
		return unsupported("target group protocol " + in.Protocol)
	case in.Port == nil:
		return invalid("A port must be specified")
	case in.VpcId == "":
		return invalid("A VPC ID must be specified")
	case in.VpcId != s.options.VPCID:
		return invalid("The VPC ID '%s' is not found", in.VpcId)
	case in.IpAddressType == "ipv6":
		return refuse("InvalidConfigurationRequest", "the VPC has no IPv6 range")
	default:
		return checkVersion(in.ProtocolVersion)
	}
}

func checkVersion(version string) error {
	switch version {
	case "", "HTTP1", "HTTP2":
		return nil
	case "GRPC":
		return unsupported("protocol version GRPC")
	default:
		return invalid("Protocol version '%s' must be one of 'HTTP1, HTTP2, GRPC'", version)
	}
}

// checkHealthCheck checks the health check of a target group ("Health checks for your target
// groups").
func checkHealthCheck(g elbTargetGroup) error {
	switch {
	case g.HealthCheckProtocol != "HTTP" && g.HealthCheckProtocol != "HTTPS":
		return invalid("Health check protocol '%s' must be one of 'HTTP, HTTPS'", g.HealthCheckProtocol)
	case !*g.HealthCheckEnabled:
		return invalid("Health check enabled must be true for target groups with target type '%s'", g.TargetType)
	case *g.HealthCheckTimeoutSeconds >= *g.HealthCheckIntervalSeconds:
		return invalid("Health check timeout '%d' must be smaller than the interval '%d'", *g.HealthCheckTimeoutSeconds, *g.HealthCheckIntervalSeconds)
	case !strings.HasPrefix(g.HealthCheckPath, "/"):
		return invalid("Health check path '%s' must begin with a '/' character", g.HealthCheckPath)
	}
	if _, ok := parseCodes(g.Matcher.HttpCode); !ok {
		return invalid("Health check matcher HTTP code '%s' must be within '200-499' inclusive", g.Matcher.HttpCode)
	}
	if g.HealthCheckPort == "traffic-port" {
		return nil
	}
	if port, err := strconv.Atoi(g.HealthCheckPort); err != nil || port < 1 || port > 65535 {
		return invalid("Health check port '%s' must be 'traffic-port' or a number from 1 to 65535", g.HealthCheckPort)
	}
	return nil
}

// parseCodes parses a matcher such as 200,301-302, with codes from 200 to 499 (Matcher).
func parseCodes(s string) (ok func(int) bool, valid bool) {
	var ranges [][2]int
	for _, part := range strings.Split(s, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		from, err1 := strconv.Atoi(low)
		to, err2 := strconv.Atoi(high)
		if err1 != nil || err2 != nil || from < 200 || to > 499 || from > to {
			return nil, false
		}
		ranges = append(ranges, [2]int{from, to})
	}
	return func(code int) bool {
		return slices.ContainsFunc(ranges, func(r [2]int) bool { return r[0] <= code && code <= r[1] })
	}, true
}

// targetGroupShape returns the stored form with the load balancers that use it.
func (s *Server) targetGroupShape(g *targetGroup) elbTargetGroup {
	shape := g.Shape
	shape.LoadBalancerArns = append([]string{}, s.state.loadBalancersOf(g)...)
	return shape
}

func (s *Server) describeTargetGroups(in *describeTargetGroupsInput) (*describeTargetGroupsOutput, error) {
	if countSet(in.LoadBalancerArn != "", len(in.TargetGroupArns) > 0, len(in.Names) > 0) > 1 {
		return nil, invalid("Only one of load balancer ARN, target group ARNs and names may be specified")
	}
	if in.LoadBalancerArn != "" {
		if _, err := s.mustLoadBalancer(in.LoadBalancerArn); err != nil {
			return nil, err
		}
	}
	var found []elbTargetGroup
	for _, g := range s.state.groups.all {
		if s.visible(g.created) && s.requested(g, in) {
			found = append(found, s.targetGroupShape(g))
		}
	}
	if named := len(in.TargetGroupArns) + len(in.Names); named > len(found) {
		return nil, refuse("TargetGroupNotFound", "one or more target groups not found")
	}
	part, next, err := page(found, in.Marker, in.PageSize)
	return &describeTargetGroupsOutput{TargetGroups: part, NextMarker: next}, err
}

// requested reports whether a request is for a target group.
func (s *Server) requested(g *targetGroup, in *describeTargetGroupsInput) bool {
	switch {
	case in.LoadBalancerArn != "":
		return slices.Contains(s.state.loadBalancersOf(g), in.LoadBalancerArn)
	case len(in.TargetGroupArns) > 0:
		return slices.Contains(in.TargetGroupArns, g.Shape.TargetGroupArn)
	case len(in.Names) > 0:
		return slices.Contains(in.Names, g.Shape.TargetGroupName)
	default:
		return true
	}
}

// countSet returns the number of true values.
func countSet(set ...bool) int {
	n := 0
	for _, b := range set {
		if b {
			n++
		}
	}
	return n
}

func (s *Server) mustTargetGroup(arn string) (*targetGroup, error) {
	if !strings.HasPrefix(arn, "arn:") || !strings.Contains(arn, ":targetgroup/") {
		return nil, invalid("'%s' is not a valid target group ARN", arn)
	}
	if g := s.state.group(arn); g != nil {
		return g, nil
	}
	return nil, refuse("TargetGroupNotFound", "target group '%s' not found", arn)
}

func (s *Server) modifyTargetGroup(in *modifyTargetGroupInput) (*targetGroupsOutput, error) {
	g, err := s.mustTargetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	shape := g.Shape
	shape.HealthCheckProtocol = cmp.Or(in.HealthCheckProtocol, shape.HealthCheckProtocol)
	shape.HealthCheckPort = cmp.Or(in.HealthCheckPort, shape.HealthCheckPort)
	shape.HealthCheckPath = cmp.Or(in.HealthCheckPath, shape.HealthCheckPath)
	shape.HealthCheckEnabled = ptr(or(in.HealthCheckEnabled, *shape.HealthCheckEnabled))
	shape.HealthCheckIntervalSeconds = ptr(or(in.HealthCheckIntervalSeconds, *shape.HealthCheckIntervalSeconds))
	shape.HealthCheckTimeoutSeconds = ptr(or(in.HealthCheckTimeoutSeconds, *shape.HealthCheckTimeoutSeconds))
	shape.HealthyThresholdCount = ptr(or(in.HealthyThresholdCount, *shape.HealthyThresholdCount))
	shape.UnhealthyThresholdCount = ptr(or(in.UnhealthyThresholdCount, *shape.UnhealthyThresholdCount))
	shape.Matcher = ptr(or(in.Matcher, *shape.Matcher))
	if err := checkHealthCheck(shape); err != nil {
		return nil, err
	}
	g.Shape = shape
	s.targetGroupChanged(g)
	return &targetGroupsOutput{TargetGroups: []elbTargetGroup{s.targetGroupShape(g)}}, nil
}

// deleteTargetGroup fails while an action refers to the group (DeleteTargetGroup). Unverified: that
// it succeeds if the group does not exist. The only documented error is ResourceInUse.
func (s *Server) deleteTargetGroup(in *targetGroupArnInput) (*emptyOutput, error) {
	g := s.state.group(in.TargetGroupArn)
	if g == nil {
		return &emptyOutput{}, nil
	}
	if len(g.users) > 0 {
		return nil, refuse("ResourceInUse", "target group '%s' is currently in use by a listener or a rule", in.TargetGroupArn)
	}
	s.state.groups.drop(in.TargetGroupArn)
	s.recordDeletion(in.TargetGroupArn)
	s.targetGroupChanged(g)
	return &emptyOutput{}, nil
}
