package fake

import (
	"fmt"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Refuse returns the groups whose health checks are more frequent than the cloud accepts.
func (p *Provider) Refuse(lb model.Sealed) []provider.Refusal {
	least := p.cloud.options.MinInterval
	var out []provider.Refusal
	for _, g := range lb.Groups() {
		if g.Health.Interval >= least {
			continue
		}
		refusal := provider.Refusal{Part: model.Part{Group: g.ID}}
		message := fmt.Sprintf("the health check interval is %s, but must be at least %s", g.Health.Interval, least)
		for _, o := range originsOf(lb, &g) {
			refusal.Problems = append(refusal.Problems, model.Problem{Origin: o, Reason: model.ReasonUnsupported, Message: message})
		}
		out = append(out, refusal)
	}
	return out
}

// originsOf returns the objects that a group came from, or those of the load balancer if the group
// has none.
func originsOf(lb model.Sealed, g *model.Group) []model.Ref {
	if len(g.Origins) > 0 {
		return g.Origins
	}
	return lb.LoadBalancer().Origins
}
