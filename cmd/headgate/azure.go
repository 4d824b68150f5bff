package main

import (
	"context"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
)

// The names in the config file of emulate. The embedded Azure accepts any.
const (
	azureSubscription = "00000000-0000-0000-0000-000000000000"
	azureGroup        = "rg"
	azureLocation     = "westeurope"
)

// azureCloud returns the row of Azure.
func azureCloud() cloud {
	return cloud{name: "azure", open: openAzure, sample: sampleAzure(), emulate: emulateAzure}
}

func openAzure(ctx context.Context, c config.Config) (provider.Provider, error) {
	client, err := azure.NewClient(ctx, azure.ClientOptions{SubscriptionID: c.Azure.SubscriptionID, Endpoint: c.Azure.Endpoint})
	if err != nil {
		return nil, err
	}
	return azure.New(client, azure.Options{
		ClusterID: c.ClusterID, SubscriptionID: c.Azure.SubscriptionID, ResourceGroup: c.Azure.ResourceGroup,
		Location: c.Azure.Location, SubnetID: c.Azure.SubnetID, Gateway: c.Azure.Gateway,
	})
}

func sampleAzure() config.Config {
	return config.Config{ClusterID: demo, Azure: &config.Azure{
		SubscriptionID: azureSubscription, ResourceGroup: azureGroup, Location: azureLocation, SubnetID: "/subscriptions/0/virtualNetworks/0/subnets/0", Endpoint: nowhere,
	}}
}

// emulatedAzure is a new subscription.
type emulatedAzure struct{ *azuretest.Server }

func emulateAzure() emulated {
	return emulatedAzure{azuretest.NewHandler(azuretest.Options{
		LoopbackTargets: true, Subscription: azureSubscription, ResourceGroup: azureGroup, Location: azureLocation,
	})}
}

// Config returns a config with the resource group and the subnet for gateways.
func (emulatedAzure) Config(endpoint string) config.Config {
	return config.Config{ClusterID: demo, Azure: &config.Azure{
		SubscriptionID: azureSubscription, ResourceGroup: azureGroup, Location: azureLocation, Endpoint: endpoint,
		SubnetID: azuretest.SubnetID(azureSubscription, azureGroup, azuretest.NetworkName, azuretest.GatewaySubnet),
	}}
}
