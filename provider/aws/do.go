package aws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// retryBusy is when to look again at what the cloud is busy with: draining targets, network
// interfaces of a deleted load balancer.
const retryBusy = 5 * time.Second

// Do carries out the ops of one unit.
func (p *Provider) Do(ctx context.Context, b provider.Batch) []provider.Outcome {
	if err := p.confirm(ctx, b); err != nil {
		return refused(b, err)
	}
	if len(b.Ops) > 0 && b.Ops[0].Key.Kind == KindRule {
		return p.doRules(ctx, b)
	}
	out := make([]provider.Outcome, 0, len(b.Ops))
	for _, op := range b.Ops {
		have, err := p.doOne(ctx, b, op)
		out = append(out, outcome(op, have, err))
	}
	return out
}

func (p *Provider) doOne(ctx context.Context, b provider.Batch, op provider.Op) (*provider.Resource, error) {
	if op.Action == provider.Delete {
		return p.delete(ctx, op)
	}
	put := map[string]func(context.Context, provider.Batch, provider.Op) (provider.Resource, error){
		KindSecurityGroup: p.putSecurityGroup, KindLoadBalancer: p.putBalancer, KindCertificate: p.putCertificate,
		KindTargetGroup: p.putGroup, KindTargets: p.putTargets, KindListener: p.putListener,
	}[op.Key.Kind]
	if put == nil {
		return nil, &provider.Error{Code: provider.Invalid, Op: string(op.Action), Key: op.Key, Err: errors.New("no such kind")}
	}
	r, err := put(ctx, b, op)
	if err != nil && !is(err, provider.InProgress) {
		return nil, err
	}
	return &r, err
}

// outcome tells how an op ended. What the cloud is busy with is pending.
func outcome(op provider.Op, have *provider.Resource, err error) provider.Outcome {
	switch {
	case err == nil:
		return provider.Outcome{Key: op.Key, State: provider.Done, Have: have}
	case is(err, provider.InProgress):
		return provider.Outcome{Key: op.Key, State: provider.Pending, Have: have, RetryAfter: retryBusy}
	default:
		return provider.Outcome{Key: op.Key, State: provider.Failed, Err: withKey(err, op.Key)}
	}
}

// idOf is the ID of something that an op refers to.
func idOf(b provider.Batch, k provider.Key) (string, error) {
	if r, ok := b.Have(k); ok && r.Output.ID != "" {
		return r.Output.ID, nil
	}
	return "", &provider.Error{Code: provider.NotFound, Op: "look up", Key: k, Err: errUnknownARN}
}

// conflict is what stands in the way of a create and is not the cluster's.
func conflict(op string) error {
	return &provider.Error{Code: provider.Conflict, Op: op, Err: errNotOwned}
}

func (p *Provider) putSecurityGroup(ctx context.Context, _ provider.Batch, op provider.Op) (provider.Resource, error) {
	want := op.Want.Spec.(SecurityGroupSpec)
	tags := p.marks(op.Want.Owner, op.Key.Name, "", want.Tags)
	have := securityGroupRecord{name: op.Key.Name, tags: tags}
	if op.Have != nil {
		old := op.Have.Spec.(SecurityGroupSpec)
		have.id, have.ports, have.tags = op.Have.Output.ID, old.Ports, old.Tags
	} else {
		var err error
		have.id, err = p.client.createSecurityGroup(ctx, op.Key.Name, p.options.VPCID, describe(op.Want.Owner), tags)
		if is(err, provider.Conflict) {
			have, err = p.adoptSecurityGroup(ctx, op.Key.Name)
		}
		if err != nil {
			return provider.Resource{}, err
		}
	}
	if err := p.openOnly(ctx, have, want.Ports); err != nil {
		return provider.Resource{}, err
	}
	if missing := missingTags(want.Tags, have.tags); len(missing) > 0 {
		if err := p.client.tagEC2(ctx, have.id, missing); err != nil {
			return provider.Resource{}, err
		}
	}
	have.ports, have.tags = slices.Clone(want.Ports), merged(have.tags, want.Tags)
	return securityGroupResource(have, op.Want.Owner), nil
}

// describe is the description of a security group: up to 255 of few characters
// (CreateSecurityGroup).
func describe(o provider.Owner) string {
	text := "Headgate load balancer " + escapeTag(string(o.LoadBalancer))
	return text[:min(len(text), 255)]
}

// openOnly opens ports before it closes others.
func (p *Provider) openOnly(ctx context.Context, have securityGroupRecord, ports []int) error {
	without := func(all, others []int) []int {
		return slices.DeleteFunc(slices.Clone(all), func(port int) bool { return slices.Contains(others, port) })
	}
	if add := without(ports, have.ports); len(add) > 0 {
		if err := p.client.openPorts(ctx, have.id, add); err != nil && !refusedWith(err, "InvalidPermission.Duplicate") {
			return err
		}
	}
	if gone := without(have.ports, ports); len(gone) > 0 {
		return unlessGone(p.client.closePorts(ctx, have.id, gone))
	}
	return nil
}

func (p *Provider) adoptSecurityGroup(ctx context.Context, name string) (securityGroupRecord, error) {
	all, err := p.client.securityGroups(ctx, p.options.VPCID, "group-name", name)
	if err != nil {
		return securityGroupRecord{}, err
	}
	for _, g := range all {
		if _, ok := p.owner(g.tags); ok {
			return g, nil
		}
	}
	return securityGroupRecord{}, conflict("CreateSecurityGroup")
}

// missingTags are the wanted user tags that are not there or have another value.
func missingTags(want, have map[string]string) map[string]string {
	missing := userTags(want)
	maps.DeleteFunc(missing, func(k, v string) bool { return have[k] == v })
	return missing
}

func merged(have, want map[string]string) map[string]string {
	all := maps.Clone(have)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, userTags(want))
	return all
}

func (p *Provider) putBalancer(ctx context.Context, b provider.Batch, op provider.Op) (provider.Resource, error) {
	want := op.Want.Spec.(LoadBalancerSpec)
	ids, names := make([]string, 0, len(want.SecurityGroups)), map[string]string{}
	for _, name := range want.SecurityGroups {
		id, err := idOf(b, provider.Key{Kind: KindSecurityGroup, Name: name})
		if err != nil {
			return provider.Resource{}, err
		}
		ids, names[id] = append(ids, id), name
	}
	if op.Have != nil {
		return p.updateBalancer(ctx, op, *op.Have, ids)
	}
	p.client.believe(op.Key.Name, nil)
	tags := p.marks(op.Want.Owner, op.Key.Name, "", want.Tags)
	lb, err := p.client.createBalancer(ctx, op.Key.Name, want, ids, tags)
	if is(err, provider.Conflict) {
		lb, tags, err = p.adoptBalancer(ctx, op.Key.Name)
	}
	if err != nil {
		return provider.Resource{}, err
	}
	return p.updateBalancer(ctx, op, balancerResource(lb, op.Want.Owner, tags, names), ids)
}

func (p *Provider) adoptBalancer(ctx context.Context, name string) (balancerRecord, map[string]string, error) {
	all, err := p.client.balancers(ctx, name)
	if err != nil || len(all) == 0 {
		return balancerRecord{}, nil, orConflict(err, "CreateLoadBalancer")
	}
	tags, err := p.ownTags(ctx, "CreateLoadBalancer", all[0].arn)
	return all[0], tags, err
}

// ownTags are the tags of something that stands in the way, if it is the cluster's.
func (p *Provider) ownTags(ctx context.Context, op, arn string) (map[string]string, error) {
	tags, err := p.client.tags(ctx, []string{arn})
	if err != nil {
		return nil, err
	}
	if _, ok := p.owner(tags[arn]); !ok {
		return nil, conflict(op)
	}
	return tags[arn], nil
}

func orConflict(err error, op string) error {
	if err != nil {
		return err
	}
	return conflict(op)
}

// updateBalancer makes the writes for what differs.
func (p *Provider) updateBalancer(ctx context.Context, op provider.Op, have provider.Resource, groups []string) (provider.Resource, error) {
	want, old := op.Want.Spec.(LoadBalancerSpec), have.Spec.(LoadBalancerSpec)
	arn := have.Output.ID
	if !slices.Equal(want.Subnets, old.Subnets) {
		if err := p.client.setSubnets(ctx, arn, want.Subnets); err != nil {
			return have, err
		}
	}
	if !slices.Equal(want.SecurityGroups, old.SecurityGroups) {
		if err := p.client.setSecurityGroups(ctx, arn, groups); err != nil {
			return have, err
		}
	}
	if missing := missingTags(want.Tags, old.Tags); len(missing) > 0 {
		if err := p.client.addTags(ctx, arn, missing); err != nil {
			return have, err
		}
	}
	old.Subnets, old.SecurityGroups, old.Tags = slices.Clone(want.Subnets), slices.Clone(want.SecurityGroups), merged(old.Tags, want.Tags)
	have.Spec, have.Needs = old, op.Want.Needs
	return have, nil
}

// putCertificate imports a certificate, unless it was imported already: Certificate Manager takes
// the same one twice.
func (p *Provider) putCertificate(ctx context.Context, _ provider.Batch, op provider.Op) (provider.Resource, error) {
	if op.Have != nil {
		return *op.Have, nil
	}
	all, err := p.client.certificates(ctx)
	if err != nil {
		return provider.Resource{}, err
	}
	for _, c := range all {
		if owner, ok := p.owner(c.tags); ok && owner == op.Want.Owner && c.tags[tagName] == op.Key.Name {
			return certificateResource(op.Key.Name, c.arn, owner), nil
		}
	}
	want := op.Want.Spec.(CertificateSpec)
	tags := p.marks(op.Want.Owner, op.Key.Name, "", nil)
	arn, err := p.client.importCertificate(ctx, want.PEM, want.Key.Reveal(), tags)
	if err != nil {
		return provider.Resource{}, err
	}
	return certificateResource(op.Key.Name, arn, op.Want.Owner), nil
}

func (p *Provider) putGroup(ctx context.Context, _ provider.Batch, op provider.Op) (provider.Resource, error) {
	want := op.Want.Spec.(TargetGroupSpec)
	g := groupRecord{name: op.Key.Name, spec: want}
	if op.Have != nil {
		g.arn, g.spec = op.Have.Output.ID, op.Have.Spec.(TargetGroupSpec)
	} else {
		var err error
		if g, err = p.createGroup(ctx, op, want); err != nil {
			return provider.Resource{}, err
		}
	}
	if err := p.updateGroup(ctx, &g, want); err != nil {
		return provider.Resource{}, err
	}
	g.spec.Check, g.spec.Draining, g.spec.Sticky, g.spec.Tags = want.Check, want.Draining, want.Sticky, merged(g.spec.Tags, want.Tags)
	return groupResource(g, op.Want.Owner, op.Want.Group), nil
}

// createGroup makes a target group, or adopts the one that is there. Attributes cannot be given
// with the create: where others than the defaults are wanted, no tag says that they are untouched.
func (p *Provider) createGroup(ctx context.Context, op provider.Op, want TargetGroupSpec) (groupRecord, error) {
	tags := p.marks(op.Want.Owner, op.Key.Name, op.Want.Group, want.Tags)
	g := groupRecord{name: op.Key.Name, spec: want}
	g.spec.Draining, g.spec.Sticky, g.spec.Tags = defaultDraining, 0, userTags(tags)
	g.spec.Untouched = sameAttributes(g.spec, want)
	if g.spec.Untouched {
		tags[tagAttributes] = attributesUntouched
	}
	var err error
	g.arn, err = p.client.createGroup(ctx, op.Key.Name, p.options.VPCID, want, tags)
	if is(err, provider.Conflict) {
		return p.adoptGroup(ctx, op.Key.Name)
	}
	p.client.first(g.arn) // the next look at it is not the first
	return g, err
}

func sameAttributes(a, b TargetGroupSpec) bool {
	return a.Draining == b.Draining && a.Sticky == b.Sticky
}

func (p *Provider) adoptGroup(ctx context.Context, name string) (groupRecord, error) {
	all, err := p.client.groups(ctx, name)
	if err != nil || len(all) == 0 {
		return groupRecord{}, orConflict(err, "CreateTargetGroup")
	}
	g := all[0]
	tags, err := p.ownTags(ctx, "CreateTargetGroup", g.arn)
	if err != nil {
		return groupRecord{}, err
	}
	g.spec.Tags, g.spec.Untouched = userTags(tags), tags[tagAttributes] == attributesUntouched
	return g, p.client.readAttributes(ctx, g.arn, &g.spec)
}

// updateGroup makes the writes for what differs. The tag that says that attributes are untouched
// goes before they change.
func (p *Provider) updateGroup(ctx context.Context, have *groupRecord, want TargetGroupSpec) error {
	if have.spec.Check != want.Check {
		if err := p.client.modifyCheck(ctx, have.arn, want.Check); err != nil {
			return err
		}
	}
	same, missing := sameAttributes(have.spec, want), missingTags(want.Tags, have.spec.Tags)
	if !same && have.spec.Untouched {
		missing = merged(missing, nil)
		missing[tagAttributes] = attributesChanged
		have.spec.Untouched = false
	}
	if len(missing) > 0 {
		if err := p.client.addTags(ctx, have.arn, missing); err != nil {
			return err
		}
	}
	if same {
		return nil
	}
	return p.client.setAttributes(ctx, have.arn, want)
}

// delete removes what was observed. What is gone already is done.
func (p *Provider) delete(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	id := op.Have.Output.ID
	switch op.Key.Kind {
	case KindTargets:
		return p.deleteTargets(ctx, op)
	case KindSecurityGroup:
		return nil, unlessGone(p.client.deleteSecurityGroup(ctx, id))
	case KindLoadBalancer:
		return nil, unlessGone(p.client.deleteBalancer(ctx, id))
	case KindCertificate:
		return nil, unlessGone(p.client.deleteCertificate(ctx, id))
	case KindTargetGroup:
		return nil, unlessGone(p.client.deleteGroup(ctx, id))
	case KindListener:
		return nil, unlessGone(p.client.deleteListener(ctx, id))
	default:
		return nil, &provider.Error{Code: provider.Invalid, Op: "delete", Key: op.Key, Err: errors.New("no such kind")}
	}
}

// deleteTargets deregisters all, and is pending until the last one has drained.
func (p *Provider) deleteTargets(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	have := *op.Have
	if err := p.client.deregister(ctx, have.Output.ID, have.Spec.(TargetsSpec).Targets); err != nil {
		return nil, unlessGone(err)
	}
	left, err := p.client.targets(ctx, have.Output.ID)
	if err != nil || len(left) == 0 {
		return nil, unlessGone(err)
	}
	have.Spec = TargetsSpec{Targets: []netip.AddrPort{}}
	return &have, &provider.Error{Code: provider.InProgress, Op: "DeregisterTargets", Err: fmt.Errorf("%d targets are draining", len(left))}
}
