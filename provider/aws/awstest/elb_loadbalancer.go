package awstest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// createLoadBalancer returns the existing load balancer if it has the same name and settings
// (CreateLoadBalancer). Unverified: that tags are settings.
func (s *Server) createLoadBalancer(in *createLoadBalancerInput) (*loadBalancersOutput, error) {
	made, err := s.newLoadBalancer(in)
	if err != nil {
		return nil, err
	}
	have := find(s.state.balancers.all, func(lb *loadBalancer) bool { return lb.Shape.LoadBalancerName == in.Name })
	if have != nil {
		if !sameLoadBalancer(have, made) {
			return nil, refuse("DuplicateLoadBalancerName", "a load balancer with the same name '%s' exists, but with different settings", in.Name)
		}
		return &loadBalancersOutput{LoadBalancers: []elbLoadBalancer{s.loadBalancerShape(have)}}, nil
	}
	if len(s.state.balancers.all) >= maxBalancers {
		return nil, refuse("TooManyLoadBalancers", "at most %d load balancers are allowed", maxBalancers)
	}
	id := s.state.nextID(16)
	made.Shape.LoadBalancerArn = s.arn("elasticloadbalancing", "loadbalancer/app/"+in.Name+"/"+id)
	made.Shape.DNSName = s.dnsName(made.Shape.Scheme, in.Name)
	s.state.balancers.add(made.Shape.LoadBalancerArn, made)
	s.recordTags(made.Shape.LoadBalancerArn, made.Tags)
	s.activate(made)
	return &loadBalancersOutput{LoadBalancers: []elbLoadBalancer{s.loadBalancerShape(made)}}, nil
}

// activate puts a load balancer into service after the delay of an operation.
func (s *Server) activate(lb *loadBalancer) {
	if s.options.OperationDelay == 0 {
		return
	}
	s.later(s.options.OperationDelay, func() {
		if now := s.now(); now.Before(lb.activeAt) {
			lb.activeAt = now // a timer of a fast clock may fire slightly early
		}
		s.loadBalancerChanged(lb)
		s.follow()
		s.changed.Fire()
	})
}

func (s *Server) newLoadBalancer(in *createLoadBalancerInput) (*loadBalancer, error) {
	if err := checkName("load balancer", in.Name); err != nil {
		return nil, err
	}
	if strings.HasPrefix(in.Name, "internal-") {
		return nil, invalid("The load balancer name '%s' cannot begin with 'internal-'", in.Name)
	}
	if in.Type != "" && in.Type != "application" {
		return nil, unsupported("load balancer type " + in.Type)
	}
	if in.IpAddressType != "" && in.IpAddressType != "ipv4" {
		return nil, refuse("InvalidConfigurationRequest", "the subnets have no IPv6 ranges, which IP address type '%s' needs", in.IpAddressType)
	}
	zones, err := s.zones(in.Subnets, in.SubnetMappings)
	if err != nil {
		return nil, err
	}
	groups, err := s.securityGroups(in.SecurityGroups)
	if err != nil {
		return nil, err
	}
	if err := checkTags(nil, in.Tags); err != nil {
		return nil, err
	}
	now := s.now()
	return &loadBalancer{
		Shape: elbLoadBalancer{
			CanonicalHostedZoneId: "Z35SXDOTRQ7X7K", CreatedTime: &now, LoadBalancerName: in.Name,
			Scheme: cmp.Or(in.Scheme, "internet-facing"), VpcId: s.options.VPCID, Type: "application",
			AvailabilityZones: zones, SecurityGroups: groups, IpAddressType: "ipv4",
		},
		Attributes: loadBalancerDefaults(cmp.Or(in.Scheme, "internet-facing")), Tags: in.Tags,
		created: now, activeAt: now.Add(s.options.OperationDelay),
	}, nil
}

// checkName checks the name of a load balancer or target group: at most 32 letters, digits and
// hyphens, without a hyphen at either end (CreateLoadBalancer, CreateTargetGroup).
func checkName(what, name string) error {
	switch {
	case len(name) > 32:
		return invalid("The %s name '%s' cannot be longer than '32' characters", what, name)
	case strings.HasPrefix(name, "-") || strings.HasSuffix(name, "-"):
		return invalid("The %s name '%s' cannot begin or end with a hyphen", what, name)
	case !all(name, func(r rune) bool { return isAlnum(r) || r == '-' }):
		return invalid("The %s name '%s' can only contain characters that are alphanumeric characters and hyphens(-)", what, name)
	default:
		return nil
	}
}

func (s *Server) dnsName(scheme, name string) string {
	s.state.serial++
	dns := fmt.Sprintf("%s-%d.%s.elb.amazonaws.com", name, 1000000000+s.state.serial, s.options.Region)
	if scheme == "internal" {
		return "internal-" + dns
	}
	return dns
}

// zones returns the zones of subnets. There must be at least two subnets, each in another zone
// (CreateLoadBalancer, Subnets).
func (s *Server) zones(ids []string, mappings []elbSubnetMapping) ([]elbAvailabilityZone, error) {
	if (len(ids) == 0) == (len(mappings) == 0) {
		return nil, invalid("You must specify either subnets or subnet mappings, and not both")
	}
	for _, m := range mappings {
		ids = append(ids, m.SubnetId)
	}
	var zones []elbAvailabilityZone
	for _, id := range ids {
		i := slices.IndexFunc(s.options.Subnets, func(sub Subnet) bool { return sub.ID == id })
		if i < 0 {
			return nil, refuse("SubnetNotFound", "the subnet ID '%s' does not exist", id)
		}
		zone := s.options.Subnets[i].Zone
		if slices.ContainsFunc(zones, func(z elbAvailabilityZone) bool { return z.ZoneName == zone }) {
			return nil, refuse("InvalidConfigurationRequest", "a load balancer cannot be attached to multiple subnets in the same Availability Zone")
		}
		zones = append(zones, elbAvailabilityZone{ZoneName: zone, SubnetId: id})
	}
	if len(zones) < 2 {
		return nil, invalid("At least two subnets in two different Availability Zones must be specified")
	}
	slices.SortFunc(zones, func(a, b elbAvailabilityZone) int { return strings.Compare(a.ZoneName, b.ZoneName) })
	return zones, nil
}

// securityGroups checks the security groups of a load balancer. The default is that of the VPC.
func (s *Server) securityGroups(ids []string) ([]string, error) {
	if len(ids) == 0 {
		return []string{s.state.network.groups[0].id}, nil
	}
	if len(ids) > maxGroupsPerInterface {
		return nil, refuse("InvalidConfigurationRequest", "at most %d security groups can be specified", maxGroupsPerInterface)
	}
	for i, id := range ids {
		if s.state.network.group(id) == nil {
			return nil, refuse("InvalidSecurityGroup", "the security group ID '%s' does not exist", id)
		}
		if slices.Contains(ids[:i], id) {
			return nil, refuse("InvalidConfigurationRequest", "the security group ID '%s' is a duplicate", id)
		}
	}
	return ids, nil
}

func sameLoadBalancer(have, made *loadBalancer) bool {
	return have.Shape.Scheme == made.Shape.Scheme && slices.Equal(have.Shape.AvailabilityZones, made.Shape.AvailabilityZones) &&
		slices.Equal(have.Shape.SecurityGroups, made.Shape.SecurityGroups) && sameTags(have.Tags, made.Tags)
}

// loadBalancerShape returns the stored form with the current state.
func (s *Server) loadBalancerShape(lb *loadBalancer) elbLoadBalancer {
	shape := lb.Shape
	shape.State = &elbState{Code: "provisioning"}
	if s.active(lb) {
		shape.State.Code = "active"
	}
	return shape
}

func (s *Server) active(lb *loadBalancer) bool { return !s.now().Before(lb.activeAt) }

func (s *Server) describeLoadBalancers(in *describeLoadBalancersInput) (*describeLoadBalancersOutput, error) {
	if len(in.LoadBalancerArns) > 20 || len(in.Names) > 20 {
		return nil, invalid("at most 20 load balancers can be named at a time")
	}
	named := len(in.LoadBalancerArns)+len(in.Names) > 0
	var found []elbLoadBalancer
	for _, lb := range s.state.balancers.all {
		wanted := slices.Contains(in.LoadBalancerArns, lb.Shape.LoadBalancerArn) || slices.Contains(in.Names, lb.Shape.LoadBalancerName)
		if s.visible(lb.created) && (wanted || !named) {
			found = append(found, s.loadBalancerShape(lb))
		}
	}
	if named && len(found) < len(in.LoadBalancerArns)+len(in.Names) {
		return nil, refuse("LoadBalancerNotFound", "one or more load balancers not found")
	}
	part, next, err := page(found, in.Marker, in.PageSize)
	return &describeLoadBalancersOutput{LoadBalancers: part, NextMarker: next}, err
}

// deleteLoadBalancer also deletes the listeners. It succeeds if the load balancer does not exist
// (DeleteLoadBalancer).
func (s *Server) deleteLoadBalancer(in *loadBalancerArnInput) (*emptyOutput, error) {
	lb := s.state.balancer(in.LoadBalancerArn)
	if lb == nil {
		if !strings.Contains(in.LoadBalancerArn, ":loadbalancer/") {
			return nil, invalid("'%s' is not a valid load balancer ARN", in.LoadBalancerArn)
		}
		return &emptyOutput{}, nil
	}
	if lb.Attributes["deletion_protection.enabled"] == "true" {
		return nil, refuse("OperationNotPermitted", "load balancer '%s' cannot be deleted because deletion protection is enabled", in.LoadBalancerArn)
	}
	for _, l := range lb.listeners {
		s.dropListener(l)
	}
	s.state.balancers.drop(in.LoadBalancerArn)
	s.recordDeletion(in.LoadBalancerArn)
	s.detach(lb)
	return &emptyOutput{}, nil
}

func (s *Server) mustLoadBalancer(arn string) (*loadBalancer, error) {
	if !strings.HasPrefix(arn, "arn:") || !strings.Contains(arn, ":loadbalancer/") {
		return nil, invalid("'%s' is not a valid load balancer ARN", arn)
	}
	if lb := s.state.balancer(arn); lb != nil {
		return lb, nil
	}
	return nil, refuse("LoadBalancerNotFound", "load balancer '%s' not found", arn)
}

func (s *Server) setSecurityGroups(in *setSecurityGroupsInput) (*setSecurityGroupsOutput, error) {
	lb, err := s.mustLoadBalancer(in.LoadBalancerArn)
	if err != nil {
		return nil, err
	}
	if len(in.SecurityGroups) == 0 {
		return nil, refuse("InvalidConfigurationRequest", "a load balancer needs at least one security group")
	}
	groups, err := s.securityGroups(in.SecurityGroups)
	if err != nil {
		return nil, err
	}
	lb.Shape.SecurityGroups = groups
	s.loadBalancerChanged(lb)
	return &setSecurityGroupsOutput{SecurityGroupIds: groups}, nil
}

func (s *Server) setSubnets(in *setSubnetsInput) (*setSubnetsOutput, error) {
	lb, err := s.mustLoadBalancer(in.LoadBalancerArn)
	if err != nil {
		return nil, err
	}
	if in.IpAddressType != "" && in.IpAddressType != "ipv4" {
		return nil, refuse("InvalidConfigurationRequest", "the subnets have no IPv6 ranges")
	}
	zones, err := s.zones(in.Subnets, in.SubnetMappings)
	if err != nil {
		return nil, err
	}
	lb.Shape.AvailabilityZones = zones
	s.loadBalancerChanged(lb)
	return &setSubnetsOutput{AvailabilityZones: zones, IpAddressType: lb.Shape.IpAddressType}, nil
}
