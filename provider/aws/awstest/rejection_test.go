package awstest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/headgate-io/headgate/provider/aws/awstest"
)

func TestInvalidRequestsAreRejected(t *testing.T) {
	a := open(t, awstest.Options{})
	lb, other := a.balancer(t, "one"), a.balancer(t, "two")
	g, free := a.group(t, "used"), a.group(t, "free")
	l := a.listener(t, lb, 80, forward(g))
	r := a.rule(t, l, 10, fixed("200", ""), paths("/a"))
	rules, err := a.elb.DescribeRules(t.Context(), &elb.DescribeRulesInput{ListenerArn: &l})
	if err != nil {
		t.Fatal(err)
	}
	def := *rules.Rules[1].RuleArn
	rule := func(change func(*elb.CreateRuleInput)) func(context.Context) error {
		return func(ctx context.Context) error {
			in := &elb.CreateRuleInput{ListenerArn: &l, Priority: aws.Int32(20), Actions: []types.Action{forward(g)}, Conditions: []types.RuleCondition{paths("/b")}}
			change(in)
			_, err := a.elb.CreateRule(ctx, in)
			return err
		}
	}
	condition := func(c ...types.RuleCondition) func(context.Context) error {
		return rule(func(in *elb.CreateRuleInput) { in.Conditions = append([]types.RuleCondition{}, c...) })
	}
	action := func(actions ...types.Action) func(context.Context) error {
		return rule(func(in *elb.CreateRuleInput) { in.Actions = actions })
	}
	balancer := func(name string, change func(*elb.CreateLoadBalancerInput)) func(context.Context) error {
		return func(ctx context.Context) error {
			in := &elb.CreateLoadBalancerInput{Name: &name, Subnets: a.SubnetIDs()}
			change(in)
			_, err := a.elb.CreateLoadBalancer(ctx, in)
			return err
		}
	}
	group := func(name string, change func(*elb.CreateTargetGroupInput)) func(context.Context) error {
		return func(ctx context.Context) error {
			in := &elb.CreateTargetGroupInput{Name: &name, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(a.VPCID()), TargetType: types.TargetTypeEnumIp}
			change(in)
			_, err := a.elb.CreateTargetGroup(ctx, in)
			return err
		}
	}
	register := func(id string, zone *string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := a.elb.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: &g, Targets: []types.TargetDescription{{Id: &id, AvailabilityZone: zone}}})
			return err
		}
	}
	listener := func(change func(*elb.CreateListenerInput)) func(context.Context) error {
		return func(ctx context.Context) error {
			in := &elb.CreateListenerInput{LoadBalancerArn: lb.LoadBalancerArn, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(81), DefaultActions: []types.Action{fixed("404", "")}}
			change(in)
			_, err := a.elb.CreateListener(ctx, in)
			return err
		}
	}
	redirect := func(c types.RedirectActionConfig) types.Action {
		c.StatusCode = types.RedirectActionStatusCodeEnumHttp301
		return types.Action{Type: types.ActionTypeEnumRedirect, RedirectConfig: &c}
	}
	header := func(name string) types.RuleCondition {
		return types.RuleCondition{Field: aws.String("http-header"), HttpHeaderConfig: &types.HttpHeaderConditionConfig{HttpHeaderName: &name, Values: []string{"x"}}}
	}
	weighted := func(n int, weight int32) types.Action {
		c := &types.ForwardActionConfig{}
		for i := range n {
			arn := g
			if i > 0 {
				arn = a.group(t, fmt.Sprintf("w%d-%d-%d", n, weight, i))
			}
			c.TargetGroups = append(c.TargetGroups, types.TargetGroupTuple{TargetGroupArn: &arn, Weight: &weight})
		}
		return types.Action{Type: types.ActionTypeEnumForward, ForwardConfig: c}
	}
	nothing := func(*elb.CreateLoadBalancerInput) {}
	for _, c := range []struct {
		name, code string
		call       func(context.Context) error
	}{
		{"load balancer name too long", "ValidationError", balancer(strings.Repeat("a", 33), nothing)},
		{"load balancer name with an underscore", "ValidationError", balancer("a_b", nothing)},
		{"load balancer name beginning with a hyphen", "ValidationError", balancer("-a", nothing)},
		{"load balancer name beginning with internal-", "ValidationError", balancer("internal-a", nothing)},
		{"load balancer with other settings", "DuplicateLoadBalancerName", balancer("one", func(in *elb.CreateLoadBalancerInput) { in.Scheme = types.LoadBalancerSchemeEnumInternal })},
		{"one zone", "ValidationError", balancer("z", func(in *elb.CreateLoadBalancerInput) { in.Subnets = a.SubnetIDs()[:1] })},
		{"a zone twice", "InvalidConfigurationRequest", balancer("z", func(in *elb.CreateLoadBalancerInput) { in.Subnets = []string{a.SubnetIDs()[0], a.SubnetIDs()[0]} })},
		{"no such subnet", "SubnetNotFound", balancer("z", func(in *elb.CreateLoadBalancerInput) { in.Subnets = []string{"subnet-1", "subnet-2"} })},
		{"no such security group", "InvalidSecurityGroup", balancer("z", func(in *elb.CreateLoadBalancerInput) { in.SecurityGroups = []string{"sg-1"} })},
		{"unknown scheme", "ValidationError", balancer("z", func(in *elb.CreateLoadBalancerInput) { in.Scheme = "public" })},
		{"tag with the prefix aws:", "ValidationError", balancer("z", func(in *elb.CreateLoadBalancerInput) { in.Tags = []types.Tag{{Key: aws.String("aws:x")}} })},
		{"tag twice", "DuplicateTagKeys", balancer("z", func(in *elb.CreateLoadBalancerInput) {
			in.Tags = []types.Tag{{Key: aws.String("x")}, {Key: aws.String("x")}}
		})},
		{"51 tags", "TooManyTags", balancer("z", func(in *elb.CreateLoadBalancerInput) { in.Tags = tags(51) })},
		{"IPv6 without ranges", "InvalidConfigurationRequest", balancer("z", func(in *elb.CreateLoadBalancerInput) { in.IpAddressType = types.IpAddressTypeDualstack })},

		{"target group with other settings", "DuplicateTargetGroupName", group("free", func(in *elb.CreateTargetGroupInput) {})},
		{"interval too short", "ValidationError", group("h", func(in *elb.CreateTargetGroupInput) { in.HealthCheckIntervalSeconds = aws.Int32(4) })},
		{"timeout not below interval", "ValidationError", group("h", func(in *elb.CreateTargetGroupInput) {
			in.HealthCheckIntervalSeconds, in.HealthCheckTimeoutSeconds = aws.Int32(5), aws.Int32(5)
		})},
		{"matcher out of range", "ValidationError", group("h", func(in *elb.CreateTargetGroupInput) { in.Matcher = &types.Matcher{HttpCode: aws.String("200-599")} })},
		{"health path without slash", "ValidationError", group("h", func(in *elb.CreateTargetGroupInput) { in.HealthCheckPath = aws.String("x") })},
		{"no VPC", "ValidationError", group("h", func(in *elb.CreateTargetGroupInput) { in.VpcId = nil })},
		{"group in use", "ResourceInUse", func(ctx context.Context) error {
			_, err := a.elb.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: &g})
			return err
		}},

		{"public target", "ValidationError", register("198.51.100.7", aws.String("all"))},
		{"target outside the VPC without zone", "ValidationError", register("192.168.0.7", nil)},
		{"target inside the VPC with another zone", "ValidationError", register("10.0.0.7", aws.String("us-east-1b"))},
		{"target that is not an address", "ValidationError", register("pod", nil)},
		{"IPv6 target in an IPv4 group", "ValidationError", register("fd00::1", aws.String("all"))},
		{"link-local target", "ValidationError", register("169.254.1.1", aws.String("all"))},
		{"201 targets in one call", "ValidationError", func(ctx context.Context) error {
			_, err := a.elb.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: &g, Targets: addresses(201)})
			return err
		}},

		{"listener on a port in use", "DuplicateListener", listener(func(in *elb.CreateListenerInput) { in.Port = aws.Int32(80) })},
		{"listener for TCP", "UnsupportedProtocol", listener(func(in *elb.CreateListenerInput) { in.Protocol = types.ProtocolEnumTcp })},
		{"HTTPS without certificate", "ValidationError", listener(func(in *elb.CreateListenerInput) { in.Protocol = types.ProtocolEnumHttps })},
		{"HTTPS with a certificate that does not exist", "CertificateNotFound", listener(func(in *elb.CreateListenerInput) {
			in.Protocol = types.ProtocolEnumHttps
			in.Certificates = []types.Certificate{{CertificateArn: aws.String("arn:aws:acm:us-east-1:123456789012:certificate/x")}}
		})},
		{"HTTP with policy", "InvalidConfigurationRequest", listener(func(in *elb.CreateListenerInput) { in.SslPolicy = aws.String("ELBSecurityPolicy-2016-08") })},
		{"group of another load balancer", "TargetGroupAssociationLimit", listener(func(in *elb.CreateListenerInput) {
			in.LoadBalancerArn, in.DefaultActions = other.LoadBalancerArn, []types.Action{forward(g)}
		})},
		{"no such load balancer", "LoadBalancerNotFound", listener(func(in *elb.CreateListenerInput) { in.LoadBalancerArn = aws.String(*lb.LoadBalancerArn + "0") })},
		{"certificate on an HTTP listener", "InvalidConfigurationRequest", func(ctx context.Context) error {
			_, err := a.elb.AddListenerCertificates(ctx, &elb.AddListenerCertificatesInput{ListenerArn: &l, Certificates: []types.Certificate{{CertificateArn: aws.String("x")}}})
			return err
		}},

		{"priority in use", "PriorityInUse", rule(func(in *elb.CreateRuleInput) { in.Priority = aws.Int32(10) })},
		{"priority too high", "ValidationError", rule(func(in *elb.CreateRuleInput) { in.Priority = aws.Int32(50001) })},
		{"no condition", "ValidationError", condition()},
		{"host condition twice", "ValidationError", condition(hosts("a.example.com"), hosts("b.example.com"))},
		{"four values in a condition", "ValidationError", condition(paths("/1", "/2", "/3", "/4"))},
		{"six values in a rule", "ValidationError", condition(paths("/1", "/2", "/3"), hosts("a.b", "c.d", "e.f"))},
		{"six wildcards in a rule", "ValidationError", condition(paths("/*/*/*", "/*/*/*"))},
		{"host without dot", "ValidationError", condition(hosts("localhost"))},
		{"host ending with digits", "ValidationError", condition(hosts("10.0.0.1"))},
		{"host with port", "ValidationError", condition(hosts("a.example.com:80"))},
		{"host too long", "ValidationError", condition(hosts(strings.Repeat("a", 125) + ".com"))},
		{"path with a percent sign", "ValidationError", condition(paths("/a%20b"))},
		{"path too long", "ValidationError", condition(paths("/" + strings.Repeat("a", 128)))},
		{"header condition on host", "ValidationError", condition(header("Host"))},
		{"header name too long", "ValidationError", condition(header(strings.Repeat("x", 41)))},
		{"lower case method", "ValidationError", condition(types.RuleCondition{Field: aws.String("http-request-method"), HttpRequestMethodConfig: &types.HttpRequestMethodConditionConfig{Values: []string{"get"}}})},
		{"CIDR with host bits", "ValidationError", condition(types.RuleCondition{Field: aws.String("source-ip"), SourceIpConfig: &types.SourceIpConditionConfig{Values: []string{"10.0.0.1/8"}}})},
		{"malformed regular expression", "ValidationError", condition(types.RuleCondition{Field: aws.String("path-pattern"), PathPatternConfig: &types.PathPatternConditionConfig{RegexValues: []string{"("}}})},
		{"unknown condition field", "ValidationError", condition(types.RuleCondition{Field: aws.String("cookie"), Values: []string{"x"}})},
		{"two actions", "TooManyActions", action(forward(g), fixed("200", ""))},
		{"six target groups", "ValidationError", action(weighted(6, 1))},
		{"weight of 1000", "ValidationError", action(weighted(2, 1000))},
		{"no such target group", "TargetGroupNotFound", action(forward(g + "0"))},
		{"redirect loop", "InvalidLoadBalancerAction", action(redirect(types.RedirectActionConfig{}))},
		{"redirect loop with explicit values", "InvalidLoadBalancerAction", action(redirect(types.RedirectActionConfig{Protocol: aws.String("HTTP"), Port: aws.String("80"), Query: aws.String("a=b")}))},
		{"redirect to a path without slash", "InvalidLoadBalancerAction", action(redirect(types.RedirectActionConfig{Path: aws.String("x")}))},
		{"redirect to an invalid port", "InvalidLoadBalancerAction", action(redirect(types.RedirectActionConfig{Port: aws.String("70000")}))},
		{"fixed response of 302", "ValidationError", action(fixed("302", ""))},
		{"fixed response too long", "ValidationError", action(fixed("200", strings.Repeat("x", 1025)))},
		{"fixed response with an image", "ValidationError", action(types.Action{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: aws.String("200"), ContentType: aws.String("image/png")}})},
		{"default rule changed", "OperationNotPermitted", func(ctx context.Context) error {
			_, err := a.elb.ModifyRule(ctx, &elb.ModifyRuleInput{RuleArn: &def, Actions: []types.Action{fixed("200", "")}})
			return err
		}},
		{"default rule deleted", "OperationNotPermitted", func(ctx context.Context) error {
			_, err := a.elb.DeleteRule(ctx, &elb.DeleteRuleInput{RuleArn: &def})
			return err
		}},
		{"default rule moved", "OperationNotPermitted", func(ctx context.Context) error {
			_, err := a.elb.SetRulePriorities(ctx, &elb.SetRulePrioritiesInput{RulePriorities: []types.RulePriorityPair{{RuleArn: &def, Priority: aws.Int32(1)}}})
			return err
		}},
		{"no such rule", "RuleNotFound", func(ctx context.Context) error {
			_, err := a.elb.DeleteRule(ctx, &elb.DeleteRuleInput{RuleArn: aws.String(r + "0")})
			return err
		}},
		{"unknown attribute", "ValidationError", func(ctx context.Context) error {
			_, err := a.elb.ModifyTargetGroupAttributes(ctx, &elb.ModifyTargetGroupAttributesInput{TargetGroupArn: &free, Attributes: []types.TargetGroupAttribute{{Key: aws.String("x"), Value: aws.String("1")}}})
			return err
		}},
		{"drain time too long", "InvalidConfigurationRequest", func(ctx context.Context) error {
			_, err := a.elb.ModifyTargetGroupAttributes(ctx, &elb.ModifyTargetGroupAttributesInput{TargetGroupArn: &free, Attributes: []types.TargetGroupAttribute{{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("3601")}}})
			return err
		}},
		{"slow start too short", "InvalidConfigurationRequest", func(ctx context.Context) error {
			_, err := a.elb.ModifyTargetGroupAttributes(ctx, &elb.ModifyTargetGroupAttributesInput{TargetGroupArn: &free, Attributes: []types.TargetGroupAttribute{{Key: aws.String("slow_start.duration_seconds"), Value: aws.String("29")}}})
			return err
		}},
		{"21 resources", "ValidationError", func(ctx context.Context) error {
			_, err := a.elb.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: slices.Repeat([]string{g}, 21)})
			return err
		}},
		{"neither listener nor rules", "ValidationError", func(ctx context.Context) error {
			_, err := a.elb.DescribeRules(ctx, &elb.DescribeRulesInput{})
			return err
		}},
		{"unsupported operation", "InvalidAction", func(ctx context.Context) error {
			_, err := a.elb.DescribeTrustStores(ctx, &elb.DescribeTrustStoresInput{})
			return err
		}},

		{"security group in use", "DependencyViolation", func(ctx context.Context) error {
			_, err := a.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: &lb.SecurityGroups[0]})
			return err
		}},
		{"security group name twice", "InvalidGroup.Duplicate", func(ctx context.Context) error {
			_, err := a.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: aws.String("one"), Description: aws.String("x"), VpcId: aws.String(a.VPCID())})
			return err
		}},
		{"permission twice", "InvalidPermission.Duplicate", func(ctx context.Context) error {
			_, err := a.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &lb.SecurityGroups[0], IpPermissions: []ec2types.IpPermission{anyTCP()}})
			return err
		}},
		{"permission that does not exist", "InvalidPermission.NotFound", func(ctx context.Context) error {
			p := anyTCP()
			p.FromPort = aws.Int32(1)
			_, err := a.ec2.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &lb.SecurityGroups[0], IpPermissions: []ec2types.IpPermission{p}})
			return err
		}},
		{"no such security group to describe", "InvalidGroup.NotFound", func(ctx context.Context) error {
			_, err := a.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{"sg-1"}})
			return err
		}},
		{"unknown filter", "InvalidParameterValue", func(ctx context.Context) error {
			_, err := a.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: []ec2types.Filter{{Name: aws.String("colour"), Values: []string{"red"}}}})
			return err
		}},
		{"dry run", "DryRunOperation", func(ctx context.Context) error {
			_, err := a.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{DryRun: aws.Bool(true)})
			return err
		}},
		{"no such certificate", "ResourceNotFoundException", func(ctx context.Context) error {
			_, err := a.acm.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: aws.String("arn:aws:acm:us-east-1:123456789012:certificate/x")})
			return err
		}},
		{"malformed certificate", "ValidationException", func(ctx context.Context) error {
			_, err := a.acm.ImportCertificate(ctx, &acm.ImportCertificateInput{Certificate: []byte("x"), PrivateKey: []byte("y")})
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := a.Snapshot()
			if got := codeOf(c.call(t.Context())); got != c.code {
				t.Errorf("got %q, want %q", got, c.code)
			}
			for name, have := range a.Snapshot() {
				if was, ok := before[name]; !ok || was != have {
					t.Errorf("a rejected call changed %s", name)
				}
			}
		})
	}
}
