package node

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/cache"
)

// watch follows nodes and pods until Close. It uses the agent's own context; that of Start limits
// only the first list. Nodes come first, since pods are bound as soon as they are seen.
func (a *Agent) watch(ctx context.Context) error {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel = cancel
	nodes := &listed{Store: a.nodes, once: make(chan struct{})}
	a.follow(own, "nodes", &corev1.Node{}, nodes)
	select {
	case <-nodes.once:
	case <-ctx.Done():
		return fmt.Errorf("list nodes: %w", context.Cause(ctx))
	}
	a.follow(own, "pods", &corev1.Pod{}, podStore{agent: a, ctx: own})
	return nil
}

// follow keeps a store equal to the API server's objects. After an outage it recovers within a
// second, where the informers of client-go can take a minute: a test that restarts the API server
// should not wait for its tools.
func (a *Agent) follow(ctx context.Context, resource string, object runtime.Object, store cache.ReflectorStore) {
	from := cache.NewListWatchFromClient(a.client.CoreV1().RESTClient(), resource, corev1.NamespaceAll, fields.Everything())
	reflector := cache.NewReflectorWithOptions(from, object, store, cache.ReflectorOptions{
		Backoff: &wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Steps: 5, Cap: time.Second},
	})
	a.watches.Go(func() { reflector.RunWithContext(ctx) })
}

// listed is a store that signals when it was first filled. One reflector writes to it.
type listed struct {
	cache.Store
	once chan struct{}
	full bool
}

// Replace fills the store.
func (l *listed) Replace(objects []any, version string) error {
	err := l.Store.Replace(objects, version)
	if err == nil && !l.full {
		l.full = true
		close(l.once)
	}
	return err
}

// podStore passes pods to their workers and stores none.
type podStore struct {
	agent *Agent
	ctx   context.Context // the life of its workers
}

// Add passes on a new pod.
func (s podStore) Add(object any) error {
	if pod, ok := object.(*corev1.Pod); ok {
		s.agent.seen(s.ctx, pod)
	}
	return nil
}

// Update passes on a changed pod.
func (s podStore) Update(object any) error { return s.Add(object) }

// Delete ends the worker of a deleted pod.
func (s podStore) Delete(object any) error {
	if pod, ok := object.(*corev1.Pod); ok {
		s.agent.gone(pod.UID)
	}
	return nil
}

// Replace passes on all existing pods. Those that disappeared while the watch was down are gone.
func (s podStore) Replace(objects []any, _ string) error {
	there := map[types.UID]bool{}
	for _, object := range objects {
		if pod, ok := object.(*corev1.Pod); ok {
			there[pod.UID] = true
			s.agent.seen(s.ctx, pod)
		}
	}
	for _, uid := range s.agent.known() {
		if !there[uid] {
			s.agent.gone(uid)
		}
	}
	return nil
}

// Resync does nothing.
func (podStore) Resync() error { return nil }

func (a *Agent) known() []types.UID {
	a.mu.Lock()
	defer a.mu.Unlock()
	uids := make([]types.UID, 0, len(a.workers))
	for uid := range a.workers {
		uids = append(uids, uid)
	}
	return uids
}
