package controller

import (
	"context"

	"github.com/headgate-io/headgate/model"
)

// hints is what the settings of a group follow from its endpoints and from the pods behind them.
// While there are none, be it that the Service is scaled to zero or that a cache answers empty,
// those of the last build stand: no group changes its port or its health check, and no load
// balancer is led to another group, because nobody is there to ask.
type hints struct {
	port     int
	path     string
	protocol model.BackendProtocol
}

// keepHints gives groups that have nobody to ask the hints of the last build, and keeps those of
// this one.
func (c *controller) keepHints(ctx context.Context, b *balancer, groups []model.Group) {
	before := b.hints
	b.hints = make(map[model.GroupID]hints, len(groups))
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
		if h.Path == "" && h.Protocol == "" && h.Port == 0 && c.oldest(ctx, g.Endpoints) == "" {
			h.Path, h.Protocol = was.path, was.protocol
		}
		b.hints[g.ID] = hints{g.Port, h.Path, h.Protocol}
	}
}
