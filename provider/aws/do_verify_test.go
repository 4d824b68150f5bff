package aws_test

import (
	"maps"
	"reflect"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/cloudtest"
	"github.com/headgate-io/headgate/reconcile"
)

// discover returns the engine of an audited process after its first observation, which then has to
// apply a model.
func discover(t *testing.T, cloud *awstest.Server, clk clock.Clock, lb model.LoadBalancer) *reconcile.Engine {
	t.Helper()
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	e := reconcile.New(audited(t, cloud), reconcile.Options{Clock: clk, Guard: reconcile.Guard{Off: true}})
	if _, err := e.Discover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if problems := e.Set(sealed); len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	return e
}

// checkConverged fails unless the plan of a process that does not use the tagging API is empty.
func checkConverged(t *testing.T, cloud *awstest.Server, clk clock.Clock, lb model.LoadBalancer) {
	t.Helper()
	if steps := plan(t, cloud, clk, lb); len(steps) > 0 {
		t.Errorf("the plan still has %+v", steps)
	}
}

func plan(t *testing.T, cloud *awstest.Server, clk clock.Clock, lb model.LoadBalancer) []reconcile.Step {
	t.Helper()
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	e := reconcile.New(process(t, cloud, clk), reconcile.Options{Clock: clk})
	e.Set(sealed)
	report, err := e.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report.Results[0].Steps
}

// The list lacks the last rule of a listener. The rule is the only one that does not forward to a
// target group, so that nothing shows that it is missing.
func TestUnlistedRuleIsFoundBeforeTheFirstWrite(t *testing.T) {
	for name, want := range map[string]string{
		"it is wanted": "b c", "it is wanted at another priority": "a b c", "it is wanted before others": "b c d",
		"another is wanted in its place": "b d", "it is wanted with another action": "b c=g", "another listener is wanted": "b c:d",
		"another rule is not wanted": "c",
	} {
		t.Run(name, func(t *testing.T) {
			cloud, clk := promptAccount(t, awstest.Options{})
			apply(t, cloud, clk, shop("b"))
			cloud.FreezeTags(true)
			apply(t, cloud, clk, shop("b c"))
			if found, _ := observe(t, cloud, audited(t, cloud)); len(found) != 4 {
				t.Fatalf("the test shows nothing, because %v is observed", keysOf(found))
			}
			e := discover(t, cloud, clk, shop(want))
			cloud.Wire().Reset()
			if _, err := e.Apply(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, w := range cloud.Wire().Writes() {
				if w.Status >= 300 {
					t.Errorf("%s failed, because the list was not verified", w.API)
				}
			}
			checkConverged(t, cloud, clk, shop(want))
		})
	}
}

func TestUnlistedAndUnwantedRuleIsFoundByTheNextObservation(t *testing.T) {
	cloud, clk := promptAccount(t, awstest.Options{})
	apply(t, cloud, clk, shop("a"))
	cloud.FreezeTags(true)
	apply(t, cloud, clk, shop("a b"))
	e := discover(t, cloud, clk, shop("a"))
	for range 2 {
		if _, err := e.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		e.Forget("default/x")
	}
	checkConverged(t, cloud, clk, shop("a"))
}

func TestListIsVerifiedOnceBeforeTheFirstWrite(t *testing.T) {
	cloud, clk := promptAccount(t, awstest.Options{})
	apply(t, cloud, clk, shop("a b=g:c"))
	e := discover(t, cloud, clk, shop("a b=g:c"))
	for i, c := range []struct {
		routes string
		reads  map[string]int
	}{
		{"a b=g:c", map[string]int{}},
		{"a b=g d:c e", map[string]int{"DescribeListeners": 1, "DescribeRules": 2, "DescribeTags": 1}},
		{"a b=g d f:c e f", map[string]int{}},
	} {
		sealed, err := model.Seal(shop(c.routes))
		if err != nil {
			t.Fatal(err)
		}
		cloud.Wire().Reset()
		e.Set(sealed)
		if _, err := e.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		reads := map[string]int{}
		for _, call := range cloud.Wire().Calls() {
			if call.Kind == cloudtest.Read {
				reads[call.API]++
			}
		}
		if diff := cmp.Diff(c.reads, reads); diff != "" {
			t.Errorf("change %d, reads (-want +got):\n%s", i, diff)
		}
		checkConverged(t, cloud, clk, shop(c.routes))
	}
}

func TestFailedVerificationIsRepeated(t *testing.T) {
	cloud, clk := promptAccount(t, awstest.Options{})
	apply(t, cloud, clk, shop("a b:c"))
	cloud.FreezeTags(true)
	e := discover(t, cloud, clk, shop("a b d:c"))
	cloud.Wire().Reset()
	cloud.Wire().Inject(cloudtest.Fault{API: "DescribeTags", Kind: cloudtest.FailBefore, Times: 1})
	first, err := e.Sync(t.Context())
	if err != nil || first.Err() == nil || len(cloud.Wire().Writes()) > 0 {
		t.Errorf("errors %v and %v, with the writes %v", err, first.Err(), cloud.Wire().Writes())
	}
	if _, err := e.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkConverged(t, cloud, clk, shop("a b d:c"))
}

// rulesExcept returns the rules of the account by ARN, except ours.
func rulesExcept(t *testing.T, n neighbour, ours map[string]bool) map[string]types.Rule {
	t.Helper()
	all := map[string]types.Rule{}
	for _, l := range n.listeners(t) {
		out, err := n.elb.DescribeRules(t.Context(), &elb.DescribeRulesInput{ListenerArn: l.ListenerArn})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.Rules {
			if !ours[*r.RuleArn] {
				all[*r.RuleArn] = r
			}
		}
	}
	return all
}

// listeners returns the listeners of the account's load balancers.
func (n neighbour) listeners(t *testing.T) []types.Listener {
	t.Helper()
	balancers, err := n.elb.DescribeLoadBalancers(t.Context(), &elb.DescribeLoadBalancersInput{})
	if err != nil {
		t.Fatal(err)
	}
	var all []types.Listener
	for _, lb := range balancers.LoadBalancers {
		out, err := n.elb.DescribeListeners(t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: lb.LoadBalancerArn})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out.Listeners...)
	}
	return all
}

// intrude creates a listener of another owner on the load balancer, and a rule on each listener,
// all with tags.
func (n neighbour) intrude(t *testing.T, tags ...types.Tag) {
	t.Helper()
	respond := []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: sdk.String("410")}}}
	balancer := n.listeners(t)[0].LoadBalancerArn
	if _, err := n.elb.CreateListener(t.Context(), &elb.CreateListenerInput{
		LoadBalancerArn: balancer, Port: sdk.Int32(8081), Protocol: types.ProtocolEnumHttp, DefaultActions: respond, Tags: tags,
	}); err != nil {
		t.Fatal(err)
	}
	for _, l := range n.listeners(t) {
		if _, err := n.elb.CreateRule(t.Context(), &elb.CreateRuleInput{
			ListenerArn: l.ListenerArn, Priority: sdk.Int32(77), Actions: respond, Tags: tags,
			Conditions: []types.RuleCondition{{Field: sdk.String("host-header"), Values: []string{"theirs.example.com"}}},
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestForeignListenersAndRulesAreNotChanged(t *testing.T) {
	for name, tags := range map[string][]types.Tag{
		"without tags":             nil,
		"with another's tags":      {{Key: sdk.String("headgate.io/cluster"), Value: sdk.String("another")}, {Key: sdk.String("headgate.io/name"), Value: sdk.String("80")}},
		"with the cluster's alone": {{Key: sdk.String("headgate.io/cluster"), Value: sdk.String("demo")}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, clk := promptAccount(t, awstest.Options{})
			apply(t, cloud, clk, shop("a b=g:c"))
			n := newNeighbour(cloud)
			ours := map[string]bool{}
			for arn := range rulesExcept(t, n, nil) {
				ours[arn] = true
			}
			n.intrude(t, tags...)
			theirs := rulesExcept(t, n, ours)
			if calls := observeBoth(t, cloud, clk, audited(t, cloud)); calls["DescribeRules"] != 1 {
				t.Errorf("calls: %v", calls)
			}
			e := discover(t, cloud, clk, shop("c a:b=g"))
			if _, err := e.Apply(t.Context()); err != nil {
				t.Fatal(err)
			}
			checkConverged(t, cloud, clk, shop("c a:b=g"))
			now := rulesExcept(t, n, nil)
			maps.DeleteFunc(now, func(arn string, _ types.Rule) bool { _, there := theirs[arn]; return !there })
			if len(theirs) < 4 || !reflect.DeepEqual(now, theirs) {
				t.Errorf("foreign rules were %v and are %v", theirs, now)
			}
		})
	}
}

// Another owner takes over rules by removing their tags, but the tagging API still lists them.
func TestRulesWithRemovedTagsAreNotChanged(t *testing.T) {
	cloud, clk := promptAccount(t, awstest.Options{})
	apply(t, cloud, clk, shop("a b"))
	cloud.FreezeTags(true)
	n := newNeighbour(cloud)
	before := rulesExcept(t, n, nil)
	var arns []string
	for arn, r := range before {
		if !*r.IsDefault {
			arns = append(arns, arn)
		}
	}
	if _, err := n.elb.RemoveTags(t.Context(), &elb.RemoveTagsInput{ResourceArns: arns, TagKeys: []string{"headgate.io/cluster"}}); err != nil || len(arns) != 2 {
		t.Fatal(err, arns)
	}
	e := discover(t, cloud, clk, shop("b=g"))
	for range 3 { // it cannot succeed, because a foreign rule has the priority
		_, _ = e.Sync(t.Context())
	}
	now := rulesExcept(t, n, nil)
	for _, arn := range arns {
		if !reflect.DeepEqual(before[arn], now[arn]) {
			t.Errorf("was %+v, is %+v", before[arn], now[arn])
		}
	}
}
