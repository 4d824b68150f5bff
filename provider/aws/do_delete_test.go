package aws_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/reconcile"
)

// dropping returns the engine of a new process that has to delete the load balancer default/shop.
func dropping(t *testing.T, cloud *awstest.Server, clk clock.Clock) *reconcile.Engine {
	t.Helper()
	e := reconcile.New(process(t, cloud, clk), reconcile.Options{Clock: clk, Guard: reconcile.Guard{Off: true}})
	e.Drop(shop("a").ID)
	return e
}

// protect sets the deletion protection of all load balancers.
func (n neighbour) protect(t *testing.T, on string) {
	t.Helper()
	_, err := n.elb.ModifyLoadBalancerAttributes(t.Context(), &elb.ModifyLoadBalancerAttributesInput{
		LoadBalancerArn: n.listeners(t)[0].LoadBalancerArn,
		Attributes:      []types.LoadBalancerAttribute{{Key: sdk.String("deletion_protection.enabled"), Value: &on}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkRefused fails unless the delete fails with an error that has all texts, nothing is deleted,
// and the pass does not ask to be repeated.
func checkRefused(t *testing.T, cloud *awstest.Server, e *reconcile.Engine, texts ...string) {
	t.Helper()
	before := cloud.Snapshot()
	cloud.Wire().Reset()
	report, err := e.Apply(t.Context())
	if provider.CodeOf(err) != provider.Invalid {
		t.Errorf("code %q of %v", provider.CodeOf(err), err)
	}
	for _, text := range texts {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("the error %v does not contain %q", err, text)
		}
	}
	if report.Again != 0 || len(cloud.Wire().Writes()) > 1 {
		t.Errorf("again in %v, writes %v", report.Again, cloud.Wire().Writes())
	}
	if !maps.Equal(before, cloud.Snapshot()) {
		t.Error("something was deleted")
	}
}

func TestNothingOfAProtectedLoadBalancerIsDeleted(t *testing.T) {
	cloud, clk := promptAccount(t, awstest.Options{})
	before := slices.Sorted(maps.Keys(cloud.Snapshot()))
	apply(t, cloud, clk, shop("a b=g:c"))
	n := newNeighbour(cloud)
	n.protect(t, "true")
	checkRefused(t, cloud, dropping(t, cloud, clk), "deletion_protection.enabled", "LoadBalancer hg-")

	n.protect(t, "false")
	if _, err := dropping(t, cloud, clk).Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := slices.Sorted(maps.Keys(cloud.Snapshot())); !slices.Equal(left, before) {
		t.Errorf("left %v, want %v", left, before)
	}
}

func TestALoadBalancerWithForeignPartsIsNotDeleted(t *testing.T) {
	for name, tags := range map[string][]types.Tag{
		"without tags":        nil,
		"with another's tags": {{Key: sdk.String("headgate.io/cluster"), Value: sdk.String("another")}, {Key: sdk.String("headgate.io/name"), Value: sdk.String("80")}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, clk := promptAccount(t, awstest.Options{})
			apply(t, cloud, clk, shop("a b=g:c"))
			newNeighbour(cloud).intrude(t, tags...)
			checkRefused(t, cloud, dropping(t, cloud, clk), "listener 8081", "rule 77 of listener 80")
		})
	}
}

// A process that observes by the tagging API does not see what others have added.
func TestAnAuditedProcessFindsForeignPartsBeforeTheDelete(t *testing.T) {
	cloud, clk := promptAccount(t, awstest.Options{})
	apply(t, cloud, clk, shop("a b=g:c"))
	newNeighbour(cloud).intrude(t)
	e := reconcile.New(audited(t, cloud), reconcile.Options{Clock: clk, Guard: reconcile.Guard{Off: true}})
	if _, err := e.Discover(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.Drop(shop("a").ID)
	checkRefused(t, cloud, e, "listener 8081", "rule 77 of listener 80")
}
