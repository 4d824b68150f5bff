package controller

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model/kube"
)

// nodeGetter returns the index of nodes.
type nodeGetter interface {
	get(ctx context.Context) (kube.Nodes, error)
}

// loader reads the objects that load balancers are built from.
type loader struct {
	reader  client.Reader
	nodes   nodeGetter
	missing *missingServices
}

// load reads all that the load balancer of some claimants is built from. An object that does not
// exist is left out; the build reports it.
func (l *loader) load(ctx context.Context, known *knownServices, claimants []claimant) (kube.Objects, error) {
	var out kube.Objects
	var services, secrets []string
	for _, c := range claimants {
		c.kind.add(&out, c.object)
		services = append(services, c.kind.services(c.object)...)
		secrets = append(secrets, c.kind.secrets(c.object)...)
	}
	var err error
	if out.Services, err = getAll[corev1.Service](ctx, l.reader, services); err != nil {
		return out, err
	}
	if err := l.missing.restore(ctx, known, &out, services); err != nil {
		return out, err
	}
	if out.Secrets, err = getAll[corev1.Secret](ctx, l.reader, secrets); err != nil {
		return out, err
	}
	return out, l.loadEndpoints(ctx, &out)
}

// loadEndpoints adds the slices of all Services, and the pods and nodes of the slices.
func (l *loader) loadEndpoints(ctx context.Context, to *kube.Objects) error {
	for _, s := range to.Services {
		of, err := slicesOf(ctx, l.reader, nameOf(s))
		if err != nil {
			return err
		}
		to.EndpointSlices = append(to.EndpointSlices, of...)
	}
	var err error
	if to.Pods, err = l.podsOf(ctx, to.EndpointSlices); err != nil {
		return err
	}
	nodes, err := l.nodes.get(ctx)
	for _, n := range nodes {
		to.Nodes = append(to.Nodes, n)
	}
	return err
}

func (l *loader) podsOf(ctx context.Context, all []*discoveryv1.EndpointSlice) ([]*corev1.Pod, error) {
	var names []string
	for _, s := range all {
		names = append(names, podsOf(s)...)
	}
	return getAll[corev1.Pod](ctx, l.reader, names)
}
