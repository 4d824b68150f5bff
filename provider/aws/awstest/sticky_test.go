package awstest_test

import (
	"net/http"
	"net/http/cookiejar"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider/aws/awstest"
)

func TestStickyClientsStayWithTheirTarget(t *testing.T) {
	a := open(t, awstest.Options{Clock: clock.Scaled(100)})
	lb, g := a.balancer(t, "shop"), a.group(t, "web")
	one, two, three := pod(t, "one"), pod(t, "two"), pod(t, "three")
	a.register(t, g, one, two, three)
	_, err := a.elb.ModifyTargetGroupAttributes(t.Context(), &elb.ModifyTargetGroupAttributesInput{TargetGroupArn: &g, Attributes: []types.TargetGroupAttribute{
		{Key: aws.String("stickiness.enabled"), Value: aws.String("true")}, {Key: aws.String("stickiness.lb_cookie.duration_seconds"), Value: aws.String("86400")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	a.listener(t, lb, 80, forward(g))
	a.healthy(t, g)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := a.client()
	client.Jar = jar
	url := "http://" + *lb.DNSName + "/"
	_, first := get(t, client, url, *lb.DNSName)
	for range 12 {
		if _, body := get(t, client, url, *lb.DNSName); body != first {
			t.Errorf("a client of %s was sent to %s", first, body)
		}
	}
	seen := map[string]bool{}
	for range 12 {
		_, body := get(t, a.client(), url, *lb.DNSName)
		seen[body] = true
	}
	if len(seen) != 3 {
		t.Errorf("clients without the cookie were sent only to %v", seen)
	}
	all := map[string]string{"one": one.Listener.Addr().String(), "two": two.Listener.Addr().String(), "three": three.Listener.Addr().String()}
	for _, target := range targets(one, two, three) {
		if address(target) == all[first] {
			if _, err := a.elb.DeregisterTargets(t.Context(), &elb.DeregisterTargetsInput{TargetGroupArn: &g, Targets: []types.TargetDescription{target}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if status, body := get(t, client, url, *lb.DNSName); status != http.StatusOK || body == first {
		t.Errorf("after its target was deregistered a client got %d from %s", status, body)
	}
}
