package gcptest_test

import (
	"fmt"
	"testing"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

func TestEndpoints(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	c.neg("us-central1-a", "web")
	attach := func(es ...*compute.NetworkEndpoint) error {
		return c.await(c.api.NetworkEndpointGroups.AttachNetworkEndpoints(project, "us-central1-a", "web", &compute.NetworkEndpointGroupsAttachEndpointsRequest{NetworkEndpoints: es}).Do())
	}
	detach := func(es ...*compute.NetworkEndpoint) error {
		return c.await(c.api.NetworkEndpointGroups.DetachNetworkEndpoints(project, "us-central1-a", "web", &compute.NetworkEndpointGroupsDetachEndpointsRequest{NetworkEndpoints: es}).Do())
	}
	one := &compute.NetworkEndpoint{Instance: "node-1", IpAddress: "10.0.0.1", Port: 80}
	two := &compute.NetworkEndpoint{Instance: "node-1", IpAddress: "10.0.0.2", Port: 80}
	for range 2 { // idempotent
		if err := attach(one); err != nil {
			t.Fatal(err)
		}
	}
	neg, err := c.api.NetworkEndpointGroups.Get(project, "us-central1-a", "web").Do()
	if err != nil || neg.Size != 1 || last(neg.Subnetwork) != "default" {
		t.Errorf("neg = %+v, %v", neg, err)
	}
	wantFault(t, detach(one, two), 404, "notFound")
	wantFault(t, attach(&compute.NetworkEndpoint{IpAddress: "10.0.0.3", Port: 80}), 400, "required")
	wantFault(t, attach(&compute.NetworkEndpoint{Instance: "node-1", IpAddress: "8.8.8.8", Port: 80}), 400, "invalid")
	wantFault(t, attach(&compute.NetworkEndpoint{Instance: "node-1", IpAddress: "10.0.0.3"}), 400, "invalid")
	wantFault(t, attach(&compute.NetworkEndpoint{Instance: "zones/us-central1-b/instances/node-1", IpAddress: "10.0.0.3", Port: 80}), 400, "invalid")
	wantFault(t, attach(two, two), 400, "invalid")
	var many []*compute.NetworkEndpoint
	for i := range 501 {
		many = append(many, &compute.NetworkEndpoint{Instance: "node-1", IpAddress: fmt.Sprintf("10.1.%d.%d", i/256, i%256), Port: 80})
	}
	wantFault(t, attach(many...), 400, "invalid")
	if err := attach(many[:500]...); err != nil {
		t.Fatal(err)
	}
	if err := detach(one); err != nil {
		t.Fatal(err)
	}
	count := 0
	err = c.api.NetworkEndpointGroups.ListNetworkEndpoints(project, "us-central1-a", "web", &compute.NetworkEndpointGroupsListEndpointsRequest{}).MaxResults(200).
		Pages(t.Context(), func(p *compute.NetworkEndpointGroupsListNetworkEndpoints) error { count += len(p.Items); return nil })
	if err != nil || count != 500 {
		t.Errorf("%d endpoints, %v, want 500", count, err)
	}
}

func TestKnownInstancesAreChecked(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Instances: []gcptest.Instance{{Name: "node-1", Zone: "us-central1-a", Address: "10.128.0.2", AliasRanges: []string{"10.4.0.0/24"}}}})
	c.neg("us-central1-a", "web")
	attach := func(instance, ip string) error {
		return c.await(c.api.NetworkEndpointGroups.AttachNetworkEndpoints(project, "us-central1-a", "web", &compute.NetworkEndpointGroupsAttachEndpointsRequest{
			NetworkEndpoints: []*compute.NetworkEndpoint{{Instance: instance, IpAddress: ip, Port: 80}}}).Do())
	}
	if err := attach("node-1", "10.4.0.9"); err != nil {
		t.Error(err)
	}
	wantFault(t, attach("node-1", "10.4.1.9"), 400, "invalid")
	wantFault(t, attach("node-2", "10.4.0.9"), 404, "notFound")
}
