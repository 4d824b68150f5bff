package aws

import (
	"errors"
	"fmt"
	"strings"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

// Options configure a Provider.
type Options struct {
	// ClusterID identifies the resources of this cluster: 1 to 256 letters, digits or any of
	// _ . : / + - @. Required.
	ClusterID string
	// VPCID is the VPC of the load balancers and pods. Required.
	VPCID string
	// SubnetIDs are the subnets of the load balancers: at least two, in different availability
	// zones. Required.
	SubnetIDs []string
	// Audited declares that this process observes everything again from time to time, as the drift
	// audit of a controller does. Its first observation then saves reads:
	//
	//   - It trusts the tag of a target group which records that Headgate has never changed the
	//     attributes of the group.
	//   - It lists the listeners and rules of the cluster by the Resource Groups Tagging API, which
	//     lags. Before the first write to the listeners or rules of a load balancer, they are read
	//     again to verify the list.
	//
	// The next observation finds what others have changed, and rules that the list lacked and that
	// are not wanted.
	Audited bool
	// Clock is the clock of the provider. Nil means the system clock.
	Clock clock.Clock
}

// Provider manages Application Load Balancers. Its only state is its client.
type Provider struct {
	client  *Client
	options Options
	prefix  string // of every name in this cluster
}

var (
	_ provider.Provider     = (*Provider)(nil)
	_ provider.HealthReader = (*Provider)(nil)
	_ provider.Stager       = (*Provider)(nil)
	_ provider.Refuser      = (*Provider)(nil)
)

// New returns a provider that uses client. Its error lists every option that is missing or
// malformed.
func New(client *Client, options Options) (*Provider, error) {
	var problems []string
	if client == nil {
		problems = append(problems, "client is nil")
	}
	problems = append(problems, options.problems()...)
	if len(problems) > 0 {
		return nil, errors.New("new aws provider: " + strings.Join(problems, "; "))
	}
	if options.Clock == nil {
		options.Clock = clock.System()
	}
	return &Provider{client: client, options: options, prefix: clusterPrefix(options.ClusterID)}, nil
}

// problems describes what is missing or malformed, in the order of the fields.
func (o Options) problems() []string {
	var all []string
	report := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if o.ClusterID == "" || len(o.ClusterID) > maxTag || escapeTag(o.ClusterID) != o.ClusterID {
		report("ClusterID %q is not 1 to %d letters, digits or any of _ . : / + - @", o.ClusterID, maxTag)
	}
	if !strings.HasPrefix(o.VPCID, "vpc-") {
		report("VPCID %q does not begin with vpc-", o.VPCID)
	}
	if len(o.SubnetIDs) < 2 {
		report("SubnetIDs has %d entries, but a load balancer needs at least two, in different zones", len(o.SubnetIDs))
	}
	for i, id := range o.SubnetIDs {
		if !strings.HasPrefix(id, "subnet-") {
			report("SubnetIDs[%d] %q does not begin with subnet-", i, id)
		}
	}
	return all
}

// Name returns "aws".
func (p *Provider) Name() string { return "aws" }
