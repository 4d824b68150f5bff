package aws

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// createSecurityGroup creates a security group, or adopts it, and opens its ports.
func (p *Provider) createSecurityGroup(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	tags := p.resourceTags(op.Want.Owner, op.Key.Name, "", op.Want.Spec.(SecurityGroupSpec).Tags)
	made := securityGroupRecord{name: op.Key.Name, tags: tags}
	var err error
	made.id, err = p.client.createSecurityGroup(ctx, op.Key.Name, p.options.VPCID, describe(op.Want.Owner), tags)
	if provider.IsCode(err, provider.Conflict) {
		made, err = p.adoptSecurityGroup(ctx, op.Want)
	}
	if err != nil {
		return nil, err
	}
	return p.updateSecurityGroup(ctx, op, securityGroupResource(made, op.Want.Owner))
}

// describe returns the description of a security group, which may have 255 characters of a small
// set (CreateSecurityGroup).
func describe(o provider.Owner) string {
	text := "Headgate load balancer " + escapeTag(string(o.LoadBalancer))
	return text[:min(len(text), 255)]
}

func (p *Provider) adoptSecurityGroup(ctx context.Context, want *provider.Resource) (securityGroupRecord, error) {
	all, err := p.client.securityGroups(ctx, p.options.VPCID, "group-name", want.Key.Name)
	if err != nil {
		return securityGroupRecord{}, err
	}
	for _, g := range all {
		if p.owns(g.tags, want) {
			return g, nil
		}
	}
	if len(all) == 0 {
		return securityGroupRecord{}, notListed("CreateSecurityGroup")
	}
	return securityGroupRecord{}, p.notOwned("CreateSecurityGroup", want)
}

func (p *Provider) updateSecurityGroup(ctx context.Context, op provider.Op, have provider.Resource) (*provider.Resource, error) {
	want, old, id := op.Want.Spec.(SecurityGroupSpec), have.Spec.(SecurityGroupSpec), have.Output.ID
	if err := p.updatePorts(ctx, id, want.Ports, old.Ports); err != nil {
		return &have, err
	}
	if missing := missingTags(want.Tags, old.Tags); len(missing) > 0 {
		if err := p.client.tagEC2(ctx, id, missing); err != nil {
			return &have, err
		}
	}
	made := securityGroupRecord{id: id, name: op.Key.Name, ports: slices.Clone(want.Ports), tags: mergeTags(old.Tags, want.Tags)}
	r := securityGroupResource(made, op.Want.Owner)
	return &r, nil
}

// updatePorts opens ports before it closes others.
func (p *Provider) updatePorts(ctx context.Context, id string, want, have []int) error {
	if add := without(want, have); len(add) > 0 {
		if err := p.client.openPorts(ctx, id, add); err != nil && !hasServiceCode(err, "InvalidPermission.Duplicate") {
			return err
		}
	}
	if remove := without(have, want); len(remove) > 0 {
		return ignoreNotFound(p.client.closePorts(ctx, id, remove))
	}
	return nil
}

// without returns the elements of all that are not in others.
func without[T comparable](all, others []T) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return slices.Contains(others, x) })
}
