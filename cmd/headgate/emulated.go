package main

import (
	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// The names in the config files of emulate. The embedded clouds accept any.
const (
	demo              = "demo"
	azureSubscription = "00000000-0000-0000-0000-000000000000"
	azureGroup        = "rg"
	azureLocation     = "westeurope"
)

// emulatedAWS is a new AWS account. As in all three clouds, processes of this machine can be its
// pods.
type emulatedAWS struct{ *awstest.Server }

func emulateAWS() emulated {
	return emulatedAWS{awstest.NewHandler(awstest.Options{LoopbackTargets: true})}
}

// Config returns a config with the account's VPC and subnets.
func (s emulatedAWS) Config(endpoint string) config.Config {
	return config.Config{ClusterID: demo, AWS: &config.AWS{Region: s.Region(), VPCID: s.VPCID(), SubnetIDs: s.SubnetIDs(), Endpoint: endpoint}}
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
