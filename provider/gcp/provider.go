package gcp

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

// Options say where in Google Cloud the load balancers live.
type Options struct {
	// ClusterID tells the resources of this cluster from those of others. It is required and must
	// never change.
	ClusterID string
	// Project is the ID of the project; required.
	Project string
	// Network and Subnetwork are where pods have their addresses: names, or full links for a shared
	// network. Empty is "default".
	Network, Subnetwork string
	// Region is where internal load balancers live. Without one they are refused.
	Region string
	// Clock is what waiting for operations follows; nil is the system's.
	Clock clock.Clock
}

// Provider is Google Cloud.
type Provider struct {
	options Options
	client  *Client
}

var (
	_ provider.Provider     = (*Provider)(nil)
	_ provider.HealthReader = (*Provider)(nil)
	_ provider.Stager       = (*Provider)(nil)
	_ provider.Refuser      = (*Provider)(nil)
)

var errOption = errors.New("is required")

// New makes the plugin on a client from NewClient. The error names the option that is missing or
// malformed.
func New(c *Client, o Options) (*Provider, error) {
	for name, value := range map[string]string{"ClusterID": o.ClusterID, "Project": o.Project} {
		if value == "" {
			return nil, fmt.Errorf("gcp options: %s %w", name, errOption)
		}
	}
	if o.Region != "" && !regexp.MustCompile(`^[a-z]+-[a-z]+[0-9]+$`).MatchString(o.Region) {
		return nil, fmt.Errorf("gcp options: region %q: want a name such as europe-west1", o.Region)
	}
	if o.Network == "" {
		o.Network = "default"
	}
	if o.Subnetwork == "" {
		o.Subnetwork = "default"
	}
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	return &Provider{options: o, client: c.within(o)}, nil
}

// Name is "gcp".
func (*Provider) Name() string { return "gcp" }
