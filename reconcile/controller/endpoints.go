package controller

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// endpointEngine accepts the endpoints of groups.
type endpointEngine interface {
	SetEndpoints(id model.ID, g model.GroupID, eps []model.Endpoint, m model.Membership) error
}

// endpointUpdater is the fast path: it passes changes of endpoints to the engine without a rebuild
// of their load balancer.
type endpointUpdater struct {
	reader  client.Reader
	nodes   nodeGetter
	engine  endpointEngine
	derived settingsDeriver
	metrics *Metrics
	noGates bool
}

// update passes the current endpoints of groups to the engine. It reports whether the load balancer
// must be rebuilt, because what its settings are derived from has changed.
func (u *endpointUpdater) update(ctx context.Context, id model.ID, last *derivedSettings, routes []kube.GroupBackend) (rebuild bool, err error) {
	nodes, err := u.nodes.get(ctx)
	if err != nil {
		return false, err
	}
	for _, r := range routes {
		slices, err := slicesOf(ctx, u.reader, serviceName(r))
		if err != nil {
			return false, err
		}
		eps, membership, _ := r.Backend.Members(slices, nodes)
		eps = u.promote(ctx, eps)
		if err := u.engine.SetEndpoints(id, r.Group, eps, membership); err != nil {
			continue // the engine refused the group, so nothing serves it
		}
		u.metrics.endpoints(id, r.Group, eps)
		rebuild = rebuild || r.Backend.Target != model.TargetNode && len(eps) > 0 && u.derived.sourceOf(ctx, eps) != last.sources[r.Group]
	}
	return rebuild, nil
}

// promote makes endpoints ready whose pods wait for nothing but a readiness gate of Headgate.
func (u *endpointUpdater) promote(ctx context.Context, eps []model.Endpoint) []model.Endpoint {
	if u.noGates {
		return eps
	}
	return kube.Promote(eps, func(name string) *corev1.Pod { return podOf(ctx, u.reader, name) })
}

// dependsOnNodes reports whether the endpoints of a group depend on nodes: they are nodes, or get
// their zone from one.
func dependsOnNodes(lb *model.LoadBalancer) func(kube.GroupBackend) bool {
	return func(r kube.GroupBackend) bool {
		if r.Backend.Target == model.TargetNode {
			return true
		}
		i := slices.IndexFunc(lb.Groups, func(g model.Group) bool { return g.ID == r.Group })
		return i >= 0 && slices.ContainsFunc(lb.Groups[i].Endpoints, func(e model.Endpoint) bool { return e.Node != "" && e.Zone == "" })
	}
}
