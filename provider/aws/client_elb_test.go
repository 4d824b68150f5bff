package aws

import (
	"fmt"
	"testing"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

func TestTagsOfIncludesOnlyWhatExists(t *testing.T) {
	cloud := awstest.NewServer(awstest.Options{})
	t.Cleanup(cloud.Close)
	c := clientOf(t, cloud.URL())
	spec := TargetGroupSpec{Protocol: "HTTP", Check: CheckSpec{Protocol: "HTTP", Path: "/", Port: "traffic-port", Interval: 10, Timeout: 5, Healthy: 2, Unhealthy: 2, Codes: "200"}}
	var arns []string
	for i := range 25 {
		arn, err := c.createTargetGroup(t.Context(), fmt.Sprint("g", i), cloud.VPCID(), spec, map[string]string{"n": fmt.Sprint(i)})
		if err != nil {
			t.Fatal(err)
		}
		arns = append(arns, arn)
	}
	if err := c.deleteTargetGroup(t.Context(), arns[3]); err != nil {
		t.Fatal(err)
	}
	tags, err := c.tagsOf(t.Context(), arns)
	if err != nil {
		t.Fatal(err)
	}
	if len(tags) != 24 || tags[arns[3]] != nil || tags[arns[24]]["n"] != "24" {
		t.Errorf("tags of 25 target groups, one of them deleted: %v", tags)
	}
	cloud.Wire().Inject(cloudtest.Fault{API: "DescribeTags", Kind: cloudtest.Throttle, Skip: 1, Times: 1})
	if _, err := c.tagsOf(t.Context(), arns); provider.CodeOf(err) != provider.Throttled {
		t.Errorf("a throttled call returns %v", err)
	}
}
