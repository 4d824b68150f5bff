package controller

import (
	"cmp"
	"context"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// derivedSettings is the settings of a load balancer that its objects do not give: those of groups
// that are derived from their endpoints, and the scheme.
type derivedSettings struct {
	sources map[model.GroupID]settingsSource
	groups  map[model.GroupID]groupSettings // of the last build
	scheme  model.Scheme                    // of the last build
}

// settingsSource is what the settings of a group are derived from.
type settingsSource struct {
	oldest string // the pod whose readiness probe the health check follows
	port   int    // of all endpoints, or zero if they differ
}

// groupSettings is the settings of a group that are derived from its endpoints and from the pods
// behind them.
type groupSettings struct {
	port     int
	path     string
	protocol model.BackendProtocol
}

// settingsDeriver derives settings of groups from their endpoints.
type settingsDeriver struct {
	reader client.Reader // of pods
}

// sourceOf returns what settings are derived from some endpoints.
func (d settingsDeriver) sourceOf(ctx context.Context, eps []model.Endpoint) settingsSource {
	s := settingsSource{oldest: oldestPod(ctx, d.reader, eps)}
	for i := range eps {
		if i > 0 && eps[i].Port != s.port {
			s.port = 0
			break
		}
		s.port = eps[i].Port
	}
	return s
}

// retain gives groups whose endpoints or pods are not known the settings of the last build, and
// remembers those of this build. A Service that is scaled to zero, or a cache that is empty, does
// not change the port or the health check of a group.
func (d settingsDeriver) retain(ctx context.Context, last *derivedSettings, groups []model.Group) {
	before := last.groups
	last.groups = make(map[model.GroupID]groupSettings, len(groups))
	for i := range groups {
		g := &groups[i]
		if g.Target == model.TargetNode {
			continue
		}
		was, known := before[g.ID]
		if known && len(g.Endpoints) == 0 {
			g.Port = was.port
		}
		h := &g.Health
		if h.Path == "" && h.Protocol == "" && h.Port == 0 && oldestPod(ctx, d.reader, g.Endpoints) == "" {
			h.Path, h.Protocol = was.path, was.protocol
		}
		last.groups[g.ID] = groupSettings{g.Port, h.Path, h.Protocol}
	}
}

// setSources records what the settings of groups are derived from.
func (d settingsDeriver) setSources(ctx context.Context, last *derivedSettings, groups []model.Group) {
	last.sources = make(map[model.GroupID]settingsSource, len(groups))
	for _, g := range groups {
		if g.Target != model.TargetNode {
			last.sources[g.ID] = d.sourceOf(ctx, g.Endpoints)
		}
	}
}

// retainScheme leaves the scheme of a load balancer as it is while the annotation that sets it is
// malformed, because another scheme means another load balancer. A load balancer that this process
// has not built before is internal then.
func (s *derivedSettings) retainScheme(lb *model.LoadBalancer, problems []model.Problem) {
	if s.scheme != "" && slices.ContainsFunc(problems, func(p model.Problem) bool { return kube.IsScheme(p.Origin) }) {
		lb.Scheme = s.scheme
	}
	s.scheme = cmp.Or(lb.Scheme, model.InternetFacing)
}
