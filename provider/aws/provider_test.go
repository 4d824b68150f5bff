package aws

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNewReportsAllProblems(t *testing.T) {
	good := Options{ClusterID: "demo", VPCID: "vpc-1", SubnetIDs: []string{"subnet-1", "subnet-2"}}
	const (
		noClient   = "client is nil"
		noCluster  = `ClusterID "" is not 1 to 256 letters, digits or any of _ . : / + - @`
		badCluster = `ClusterID "a b" is not 1 to 256 letters, digits or any of _ . : / + - @`
		noVPC      = `VPCID "" does not begin with vpc-`
		noSubnets  = "SubnetIDs has 0 entries, but a load balancer needs at least two, in different zones"
		oneSubnet  = "SubnetIDs has 1 entries, but a load balancer needs at least two, in different zones"
		badSubnet  = `SubnetIDs[1] "net-2" does not begin with subnet-`
	)
	for name, c := range map[string]struct {
		client *Client
		change func(*Options)
		want   []string
	}{
		"nothing is given":      {nil, func(o *Options) { *o = Options{} }, []string{noClient, noCluster, noVPC, noSubnets}},
		"no client":             {nil, func(*Options) {}, []string{noClient}},
		"malformed cluster":     {&Client{}, func(o *Options) { o.ClusterID = "a b" }, []string{badCluster}},
		"malformed subnet":      {&Client{}, func(o *Options) { o.SubnetIDs = []string{"subnet-1", "net-2"} }, []string{badSubnet}},
		"no VPC and one subnet": {&Client{}, func(o *Options) { o.VPCID, o.SubnetIDs = "", []string{"subnet-1"} }, []string{noVPC, oneSubnet}},
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			c.change(&o)
			_, err := New(c.client, o)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff("new aws provider: "+strings.Join(c.want, "; "), err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := New(&Client{}, good); err != nil {
		t.Error(err)
	}
}
