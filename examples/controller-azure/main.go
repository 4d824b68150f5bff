// Command controller-azure serves the Ingresses of a cluster by Application Gateways.
package main

import (
	"context"
	"net/http"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/reconcile/controller/program"
)

func main() {
	program.Main(program.Cloud{
		Name: "azure", Open: open, API: program.APIOfAzure, Permission: program.PermissionOfAzure,
		Credentials: "Credentials come from azidentity's default chain: AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, workload identity\n" +
			"(AZURE_FEDERATED_TOKEN_FILE), or the managed identity; AZURE_SUBSCRIPTION_ID where the config file names no subscription.\n" +
			"With an endpoint in the config file none are needed.",
	})
}

func open(ctx context.Context, c config.Config, client *http.Client) (provider.Provider, error) {
	z := c.Azure
	to, err := azure.NewClient(ctx, azure.ClientOptions{SubscriptionID: z.SubscriptionID, Endpoint: z.Endpoint, HTTPClient: client})
	if err != nil {
		return nil, err //nolint:wrapcheck // the program adds the context
	}
	//nolint:wrapcheck // likewise
	return azure.New(to, azure.Options{
		ClusterID: c.ClusterID, SubscriptionID: z.SubscriptionID, ResourceGroup: z.ResourceGroup, Location: z.Location, SubnetID: z.SubnetID, Gateway: z.Gateway,
	})
}
