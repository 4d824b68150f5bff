package model_test

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/headgate-io/headgate/model"
)

// shop is a load balancer as a controller would build it.
func shop() model.LoadBalancer {
	return model.LoadBalancer{
		ID: "default/shop",
		Groups: []model.Group{
			{ID: "default/web:80", Endpoints: []model.Endpoint{{Address: netip.MustParseAddr("10.0.0.7"), Port: 8080}}},
			{ID: "default/cart:80", Endpoints: []model.Endpoint{{Address: netip.MustParseAddr("10.0.0.8"), Port: 8080}}},
		},
		Listeners: []model.Listener{{
			Port: 80, Protocol: model.HTTP,
			Routes: []model.Route{
				{
					Name: "cart", Hosts: []model.Host{{Name: "shop.example.com"}}, Action: model.ForwardTo("default/cart:80"),
					Matches: []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: "/cart"}, Method: "POST"}},
					Origin:  model.Ref{Kind: "HTTPRoute", Namespace: "default", Name: "cart"},
				},
				{Name: "web", Action: model.ForwardTo("default/web:80")},
			},
		}},
	}
}

func Example() {
	sealed, err := model.Seal(shop())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range sealed.Entries(0) {
		fmt.Println(e.Host, e.Match.Path.Value, e.Route.Name)
	}
	// Output:
	// shop.example.com /cart cart
	// * / web
}

func ExampleSeal() {
	lb := shop()
	lb.Listeners[0].Routes[0].Hosts[0].Name = "shop..example.com"
	lb.Listeners[0].Routes[1].Action = model.ForwardTo("default/gone:80")
	_, err := model.Seal(lb)
	var invalid *model.InvalidError
	if errors.As(err, &invalid) {
		for _, issue := range invalid.Issues {
			fmt.Printf("%s: found %s\n  allowed: %s\n", issue.Path, issue.Found, issue.Allowed)
		}
	}
	// Output:
	// listeners[0].routes[0].hosts[0]: found "shop..example.com"
	//   allowed: a host name: label "" is not a DNS label in lower case
	// listeners[0].routes[1].action.forward.groups[0].group: found "default/gone:80"
	//   allowed: a group of the load balancer
}

func ExampleDecide() {
	sealed, err := model.Seal(shop())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, method := range []string{"POST", "GET"} {
		d := model.Decide(sealed, model.Request{Host: "shop.example.com", Method: method, Path: "/cart/items"})
		fmt.Println(method, d.Route, d.Action, d.Groups[0].Group)
	}
	// Output:
	// POST cart forward default/cart:80
	// GET web forward default/web:80
}

func ExampleCheck() {
	sealed, err := model.Seal(shop())
	if err != nil {
		fmt.Println(err)
		return
	}
	capabilities := model.Capabilities{Features: map[model.Feature]model.Support{}}
	for _, f := range model.AllFeatures() {
		capabilities.Features[f] = model.Support{Level: model.Supported}
	}
	capabilities.Features[model.FeatureMethodMatch] = model.Support{Level: model.Unsupported, Reason: "rules see no methods"}
	for _, f := range model.Check(sealed, capabilities) {
		fmt.Println(f.Problem)
	}
	// Output:
	// HTTPRoute default/cart: MethodMatch (found "POST"): rules see no methods
}
