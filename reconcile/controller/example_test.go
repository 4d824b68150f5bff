package controller_test

import (
	"fmt"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile/controller"
)

// Your own controller: a provider, a manager whose lease fences the cloud, and the controller.
func ExampleSetup() {
	provider, err := fake.New(fake.NewCloud(fake.CloudOptions{}), fake.Options{ClusterID: "demo"})
	if err != nil {
		fmt.Println(err)
		return
	}
	start := func(cluster *rest.Config) (manager.Manager, error) {
		mgr, fence, err := controller.NewManager(cluster, controller.ManagerOptions{LeaderElection: "edge", LeaseNamespace: "default"})
		if err != nil {
			return nil, err
		}
		return mgr, controller.Setup(mgr, controller.Options{Provider: provider, ControllerName: "example.com/edge", Fence: fence})
	}
	_ = start // call it with the config of a cluster, then call mgr.Start(ctx)

	// Setup reports missing options at once.
	err = controller.Setup(nil, controller.Options{Provider: provider})
	fmt.Println(err)
	// Output:
	// set up controller: ControllerName must be a domain and a name, such as headgate.io/aws
}

// Each controller has its own finalizer, so that an object can move from one cloud to another.
func ExampleFinalizer() {
	fmt.Println(controller.Finalizer("headgate.io/aws"))
	fmt.Println(controller.Finalizer("example.com/edge"))
	// Output:
	// headgate.io/cleanup-aws
	// example.com/cleanup-edge
}

// A pod has one gate for each port of a Service behind each load balancer.
func ExampleGateType() {
	fmt.Println(controller.GateType("shop/web", "shop/cart:80"))
	fmt.Println(controller.GateType("group/edge", "shop/cart:80"))
	// Output:
	// gate.headgate.io/cart-80-1b435aa5
	// gate.headgate.io/cart-80-aea1dbe1
}
