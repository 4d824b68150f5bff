package azure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

// Options say where load balancers are made.
type Options struct {
	ClusterID      string // tells the clusters of one gateway apart
	SubscriptionID string
	ResourceGroup  string
	Location       string // region; needed without Gateway
	SubnetID       string // resource ID of the subnet for gateways; needed without Gateway
	// Gateway is the name of an application gateway in ResourceGroup that all load balancers share.
	// Empty gives each its own.
	Gateway string
	// Clock is what the waits for long-running operations follow; nil is the system's.
	Clock clock.Clock
}

// Provider writes load balancers to Application Gateway. It keeps nothing between calls.
type Provider struct {
	client  *Client
	options Options
	cluster string // hash of the cluster
	clock   clock.Clock
}

// New checks the options. The error names each field that is missing.
func New(client *Client, o Options) (*Provider, error) {
	required := []struct {
		name, value string
		needed      bool
	}{
		{"ClusterID", o.ClusterID, true},
		{"SubscriptionID", o.SubscriptionID, true},
		{"ResourceGroup", o.ResourceGroup, true},
		{"Location", o.Location, o.Gateway == ""},
		{"SubnetID", o.SubnetID, o.Gateway == ""},
	}
	var missing []string
	for _, r := range required {
		if r.needed && r.value == "" {
			missing = append(missing, r.name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("azure options: %s missing", strings.Join(missing, ", "))
	}
	if client == nil {
		return nil, errors.New("azure options: no client")
	}
	return &Provider{client: client, options: o, cluster: hash("cluster", o.ClusterID), clock: cmp.Or(o.Clock, clock.System())}, nil
}

// Name is "azure".
func (p *Provider) Name() string { return "azure" }

// owner is whose the resources of a load balancer are.
func (p *Provider) owner(lb model.ID) provider.Owner {
	return provider.Owner{Cluster: p.options.ClusterID, LoadBalancer: lb}
}

// fail is an error of the provider's own.
func fail(code provider.Code, op string, key provider.Key, format string, args ...any) *provider.Error {
	return &provider.Error{Code: code, Op: op, Key: key, Err: fmt.Errorf(format, args...)}
}

// ended tells that the caller does not wait any longer.
func ended(ctx context.Context, op string, key provider.Key) *provider.Error {
	return &provider.Error{Code: provider.Unavailable, Op: op, Key: key, Err: context.Cause(ctx)}
}
