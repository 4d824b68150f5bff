// Command engine-clientgo runs Headgate's engine on plain client-go, with no controller framework:
// informers, a work queue of load balancers, and model/kube between them. The cloud is the
// reference plugin, in memory.
//
// It does not have what reconcile/controller adds: status, finalizers, events, leader election and
// guards.
package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Getenv("KUBECONFIG"))
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// run serves the Ingresses of the cluster of a kubeconfig file until the context ends.
func run(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}
	provider, err := fake.New(fake.NewCloud(fake.CloudOptions{}), fake.Options{ClusterID: "demo"})
	if err != nil {
		return fmt.Errorf("provider: %w", err)
	}
	engine := reconcile.New(provider, reconcile.Options{Logger: slog.Default()})
	return newWorker(engine, informers.NewSharedInformerFactory(client, 0)).run(ctx)
}
