package aws

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Health returns the health of the targets of each target group, as its load balancer sees it.
func (p *Provider) Health(ctx context.Context, have []provider.Resource) (map[provider.Key][]provider.EndpointHealth, error) {
	found := make([][]provider.EndpointHealth, len(have))
	var reads errgroup.Group
	reads.SetLimit(maxReads)
	for i, r := range have {
		if r.Key.Kind == KindTargetGroup && r.Output.ID != "" {
			reads.Go(func() (err error) {
				found[i], err = p.healthOf(ctx, r.Output.ID)
				return provider.WithKey(ignoreNotFound(err), "health", r.Key)
			})
		}
	}
	if err := reads.Wait(); err != nil {
		return nil, err
	}
	health := map[provider.Key][]provider.EndpointHealth{}
	for i, r := range have {
		if len(found[i]) > 0 {
			health[r.Key] = found[i]
		}
	}
	return health, nil
}

func (p *Provider) healthOf(ctx context.Context, arn string) ([]provider.EndpointHealth, error) {
	targets, err := p.client.targets(ctx, arn)
	health := make([]provider.EndpointHealth, 0, len(targets))
	for _, t := range targets {
		health = append(health, provider.EndpointHealth{
			Endpoint: model.Endpoint{Address: t.address.Addr(), Port: int(t.address.Port()), State: model.Ready},
			Healthy:  t.state == stateHealthy, Reason: t.reason,
		})
	}
	return health, err
}
