package fake

import (
	"fmt"

	"github.com/headgate-io/headgate/internal/refusal"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Refuse returns the groups whose health checks are more frequent than the cloud accepts.
func (p *Provider) Refuse(lb model.Sealed) []provider.Refusal {
	least := p.cloud.options.MinInterval
	refused := refusal.NewCollector(lb)
	for i := range lb.Groups() {
		if g := &lb.Groups()[i]; g.Health.Interval < least {
			refused.Group(g, fmt.Errorf("the health check interval is %s, but must be at least %s", g.Health.Interval, least))
		}
	}
	return refused.Refusals()
}
