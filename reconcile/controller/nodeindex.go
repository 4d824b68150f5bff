package controller

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model/kube"
)

// nodeIndex caches the index of nodes between changes of nodes, so that a change of one endpoint
// does not iterate over all nodes.
type nodeIndex struct {
	reader client.Reader

	mu    sync.Mutex
	nodes kube.Nodes // nil when it must be rebuilt; immutable
}

func (x *nodeIndex) get(ctx context.Context) (kube.Nodes, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.nodes != nil {
		return x.nodes, nil
	}
	var l corev1.NodeList
	if err := x.reader.List(ctx, &l, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	all := make([]*corev1.Node, len(l.Items))
	for i := range l.Items {
		all[i] = &l.Items[i]
	}
	x.nodes = kube.NewNodes(all)
	return x.nodes, nil
}

// invalidate has the next get rebuild the index.
func (x *nodeIndex) invalidate() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.nodes = nil
}
