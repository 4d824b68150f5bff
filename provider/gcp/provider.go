package gcp

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

// Options configure a provider.
type Options struct {
	// ClusterID distinguishes the resources of this cluster from those of others. It is required,
	// and must never change.
	ClusterID string
	// Project is the ID of the project. It is required.
	Project string
	// Network and Subnetwork are where pods have their addresses: names, or links of a network that
	// another project shares. Empty is "default".
	Network, Subnetwork string
	// Region is the region of internal load balancers. If it is empty, internal load balancers are
	// unsupported.
	Region string
	// Clock times the polling of operations. Nil is the system's clock.
	Clock clock.Clock
}

// Provider is the plugin for Google Cloud.
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

// New returns a provider that uses client, which must not be nil. The error lists all options that
// are missing or malformed, in the order of their declaration.
func New(client *Client, o Options) (*Provider, error) {
	problems := o.problems()
	if client == nil {
		problems = append([]string{"the client is nil"}, problems...)
	}
	if len(problems) > 0 {
		return nil, errors.New("new gcp provider: " + strings.Join(problems, "; "))
	}
	o.Network = shortest(cmp.Or(o.Network, "default"), o.base("networks"))
	o.Subnetwork = shortest(cmp.Or(o.Subnetwork, "default"), o.base("subnetworks"))
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	return &Provider{options: o, client: client.within(o)}, nil
}

// problems returns what is wrong with each option.
func (o Options) problems() []string {
	var out []string
	if o.ClusterID == "" {
		out = append(out, "ClusterID is required")
	}
	if o.Project == "" {
		out = append(out, "Project is required")
	}
	for _, f := range []struct{ field, collection, value, example string }{
		{"Network", "networks", o.Network, "projects/host/global/networks/pods"},
		{"Subnetwork", "subnetworks", o.Subnetwork, "projects/host/regions/europe-west1/subnetworks/pods"},
	} {
		if _, ok := parseLink(f.value, target{project: cmp.Or(o.Project, "-"), collection: f.collection}); !ok && f.value != "" {
			out = append(out, fmt.Sprintf("%s %q is malformed: want a name or a link such as %s", f.field, f.value, f.example))
		}
	}
	if o.Region != "" && !regexp.MustCompile(`^[a-z]+-[a-z]+[0-9]+$`).MatchString(o.Region) {
		out = append(out, fmt.Sprintf("Region %q is malformed: want a name such as europe-west1", o.Region))
	}
	return out
}

// base returns what references to a collection may omit.
func (o Options) base(collection string) target {
	return target{project: o.Project, collection: collection}
}

// Name returns "gcp".
func (*Provider) Name() string { return "gcp" }
