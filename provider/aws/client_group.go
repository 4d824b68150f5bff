package aws

import (
	"context"
	"net/netip"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// groupPort is the port of every target group. It is only what targets have that name none; these
// name theirs, so that a Service may change its port without another target group.
const groupPort = 80

// targetsPerCall is how many targets one call registers or deregisters.
const targetsPerCall = 200

// The attributes of a target group that are written (TargetGroupAttribute). Stickiness is by the
// load balancer's cookie, which is the default.
const (
	drainingAttribute   = "deregistration_delay.timeout_seconds"
	stickyAttribute     = "stickiness.enabled"
	stickyTimeAttribute = "stickiness.lb_cookie.duration_seconds"
)

// groupRecord is a target group as AWS tells it, without draining and tags.
type groupRecord struct {
	arn, name, vpc string
	users          []string // ARNs of load balancers
	spec           TargetGroupSpec
}

func toGroup(g types.TargetGroup) groupRecord {
	r := groupRecord{
		arn: aws.ToString(g.TargetGroupArn), name: aws.ToString(g.TargetGroupName), vpc: aws.ToString(g.VpcId),
		users: g.LoadBalancerArns,
		spec: TargetGroupSpec{Protocol: string(g.Protocol), Check: CheckSpec{
			Protocol: string(g.HealthCheckProtocol), Path: aws.ToString(g.HealthCheckPath), Port: aws.ToString(g.HealthCheckPort),
			Interval: int(aws.ToInt32(g.HealthCheckIntervalSeconds)), Timeout: int(aws.ToInt32(g.HealthCheckTimeoutSeconds)),
			Healthy: int(aws.ToInt32(g.HealthyThresholdCount)), Unhealthy: int(aws.ToInt32(g.UnhealthyThresholdCount)),
		}},
	}
	if g.Matcher != nil {
		r.spec.Check.Codes = aws.ToString(g.Matcher.HttpCode)
	}
	return r
}

// groups reads all target groups of the region, or the one of a name.
func (c *Client) groups(ctx context.Context, name string) ([]groupRecord, error) {
	in := &elb.DescribeTargetGroupsInput{}
	if name != "" {
		in.Names = []string{name}
	}
	var all []groupRecord
	for {
		out, err := read(ctx, "DescribeTargetGroups", c.elb.DescribeTargetGroups, in)
		if err != nil {
			return nil, err
		}
		for _, g := range out.TargetGroups {
			all = append(all, toGroup(g))
		}
		if in.Marker = out.NextMarker; in.Marker == nil {
			return all, nil
		}
	}
}

func (c *Client) createGroup(ctx context.Context, name, vpc string, s TargetGroupSpec, tags map[string]string) (string, error) {
	out, err := write(ctx, "CreateTargetGroup", c.elb.CreateTargetGroup, &elb.CreateTargetGroupInput{
		Name: &name, VpcId: &vpc, Port: aws.Int32(groupPort), Protocol: types.ProtocolEnum(s.Protocol), ProtocolVersion: aws.String("HTTP1"),
		TargetType: types.TargetTypeEnumIp, IpAddressType: types.TargetGroupIpAddressTypeEnumIpv4, HealthCheckEnabled: aws.Bool(true),
		HealthCheckProtocol: types.ProtocolEnum(s.Check.Protocol), HealthCheckPath: &s.Check.Path, HealthCheckPort: &s.Check.Port,
		HealthCheckIntervalSeconds: aws.Int32(int32(s.Check.Interval)), HealthCheckTimeoutSeconds: aws.Int32(int32(s.Check.Timeout)),
		HealthyThresholdCount: aws.Int32(int32(s.Check.Healthy)), UnhealthyThresholdCount: aws.Int32(int32(s.Check.Unhealthy)),
		Matcher: &types.Matcher{HttpCode: &s.Check.Codes}, Tags: elbTags(tags),
	}, elbOnce)
	if err != nil {
		return "", err
	}
	return aws.ToString(out.TargetGroups[0].TargetGroupArn), nil
}

func (c *Client) modifyCheck(ctx context.Context, arn string, s CheckSpec) error {
	_, err := write(ctx, "ModifyTargetGroup", c.elb.ModifyTargetGroup, &elb.ModifyTargetGroupInput{
		TargetGroupArn: &arn, HealthCheckProtocol: types.ProtocolEnum(s.Protocol), HealthCheckPath: &s.Path, HealthCheckPort: &s.Port,
		HealthCheckIntervalSeconds: aws.Int32(int32(s.Interval)), HealthCheckTimeoutSeconds: aws.Int32(int32(s.Timeout)),
		HealthyThresholdCount: aws.Int32(int32(s.Healthy)), UnhealthyThresholdCount: aws.Int32(int32(s.Unhealthy)),
		Matcher: &types.Matcher{HttpCode: &s.Codes},
	}, elbOnce)
	return err
}

func (c *Client) deleteGroup(ctx context.Context, arn string) error {
	_, err := write(ctx, "DeleteTargetGroup", c.elb.DeleteTargetGroup, &elb.DeleteTargetGroupInput{TargetGroupArn: &arn}, elbOnce)
	if err == nil {
		c.forget(arn)
	}
	return err
}

// readAttributes reads how a target group drains and binds clients.
func (c *Client) readAttributes(ctx context.Context, arn string, spec *TargetGroupSpec) error {
	out, err := read(ctx, "DescribeTargetGroupAttributes", c.elb.DescribeTargetGroupAttributes, &elb.DescribeTargetGroupAttributesInput{TargetGroupArn: &arn})
	if err != nil {
		return err
	}
	values := map[string]string{}
	for _, a := range out.Attributes {
		values[aws.ToString(a.Key)] = aws.ToString(a.Value)
	}
	spec.Draining, spec.Sticky = numberOr(values[drainingAttribute], defaultDraining), 0
	if values[stickyAttribute] == "true" {
		spec.Sticky = numberOr(values[stickyTimeAttribute], defaultSticky)
	}
	return nil
}

func numberOr(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}

// setAttributes writes how a target group drains and binds clients, in one call.
func (c *Client) setAttributes(ctx context.Context, arn string, spec TargetGroupSpec) error {
	attribute := func(key, value string) types.TargetGroupAttribute {
		return types.TargetGroupAttribute{Key: aws.String(key), Value: aws.String(value)}
	}
	all := []types.TargetGroupAttribute{attribute(drainingAttribute, strconv.Itoa(spec.Draining)), attribute(stickyAttribute, strconv.FormatBool(spec.Sticky > 0))}
	if spec.Sticky > 0 {
		all = append(all, attribute(stickyTimeAttribute, strconv.Itoa(spec.Sticky)))
	}
	_, err := write(ctx, "ModifyTargetGroupAttributes", c.elb.ModifyTargetGroupAttributes, &elb.ModifyTargetGroupAttributesInput{TargetGroupArn: &arn, Attributes: all}, elbOnce)
	return err
}

// The states of a target that matter here.
const (
	stateHealthy  = string(types.TargetHealthStateEnumHealthy)
	stateDraining = string(types.TargetHealthStateEnumDraining)
)

// targetRecord is a target as AWS tells it.
type targetRecord struct {
	address       netip.AddrPort
	state, reason string
}

// targets reads the targets of a target group, draining ones too.
func (c *Client) targets(ctx context.Context, arn string) ([]targetRecord, error) {
	out, err := read(ctx, "DescribeTargetHealth", c.elb.DescribeTargetHealth, &elb.DescribeTargetHealthInput{TargetGroupArn: &arn})
	if err != nil {
		return nil, err
	}
	all := make([]targetRecord, 0, len(out.TargetHealthDescriptions))
	for _, d := range out.TargetHealthDescriptions {
		ip, err := netip.ParseAddr(aws.ToString(d.Target.Id))
		if err != nil || d.TargetHealth == nil {
			continue // an instance is nothing of ours
		}
		r := targetRecord{address: netip.AddrPortFrom(ip, uint16(aws.ToInt32(d.Target.Port))), state: string(d.TargetHealth.State)}
		if r.state != stateHealthy {
			r.reason = string(d.TargetHealth.Reason) + ": " + aws.ToString(d.TargetHealth.Description)
		}
		all = append(all, r)
	}
	return all, nil
}

// register registers targets, and returns how many of them, from the first on, were. One outside
// the VPC must say that it may be reached from all zones (TargetDescription).
func (c *Client) register(ctx context.Context, arn, vpc string, targets []netip.AddrPort) (done int, err error) {
	ranges, err := c.vpcRanges(ctx, vpc)
	if err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(targets, targetsPerCall) {
		in := &elb.RegisterTargetsInput{TargetGroupArn: &arn, Targets: toTargets(chunk)}
		for i, t := range chunk {
			inside := slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(t.Addr()) })
			if !inside && !t.Addr().IsLoopback() {
				in.Targets[i].AvailabilityZone = aws.String("all")
			}
		}
		if _, err := write(ctx, "RegisterTargets", c.elb.RegisterTargets, in, elbOnce); err != nil {
			return done, err
		}
		done += len(chunk)
	}
	return done, nil
}

func (c *Client) deregister(ctx context.Context, arn string, targets []netip.AddrPort) error {
	for chunk := range slices.Chunk(targets, targetsPerCall) {
		in := &elb.DeregisterTargetsInput{TargetGroupArn: &arn, Targets: toTargets(chunk)}
		if _, err := write(ctx, "DeregisterTargets", c.elb.DeregisterTargets, in, elbOnce); err != nil {
			return err
		}
	}
	return nil
}

func toTargets(targets []netip.AddrPort) []types.TargetDescription {
	all := make([]types.TargetDescription, 0, len(targets))
	for _, t := range targets {
		all = append(all, types.TargetDescription{Id: aws.String(t.Addr().String()), Port: aws.Int32(int32(t.Port()))})
	}
	return all
}
