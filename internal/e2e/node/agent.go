// Package node replaces kubelets, container runtime and scheduler. It registers Node objects, binds
// pods to them, and runs the containers of each pod as processes of this machine. Each pod has an
// address of its own in its node's range.
//
// It behaves as the kubelet does: it sends readiness probes and honours readiness gates. A deleted
// pod gets its preStop hook, SIGTERM, the rest of its grace period and SIGKILL, and its object goes
// when its processes are gone. A pod that needs an unsupported feature (init containers, volumes,
// commands, probes by exec or gRPC) stays Pending with a reason.
//
// Pod addresses are local addresses of the machine, routed to loopback. They differ from a real
// pod's in one way: after the pod has gone, a connection is refused at once, where a real one would
// time out.
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

// Image is what a container image name refers to.
type Image struct {
	// Path is the program.
	Path string
	// Args are the arguments of a container that has none.
	Args []string
	// Env is overridden by the container's own variables.
	Env []string
}

// Options configure the nodes and their programs.
type Options struct {
	// Config is an administrator's client configuration.
	Config *rest.Config
	// Nodes are registered in this order.
	Nodes []Node
	// Images are indexed by name, without tag or digest.
	Images map[string]Image
	// Dir is the folder for the pods' output: NAMESPACE/POD/CONTAINER.log.
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

// seen passes a pod to its worker, which it starts if there is none.
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

// finished reports whether a pod has ended for good and only remains to be read. A pod that is
// being deleted still has work left.
func finished(pod *corev1.Pod) bool {
	ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
	return ended && pod.DeletionTimestamp == nil
}

// ours reports whether a pod is bound to one of the agent's nodes, or to none yet.
func (a *Agent) ours(pod *corev1.Pod) bool {
	_, known := a.pools[pod.Spec.NodeName]
	return known || pod.Spec.NodeName == ""
}

// gone ends the worker of a pod whose object no longer exists.
func (a *Agent) gone(uid types.UID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.workers[uid]; w != nil {
		w.cancel()
	}
}

// forget is the last act of a worker. It frees the pod's address.
func (a *Agent) forget(w *worker) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.workers, w.uid)
	if p := a.pools[w.node]; p != nil && w.ip.IsValid() {
		p.release(w.ip)
	}
}

// Close kills all pods' processes and releases their addresses. It does not change the objects.
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
