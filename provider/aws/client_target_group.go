package aws

import (
	"context"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// targetGroupPort is the port of every target group, which applies to targets without a port of
// their own. Every target has one, so that a Service can change its port and retain the target
// group.
const targetGroupPort = 80

// targetsPerCall is the maximum number of targets that one call registers or deregisters.
const targetsPerCall = 200

// targetGroupRecord is a target group without its attributes and tags.
type targetGroupRecord struct {
	arn, name, vpc string
	users          []string // ARNs of load balancers
	spec           TargetGroupSpec
}

func toTargetGroup(g types.TargetGroup) targetGroupRecord {
	r := targetGroupRecord{
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

// targetGroups reads all target groups of the region, or the one with a name.
func (c *Client) targetGroups(ctx context.Context, name string) ([]targetGroupRecord, error) {
	in := &elb.DescribeTargetGroupsInput{}
	if name != "" {
		in.Names = []string{name}
	}
	return readAll(ctx, "DescribeTargetGroups", c.elb.DescribeTargetGroups, in, func(out *elb.DescribeTargetGroupsOutput) ([]targetGroupRecord, *string) {
		return convert(out.TargetGroups, toTargetGroup), out.NextMarker
	}, func(token *string) { in.Marker = token })
}

func (c *Client) createTargetGroup(ctx context.Context, name, vpc string, s TargetGroupSpec, tags map[string]string) (string, error) {
	out, err := write(ctx, "CreateTargetGroup", c.elb.CreateTargetGroup, &elb.CreateTargetGroupInput{
		Name: &name, VpcId: &vpc, Port: aws.Int32(targetGroupPort), Protocol: types.ProtocolEnum(s.Protocol), ProtocolVersion: aws.String("HTTP1"),
		TargetType: types.TargetTypeEnumIp, IpAddressType: types.TargetGroupIpAddressTypeEnumIpv4, HealthCheckEnabled: aws.Bool(true),
		HealthCheckProtocol: types.ProtocolEnum(s.Check.Protocol), HealthCheckPath: &s.Check.Path, HealthCheckPort: &s.Check.Port,
		HealthCheckIntervalSeconds: aws.Int32(int32(s.Check.Interval)), HealthCheckTimeoutSeconds: aws.Int32(int32(s.Check.Timeout)),
		HealthyThresholdCount: aws.Int32(int32(s.Check.Healthy)), UnhealthyThresholdCount: aws.Int32(int32(s.Check.Unhealthy)),
		Matcher: &types.Matcher{HttpCode: &s.Check.Codes}, Tags: elbTags(tags),
	}, elbOnce)
	if err != nil {
		return "", err
	}
	made, err := only("CreateTargetGroup", out.TargetGroups)
	if err != nil {
		return "", err
	}
	return present("CreateTargetGroup", made.TargetGroupArn)
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

func (c *Client) deleteTargetGroup(ctx context.Context, arn string) error {
	_, err := write(ctx, "DeleteTargetGroup", c.elb.DeleteTargetGroup, &elb.DeleteTargetGroupInput{TargetGroupArn: &arn}, elbOnce)
	if err == nil {
		c.forget(arn)
	}
	return err
}

// readAttributes reads the attributes of a target group into spec.
func (c *Client) readAttributes(ctx context.Context, arn string, spec *TargetGroupSpec) error {
	out, err := read(ctx, "DescribeTargetGroupAttributes", c.elb.DescribeTargetGroupAttributes, &elb.DescribeTargetGroupAttributesInput{TargetGroupArn: &arn})
	if err != nil {
		return err
	}
	if len(out.Attributes) == 0 {
		return incomplete("DescribeTargetGroupAttributes")
	}
	values := map[string]string{}
	for _, a := range out.Attributes {
		values[aws.ToString(a.Key)] = aws.ToString(a.Value)
	}
	decodeAttributes(spec, values)
	return nil
}

// setAttributes writes the attributes of a target group in one call.
func (c *Client) setAttributes(ctx context.Context, arn string, spec TargetGroupSpec) error {
	in := &elb.ModifyTargetGroupAttributesInput{TargetGroupArn: &arn}
	for _, a := range attributes() {
		values := a.encode(spec)
		for _, key := range sortedKeys(values) {
			in.Attributes = append(in.Attributes, types.TargetGroupAttribute{Key: aws.String(key), Value: aws.String(values[key])})
		}
	}
	_, err := write(ctx, "ModifyTargetGroupAttributes", c.elb.ModifyTargetGroupAttributes, in, elbOnce)
	return err
}

// The states of a target that the provider distinguishes.
const (
	stateHealthy  = string(types.TargetHealthStateEnumHealthy)
	stateDraining = string(types.TargetHealthStateEnumDraining)
)

// targetRecord is a registered target.
type targetRecord struct {
	address       netip.AddrPort
	state, reason string
}

// targets reads the targets of a target group, including those that are draining.
func (c *Client) targets(ctx context.Context, arn string) ([]targetRecord, error) {
	out, err := read(ctx, "DescribeTargetHealth", c.elb.DescribeTargetHealth, &elb.DescribeTargetHealthInput{TargetGroupArn: &arn})
	if err != nil {
		return nil, err
	}
	all := make([]targetRecord, 0, len(out.TargetHealthDescriptions))
	for _, d := range out.TargetHealthDescriptions {
		if d.Target == nil || d.TargetHealth == nil {
			return nil, incomplete("DescribeTargetHealth")
		}
		ip, err := netip.ParseAddr(aws.ToString(d.Target.Id))
		if err != nil {
			continue // the provider does not register instances
		}
		r := targetRecord{address: netip.AddrPortFrom(ip, uint16(aws.ToInt32(d.Target.Port))), state: string(d.TargetHealth.State)}
		if r.state != stateHealthy {
			r.reason = string(d.TargetHealth.Reason) + ": " + aws.ToString(d.TargetHealth.Description)
		}
		all = append(all, r)
	}
	return all, nil
}

// registerTargets registers targets, and returns how many of them, from the first on, it has
// registered. A target outside the VPC needs the availability zone "all" (TargetDescription).
func (c *Client) registerTargets(ctx context.Context, arn, vpc string, targets []netip.AddrPort) (done int, err error) {
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

func (c *Client) deregisterTargets(ctx context.Context, arn string, targets []netip.AddrPort) error {
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
