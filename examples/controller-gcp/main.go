// Command controller-gcp serves the Ingresses of a cluster by Application Load Balancers of Google
// Cloud.
package main

import (
	"context"
	"net/http"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/gcp"
	"github.com/headgate-io/headgate/reconcile/controller/program"
)

func main() {
	program.Main(program.Cloud{
		Name: "gcp", Open: open, API: program.APIOfGCP, Permission: program.PermissionOfGCP,
		Credentials: "Credentials are the application default ones: GOOGLE_APPLICATION_CREDENTIALS, workload identity, or the instance's service account;\n" +
			"GOOGLE_CLOUD_PROJECT where the config file names no project. With an endpoint in the config file none are needed.",
	})
}

func open(ctx context.Context, c config.Config, client *http.Client) (provider.Provider, error) {
	to, err := gcp.NewClient(ctx, gcp.ClientOptions{Endpoint: c.GCP.Endpoint, HTTPClient: client})
	if err != nil {
		return nil, err //nolint:wrapcheck // the program adds the context
	}
	//nolint:wrapcheck // likewise
	return gcp.New(to, gcp.Options{ClusterID: c.ClusterID, Project: c.GCP.Project, Network: c.GCP.Network, Subnetwork: c.GCP.Subnetwork, Region: c.GCP.Region})
}
