package controller

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// GateType returns the condition type of the readiness gate for one port of a Service behind one
// load balancer. Groups of the same port with different settings share it: the condition is true
// when all of them serve the pod.
func GateType(id model.ID, group model.GroupID) corev1.PodConditionType {
	base, _, _ := strings.Cut(string(group), "~")
	h := fnv.New32a()
	_, _ = h.Write([]byte(string(id) + "\n" + base)) // a hash returns no error (package hash)
	_, name, _ := strings.Cut(base, "/")
	service, port, _ := strings.Cut(name, ":")
	const room = 40 // with the port, the hash and two dashes at most 63
	return corev1.PodConditionType(fmt.Sprintf("%s%s-%s-%08x", kube.GatePrefix, service[:min(len(service), room)], port, h.Sum32()))
}

// gateFinder finds the readiness gates of pods.
type gateFinder interface {
	gatesFor(ctx context.Context, namespace string, podLabels map[string]string) (map[corev1.PodConditionType]feed, error)
}

// gatesFor returns the gates of a pod with some labels, and the group that each of them is for.
func (w owners) gatesFor(ctx context.Context, namespace string, podLabels map[string]string) (map[corev1.PodConditionType]feed, error) {
	var l corev1.ServiceList
	if err := w.reader.List(ctx, &l, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list services of %s: %w", namespace, err)
	}
	out := map[corev1.PodConditionType]feed{}
	for i := range l.Items {
		service := &l.Items[i]
		if len(service.Spec.Selector) == 0 || !labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(podLabels)) {
			continue
		}
		for _, k := range w.kinds {
			if err := w.addGates(ctx, k, service, out); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// addGates adds the gates for one Service behind the load balancers of one kind.
func (w owners) addGates(ctx context.Context, k kind, service *corev1.Service, to map[corev1.PodConditionType]feed) error {
	objects, err := k.list(ctx, w.reader, byService, nameOf(service))
	if err != nil {
		return err
	}
	for _, o := range objects {
		for _, id := range k.loadBalancers(o) {
			state, err := w.of(ctx, k, o, id)
			if err != nil {
				return err
			}
			if state != owned {
				continue
			}
			for _, port := range k.ports(o, service) {
				f := feed{id, model.GroupID(fmt.Sprintf("%s:%d", nameOf(service), port))}
				to[GateType(f.balancer, f.group)] = f
			}
		}
	}
	return nil
}
