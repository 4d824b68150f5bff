package controller

import (
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

// instrumented is the provider of some options as a controller calls it.
func instrumented(o Options) provider.Provider {
	i := instrumentation{leader: o.Fence, connectivity: &connectivity{clock: o.Clock}, metrics: o.Metrics, clock: o.Clock}
	return i.instrument(o.Provider)
}

func TestAnInstrumentedProviderRefusesWhatTheProviderRefuses(t *testing.T) {
	p, err := fake.New(fake.NewCloud(fake.CloudOptions{MinInterval: 5 * time.Second}), fake.Options{ClusterID: "test"})
	if err != nil {
		t.Fatal(err)
	}
	o, err := Options{Provider: p, ControllerName: "headgate.io/fake"}.complete()
	if err != nil {
		t.Fatal(err)
	}
	route := func(name string) model.Route {
		return model.Route{Name: name, Hosts: []model.Host{{Name: name + ".example.com"}}, Action: model.ForwardTo(model.GroupID(name))}
	}
	sealed, err := model.Seal(model.LoadBalancer{
		ID: "shop/web", Scheme: model.Internal,
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{route("good"), route("bad")}}},
		Groups: []model.Group{
			{ID: "good"},
			{ID: "bad", Health: model.HealthCheck{Interval: 4 * time.Second, Timeout: 2 * time.Second}, Origins: []model.Ref{{Kind: "Service", Name: "bad"}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	left, problems, ok := reconcile.Accept(instrumented(o), sealed)
	if !ok || len(left.Groups()) != 1 || left.Groups()[0].ID != "good" || len(problems) == 0 || problems[0].Origin.Name != "bad" {
		t.Errorf("accepted %v, groups %v, problems %v", ok, left.Groups(), problems)
	}
}
