// Command controller-custom is a controller for a custom provider, in fewer than thirty lines. The
// provider here is the reference plugin, a cloud in memory.
package main

import (
	"log"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile/controller"
)

func main() {
	provider, err := fake.New(fake.NewCloud(fake.CloudOptions{}), fake.Options{ClusterID: "demo"})
	must(err)
	mgr, fence, err := controller.NewManager(ctrl.GetConfigOrDie(), controller.ManagerOptions{LeaderElection: "edge", LeaseNamespace: "default"})
	must(err)
	must(controller.Setup(mgr, controller.Options{Provider: provider, ControllerName: "example.com/edge", Fence: fence}))
	must(mgr.Start(ctrl.SetupSignalHandler()))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
