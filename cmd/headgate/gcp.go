package main

import (
	"context"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/gcp"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// gcpCloud returns the row of Google Cloud.
func gcpCloud() cloud {
	return cloud{name: "gcp", open: openGCP, sample: sampleGCP(), emulate: emulateGCP}
}

func openGCP(ctx context.Context, c config.Config) (provider.Provider, error) {
	client, err := gcp.NewClient(ctx, gcp.ClientOptions{Endpoint: c.GCP.Endpoint})
	if err != nil {
		return nil, err
	}
	return gcp.New(client, gcp.Options{
		ClusterID: c.ClusterID, Project: c.GCP.Project, Network: c.GCP.Network, Subnetwork: c.GCP.Subnetwork, Region: c.GCP.Region,
	})
}

func sampleGCP() config.Config {
	return config.Config{ClusterID: demo, GCP: &config.GCP{Project: demo, Network: "default", Region: "us-central1", Endpoint: nowhere}}
}

// emulatedGCP is a new project.
type emulatedGCP struct{ *gcptest.Server }

func emulateGCP() emulated {
	return emulatedGCP{gcptest.NewHandler(gcptest.Options{LoopbackTargets: true})}
}

// Config returns a config with the project and its default network.
func (emulatedGCP) Config(endpoint string) config.Config {
	return config.Config{ClusterID: demo, GCP: &config.GCP{Project: demo, Network: "default", Endpoint: endpoint}}
}
