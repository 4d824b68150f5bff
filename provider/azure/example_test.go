package azure_test

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/reconcile"
)

// A load balancer on a shared gateway needs one write.
func Example() {
	cloud := azuretest.NewServer(azuretest.Options{SharedGateway: "shared"})
	defer cloud.Close()
	client, err := azure.NewClient(context.Background(), azure.ClientOptions{SubscriptionID: "00000000-0000-0000-0000-000000000000", Endpoint: cloud.URL()})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := azure.New(client, azure.Options{
		ClusterID: "demo", SubscriptionID: "00000000-0000-0000-0000-000000000000", ResourceGroup: "rg", Gateway: "shared",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	lb, err := model.Seal(model.LoadBalancer{
		ID: "default/shop",
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
			{Name: "web", Hosts: []model.Host{{Name: "shop.example.com"}}, Action: model.ForwardTo("default/web:80")},
		}}},
		Groups: []model.Group{{ID: "default/web:80", Port: 8080, Endpoints: []model.Endpoint{{Address: netip.MustParseAddr("10.0.0.7"), Port: 8080}}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	engine := reconcile.New(p, reconcile.Options{})
	engine.Set(lb)
	report, err := engine.Apply(context.Background())
	fmt.Println(err, report.Err(), len(cloud.Wire().Writes()))
	// Output: <nil> <nil> 1
}
