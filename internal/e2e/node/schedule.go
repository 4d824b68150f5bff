package node

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// bind binds a pod to a node by the binding subresource, as the scheduler does.
func (a *Agent) bind(ctx context.Context, pod *corev1.Pod) error {
	node, err := a.choose(pod)
	if err != nil {
		return err
	}
	binding := &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace, UID: pod.UID},
		Target:     corev1.ObjectReference{Kind: "Node", Name: node},
	}
	if err := a.client.CoreV1().Pods(pod.Namespace).Bind(ctx, binding, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("bind %s/%s to %s: %w", pod.Namespace, pod.Name, node, err)
	}
	return nil
}

// choose selects, once for each pod, among the nodes that match the pod's selector: first the
// fewest pods of the same owner, then the fewest pods.
func (a *Agent) choose(pod *corev1.Pod) (string, error) {
	admitted := labels.SelectorFromSet(pod.Spec.NodeSelector)
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.workers[pod.UID]
	if w.node != "" {
		return w.node, nil // Chosen before; the binding is retried.
	}
	best, bestLoad := "", load{}
	for _, object := range a.nodes.List() {
		n, ok := object.(*corev1.Node)
		if !ok || a.pools[n.Name] == nil || n.Spec.Unschedulable || !admitted.Matches(labels.Set(n.Labels)) {
			continue
		}
		if l := a.load(n.Name, owner(pod)); best == "" || l.less(bestLoad) {
			best, bestLoad = n.Name, l
		}
	}
	if best == "" {
		return "", errors.New("choose a node: none that the pod admits can be scheduled to")
	}
	w.node = best // It counts from now on; the binding shows only later.
	return best, nil
}

// load is how many pods a node has. The name makes the order of equal nodes deterministic.
type load struct {
	siblings, pods int
	name           string
}

func (l load) less(m load) bool {
	if l.siblings != m.siblings {
		return l.siblings < m.siblings
	}
	if l.pods != m.pods {
		return l.pods < m.pods
	}
	return l.name < m.name
}

func (a *Agent) load(node string, of types.UID) load {
	l := load{name: node}
	for _, w := range a.workers {
		if w.node != node {
			continue
		}
		l.pods++
		if w.owner == of {
			l.siblings++
		}
	}
	return l
}

// owner returns the UID of the object that controls the pod, if any.
func owner(pod *corev1.Pod) types.UID {
	if ref := metav1.GetControllerOf(pod); ref != nil {
		return ref.UID
	}
	return ""
}
