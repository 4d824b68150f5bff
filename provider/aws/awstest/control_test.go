package awstest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/provider/aws/awstest"
)

func TestCreationIsIdempotent(t *testing.T) {
	a := open(t, awstest.Options{})
	lb, g := a.balancer(t, "shop"), a.group(t, "web")
	again, err := a.elb.CreateLoadBalancer(t.Context(), &elb.CreateLoadBalancerInput{Name: aws.String("shop"), Subnets: a.SubnetIDs(), SecurityGroups: lb.SecurityGroups})
	if err != nil || *again.LoadBalancers[0].LoadBalancerArn != *lb.LoadBalancerArn {
		t.Errorf("creating the same load balancer again: %v", err)
	}
	if a.group(t, "web") != g {
		t.Error("creating the same target group again returned another one")
	}
	first, second := a.listener(t, lb, 80, forward(g)), a.listener(t, lb, 80, forward(g))
	if first != second {
		t.Error("creating the same listener again returned another one")
	}
}

func TestLoadBalancersAreProvisioning(t *testing.T) {
	a := open(t, awstest.Options{OperationDelay: 30 * time.Second})
	lb := a.balancer(t, "slow")
	if lb.State.Code != types.LoadBalancerStateEnumProvisioning {
		t.Errorf("a new load balancer is %s", lb.State.Code)
	}
	a.listener(t, lb, 80, fixed("200", "up"))
	a.until(t, func() bool { return len(a.Front().Addresses()) == 1 })
	out, err := a.elb.DescribeLoadBalancers(t.Context(), nil)
	if err != nil || out.LoadBalancers[0].State.Code != types.LoadBalancerStateEnumActive {
		t.Errorf("a load balancer in service is %v (%v)", out.LoadBalancers[0].State, err)
	}
	if _, err := a.elb.DeleteLoadBalancer(t.Context(), &elb.DeleteLoadBalancerInput{LoadBalancerArn: lb.LoadBalancerArn}); err != nil {
		t.Fatal(err)
	}
	remove := func() string {
		_, err := a.ec2.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: &lb.SecurityGroups[0]})
		return codeOf(err)
	}
	if got := remove(); got != "DependencyViolation" {
		t.Errorf("deleting the security group of a deleted load balancer: %q", got)
	}
	a.until(t, func() bool { return remove() == "" })
}

func TestNewResourcesAppearAfterLag(t *testing.T) {
	a := open(t, awstest.Options{})
	a.SetLag(time.Hour)
	lb := a.balancer(t, "late")
	out, err := a.elb.DescribeLoadBalancers(t.Context(), nil)
	if err != nil || len(out.LoadBalancers) != 0 {
		t.Errorf("got %v (%v), want nothing yet", out, err)
	}
	a.listener(t, lb, 80, fixed("200", "")) // references work
	a.SetLag(0)
	if out, err = a.elb.DescribeLoadBalancers(t.Context(), nil); err != nil || len(out.LoadBalancers) != 1 {
		t.Errorf("got %v (%v), want the load balancer", out, err)
	}
}

func TestListsHavePages(t *testing.T) {
	a := open(t, awstest.Options{})
	for i := range 7 {
		a.group(t, fmt.Sprint("g", i))
	}
	var names []string
	pages := elb.NewDescribeTargetGroupsPaginator(a.elb, &elb.DescribeTargetGroupsInput{PageSize: aws.Int32(3)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range page.TargetGroups {
			names = append(names, *g.TargetGroupName)
		}
	}
	if diff := cmp.Diff([]string{"g0", "g1", "g2", "g3", "g4", "g5", "g6"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestPrioritiesChangeAtOnce(t *testing.T) {
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	l := a.listener(t, lb, 80, fixed("404", ""))
	one := a.rule(t, l, 1, fixed("200", "one"), paths("/*"))
	two := a.rule(t, l, 2, fixed("200", "two"), paths("/*"))
	set := func(pairs ...types.RulePriorityPair) string {
		_, err := a.elb.SetRulePriorities(t.Context(), &elb.SetRulePrioritiesInput{RulePriorities: pairs})
		return codeOf(err)
	}
	pair := func(arn string, p int32) types.RulePriorityPair {
		return types.RulePriorityPair{RuleArn: &arn, Priority: &p}
	}
	if got := set(pair(two, 1)); got != "PriorityInUse" {
		t.Errorf("a priority in use: %q", got)
	}
	if got := set(pair(one, 2), pair(two, 1)); got != "" {
		t.Errorf("a swap: %q", got)
	}
	if _, body := get(t, a.client(), "http://"+*lb.DNSName+"/", "x.example.com"); body != "two" {
		t.Errorf("after the swap: got %q", body)
	}
}

func TestTags(t *testing.T) {
	a := open(t, awstest.Options{})
	g := a.group(t, "web", func(in *elb.CreateTargetGroupInput) { in.Tags = tags(2) })
	if _, err := a.elb.AddTags(t.Context(), &elb.AddTagsInput{ResourceArns: []string{g}, Tags: []types.Tag{{Key: aws.String("k0"), Value: aws.String("new")}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.elb.RemoveTags(t.Context(), &elb.RemoveTagsInput{ResourceArns: []string{g}, TagKeys: []string{"k1", "absent"}}); err != nil {
		t.Fatal(err)
	}
	out, err := a.elb.DescribeTags(t.Context(), &elb.DescribeTagsInput{ResourceArns: []string{g}})
	if err != nil {
		t.Fatal(err)
	}
	if got := out.TagDescriptions[0].Tags; len(got) != 1 || *got[0].Key != "k0" || *got[0].Value != "new" {
		t.Errorf("got %v", got)
	}
}

func TestWritesWithLostResponsesHaveAnEffect(t *testing.T) {
	a := open(t, awstest.Options{})
	crashed := a.Wire().CrashAfter(1)
	_, err := a.elb.CreateTargetGroup(t.Context(), &elb.CreateTargetGroupInput{
		Name: aws.String("web"), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(a.VPCID()), TargetType: types.TargetTypeEnumIp,
	})
	<-crashed
	if err == nil {
		t.Error("the response was not lost")
	}
	if _, made := a.Snapshot()["TargetGroup/web"]; !made {
		t.Error("the call had no effect")
	}
	if _, err := a.elb.DescribeTargetGroups(t.Context(), nil); err == nil {
		t.Error("a call after the crash succeeded")
	}
	a.Wire().Heal()
	if got := a.Wire().Writes(); len(got) != 1 || got[0].API != "CreateTargetGroup" {
		t.Errorf("recorded writes: %v", got)
	}
}

func TestParametersInTheURL(t *testing.T) {
	a := open(t, awstest.Options{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL()+"/?"+url.Values{"Action": {"DescribeLoadBalancers"}, "Version": {"2015-12-01"}}.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/elasticloadbalancing/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Errorf("got %s", response.Status)
	}
}
