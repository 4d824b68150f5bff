package awstest_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/provider/aws/awstest"
)

// manualClock is a clock that only the test moves. Its timers never fire.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manualClock) After(time.Duration) <-chan time.Time { return nil }

func (c *manualClock) Real(d time.Duration) time.Duration { return d }

func (c *manualClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// openTagging opens an account with a manual clock, and returns a client of the tagging API.
func openTagging(t *testing.T, o awstest.Options) (*account, *resourcegroupstaggingapi.Client, *manualClock) {
	t.Helper()
	clk := &manualClock{now: time.Now()}
	o.Clock = clk
	a := open(t, o)
	return a, resourcegroupstaggingapi.New(resourcegroupstaggingapi.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(a.URL()), Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer: aws.NopRetryer{},
	}), clk
}

func withClusterTag(value string) func(*elb.CreateTargetGroupInput) {
	return func(in *elb.CreateTargetGroupInput) {
		in.Tags = []types.Tag{{Key: aws.String("cluster"), Value: aws.String(value)}, {Key: aws.String("other"), Value: aws.String("x")}}
	}
}

// list returns the types, names and cluster tags of the listed resources. Names are those in ARNs
// such as …:targetgroup/NAME/ID.
func list(t *testing.T, client *resourcegroupstaggingapi.Client, in resourcegroupstaggingapi.GetResourcesInput) []string {
	t.Helper()
	if in.ResourceTypeFilters == nil {
		in.ResourceTypeFilters = []string{"elasticloadbalancing"}
	}
	names := []string{}
	for {
		out, err := client.GetResources(t.Context(), &in)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.ResourceTagMappingList {
			parts := strings.Split(*m.ResourceARN, "/")
			kind := parts[0][strings.LastIndex(parts[0], ":")+1:]
			names = append(names, fmt.Sprintf("%s %s %s", kind, parts[len(parts)-2], tagOf(m.Tags, "cluster")))
		}
		if in.PaginationToken = out.PaginationToken; aws.ToString(in.PaginationToken) == "" {
			return names
		}
	}
}

func tagOf(tags []tagging.Tag, key string) string {
	i := slices.IndexFunc(tags, func(t tagging.Tag) bool { return *t.Key == key })
	if i < 0 {
		return "-"
	}
	return *tags[i].Value
}

func TestTaggingAPILags(t *testing.T) {
	a, client, clk := openTagging(t, awstest.Options{TaggingLag: time.Minute})
	check := func(when string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(append([]string{}, want...), list(t, client, resourcegroupstaggingapi.GetResourcesInput{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	arn := a.group(t, "web", withClusterTag("one"))
	check("without delay")
	clk.move(59 * time.Second)
	check("a second before the lag")
	clk.move(time.Second)
	check("after the lag", "targetgroup web one")
	if _, err := a.elb.AddTags(t.Context(), &elb.AddTagsInput{ResourceArns: []string{arn}, Tags: []types.Tag{{Key: aws.String("cluster"), Value: aws.String("two")}}}); err != nil {
		t.Fatal(err)
	}
	check("changed just now", "targetgroup web one")
	clk.move(time.Minute)
	check("changed long ago", "targetgroup web two")
	if _, err := a.elb.DeleteTargetGroup(t.Context(), &elb.DeleteTargetGroupInput{TargetGroupArn: &arn}); err != nil {
		t.Fatal(err)
	}
	check("deleted just now", "targetgroup web two")
	clk.move(time.Minute)
	check("deleted long ago")
}

func TestFrozenTaggingAPIListsNoChanges(t *testing.T) {
	a, client, clk := openTagging(t, awstest.Options{})
	deleted := a.group(t, "gone", withClusterTag("one"))
	a.FreezeTags(true)
	a.group(t, "made", withClusterTag("one"))
	if _, err := a.elb.DeleteTargetGroup(t.Context(), &elb.DeleteTargetGroupInput{TargetGroupArn: &deleted}); err != nil {
		t.Fatal(err)
	}
	clk.move(time.Hour)
	if got := list(t, client, resourcegroupstaggingapi.GetResourcesInput{}); !slices.Equal(got, []string{"targetgroup gone one"}) {
		t.Errorf("frozen: %v", got)
	}
	a.FreezeTags(false)
	if got := list(t, client, resourcegroupstaggingapi.GetResourcesInput{}); !slices.Equal(got, []string{"targetgroup made one"}) {
		t.Errorf("not frozen: %v", got)
	}
}

// Deleting a load balancer also removes its listeners and rules from the tagging API.
func TestTaggingAPIFiltersByResourceType(t *testing.T) {
	a, client, _ := openTagging(t, awstest.Options{TaggingLag: -1})
	tags := []types.Tag{{Key: aws.String("cluster"), Value: aws.String("one")}}
	lb := a.balancer(t, "shop")
	fixed := []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: aws.String("200")}}}
	l, err := a.elb.CreateListener(t.Context(), &elb.CreateListenerInput{
		LoadBalancerArn: lb.LoadBalancerArn, Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp, DefaultActions: fixed, Tags: tags,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.elb.CreateRule(t.Context(), &elb.CreateRuleInput{
		ListenerArn: l.Listeners[0].ListenerArn, Priority: aws.Int32(1), Actions: fixed, Tags: tags,
		Conditions: []types.RuleCondition{{Field: aws.String("path-pattern"), Values: []string{"/a"}}},
	}); err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]int{"elasticloadbalancing:loadbalancer": 0, "elasticloadbalancing:listener": 1, "elasticloadbalancing:listener-rule": 1, "elasticloadbalancing": 2} {
		if got := list(t, client, resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{kind}}); len(got) != want {
			// Resources without tags are not listed: the load balancer and the default rule.
			t.Errorf("%s: %v", kind, got)
		}
	}
	if _, err := a.elb.DeleteLoadBalancer(t.Context(), &elb.DeleteLoadBalancerInput{LoadBalancerArn: lb.LoadBalancerArn}); err != nil {
		t.Fatal(err)
	}
	if got := list(t, client, resourcegroupstaggingapi.GetResourcesInput{}); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}

func TestGetResourcesPagesAndFilters(t *testing.T) {
	a, client, clk := openTagging(t, awstest.Options{TaggingLag: -1})
	for i := range 130 {
		a.group(t, fmt.Sprint("g", i), withClusterTag([]string{"one", "two"}[i%2]))
	}
	a.group(t, "bare")
	filter := func(key string, values ...string) []tagging.TagFilter {
		return []tagging.TagFilter{{Key: &key, Values: values}}
	}
	for name, c := range map[string]struct {
		filters []tagging.TagFilter
		want    int
	}{
		"none": {nil, 130}, "any value": {filter("cluster"), 130}, "a value": {filter("cluster", "one"), 65}, "either": {filter("cluster", "one", "two"), 130},
		"both": {append(filter("cluster", "one"), filter("other", "y")...), 0}, "another key": {filter("nothing"), 0},
	} {
		if got := list(t, client, resourcegroupstaggingapi.GetResourcesInput{TagFilters: c.filters, ResourcesPerPage: aws.Int32(7)}); len(got) != c.want {
			t.Errorf("%s: listed %d", name, len(got))
		}
	}
	call := func(in resourcegroupstaggingapi.GetResourcesInput) (*resourcegroupstaggingapi.GetResourcesOutput, error) {
		in.ResourceTypeFilters = []string{"elasticloadbalancing:targetgroup"}
		return client.GetResources(t.Context(), &in)
	}
	first, err := call(resourcegroupstaggingapi.GetResourcesInput{})
	if err != nil || len(first.ResourceTagMappingList) != 50 {
		t.Fatalf("without a size: %d, %v", len(first.ResourceTagMappingList), err)
	}
	clk.move(16 * time.Minute)
	_, err = call(resourcegroupstaggingapi.GetResourcesInput{PaginationToken: first.PaginationToken})
	wantCode(t, err, "PaginationTokenExpiredException")
	_, err = call(resourcegroupstaggingapi.GetResourcesInput{PaginationToken: aws.String("no token")})
	wantCode(t, err, "InvalidParameterException")
	for _, size := range []int32{0, 101} {
		_, err = call(resourcegroupstaggingapi.GetResourcesInput{ResourcesPerPage: aws.Int32(size)})
		wantCode(t, err, "InvalidParameterException")
	}
}

func TestDeniedActions(t *testing.T) {
	a, client, _ := openTagging(t, awstest.Options{DeniedActions: []string{
		"tag:GetResources", "elasticloadbalancing:DescribeTags", "ec2:DescribeVpcs", "acm:ListCertificates",
	}})
	_, err := client.GetResources(t.Context(), &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{"elasticloadbalancing"}})
	wantCode(t, err, "AccessDeniedException")
	_, err = a.elb.DescribeTags(t.Context(), &elb.DescribeTagsInput{ResourceArns: []string{"arn:any"}})
	wantCode(t, err, "AccessDenied")
	_, err = a.ec2.DescribeVpcs(t.Context(), nil)
	wantCode(t, err, "UnauthorizedOperation")
	_, err = a.acm.ListCertificates(t.Context(), nil)
	wantCode(t, err, "AccessDeniedException")
	if _, err := a.elb.DescribeLoadBalancers(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if got := codeOf(err); got != code {
		t.Errorf("got %s, want %s: %v", got, code, err)
	}
}
