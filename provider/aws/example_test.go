package aws_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/reconcile"
)

// The provider plans a load balancer in an embedded AWS account, and the engine creates it.
func Example() {
	ctx := context.Background()
	cloud := awstest.NewServer(awstest.Options{})
	defer cloud.Close()

	client, err := aws.NewClient(ctx, aws.ClientOptions{
		Region: "us-east-1", Endpoint: cloud.URL(), Credentials: credentials.NewStaticCredentialsProvider("any", "pair", ""),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := aws.New(client, aws.Options{ClusterID: "demo", VPCID: cloud.VPCID(), SubnetIDs: cloud.SubnetIDs()})
	if err != nil {
		fmt.Println(err)
		return
	}
	lb, err := model.Seal(model.LoadBalancer{
		ID:     "default/shop",
		Groups: []model.Group{{ID: "default/web:80"}},
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
			{Name: "web", Hosts: []model.Host{{Name: "shop.example.com"}}, Action: model.ForwardTo("default/web:80")},
		}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	engine := reconcile.New(p, reconcile.Options{})
	engine.Set(lb)
	report, err := engine.Sync(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range report.Results[0].Steps {
		fmt.Println(step.Action, step.Key.Kind, step.Outcome.State)
	}
	var _ provider.Provider = p
	// Output:
	// create SecurityGroup done
	// create TargetGroup done
	// create LoadBalancer done
	// create Targets done
	// create Listener done
	// create Rule done
}
