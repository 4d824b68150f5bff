package reconcile_test

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

// Set gives the engine a desired state, and Apply brings the cloud there. A change of endpoints is
// one write and no read.
func Example() {
	cloud := fake.NewCloud(fake.CloudOptions{})
	defer cloud.Close()
	p, err := fake.New(cloud, fake.Options{ClusterID: "demo"})
	if err != nil {
		fmt.Println(err)
		return
	}
	pod := func(address string) model.Endpoint {
		return model.Endpoint{Address: netip.MustParseAddr(address), Port: 8080, State: model.Ready}
	}
	lb, err := model.Seal(model.LoadBalancer{
		ID:        "default/shop",
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Default: model.ForwardTo("default/web:80")}},
		Groups:    []model.Group{{ID: "default/web:80", Endpoints: []model.Endpoint{pod("10.0.0.1")}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	engine := reconcile.New(p, reconcile.Options{})
	engine.Set(lb)
	show := func(r reconcile.Report, err error) {
		for _, s := range r.Results[0].Steps {
			fmt.Println(s.Action, s.Key.Kind, s.Outcome.State)
		}
		fmt.Println("again:", r.Again, "error:", err)
	}
	show(engine.Apply(ctx))
	if err := engine.SetEndpoints("default/shop", "default/web:80", []model.Endpoint{pod("10.0.0.1"), pod("10.0.0.2")}, model.MembersKnown); err != nil {
		fmt.Println(err)
		return
	}
	show(engine.Sync(ctx))
	// Output:
	// create Group done
	// create LoadBalancer done
	// create Members done
	// create Listener done
	// again: 0s error: <nil>
	// update Members done
	// again: 0s error: <nil>
}
