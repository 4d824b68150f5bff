package aws

import (
	"context"

	"github.com/headgate-io/headgate/provider"
)

// createTargetGroup creates a target group, or adopts it. It tags a new group as untouched if the
// default attributes are the wanted ones, because attributes cannot be set by the create.
func (p *Provider) createTargetGroup(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	want := op.Want.Spec.(TargetGroupSpec)
	tags := p.resourceTags(op.Want.Owner, op.Key.Name, op.Want.Group, want.Tags)
	g := targetGroupRecord{name: op.Key.Name, spec: want}
	decodeAttributes(&g.spec, nil)
	g.spec.Tags, g.spec.Untouched = userTags(tags), sameAttributes(g.spec, want)
	if g.spec.Untouched {
		tags[tagAttributes] = attributesUntouched
	}
	var err error
	g.arn, err = p.client.createTargetGroup(ctx, op.Key.Name, p.options.VPCID, want, tags)
	switch {
	case provider.IsCode(err, provider.Conflict):
		g, err = p.adoptTargetGroup(ctx, op.Want)
	case err == nil:
		p.client.firstRead(g.arn) // so that the next read of it is not the first
	}
	if err != nil {
		return nil, err
	}
	return p.updateTargetGroup(ctx, op, targetGroupResource(g, op.Want.Owner, op.Want.Group))
}

func (p *Provider) adoptTargetGroup(ctx context.Context, want *provider.Resource) (targetGroupRecord, error) {
	all, err := p.client.targetGroups(ctx, want.Key.Name)
	if err != nil {
		return targetGroupRecord{}, err
	}
	if len(all) == 0 {
		return targetGroupRecord{}, notListed("CreateTargetGroup")
	}
	g := all[0]
	tags, err := p.ownTags(ctx, "CreateTargetGroup", g.arn, want)
	if err != nil {
		return targetGroupRecord{}, err
	}
	g.spec.Tags, g.spec.Untouched = userTags(tags), tags[tagAttributes] == attributesUntouched
	return g, p.client.readAttributes(ctx, g.arn, &g.spec)
}

// updateTargetGroup writes the fields that differ. The tag that records untouched attributes
// changes before the attributes do.
func (p *Provider) updateTargetGroup(ctx context.Context, op provider.Op, have provider.Resource) (*provider.Resource, error) {
	want, old, arn := op.Want.Spec.(TargetGroupSpec), have.Spec.(TargetGroupSpec), have.Output.ID
	if old.Check != want.Check {
		if err := p.client.modifyCheck(ctx, arn, want.Check); err != nil {
			return &have, err
		}
	}
	made, tags := want, missingTags(want.Tags, old.Tags)
	made.Protocol, made.Tags, made.Untouched = old.Protocol, mergeTags(old.Tags, want.Tags), old.Untouched
	change := !sameAttributes(old, want)
	if change && old.Untouched {
		tags, made.Untouched = mergeTags(tags, nil), false
		tags[tagAttributes] = attributesChanged
	}
	if len(tags) > 0 {
		if err := p.client.addTags(ctx, arn, tags); err != nil {
			return &have, err
		}
	}
	if change {
		if err := p.client.setAttributes(ctx, arn, want); err != nil {
			return &have, err
		}
	}
	r := targetGroupResource(targetGroupRecord{arn: arn, name: op.Key.Name, spec: made}, op.Want.Owner, op.Want.Group)
	return &r, nil
}
