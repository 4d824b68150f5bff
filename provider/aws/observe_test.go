package aws_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/cloudtest"
	"github.com/headgate-io/headgate/reconcile"
)

// served returns a load balancer that forwards to one Service.
func served(name string) model.LoadBalancer {
	lb := answering(name + ".example.com")
	lb.ID = model.ID("default/" + name)
	group := model.GroupID("default/" + name)
	lb.Groups = []model.Group{{ID: group, Endpoints: pods("10.0.1.", 1), Members: model.MembersKnown}}
	lb.Listeners[0].Routes[0].Action = model.ForwardTo(group)
	return lb
}

// newAccount returns an embedded account with n load balancers of the cluster.
func newAccount(t *testing.T, n int) (*awstest.Server, clock.Clock) {
	t.Helper()
	clk := clock.Scaled(1000)
	cloud := awstest.NewServer(awstest.Options{Clock: clk, Dial: unreachable})
	t.Cleanup(cloud.Close)
	e := reconcile.New(process(t, cloud, clk), reconcile.Options{Clock: clk})
	for i := range n {
		sealed, err := model.Seal(served(fmt.Sprint("lb", i)))
		if err != nil {
			t.Fatal(err)
		}
		e.Set(sealed)
	}
	if _, err := e.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	cloud.Wire().Reset()
	return cloud, clk
}

// unreachable dials a network without pods.
func unreachable(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("no such pod")
}

// audited returns the provider of a new process with Options.Audited.
func audited(t *testing.T, cloud *awstest.Server) *aws.Provider {
	t.Helper()
	return processWith(t, cloud, aws.Options{Audited: true})
}

// observe observes, and counts the calls.
func observe(t *testing.T, cloud *awstest.Server, p *aws.Provider, ids ...model.ID) ([]provider.Resource, map[string]int) {
	t.Helper()
	cloud.Wire().Reset()
	found, err := p.Observe(t.Context(), provider.Scope{LoadBalancers: ids})
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]int{}
	for _, c := range cloud.Wire().Calls() {
		calls[c.API]++
	}
	return found, calls
}

func TestObserveBatchesReads(t *testing.T) {
	const n = 21
	cloud, clk := newAccount(t, n)
	lists := map[string]int{"DescribeLoadBalancers": 1, "DescribeTargetGroups": 1, "DescribeSecurityGroups": 1, "ListCertificates": 1}
	want := maps.Clone(lists)
	maps.Copy(want, map[string]int{
		"DescribeTags": 3 + 3, "DescribeListeners": n, "DescribeRules": n, "DescribeTargetHealth": n, "DescribeTargetGroupAttributes": n,
	})
	all, calls := observe(t, cloud, process(t, cloud, clk))
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("the whole cluster (-want +got):\n%s", diff)
	}
	if len(all) != 6*n {
		t.Errorf("%d resources", len(all))
	}
	want = maps.Clone(lists)
	maps.Copy(want, map[string]int{
		"DescribeTags": 1 + 1, "DescribeListeners": 1, "DescribeRules": 1, "DescribeTargetHealth": 1, "DescribeTargetGroupAttributes": 1,
	})
	one, calls := observe(t, cloud, process(t, cloud, clk), "default/lb7")
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("one load balancer (-want +got):\n%s", diff)
	}
	if len(one) != 6 {
		t.Errorf("%d resources of one load balancer", len(one))
	}
}

// draining returns the observed deregistration delay of the only target group.
func draining(t *testing.T, all []provider.Resource) int {
	t.Helper()
	for _, r := range all {
		if spec, ok := r.Spec.(aws.TargetGroupSpec); ok {
			return spec.Draining
		}
	}
	t.Fatal("no target group")
	return 0
}

func TestFirstObservationTrustsAttributesTag(t *testing.T) {
	cloud, clk := newAccount(t, 1)
	setDraining(t, cloud, 77)
	p := audited(t, cloud)
	for i, want := range []struct{ reads, draining int }{{0, 300}, {1, 77}, {1, 77}} {
		found, calls := observe(t, cloud, p)
		if got := draining(t, found); got != want.draining || calls["DescribeTargetGroupAttributes"] != want.reads {
			t.Errorf("observation %d: draining %d with %d reads, want %v", i+1, got, calls["DescribeTargetGroupAttributes"], want)
		}
	}
	if found, _ := observe(t, cloud, process(t, cloud, clk)); draining(t, found) != 77 {
		t.Errorf("a process that is not audited observes %d", draining(t, found))
	}
}

// setDraining changes all target groups, as another user does.
func setDraining(t *testing.T, cloud *awstest.Server, seconds int) {
	t.Helper()
	client := newNeighbour(cloud).elb
	groups, err := client.DescribeTargetGroups(t.Context(), &elb.DescribeTargetGroupsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups.TargetGroups {
		if _, err := client.ModifyTargetGroupAttributes(t.Context(), &elb.ModifyTargetGroupAttributesInput{
			TargetGroupArn: g.TargetGroupArn,
			Attributes:     []types.TargetGroupAttribute{{Key: sdk.String("deregistration_delay.timeout_seconds"), Value: sdk.String(fmt.Sprint(seconds))}},
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAttributesTagIsCorrectAfterEveryCrash(t *testing.T) {
	for writes := range 4 {
		t.Run(fmt.Sprint("after ", writes, " writes"), func(t *testing.T) {
			cloud, clk := newAccount(t, 1)
			lb := served("lb0")
			lb.Groups[0].Draining = 40e9
			lb.Tags = map[string]string{"team": "shop"}
			sealed, err := model.Seal(lb)
			if err != nil {
				t.Fatal(err)
			}
			crashed := cloud.Wire().CrashAfter(writes)
			e := reconcile.New(audited(t, cloud), reconcile.Options{Clock: clk})
			e.Set(sealed)
			_, _ = e.Sync(t.Context(), lb.ID) // it fails when the connection is cut
			select {
			case <-crashed:
			default:
				if writes < 3 {
					t.Fatalf("no crash after %v", cloud.Wire().Writes())
				}
			}
			cloud.Wire().Heal()
			actual, _ := observe(t, cloud, process(t, cloud, clk))
			trusted, _ := observe(t, cloud, audited(t, cloud))
			if draining(t, trusted) != draining(t, actual) {
				t.Errorf("draining is %d, but %d according to the tag", draining(t, actual), draining(t, trusted))
			}
		})
	}
}

func TestChangedAttributesAreNeverTaggedAsUntouched(t *testing.T) {
	cloud, clk := newAccount(t, 0)
	lb := served("lb0")
	lb.Groups[0].Draining = 40e9
	apply(t, cloud, clk, lb)
	for _, c := range cloud.Wire().Writes() {
		if c.API == "AddTags" {
			t.Error("a tag was written separately")
		}
	}
	if found, calls := observe(t, cloud, audited(t, cloud)); draining(t, found) != 40 || calls["DescribeTargetGroupAttributes"] != 1 {
		t.Errorf("draining %d with the calls %v", draining(t, found), calls)
	}
	cloud.Wire().Inject(cloudtest.Fault{API: "DescribeTargetHealth", Kind: cloudtest.FailBefore, Times: 1})
	if _, err := audited(t, cloud).Observe(t.Context(), provider.Scope{}); err == nil {
		t.Error("no error after a failed read")
	}
}

func TestForeignListenersAndRulesAreNotObserved(t *testing.T) {
	cloud, clk := newAccount(t, 1)
	want, _ := observe(t, cloud, process(t, cloud, clk))
	client := newNeighbour(cloud).elb
	balancers, err := client.DescribeLoadBalancers(t.Context(), &elb.DescribeLoadBalancersInput{})
	if err != nil {
		t.Fatal(err)
	}
	respond := []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: sdk.String("410")}}}
	_, err = client.CreateListener(t.Context(), &elb.CreateListenerInput{
		LoadBalancerArn: balancers.LoadBalancers[0].LoadBalancerArn, Port: sdk.Int32(8081), Protocol: types.ProtocolEnumHttp, DefaultActions: respond,
	})
	if err != nil {
		t.Fatal(err)
	}
	listeners, err := client.DescribeListeners(t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: balancers.LoadBalancers[0].LoadBalancerArn})
	if err != nil || len(listeners.Listeners) != 2 {
		t.Fatal(err, len(listeners.Listeners))
	}
	for _, l := range listeners.Listeners {
		if _, err := client.CreateRule(t.Context(), &elb.CreateRuleInput{
			ListenerArn: l.ListenerArn, Priority: sdk.Int32(77), Actions: respond,
			Conditions: []types.RuleCondition{{Field: sdk.String("host-header"), Values: []string{"theirs.example.com"}}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	got, _ := observe(t, cloud, process(t, cloud, clk))
	if diff := cmp.Diff(keysOf(want), keysOf(got)); diff != "" {
		t.Errorf("observed (-before +after):\n%s", diff)
	}
}

func keysOf(all []provider.Resource) []string {
	keys := make([]string, 0, len(all))
	for _, r := range all {
		keys = append(keys, r.Key.String())
	}
	return keys
}
