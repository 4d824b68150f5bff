package azure

import (
	"cmp"
	"errors"
	"strings"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

var (
	_ provider.Provider     = (*Provider)(nil)
	_ provider.HealthReader = (*Provider)(nil)
	_ provider.Stager       = (*Provider)(nil)
	_ provider.Refuser      = (*Provider)(nil)
)

// Options configure a [Provider].
type Options struct {
	// ClusterID distinguishes the clusters that share a gateway or a resource group. It is required
	// and must never change.
	ClusterID string
	// SubscriptionID is the subscription of the load balancers; required.
	SubscriptionID string
	// ResourceGroup is the resource group of the load balancers; required.
	ResourceGroup string
	// Location is the region of new gateways, such as westeurope. It is required without Gateway.
	Location string
	// SubnetID is the resource ID of the subnet of new gateways. It is required without Gateway.
	SubnetID string
	// Gateway is the name of an existing application gateway in ResourceGroup that all load
	// balancers share. If it is empty, each load balancer gets its own gateway.
	Gateway string
	// Clock times the polling of long-running operations; nil is the system clock.
	Clock clock.Clock
}

// problems returns what is missing or malformed, in the order of declaration.
func (o Options) problems() []string {
	ownGateways := o.Gateway == ""
	var problems []string
	for _, option := range []struct {
		name, value string
		required    bool
	}{
		{"ClusterID", o.ClusterID, true},
		{"SubscriptionID", o.SubscriptionID, true},
		{"ResourceGroup", o.ResourceGroup, true},
		{"Location", o.Location, ownGateways},
		{"SubnetID", o.SubnetID, ownGateways},
	} {
		if option.required && option.value == "" {
			problems = append(problems, option.name+" is missing")
		}
	}
	if o.SubnetID != "" && !isSubnetID(o.SubnetID) {
		problems = append(problems, "SubnetID is not the resource ID of a subnet: /subscriptions/…/virtualNetworks/…/subnets/…")
	}
	return problems
}

func isSubnetID(id string) bool {
	id = strings.ToLower(id)
	return strings.HasPrefix(id, "/subscriptions/") && strings.Contains(id, "/subnets/")
}

// Provider manages load balancers on Application Gateway. It keeps no state between calls.
type Provider struct {
	client  *Client
	options Options
	cluster string // hash of the cluster ID
	clock   clock.Clock
}

// New returns a provider that uses client. The error lists everything that is missing or malformed,
// in the order of declaration.
func New(client *Client, options Options) (*Provider, error) {
	var problems []string
	if client == nil {
		problems = append(problems, "client is nil")
	}
	problems = append(problems, options.problems()...)
	if len(problems) > 0 {
		return nil, errors.New("new azure provider: " + strings.Join(problems, "; "))
	}
	return &Provider{
		client: client, options: options, cluster: hash(options.ClusterID), clock: cmp.Or(options.Clock, clock.System()),
	}, nil
}

// Name returns "azure".
func (p *Provider) Name() string { return "azure" }

// owner returns the owner of the resources of a load balancer.
func (p *Provider) owner(lb model.ID) provider.Owner {
	return provider.Owner{Cluster: p.options.ClusterID, LoadBalancer: lb}
}
