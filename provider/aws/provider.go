package aws

import (
	"errors"
	"fmt"
	"strings"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

// Options say what a Provider manages, and where.
type Options struct {
	// ClusterID tells the resources of this cluster from those of others. Required; up to 256
	// characters that a tag takes.
	ClusterID string
	// VPCID is the VPC of the load balancers and pods. Required.
	VPCID string
	// SubnetIDs are the subnets of the load balancers, at least two, each in another availability
	// zone. Required.
	SubnetIDs []string
	// Audited says that this process looks at everything again from time to time, as a controller's
	// drift audit does. Its first look may then believe what saves reads: of a target group, a tag
	// that says that Headgate has not changed its attributes; of the cluster, which listeners and
	// rules it has by the Resource Groups Tagging API, which lags. Before listeners or rules of a
	// load balancer are first written, they are read for certain. What others have changed, and a
	// rule that went unseen and that nobody wants, is found by the next look.
	Audited bool
	// Clock is what polling follows; nil is the system's.
	Clock clock.Clock
}

// Provider manages Application Load Balancers. It keeps no state but its client.
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

// New makes a provider. The error names the option that is missing or unfit.
func New(client *Client, o Options) (*Provider, error) {
	switch {
	case client == nil:
		return nil, errors.New("new aws provider: no client")
	case o.ClusterID == "" || len(o.ClusterID) > 256 || escapeTag(o.ClusterID) != o.ClusterID:
		return nil, fmt.Errorf("new aws provider: ClusterID: %q is not 1 to 256 letters, digits or any of _ . : / + - @", o.ClusterID)
	case !strings.HasPrefix(o.VPCID, "vpc-"):
		return nil, fmt.Errorf("new aws provider: VPCID: %q does not begin with vpc-", o.VPCID)
	case len(o.SubnetIDs) < 2:
		return nil, fmt.Errorf("new aws provider: SubnetIDs: %d given, a load balancer needs two in different zones", len(o.SubnetIDs))
	}
	for _, id := range o.SubnetIDs {
		if !strings.HasPrefix(id, "subnet-") {
			return nil, fmt.Errorf("new aws provider: SubnetIDs: %q does not begin with subnet-", id)
		}
	}
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	return &Provider{client: client, options: o, prefix: clusterPrefix(o.ClusterID)}, nil
}

// Name is "aws".
func (p *Provider) Name() string { return "aws" }
