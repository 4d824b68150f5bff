package gcp_test

import (
	"context"
	"fmt"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/gcp"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
	"github.com/headgate-io/headgate/reconcile"
)

// The provider plans a load balancer against an embedded Google Cloud, and the engine makes it.
func Example() {
	ctx := context.Background()
	cloud := gcptest.NewServer(gcptest.Options{})
	defer cloud.Close()

	client, err := gcp.NewClient(ctx, gcp.ClientOptions{Endpoint: cloud.URL()})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := gcp.New(client, gcp.Options{ClusterID: "demo", Project: "demo"})
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
	fmt.Println(report.Results[0].Addresses)
	// Output:
	// create Address done
	// create HealthCheck done
	// create BackendService done
	// create NetworkEndpoints done
	// create URLMap done
	// create TargetHTTPProxy done
	// create ForwardingRule done
	// [203.0.113.10]
}
