package aws

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// createLoadBalancer creates a load balancer, or adopts it.
func (p *Provider) createLoadBalancer(ctx context.Context, b provider.Batch, op provider.Op) (*provider.Resource, error) {
	want := op.Want.Spec.(LoadBalancerSpec)
	groups, err := resolveSecurityGroups(b, want.SecurityGroups)
	if err != nil {
		return nil, err
	}
	p.client.setListing(op.Key.Name, nil)
	tags := p.resourceTags(op.Want.Owner, op.Key.Name, "", want.Tags)
	lb, err := p.client.createLoadBalancer(ctx, op.Key.Name, want, groups, tags)
	if provider.IsCode(err, provider.Conflict) {
		lb, tags, err = p.adoptLoadBalancer(ctx, op.Want)
	}
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for i, id := range groups {
		names[id] = want.SecurityGroups[i]
	}
	return p.updateLoadBalancer(ctx, b, op, loadBalancerResource(lb, op.Want.Owner, tags, names))
}

func (p *Provider) adoptLoadBalancer(ctx context.Context, want *provider.Resource) (loadBalancerRecord, map[string]string, error) {
	all, err := p.client.loadBalancers(ctx, want.Key.Name)
	if err != nil {
		return loadBalancerRecord{}, nil, err
	}
	if len(all) == 0 {
		return loadBalancerRecord{}, nil, notListed("CreateLoadBalancer")
	}
	tags, err := p.ownTags(ctx, "CreateLoadBalancer", all[0].arn, want)
	return all[0], tags, err
}

func (p *Provider) updateLoadBalancer(ctx context.Context, b provider.Batch, op provider.Op, have provider.Resource) (*provider.Resource, error) {
	want, old, arn := op.Want.Spec.(LoadBalancerSpec), have.Spec.(LoadBalancerSpec), have.Output.ID
	groups, err := resolveSecurityGroups(b, want.SecurityGroups)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(want.Subnets, old.Subnets) {
		if err := p.client.setSubnets(ctx, arn, want.Subnets); err != nil {
			return &have, err
		}
	}
	if !slices.Equal(want.SecurityGroups, old.SecurityGroups) {
		if err := p.client.setSecurityGroups(ctx, arn, groups); err != nil {
			return &have, err
		}
	}
	if missing := missingTags(want.Tags, old.Tags); len(missing) > 0 {
		if err := p.client.addTags(ctx, arn, missing); err != nil {
			return &have, err
		}
	}
	old.Subnets, old.SecurityGroups, old.Tags = slices.Clone(want.Subnets), slices.Clone(want.SecurityGroups), mergeTags(old.Tags, want.Tags)
	have.Spec, have.Needs = old, op.Want.Needs
	return &have, nil
}

// resolveSecurityGroups returns the IDs of security groups.
func resolveSecurityGroups(b provider.Batch, names []string) ([]string, error) {
	ids := make([]string, 0, len(names))
	for _, name := range names {
		id, err := idOf(b, provider.Key{Kind: KindSecurityGroup, Name: name})
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
