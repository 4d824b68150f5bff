package awstest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider/aws/awstest"
)

// account is an embedded account with clients of the SDK.
type account struct {
	*awstest.Server
	elb *elb.Client
	ec2 *ec2.Client
	acm *acm.Client
}

// open starts an account. By default its clock is a thousand times as fast as the system clock.
func open(t *testing.T, o awstest.Options) *account {
	t.Helper()
	if o.Clock == nil {
		o.Clock = clock.Scaled(1000)
	}
	o.LoopbackTargets = true
	s := awstest.NewServer(o)
	t.Cleanup(s.Close)
	return connect(s, "AKIDEXAMPLE")
}

func connect(s *awstest.Server, key string) *account {
	config := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(s.URL()), Credentials: credentials.NewStaticCredentialsProvider(key, "secret", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
	return &account{Server: s, elb: elb.NewFromConfig(config), ec2: ec2.NewFromConfig(config), acm: acm.NewFromConfig(config)}
}

func (a *account) balancer(t *testing.T, name string) types.LoadBalancer {
	t.Helper()
	out, err := a.elb.CreateLoadBalancer(t.Context(), &elb.CreateLoadBalancerInput{
		Name: aws.String(name), Subnets: a.SubnetIDs(), SecurityGroups: []string{a.openGroup(t, name)},
	})
	if err != nil {
		t.Fatalf("create load balancer %s: %v", name, err)
	}
	return out.LoadBalancers[0]
}

func (a *account) group(t *testing.T, name string, change ...func(*elb.CreateTargetGroupInput)) string {
	t.Helper()
	in := &elb.CreateTargetGroupInput{
		Name: aws.String(name), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(8080), VpcId: aws.String(a.VPCID()),
		TargetType: types.TargetTypeEnumIp, HealthCheckIntervalSeconds: aws.Int32(5), HealthCheckTimeoutSeconds: aws.Int32(2),
	}
	for _, c := range change {
		c(in)
	}
	out, err := a.elb.CreateTargetGroup(t.Context(), in)
	if err != nil {
		t.Fatalf("create target group %s: %v", name, err)
	}
	return *out.TargetGroups[0].TargetGroupArn
}

func (a *account) listener(t *testing.T, lb types.LoadBalancer, port int32, action types.Action) string {
	t.Helper()
	out, err := a.elb.CreateListener(t.Context(), &elb.CreateListenerInput{
		LoadBalancerArn: lb.LoadBalancerArn, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(port), DefaultActions: []types.Action{action},
	})
	if err != nil {
		t.Fatalf("create listener %d: %v", port, err)
	}
	return *out.Listeners[0].ListenerArn
}

func (a *account) rule(t *testing.T, listener string, priority int32, action types.Action, conditions ...types.RuleCondition) string {
	t.Helper()
	out, err := a.elb.CreateRule(t.Context(), &elb.CreateRuleInput{
		ListenerArn: &listener, Priority: &priority, Actions: []types.Action{action}, Conditions: conditions,
	})
	if err != nil {
		t.Fatalf("create rule %d: %v", priority, err)
	}
	return *out.Rules[0].RuleArn
}

func (a *account) register(t *testing.T, group string, pods ...*httptest.Server) {
	t.Helper()
	_, err := a.elb.RegisterTargets(t.Context(), &elb.RegisterTargetsInput{TargetGroupArn: &group, Targets: targets(pods...)})
	if err != nil {
		t.Fatalf("register targets: %v", err)
	}
}

// client returns a client that connects to the addresses of load balancers.
func (a *account) client() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DialContext: a.Front().Dial, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// until calls done after each change of the account until it returns true.
func (a *account) until(t *testing.T, done func() bool) {
	t.Helper()
	for {
		changed := a.Changed()
		if done() {
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatal("the account did not reach the expected state")
		}
	}
}

// healths returns the states of the targets of a group by address.
func (a *account) healths(ctx context.Context, t *testing.T, group string) map[string]string {
	t.Helper()
	out, err := a.elb.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: &group})
	if err != nil {
		t.Fatalf("describe target health: %v", err)
	}
	states := map[string]string{}
	for _, d := range out.TargetHealthDescriptions {
		states[address(*d.Target)] = strings.TrimSuffix(string(d.TargetHealth.State)+" "+string(d.TargetHealth.Reason), " ")
	}
	return states
}

func fixed(status, body string) types.Action {
	return types.Action{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{
		StatusCode: aws.String(status), MessageBody: aws.String(body), ContentType: aws.String("text/plain"),
	}}
}

func forward(group string) types.Action {
	return types.Action{Type: types.ActionTypeEnumForward, TargetGroupArn: &group}
}

func hosts(values ...string) types.RuleCondition {
	return types.RuleCondition{Field: aws.String("host-header"), HostHeaderConfig: &types.HostHeaderConditionConfig{Values: values}}
}

func paths(values ...string) types.RuleCondition {
	return types.RuleCondition{Field: aws.String("path-pattern"), PathPatternConfig: &types.PathPatternConditionConfig{Values: values}}
}

// get sends a request and returns the status and the body.
func get(t *testing.T, c *http.Client, url, host string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	response, err := c.Do(r)
	if err != nil {
		t.Fatalf("get %s: %v", url, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// codeOf returns the code of an API error of the SDK.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func tags(n int) []types.Tag {
	var all []types.Tag
	for i := range n {
		all = append(all, types.Tag{Key: aws.String(fmt.Sprint("k", i))})
	}
	return all
}

func addresses(n int) []types.TargetDescription {
	var all []types.TargetDescription
	for i := range n {
		all = append(all, types.TargetDescription{Id: aws.String(fmt.Sprintf("10.0.%d.%d", i/250, i%250+4))})
	}
	return all
}
