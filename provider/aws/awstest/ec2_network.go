package awstest

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// detached is the network interfaces of a deleted load balancer. They are deleted some time later,
// and until then its security groups are in use (Elastic Load Balancing user guide, "Delete a load
// balancer"; knowledge center, "Why can't I delete a network interface created by ELB").
type detached struct{ interfaces []ec2InterfaceShape }

// detach retains the interfaces of a load balancer for the delay of an operation.
func (s *Server) detach(lb *loadBalancer) {
	if s.options.OperationDelay == 0 {
		return
	}
	d := &detached{interfaces: s.interfacesOf(lb)}
	s.state.network.detached = append(s.state.network.detached, d)
	s.later(s.options.OperationDelay, func() {
		s.state.network.detached = remove(s.state.network.detached, d)
		s.changed.Fire()
	})
}

// interfaces returns the network interfaces in the VPC: one for each load balancer and subnet.
func (s *Server) interfaces() []ec2InterfaceShape {
	all := []ec2InterfaceShape{}
	for _, lb := range s.state.balancers.all {
		all = append(all, s.interfacesOf(lb)...)
	}
	for _, d := range s.state.network.detached {
		all = append(all, d.interfaces...)
	}
	return all
}

func (s *Server) interfacesOf(lb *loadBalancer) []ec2InterfaceShape {
	id := lb.Shape.LoadBalancerArn[strings.LastIndexByte(lb.Shape.LoadBalancerArn, '/')+1:]
	var all []ec2InterfaceShape
	for _, zone := range lb.Shape.AvailabilityZones {
		shape := ec2InterfaceShape{
			NetworkInterfaceId: "eni-" + id + strconv.Itoa(len(all)), SubnetId: zone.SubnetId, VpcId: s.options.VPCID,
			AvailabilityZone: zone.ZoneName, Description: "ELB app/" + lb.Shape.LoadBalancerName + "/" + id,
			OwnerId: s.options.AccountID, RequesterId: "amazon-elb", RequesterManaged: true, Status: "in-use",
		}
		for _, group := range lb.Shape.SecurityGroups {
			shape.Groups = append(shape.Groups, ec2GroupName{GroupId: group, GroupName: s.state.network.group(group).name})
		}
		all = append(all, shape)
	}
	return all
}

func (s *Server) describeNetworkInterfaces(in *describeNetworkInterfacesInput) (*describeNetworkInterfacesOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	found := []ec2InterfaceShape{}
	for _, i := range s.interfaces() {
		var groups []string
		for _, g := range i.Groups {
			groups = append(groups, g.GroupId)
		}
		filterable := filterable{fields: map[string][]string{
			"network-interface-id": {i.NetworkInterfaceId}, "subnet-id": {i.SubnetId}, "vpc-id": {i.VpcId}, "description": {i.Description},
			"group-id": groups, "requester-id": {i.RequesterId}, "status": {i.Status}, "availability-zone": {i.AvailabilityZone},
		}}
		matched, err := filterable.matches(in.Filters)
		if err != nil {
			return nil, err
		}
		if matched && (len(in.NetworkInterfaceIds) == 0 || slices.Contains(in.NetworkInterfaceIds, i.NetworkInterfaceId)) {
			found = append(found, i)
		}
	}
	if len(in.Filters) == 0 && len(found) < len(in.NetworkInterfaceIds) {
		return nil, refuse("InvalidNetworkInterfaceID.NotFound", "the network interfaces do not all exist")
	}
	part, next, err := ec2Page(found, len(in.NetworkInterfaceIds) > 0, in.NextToken, in.MaxResults)
	return &describeNetworkInterfacesOutput{NetworkInterfaces: part, NextToken: next}, err
}

func (s *Server) describeSubnets(in *describeSubnetsInput) (*describeSubnetsOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	found := []ec2SubnetShape{}
	for i, sub := range s.options.Subnets {
		shape := s.subnetShape(i, sub)
		filterable := filterable{tags: shape.Tags, fields: map[string][]string{
			"subnet-id": {sub.ID}, "vpc-id": {s.options.VPCID}, "availability-zone": {sub.Zone}, "cidr-block": {sub.CIDR}, "state": {"available"},
		}}
		matched, err := filterable.matches(in.Filters)
		if err != nil {
			return nil, err
		}
		if matched && (len(in.SubnetIds) == 0 || slices.Contains(in.SubnetIds, sub.ID)) {
			found = append(found, shape)
		}
	}
	if len(in.Filters) == 0 && len(found) < len(in.SubnetIds) {
		return nil, refuse("InvalidSubnetID.NotFound", "the subnet IDs '%s' do not all exist", strings.Join(in.SubnetIds, ", "))
	}
	part, next, err := ec2Page(found, len(in.SubnetIds) > 0, in.NextToken, in.MaxResults)
	return &describeSubnetsOutput{Subnets: part, NextToken: next}, err
}

func (s *Server) subnetShape(i int, sub Subnet) ec2SubnetShape {
	free := 0
	if prefix, err := netip.ParsePrefix(sub.CIDR); err == nil && prefix.Bits() > 8 {
		// AWS reserves five addresses of each subnet ("Subnet CIDR blocks").
		free = 1<<(32-prefix.Bits()) - 5
	}
	return ec2SubnetShape{
		SubnetId: sub.ID, State: "available", VpcId: s.options.VPCID, CidrBlock: sub.CIDR, AvailableIpAddressCount: int32(free),
		AvailabilityZone: sub.Zone, AvailabilityZoneId: "use1-az" + strconv.Itoa(i+1), MapPublicIpOnLaunch: true,
		OwnerId: s.options.AccountID, SubnetArn: s.arn("ec2", "subnet/"+sub.ID), Tags: s.networkTags(sub.ID),
	}
}

func (s *Server) networkTags(id string) []ec2Tag {
	if tags := s.state.network.tags[id]; tags != nil {
		return *tags
	}
	return nil
}

func (s *Server) describeVpcs(in *describeVpcsInput) (*describeVpcsOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	vpc := ec2VpcShape{
		VpcId: s.options.VPCID, State: "available", CidrBlock: s.options.VPCCIDR, OwnerId: s.options.AccountID, IsDefault: true,
		CidrBlockAssociationSet: []ec2CidrAssociation{{
			AssociationId: "vpc-cidr-assoc-0a1b2c3d4e5f60718", CidrBlock: s.options.VPCCIDR, CidrBlockState: ec2CidrState{State: "associated"},
		}},
		Tags: s.networkTags(s.options.VPCID),
	}
	filterable := filterable{tags: vpc.Tags, fields: map[string][]string{
		"vpc-id": {vpc.VpcId}, "cidr": {vpc.CidrBlock}, "state": {"available"}, "is-default": {"true"}, "owner-id": {vpc.OwnerId},
	}}
	matched, err := filterable.matches(in.Filters)
	if err != nil {
		return nil, err
	}
	found := []ec2VpcShape{}
	if matched && (len(in.VpcIds) == 0 || slices.Contains(in.VpcIds, vpc.VpcId)) {
		found = append(found, vpc)
	}
	if len(in.Filters) == 0 && len(found) < len(in.VpcIds) {
		return nil, refuse("InvalidVpcID.NotFound", "the vpc IDs '%s' do not all exist", strings.Join(in.VpcIds, ", "))
	}
	return &describeVpcsOutput{Vpcs: found}, nil
}

func (s *Server) describeAvailabilityZones(in *describeAvailabilityZonesInput) (*describeAvailabilityZonesOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	found := []ec2ZoneShape{}
	for i, sub := range s.options.Subnets {
		filterable := filterable{fields: map[string][]string{"zone-name": {sub.Zone}, "region-name": {s.options.Region}, "state": {"available"}, "zone-type": {"availability-zone"}}}
		matched, err := filterable.matches(in.Filters)
		if err != nil {
			return nil, err
		}
		known := slices.ContainsFunc(found, func(z ec2ZoneShape) bool { return z.ZoneName == sub.Zone })
		if matched && !known && (len(in.ZoneNames) == 0 || slices.Contains(in.ZoneNames, sub.Zone)) {
			found = append(found, ec2ZoneShape{
				ZoneName: sub.Zone, State: "available", RegionName: s.options.Region, ZoneId: "use1-az" + strconv.Itoa(i+1), ZoneType: "availability-zone",
			})
		}
	}
	if len(in.Filters) == 0 && len(found) < len(in.ZoneNames) {
		return nil, refuse("InvalidParameterValue", "invalid availability zone: [%s]", strings.Join(in.ZoneNames, ", "))
	}
	return &describeAvailabilityZonesOutput{AvailabilityZones: found}, nil
}
