package aws

import (
	"context"
	"errors"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Health reads how the load balancer sees the targets of target groups.
func (p *Provider) Health(ctx context.Context, have []provider.Resource) (map[provider.Key][]provider.EndpointHealth, error) {
	health := map[provider.Key][]provider.EndpointHealth{}
	for _, r := range have {
		if r.Key.Kind != KindTargetGroup || r.Output.ID == "" {
			continue
		}
		targets, err := p.client.targets(ctx, r.Output.ID)
		if err != nil && !is(err, provider.NotFound) {
			return nil, withKey(err, r.Key)
		}
		for _, t := range targets {
			health[r.Key] = append(health[r.Key], provider.EndpointHealth{
				Endpoint: model.Endpoint{Address: t.address.Addr(), Port: int(t.address.Port()), State: model.Ready},
				Healthy:  t.state == stateHealthy, Reason: t.reason,
			})
		}
	}
	return health, nil
}

// withKey names the resource in an error that has none.
func withKey(err error, k provider.Key) error {
	if e, ok := errors.AsType[*provider.Error](err); ok && e.Key == (provider.Key{}) {
		named := *e
		named.Key = k
		return &named
	}
	return err
}
