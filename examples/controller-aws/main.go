// Command controller-aws serves the Ingresses of a cluster by Application Load Balancers.
package main

import (
	"context"
	"net/http"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/reconcile/controller/program"
)

func main() {
	program.Main(program.Cloud{
		Name: "aws", Open: open, API: program.APIOfAWS, Permission: program.PermissionOfAWS,
		Credentials: "Credentials and region come from the AWS SDK's standard sources: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE,\n" +
			"AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE (IRSA), EKS Pod Identity, or the instance's role; AWS_REGION; AWS_ENDPOINT_URL.",
	})
}

func open(ctx context.Context, c config.Config, client *http.Client) (provider.Provider, error) {
	to, err := aws.NewClient(ctx, aws.ClientOptions{Region: c.AWS.Region, Endpoint: c.AWS.Endpoint, HTTPClient: client})
	if err != nil {
		return nil, err //nolint:wrapcheck // the program adds the context
	}
	//nolint:wrapcheck // likewise
	return aws.New(to, aws.Options{ClusterID: c.ClusterID, VPCID: c.AWS.VPCID, SubnetIDs: c.AWS.SubnetIDs, Audited: true})
}
