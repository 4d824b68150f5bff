package aws

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// securityGroupRecord is a security group.
type securityGroupRecord struct {
	id, name string
	ports    []int
	tags     map[string]string
}

// everywhere is the source of a rule that opens a port to everyone.
const everywhere = "0.0.0.0/0"

func toSecurityGroup(g types.SecurityGroup) securityGroupRecord {
	r := securityGroupRecord{id: aws.ToString(g.GroupId), name: aws.ToString(g.GroupName), tags: map[string]string{}}
	for _, t := range g.Tags {
		r.tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	for _, p := range g.IpPermissions {
		open := slices.ContainsFunc(p.IpRanges, func(x types.IpRange) bool { return aws.ToString(x.CidrIp) == everywhere })
		if from := aws.ToInt32(p.FromPort); open && aws.ToString(p.IpProtocol) == "tcp" && from == aws.ToInt32(p.ToPort) {
			r.ports = append(r.ports, int(from))
		}
	}
	slices.Sort(r.ports)
	return r
}

// securityGroups reads the security groups of a VPC for which a filter has a value.
func (c *Client) securityGroups(ctx context.Context, vpc, filter, value string) ([]securityGroupRecord, error) {
	in := &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{
		{Name: aws.String("vpc-id"), Values: []string{vpc}}, {Name: aws.String(filter), Values: []string{value}},
	}}
	return readAll(ctx, "DescribeSecurityGroups", c.ec2.DescribeSecurityGroups, in, func(out *ec2.DescribeSecurityGroupsOutput) ([]securityGroupRecord, *string) {
		return convert(out.SecurityGroups, toSecurityGroup), out.NextToken
	}, func(token *string) { in.NextToken = token })
}

func (c *Client) createSecurityGroup(ctx context.Context, name, vpc, description string, tags map[string]string) (string, error) {
	out, err := write(ctx, "CreateSecurityGroup", c.ec2.CreateSecurityGroup, &ec2.CreateSecurityGroupInput{
		GroupName: &name, Description: &description, VpcId: &vpc,
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroup, Tags: ec2Tags(tags)}},
	}, ec2Once)
	if err != nil {
		return "", err
	}
	return present("CreateSecurityGroup", out.GroupId)
}

func (c *Client) deleteSecurityGroup(ctx context.Context, id string) error {
	_, err := write(ctx, "DeleteSecurityGroup", c.ec2.DeleteSecurityGroup, &ec2.DeleteSecurityGroupInput{GroupId: &id}, ec2Once)
	return err
}

// openPorts opens ports in one call.
func (c *Client) openPorts(ctx context.Context, id string, ports []int) error {
	_, err := write(ctx, "AuthorizeSecurityGroupIngress", c.ec2.AuthorizeSecurityGroupIngress, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &id, IpPermissions: permissions(ports),
	}, ec2Once)
	return err
}

func (c *Client) closePorts(ctx context.Context, id string, ports []int) error {
	_, err := write(ctx, "RevokeSecurityGroupIngress", c.ec2.RevokeSecurityGroupIngress, &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &id, IpPermissions: permissions(ports),
	}, ec2Once)
	return err
}

func permissions(ports []int) []types.IpPermission {
	all := make([]types.IpPermission, 0, len(ports))
	for _, port := range ports {
		all = append(all, types.IpPermission{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(int32(port)), ToPort: aws.Int32(int32(port)), IpRanges: []types.IpRange{{CidrIp: aws.String(everywhere)}},
		})
	}
	return all
}

func (c *Client) tagEC2(ctx context.Context, id string, tags map[string]string) error {
	_, err := write(ctx, "CreateTags", c.ec2.CreateTags, &ec2.CreateTagsInput{Resources: []string{id}, Tags: ec2Tags(tags)}, ec2Once)
	return err
}

func ec2Tags(tags map[string]string) []types.Tag {
	var all []types.Tag
	for _, key := range sortedKeys(tags) {
		all = append(all, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return all
}
