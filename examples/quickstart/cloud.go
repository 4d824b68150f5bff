package main

import (
	"context"
	"net"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/provider/cloudtest"
	"github.com/headgate-io/headgate/provider/gcp"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// dialer connects to an address, as net.Dialer.DialContext does.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// cloud is one cloud to present.
type cloud struct {
	name, title string
	open        func(ctx context.Context, c clock.Clock, dial dialer) (*stage, error)
}

// stage is an embedded cloud with the provider that works on it.
type stage struct {
	provider provider.Provider
	zones    []string // of its pods
	dial     dialer   // connects to an address of a load balancer
	reset    func()   // resets the record of calls
	calls    func() (all, writes int)
	close    func()
}

// clouds returns the clouds of the quickstart.
func clouds() []cloud {
	return []cloud{
		{"aws", "AWS: an Application Load Balancer with pods as IP targets", openAWS},
		{"gcp", "Google Cloud: a global load balancer with network endpoint groups", openGCP},
		{"azure", "Azure: an Application Gateway that others use too", openAzure},
	}
}

const (
	clusterID = "quickstart"
	// provisioning is the duration of long operations in each embedded cloud.
	provisioning = 5 * time.Second
)

func openAWS(ctx context.Context, c clock.Clock, dial dialer) (*stage, error) {
	s := awstest.NewServer(awstest.Options{Clock: c, Dial: dial, OperationDelay: provisioning})
	// The embedded cloud accepts any keys, so the user's own are not needed.
	client, err := aws.NewClient(ctx, aws.ClientOptions{Region: s.Region(), Endpoint: s.URL(), AccessKeyID: clusterID, SecretAccessKey: clusterID})
	if err != nil {
		s.Close()
		return nil, err
	}
	p, err := aws.New(client, aws.Options{ClusterID: clusterID, VPCID: s.VPCID(), SubnetIDs: s.SubnetIDs(), Clock: c})
	return on(s, p, err, "us-east-1a", "us-east-1b", "us-east-1c")
}

func openGCP(ctx context.Context, c clock.Clock, dial dialer) (*stage, error) {
	s := gcptest.NewServer(gcptest.Options{Clock: c, Dial: dial, OperationDelay: provisioning})
	client, err := gcp.NewClient(ctx, gcp.ClientOptions{Endpoint: s.URL()})
	if err != nil {
		s.Close()
		return nil, err
	}
	p, err := gcp.New(client, gcp.Options{ClusterID: clusterID, Project: "demo", Network: "default", Clock: c})
	return on(s, p, err, "us-central1-a", "us-central1-b", "us-central1-c")
}

func openAzure(ctx context.Context, c clock.Clock, dial dialer) (*stage, error) {
	const subscription, group, gateway = "00000000-0000-0000-0000-000000000000", "rg", "shared-gw"
	s := azuretest.NewServer(azuretest.Options{
		Clock: c, Dial: dial, OperationDelay: provisioning, Subscription: subscription, ResourceGroup: group, SharedGateway: gateway,
	})
	client, err := azure.NewClient(ctx, azure.ClientOptions{SubscriptionID: subscription, Endpoint: s.URL()})
	if err != nil {
		s.Close()
		return nil, err
	}
	p, err := azure.New(client, azure.Options{ClusterID: clusterID, SubscriptionID: subscription, ResourceGroup: group, Gateway: gateway, Clock: c})
	return on(s, p, err, "westeurope-1", "westeurope-2", "westeurope-3")
}

// embedded is what the three embedded clouds have in common.
type embedded interface {
	Wire() *cloudtest.Wire
	Front() cloudtest.Front
	Close()
}

// on returns the stage of an embedded cloud and its provider, or the error of the provider.
func on(s embedded, p provider.Provider, err error, zones ...string) (*stage, error) {
	if err != nil {
		s.Close()
		return nil, err
	}
	return &stage{
		provider: p, zones: zones, dial: s.Front().Dial, reset: s.Wire().Reset, close: s.Close,
		calls: func() (all, writes int) { return len(s.Wire().Calls()), len(s.Wire().Writes()) },
	}, nil
}
