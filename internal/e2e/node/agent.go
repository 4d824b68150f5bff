// Package node stands in for kubelets, container runtime and scheduler: it registers Node objects,
// binds pods to them, and runs the containers of each pod as processes of this machine, each pod
// with an address of its own in its node's range.
//
// What it does, it does as the kubelet does: readiness probes are sent, readiness gates count, a
// deleted pod has its preStop hook, SIGTERM, the rest of its grace and SIGKILL, and its object goes
// when its processes are gone. What it does not do (init containers, volumes, commands in place of
// an image's own, probes by exec or gRPC) leaves a pod Pending with a reason.
//
// An address is the machine's own, by a local route to loopback. It differs from a real pod's in
// one way: after the pod has gone, a connection is refused at once, where a real one would time
// out.
package node

import (
	"context"
	"errors"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/headgate-io/headgate/internal/e2e/sandbox"
)

// Image is what a container image stands for.
type Image struct {
	// Path is the program.
	Path string
	// Args come when the container has none of its own.
	Args []string
	// Env is under the container's own.
	Env []string
}

// Options say which nodes there are and what runs on them.
type Options struct {
	// Config is that of an administrator.
	Config *rest.Config
	// Nodes are registered in this order.
	Nodes []Node
	// Images are by name, without tag or digest.
	Images map[string]Image
	// Dir gets the pods' output: NAMESPACE/POD/CONTAINER.log.
	Dir string
}

// Agent runs the pods of all nodes.
type Agent struct {
	options  Options
	client   kubernetes.Interface
	nodes    cache.Store
	cancel   context.CancelFunc
	watches  sync.WaitGroup
	releases []func() error

	mu      sync.Mutex
	workers map[types.UID]*worker
	pools   map[string]*pool // by node
	closed  bool
	running sync.WaitGroup
}

// Start registers the nodes and runs pods until Close.
func Start(ctx context.Context, o Options) (*Agent, error) {
	client, err := kubernetes.NewForConfig(o.Config)
	if err != nil {
		return nil, fmt.Errorf("start nodes: %w", err)
	}
	a := &Agent{
		options: o, client: client, workers: map[types.UID]*worker{}, pools: map[string]*pool{},
		nodes: cache.NewStore(cache.MetaNamespaceKeyFunc), cancel: func() {},
	}
	if err := a.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start nodes: %w", err), a.Close())
	}
	return a, nil
}

func (a *Agent) start(ctx context.Context) error {
	for _, n := range a.options.Nodes {
		release, err := sandbox.Claim(n.PodRange)
		if err != nil {
			return err
		}
		a.releases = append(a.releases, release)
		a.pools[n.Name] = newPool(n.PodRange)
		if err := a.register(ctx, n); err != nil {
			return err
		}
	}
	return a.watch(ctx)
}

// seen gives a pod to its worker, a new one when it has none.
func (a *Agent) seen(ctx context.Context, pod *corev1.Pod) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.workers[pod.UID]
	if w == nil {
		if a.closed || !a.ours(pod) || finished(pod) {
			return
		}
		w = newWorker(ctx, a, pod)
		a.workers[pod.UID] = w
		a.running.Go(w.run)
	}
	w.update(pod)
}

// finished tells whether a pod has ended for good, and is there only to be read. One that is being
// deleted still has to go.
func finished(pod *corev1.Pod) bool {
	ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
	return ended && pod.DeletionTimestamp == nil
}

// ours tells whether a pod is bound to one of the agent's nodes, or to none yet.
func (a *Agent) ours(pod *corev1.Pod) bool {
	_, known := a.pools[pod.Spec.NodeName]
	return known || pod.Spec.NodeName == ""
}

// gone ends the worker of a pod whose object is no more.
func (a *Agent) gone(uid types.UID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.workers[uid]; w != nil {
		w.cancel()
	}
}

// forget is the last act of a worker. What it held is free again.
func (a *Agent) forget(w *worker) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.workers, w.uid)
	if p := a.pools[w.node]; p != nil && w.ip.IsValid() {
		p.release(w.ip)
	}
}

// Close kills every pod's processes and gives the addresses back. The objects stay as they are.
func (a *Agent) Close() error {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.cancel()
	a.watches.Wait()
	a.running.Wait()
	var errs []error
	for _, release := range a.releases {
		errs = append(errs, release())
	}
	a.releases = nil
	return errors.Join(errs...)
}
