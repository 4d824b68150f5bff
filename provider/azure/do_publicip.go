package azure

import (
	"context"

	"github.com/headgate-io/headgate/provider"
)

func (p *Provider) doPublicIPs(ctx context.Context, ops []provider.Op) []provider.Outcome {
	outcomes := make([]provider.Outcome, len(ops))
	for i, op := range ops {
		have, err := p.doPublicIP(ctx, op)
		outcomes[i] = provider.Outcome{Key: op.Key, State: provider.Done, Have: have}
		if err != nil {
			outcomes[i] = failed(op.Key, err)
		}
	}
	return outcomes
}

// doPublicIP creates, adopts or deletes an address. An address has nothing to update.
func (p *Provider) doPublicIP(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	if ctx.Err() != nil {
		return nil, contextError(ctx, string(op.Action), op.Key)
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	if op.Action == provider.Delete {
		return nil, p.deletePublicIP(ctx, op)
	}
	ip, err := p.createPublicIP(ctx, op)
	if provider.IsCode(err, provider.Conflict) {
		ip, err = p.adoptPublicIP(ctx, op)
	}
	if err != nil {
		return nil, provider.WithKey(err, "create", op.Key)
	}
	have := p.observedPublicIP(ip)
	return &have, nil
}

func (p *Provider) createPublicIP(ctx context.Context, op provider.Op) (publicIP, error) {
	tags := map[string]any{tagCluster: p.options.ClusterID, tagLoadBalancer: string(op.Want.Owner.LoadBalancer)}
	return p.client.createPublicIP(ctx, p.options.ResourceGroup, publicIP{name: op.Key.Name, location: p.options.Location, tags: tags})
}

// adoptPublicIP returns an address that exists, if it belongs to the load balancer of the op.
func (p *Provider) adoptPublicIP(ctx context.Context, op provider.Op) (publicIP, error) {
	ip, err := p.client.publicIP(ctx, p.publicIPID(op.Key.Name))
	if err == nil && !p.ownsFor(loadBalancerOf(op), ip.name, ip.tags) {
		err = provider.NotOwned("create", op.Key)
	}
	return ip, err
}

// deletePublicIP deletes an address, if it still belongs to the load balancer of the op.
func (p *Provider) deletePublicIP(ctx context.Context, op provider.Op) error {
	_, err := p.adoptPublicIP(ctx, op)
	if err == nil {
		err = p.client.deletePublicIP(ctx, p.options.ResourceGroup, op.Key.Name)
	}
	if err == nil || provider.IsCode(err, provider.NotFound) {
		return nil
	}
	return provider.WithKey(err, "delete", op.Key)
}
