package main

import (
	"context"
	"os"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/provider/gcp"
)

// clouds returns the providers that this command is built with.
func clouds() []cloud {
	return []cloud{
		{name: "aws", open: openAWS, emulate: emulateAWS, sample: sampleAWS()},
		{name: "gcp", open: openGCP, emulate: emulateGCP, sample: sampleGCP()},
		{name: "azure", open: openAzure, emulate: emulateAzure, sample: sampleAzure()},
	}
}

func openAWS(ctx context.Context, c config.Config) (provider.Provider, error) {
	o := aws.ClientOptions{Region: c.AWS.Region, Endpoint: c.AWS.Endpoint}
	if needsTestKeys(c.AWS.Endpoint, os.Getenv) {
		o.AccessKeyID, o.SecretAccessKey = demo, demo
	}
	client, err := aws.NewClient(ctx, o)
	if err != nil {
		return nil, err
	}
	return aws.New(client, aws.Options{ClusterID: c.ClusterID, VPCID: c.AWS.VPCID, SubnetIDs: c.AWS.SubnetIDs})
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

func openGCP(ctx context.Context, c config.Config) (provider.Provider, error) {
	client, err := gcp.NewClient(ctx, gcp.ClientOptions{Endpoint: c.GCP.Endpoint})
	if err != nil {
		return nil, err
	}
	return gcp.New(client, gcp.Options{
		ClusterID: c.ClusterID, Project: c.GCP.Project, Network: c.GCP.Network, Subnetwork: c.GCP.Subnetwork, Region: c.GCP.Region,
	})
}

// nowhere is an endpoint without a server. A provider that is only asked for its capabilities never
// calls it.
const nowhere = "http://127.0.0.1:1"

func sampleAWS() config.Config {
	return config.Config{ClusterID: demo, AWS: &config.AWS{Region: "us-east-1", VPCID: "vpc-0", SubnetIDs: []string{"subnet-0", "subnet-1"}, Endpoint: nowhere}}
}

func sampleGCP() config.Config {
	return config.Config{ClusterID: demo, GCP: &config.GCP{Project: demo, Network: "default", Region: "us-central1", Endpoint: nowhere}}
}

func sampleAzure() config.Config {
	return config.Config{ClusterID: demo, Azure: &config.Azure{
		SubscriptionID: azureSubscription, ResourceGroup: azureGroup, Location: azureLocation, SubnetID: "/subscriptions/0/virtualNetworks/0/subnets/0", Endpoint: nowhere,
	}}
}
