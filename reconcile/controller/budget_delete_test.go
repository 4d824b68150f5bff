package controller

import (
	"fmt"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/provider/aws/awstest"
)

// remaining returns the number of stored load balancers, target groups and security groups that
// belong to the cluster.
func remaining(cloud *awstest.Server) int {
	n := 0
	for name := range cloud.Snapshot() {
		if kind, _, _ := strings.Cut(name, "/"); kind != "Vpc" && kind != "Subnet" {
			n++
		}
	}
	return n
}

// AWS deletes the listeners and rules of a load balancer with it. The AWS Load Balancer Controller
// needs 255 calls for the same.
func TestDeletingTwentyOneLoadBalancersCostsFewCalls(t *testing.T) {
	e, cloud := onAWS(t)
	before := remaining(cloud)
	e.many(21)
	until(t, cloud, "21 load balancers programmed", programmed(t, cloud, 21))
	quiet(cloud)
	cloud.Wire().Reset()
	for i := range 21 {
		e.remove(ingress(fmt.Sprintf("webs%d", i)))
	}
	until(t, cloud, "nothing is left", func() bool { return remaining(cloud) == before })
	calls := quiet(cloud)
	kinds := map[string]int{}
	for _, c := range calls {
		kinds[c.API]++
	}
	t.Logf("%d calls: %v", len(calls), kinds)
	if len(calls) > 130 {
		t.Errorf("%d calls, want 130 at most", len(calls))
	}
}
