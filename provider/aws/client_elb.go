package aws

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/headgate-io/headgate/provider"
)

// loadBalancerRecord is a load balancer.
type loadBalancerRecord struct {
	arn, name, dns, scheme string
	ready                  bool
	subnets, groups        []string
}

func toLoadBalancer(lb types.LoadBalancer) loadBalancerRecord {
	r := loadBalancerRecord{
		arn: aws.ToString(lb.LoadBalancerArn), name: aws.ToString(lb.LoadBalancerName), dns: aws.ToString(lb.DNSName),
		scheme: string(lb.Scheme), groups: lb.SecurityGroups,
	}
	if lb.State != nil {
		r.ready = lb.State.Code == types.LoadBalancerStateEnumActive || lb.State.Code == types.LoadBalancerStateEnumActiveImpaired
	}
	for _, zone := range lb.AvailabilityZones {
		r.subnets = append(r.subnets, aws.ToString(zone.SubnetId))
	}
	slices.Sort(r.subnets)
	return r
}

// loadBalancers reads all load balancers of the region, or the one with a name.
func (c *Client) loadBalancers(ctx context.Context, name string) ([]loadBalancerRecord, error) {
	in := &elb.DescribeLoadBalancersInput{}
	if name != "" {
		in.Names = []string{name}
	}
	return readAll(ctx, "DescribeLoadBalancers", c.elb.DescribeLoadBalancers, in, func(out *elb.DescribeLoadBalancersOutput) ([]loadBalancerRecord, *string) {
		return convert(out.LoadBalancers, toLoadBalancer), out.NextMarker
	}, func(token *string) { in.Marker = token })
}

func (c *Client) createLoadBalancer(ctx context.Context, name string, s LoadBalancerSpec, groups []string, tags map[string]string) (loadBalancerRecord, error) {
	out, err := write(ctx, "CreateLoadBalancer", c.elb.CreateLoadBalancer, &elb.CreateLoadBalancerInput{
		Name: &name, Type: types.LoadBalancerTypeEnumApplication, Scheme: types.LoadBalancerSchemeEnum(s.Scheme), Subnets: s.Subnets,
		SecurityGroups: groups, IpAddressType: types.IpAddressTypeIpv4, Tags: elbTags(tags),
	}, elbOnce)
	if err != nil {
		return loadBalancerRecord{}, err
	}
	made, err := only("CreateLoadBalancer", convert(out.LoadBalancers, toLoadBalancer))
	if err != nil {
		return loadBalancerRecord{}, err
	}
	_, err = present("CreateLoadBalancer", &made.arn)
	return made, err
}

func (c *Client) deleteLoadBalancer(ctx context.Context, arn string) error {
	_, err := write(ctx, "DeleteLoadBalancer", c.elb.DeleteLoadBalancer, &elb.DeleteLoadBalancerInput{LoadBalancerArn: &arn}, elbOnce)
	return err
}

func (c *Client) setSubnets(ctx context.Context, arn string, subnets []string) error {
	_, err := write(ctx, "SetSubnets", c.elb.SetSubnets, &elb.SetSubnetsInput{LoadBalancerArn: &arn, Subnets: subnets}, elbOnce)
	return err
}

func (c *Client) setSecurityGroups(ctx context.Context, arn string, groups []string) error {
	_, err := write(ctx, "SetSecurityGroups", c.elb.SetSecurityGroups, &elb.SetSecurityGroupsInput{LoadBalancerArn: &arn, SecurityGroups: groups}, elbOnce)
	return err
}

// tagsPerCall is the maximum number of resources of one DescribeTags.
const tagsPerCall = 20

func elbTags(tags map[string]string) []types.Tag {
	var all []types.Tag
	for _, key := range sortedKeys(tags) {
		all = append(all, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return all
}

// tags reads the tags of resources.
func (c *Client) tags(ctx context.Context, arns []string) (map[string]map[string]string, error) {
	all := make(map[string]map[string]string, len(arns))
	for chunk := range slices.Chunk(arns, tagsPerCall) {
		out, err := read(ctx, "DescribeTags", c.elb.DescribeTags, &elb.DescribeTagsInput{ResourceArns: chunk})
		if err != nil {
			return nil, err
		}
		for _, d := range out.TagDescriptions {
			tags := make(map[string]string, len(d.Tags))
			for _, t := range d.Tags {
				tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
			}
			all[aws.ToString(d.ResourceArn)] = tags
		}
	}
	return all, nil
}

// tagsOf reads the tags of many resources in concurrent calls. A resource that is gone has none.
func (c *Client) tagsOf(ctx context.Context, arns []string) (map[string]map[string]string, error) {
	chunks := slices.Collect(slices.Chunk(arns, tagsPerCall))
	found := make([]map[string]map[string]string, len(chunks))
	var reads []func(context.Context) error
	for i, chunk := range chunks {
		reads = append(reads, func(ctx context.Context) (err error) {
			found[i], err = c.tags(ctx, chunk)
			if provider.IsCode(err, provider.NotFound) {
				found[i], err = c.tagsOfEach(ctx, chunk)
			}
			return err
		})
	}
	err := together(ctx, reads...)
	all := make(map[string]map[string]string, len(arns))
	for _, tags := range found {
		maps.Copy(all, tags)
	}
	return all, err
}

// tagsOfEach reads the tags of resources one by one, because a call for several fails if one of
// them is gone.
func (c *Client) tagsOfEach(ctx context.Context, arns []string) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	for _, arn := range arns {
		tags, err := c.tags(ctx, []string{arn})
		if ignoreNotFound(err) != nil {
			return nil, err
		}
		maps.Copy(all, tags)
	}
	return all, nil
}

func (c *Client) addTags(ctx context.Context, arn string, tags map[string]string) error {
	_, err := write(ctx, "AddTags", c.elb.AddTags, &elb.AddTagsInput{ResourceArns: []string{arn}, Tags: elbTags(tags)}, elbOnce)
	return err
}

// listenerRecord is a listener with its default certificate only.
type listenerRecord struct {
	arn  string
	port int
	spec ListenerSpec
}

func toListener(l types.Listener) listenerRecord {
	r := listenerRecord{
		arn: aws.ToString(l.ListenerArn), port: int(aws.ToInt32(l.Port)),
		spec: ListenerSpec{Protocol: string(l.Protocol), Policy: aws.ToString(l.SslPolicy), Default: fromActions(l.DefaultActions)},
	}
	for _, cert := range l.Certificates {
		r.spec.Certificates = append(r.spec.Certificates, aws.ToString(cert.CertificateArn))
	}
	return r
}

func (c *Client) listeners(ctx context.Context, balancer string) ([]listenerRecord, error) {
	return c.describeListeners(ctx, &elb.DescribeListenersInput{LoadBalancerArn: &balancer})
}

func (c *Client) describeListeners(ctx context.Context, in *elb.DescribeListenersInput) ([]listenerRecord, error) {
	return readAll(ctx, "DescribeListeners", c.elb.DescribeListeners, in, func(out *elb.DescribeListenersOutput) ([]listenerRecord, *string) {
		return convert(out.Listeners, toListener), out.NextMarker
	}, func(token *string) { in.Marker = token })
}

// extraCertificates reads the ARNs of a listener's certificates, except the default one.
func (c *Client) extraCertificates(ctx context.Context, listener string) ([]string, error) {
	in := &elb.DescribeListenerCertificatesInput{ListenerArn: &listener}
	return readAll(ctx, "DescribeListenerCertificates", c.elb.DescribeListenerCertificates, in, func(out *elb.DescribeListenerCertificatesOutput) ([]string, *string) {
		extra := slices.DeleteFunc(out.Certificates, func(cert types.Certificate) bool { return aws.ToBool(cert.IsDefault) })
		return convert(extra, func(cert types.Certificate) string { return aws.ToString(cert.CertificateArn) }), out.NextMarker
	}, func(token *string) { in.Marker = token })
}

// createListener creates a listener with its default certificate. The spec has ARNs instead of
// names.
func (c *Client) createListener(ctx context.Context, balancer string, port int, spec ListenerSpec, tags map[string]string) (string, error) {
	in := &elb.CreateListenerInput{
		LoadBalancerArn: &balancer, Port: aws.Int32(int32(port)), Protocol: types.ProtocolEnum(spec.Protocol),
		DefaultActions: toActions(spec.Default), Tags: elbTags(tags),
	}
	if spec.Protocol == "HTTPS" {
		in.SslPolicy, in.Certificates = &spec.Policy, toCertificates(defaultCertificate(spec.Certificates))
	}
	out, err := write(ctx, "CreateListener", c.elb.CreateListener, in, elbOnce)
	if err != nil {
		return "", err
	}
	made, err := only("CreateListener", out.Listeners)
	if err != nil {
		return "", err
	}
	return present("CreateListener", made.ListenerArn)
}

// toCertificates returns the certificates for a call, or nil if there are no ARNs.
func toCertificates(arns []string) []types.Certificate {
	var all []types.Certificate
	for _, arn := range arns {
		all = append(all, types.Certificate{CertificateArn: aws.String(arn)})
	}
	return all
}

func (c *Client) modifyListener(ctx context.Context, arn string, spec ListenerSpec) error {
	in := &elb.ModifyListenerInput{ListenerArn: &arn, Protocol: types.ProtocolEnum(spec.Protocol), DefaultActions: toActions(spec.Default)}
	if spec.Protocol == "HTTPS" {
		in.SslPolicy, in.Certificates = &spec.Policy, toCertificates(defaultCertificate(spec.Certificates))
	}
	_, err := write(ctx, "ModifyListener", c.elb.ModifyListener, in, elbOnce)
	return err
}

func (c *Client) deleteListener(ctx context.Context, arn string) error {
	_, err := write(ctx, "DeleteListener", c.elb.DeleteListener, &elb.DeleteListenerInput{ListenerArn: &arn}, elbOnce)
	return err
}

func (c *Client) addCertificate(ctx context.Context, listener, cert string) error {
	_, err := write(ctx, "AddListenerCertificates", c.elb.AddListenerCertificates, &elb.AddListenerCertificatesInput{
		ListenerArn: &listener, Certificates: toCertificates([]string{cert}),
	}, elbOnce)
	return err
}

func (c *Client) removeCertificate(ctx context.Context, listener, cert string) error {
	_, err := write(ctx, "RemoveListenerCertificates", c.elb.RemoveListenerCertificates, &elb.RemoveListenerCertificatesInput{
		ListenerArn: &listener, Certificates: toCertificates([]string{cert}),
	}, elbOnce)
	return err
}

// isARN reports whether s is an ARN, and not a name.
func isARN(s string) bool { return strings.HasPrefix(s, "arn:") }

// loadBalancerName returns the name in the ARN of a load balancer: …:loadbalancer/app/NAME/ID.
func loadBalancerName(arn string) string {
	_, rest, _ := strings.Cut(arn, ":loadbalancer/app/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// targetGroupName returns the name in the ARN of a target group: …:targetgroup/NAME/ID.
func targetGroupName(arn string) string {
	_, rest, ok := strings.Cut(arn, ":targetgroup/")
	if !ok {
		return arn
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}
