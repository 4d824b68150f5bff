package aws_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/providertest"
)

// process returns the provider of a new process, which shares only the cloud with others.
func process(t *testing.T, cloud *awstest.Server, clk clock.Clock) *aws.Provider {
	t.Helper()
	return processWith(t, cloud, aws.Options{Clock: clk})
}

// processWith is process with options. The cluster, the VPC and the subnets are set.
func processWith(t *testing.T, cloud *awstest.Server, o aws.Options) *aws.Provider {
	t.Helper()
	client, err := aws.NewClient(t.Context(), aws.ClientOptions{
		Region: cloud.Region(), Endpoint: cloud.URL(), Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""), ReadAttempts: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	o.ClusterID, o.VPCID, o.SubnetIDs = "demo", cloud.VPCID(), cloud.SubnetIDs()
	p, err := aws.New(client, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// neighbour is another user of the same account.
type neighbour struct {
	cloud *awstest.Server
	elb   *elb.Client
	ec2   *ec2.Client
}

func newNeighbour(cloud *awstest.Server) neighbour {
	config := sdk.Config{
		Region: cloud.Region(), BaseEndpoint: sdk.String(cloud.URL()), Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
		Retryer: func() sdk.Retryer { return sdk.NopRetryer{} },
	}
	return neighbour{cloud: cloud, elb: elb.NewFromConfig(config), ec2: ec2.NewFromConfig(config)}
}

func (n neighbour) balancer(t *testing.T, name string) {
	t.Helper()
	if _, err := n.elb.CreateLoadBalancer(t.Context(), &elb.CreateLoadBalancerInput{Name: &name, Subnets: n.cloud.SubnetIDs()}); err != nil {
		t.Fatal(err)
	}
}

func (n neighbour) group(t *testing.T, name string, tags ...types.Tag) {
	t.Helper()
	_, err := n.elb.CreateTargetGroup(t.Context(), &elb.CreateTargetGroupInput{
		Name: &name, Protocol: types.ProtocolEnumHttp, Port: sdk.Int32(80), VpcId: sdk.String(n.cloud.VPCID()), TargetType: types.TargetTypeEnumIp, Tags: tags,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (n neighbour) securityGroup(t *testing.T, name string) {
	t.Helper()
	if _, err := n.ec2.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: &name, Description: sdk.String("foreign"), VpcId: sdk.String(n.cloud.VPCID())}); err != nil {
		t.Fatal(err)
	}
}

// furnish creates resources of others whose names and tags are as similar to ours as possible.
func (n neighbour) furnish(t *testing.T) {
	t.Helper()
	n.balancer(t, "hg-foreign-shop")
	n.securityGroup(t, "hg-foreign-shop")
	n.group(t, "hg-foreign-web", types.Tag{Key: sdk.String("headgate.io/cluster"), Value: sdk.String("another")})
	n.group(t, "web")
}

// squat creates a resource of another owner with the name of a wanted one.
func (n neighbour) squat(t *testing.T, want provider.Resource) bool {
	t.Helper()
	switch want.Key.Kind {
	case aws.KindLoadBalancer:
		n.balancer(t, want.Key.Name)
	case aws.KindTargetGroup:
		n.group(t, want.Key.Name)
	case aws.KindSecurityGroup:
		n.securityGroup(t, want.Key.Name)
	default:
		return false
	}
	return true
}

func TestContract(t *testing.T) { contract(t, aws.Options{}) }

// The tagging API does not lag here. Other tests of this package cover its lag.
func TestContractOfAuditedProcess(t *testing.T) { contract(t, aws.Options{Audited: true}) }

// discovering is a provider whose first observation covers the whole cluster, whatever its scope.
type discovering struct {
	*aws.Provider
	observed atomic.Bool
}

func (d *discovering) Observe(ctx context.Context, scope provider.Scope) ([]provider.Resource, error) {
	if d.observed.Swap(true) {
		return d.Provider.Observe(ctx, scope)
	}
	all, err := d.Provider.Observe(ctx, provider.Scope{})
	return slices.DeleteFunc(all, func(r provider.Resource) bool {
		return !scope.Contains(r.Owner.LoadBalancer)
	}), err
}

func contract(t *testing.T, o aws.Options) {
	t.Helper()
	providertest.Run(t, providertest.Harness{
		New: func(t *testing.T, pods providertest.Dialer) *providertest.Fixture {
			clk := clock.Scaled(200)
			cloud := awstest.NewServer(awstest.Options{Clock: clk, Dial: dataplane.Dialer(pods), TaggingLag: -1})
			t.Cleanup(cloud.Close)
			n := newNeighbour(cloud)
			n.furnish(t)
			o := o // each fixture has its own clock
			o.Clock = clk
			return &providertest.Fixture{
				Process: func() provider.Provider {
					p := processWith(t, cloud, o)
					if o.Audited {
						return &discovering{Provider: p}
					}
					return p
				}, Clock: clk, Controls: providertest.OnWire(cloud.Wire()),
				Snapshot: cloud.Snapshot, Squat: n.squat, Dial: cloud.Front().Dial, Zones: []string{"us-east-1a", "us-east-1b", "us-east-1c"},
			}
		},
		Budget: providertest.Budget{Create: 10, Grow: providertest.Calls{Writes: 1}},
	})
}
