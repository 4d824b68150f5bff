package controller

import (
	"cmp"
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// endpoints hands the engine the endpoints of groups as they are now: the short path. It returns
// whether the load balancer must be built anew, because what its settings follow from has changed.
func (c *controller) endpoints(ctx context.Context, id model.ID, b *balancer, groups []kube.GroupBackend) (rebuild bool, err error) {
	nodes, err := c.nodes.get(ctx, c.client)
	if err != nil {
		return false, err
	}
	for _, g := range groups {
		of, err := c.slices(ctx, g.Backend.Namespace+"/"+g.Backend.Service)
		if err != nil {
			return false, err
		}
		eps, known, _ := g.Backend.Members(of, nodes)
		eps = c.promote(ctx, eps)
		if err := c.engine.SetEndpoints(id, g.Group, eps, known); err != nil {
			continue // the group was refused; nothing serves it
		}
		c.o.Metrics.endpoints(id, g.Group, eps)
		rebuild = rebuild || g.Backend.Target != model.TargetNode && c.basisOf(ctx, eps) != b.basis[g.Group] && len(eps) > 0
	}
	return rebuild, nil
}

// basis is what the settings of a group follow from its endpoints.
type basis struct {
	oldest string // the pod whose readiness probe the health check follows
	port   int    // that all share, or zero
}

func (c *controller) basisOf(ctx context.Context, eps []model.Endpoint) basis {
	b := basis{oldest: c.oldest(ctx, eps)}
	for i := range eps {
		if i > 0 && eps[i].Port != b.port {
			b.port = 0
			break
		}
		b.port = eps[i].Port
	}
	return b
}

// promote takes pods that wait only for a gate of Headgate's for ready.
func (c *controller) promote(ctx context.Context, eps []model.Endpoint) []model.Endpoint {
	if c.o.NoGates {
		return eps
	}
	return kube.Promote(eps, func(name string) *corev1.Pod { return c.pod(ctx, name) })
}

// pod looks a pod up in the cache; nil when it is not there.
func (c *controller) pod(ctx context.Context, name string) *corev1.Pod {
	p, err := get[corev1.Pod](ctx, c.client, name)
	if err != nil {
		return nil
	}
	return p
}

// oldest is the pod that decides on a health check that follows the readiness probe: the oldest,
// then the one whose name sorts first.
func (c *controller) oldest(ctx context.Context, eps []model.Endpoint) string {
	var first *corev1.Pod
	for i := range eps {
		if eps[i].Pod == "" {
			continue
		}
		p := c.pod(ctx, eps[i].Pod)
		if p != nil && (first == nil || older(p, first) < 0) {
			first = p
		}
	}
	if first == nil {
		return ""
	}
	return first.Namespace + "/" + first.Name
}

func older(x, y *corev1.Pod) int {
	return cmp.Or(x.CreationTimestamp.Compare(y.CreationTimestamp.Time), strings.Compare(x.Name, y.Name))
}

// pick is the routes of some groups.
func (b *balancer) pick(groups []model.GroupID) []kube.GroupBackend {
	var out []kube.GroupBackend
	for _, r := range b.routes {
		if slices.Contains(groups, r.Group) {
			out = append(out, r)
		}
	}
	return out
}

// onNodes tells whether the endpoints of a group depend on nodes: they are nodes, or take their
// zone from one.
func onNodes(lb *model.LoadBalancer) func(kube.GroupBackend) bool {
	return func(r kube.GroupBackend) bool {
		if r.Backend.Target == model.TargetNode {
			return true
		}
		i := slices.IndexFunc(lb.Groups, func(g model.Group) bool { return g.ID == r.Group })
		return i >= 0 && slices.ContainsFunc(lb.Groups[i].Endpoints, func(e model.Endpoint) bool { return e.Node != "" && e.Zone == "" })
	}
}
