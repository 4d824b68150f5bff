package main

import (
	"context"
	"net"
	"net/url"
	"os"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/aws/awstest"
)

// awsCloud returns the row of AWS.
func awsCloud() cloud {
	return cloud{name: "aws", open: openAWS, sample: sampleAWS(), emulate: emulateAWS}
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

// needsTestKeys reports whether the SDK needs a made-up pair of keys. An embedded cloud on this
// machine accepts any pair, and a user should not have to invent one. A real account is never
// reached through a loopback address without keys or a profile.
func needsTestKeys(endpoint string, env func(string) string) bool {
	return isLoopback(endpoint) && env("AWS_ACCESS_KEY_ID") == "" && env("AWS_PROFILE") == ""
}

// isLoopback reports whether a URL leads to this machine.
func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
}

func sampleAWS() config.Config {
	return config.Config{ClusterID: demo, AWS: &config.AWS{Region: "us-east-1", VPCID: "vpc-0", SubnetIDs: []string{"subnet-0", "subnet-1"}, Endpoint: nowhere}}
}

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
