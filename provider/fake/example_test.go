package fake_test

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

// A cloud in memory outlives the processes that use it, so that a test can end one and start
// another.
func Example() {
	cloud := fake.NewCloud(fake.CloudOptions{})
	defer cloud.Close()

	lb, err := model.Seal(model.LoadBalancer{
		ID:        "default/shop",
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Default: model.ForwardTo("default/web:80")}},
		Groups: []model.Group{{ID: "default/web:80", Port: 8080, Endpoints: []model.Endpoint{
			{Address: netip.MustParseAddr("10.0.1.7"), Port: 8080},
		}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, process := range []string{"first", "second"} {
		p, err := fake.New(cloud, fake.Options{ClusterID: "demo"})
		if err != nil {
			fmt.Println(err)
			return
		}
		engine := reconcile.New(p, reconcile.Options{})
		engine.Set(lb)
		report, err := engine.Apply(context.Background(), lb.ID())
		fmt.Println(process, len(report.Results[0].Steps), report.Results[0].Addresses, err)
	}
	// Output:
	// first 4 [203.0.113.126] <nil>
	// second 0 [203.0.113.126] <nil>
}
