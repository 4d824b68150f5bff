package aws_test

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/reconcile"
)

// rule creates a rule of another owner on the first listener.
func (n neighbour) rule(t *testing.T, priority int32) {
	t.Helper()
	_, err := n.elb.CreateRule(t.Context(), &elb.CreateRuleInput{
		ListenerArn: n.listeners(t)[0].ListenerArn, Priority: &priority,
		Actions:    []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: sdk.String("410")}}},
		Conditions: []types.RuleCondition{{Field: sdk.String("host-header"), Values: []string{"theirs.example.com"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRulesSkipThePrioritiesOfForeignRules(t *testing.T) {
	cloud, clk := promptAccount(t, awstest.Options{})
	apply(t, cloud, clk, shop("a"))
	n := newNeighbour(cloud)
	n.rule(t, 20)
	n.rule(t, 30)
	apply(t, cloud, clk, shop("c a b=g d"))
	checkConverged(t, cloud, clk, shop("c a b=g d"))
	apply(t, cloud, clk, shop("b=g d c"))
	checkConverged(t, cloud, clk, shop("b=g d c"))
}

// The foreign rules appear after the observation of a process, and staging is needed.
func TestAForeignRuleCausesNoLoop(t *testing.T) {
	for name, audit := range map[string]bool{"observing": false, "audited": true} {
		t.Run(name, func(t *testing.T) {
			cloud, clk := promptAccount(t, awstest.Options{})
			apply(t, cloud, clk, shop("a"))
			n := newNeighbour(cloud)
			n.rule(t, 20)
			n.rule(t, 49000)
			e := reconcile.New(process(t, cloud, clk), reconcile.Options{Clock: clk})
			if audit {
				e = discover(t, cloud, clk, shop("a"))
			}
			sealed, err := model.Seal(shop("a b=g"))
			if err != nil {
				t.Fatal(err)
			}
			e.Set(sealed)
			cloud.Wire().Reset()
			for range 50 {
				_, _ = e.Sync(t.Context())
			}
			if _, err := e.Apply(t.Context()); err != nil {
				t.Error(err)
			}
			if writes := len(cloud.Wire().Writes()); writes > 12 {
				t.Errorf("%d writes: %v", writes, cloud.Wire().Writes())
			}
			checkConverged(t, cloud, clk, shop("a b=g"))
		})
	}
}
