package awstest

import (
	"slices"
	"strings"
	"time"
)

// network is the state of the VPC.
type network struct {
	groups   []*securityGroup     // the default group first
	tags     map[string]*[]ec2Tag // of the subnets and the VPC, by ID
	detached []*detached
}

// securityGroup is a stored security group with its rules.
type securityGroup struct {
	id, name, description string
	rules                 []*groupRule
	tags                  []ec2Tag
	created               bool // false for the default group, which cannot be deleted
	seenAt                time.Time
}

// groupRule is a rule of a security group with one peer.
type groupRule struct {
	id          string
	egress      bool
	protocol    string // tcp, udp, icmp, … or -1
	from, to    *int32
	peer        string // CIDR, prefix list ID or security group ID
	description string
	tags        []ec2Tag
}

func newNetwork(s *Server) network {
	def := &securityGroup{id: "sg-0a1b2c3d4e5f60000", name: "default", description: "default VPC security group"}
	n := network{groups: []*securityGroup{def}, tags: map[string]*[]ec2Tag{}}
	def.rules = []*groupRule{
		{id: "sgr-" + s.state.nextID(17), protocol: "-1", peer: def.id},
		{id: "sgr-" + s.state.nextID(17), protocol: "-1", peer: "0.0.0.0/0", egress: true},
	}
	return n
}

func (n *network) group(id string) *securityGroup {
	return find(n.groups, func(g *securityGroup) bool { return g.id == id })
}

func (s *Server) mustSecurityGroup(id string) (*securityGroup, error) {
	if !strings.HasPrefix(id, "sg-") {
		return nil, refuse("InvalidGroupId.Malformed", "invalid id: \"%s\" (expecting \"sg-...\")", id)
	}
	if g := s.state.network.group(id); g != nil {
		return g, nil
	}
	return nil, refuse("InvalidGroup.NotFound", "the security group '%s' does not exist", id)
}

// createSecurityGroup creates a group that allows all outbound and no inbound traffic. Its name is
// unique in the VPC, has up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, and does not
// begin with sg- (CreateSecurityGroup).
func (s *Server) createSecurityGroup(in *createSecurityGroupInput) (*createSecurityGroupOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	if err := s.checkNewGroup(in); err != nil {
		return nil, err
	}
	tags, err := tagsFor(in.TagSpecifications, "security-group")
	if err != nil {
		return nil, err
	}
	g := &securityGroup{
		id: "sg-" + s.state.nextID(17), name: in.GroupName, description: in.GroupDescription, tags: tags, created: true, seenAt: s.now(),
	}
	g.rules = []*groupRule{{id: "sgr-" + s.state.nextID(17), protocol: "-1", peer: "0.0.0.0/0", egress: true}}
	s.state.network.groups = append(s.state.network.groups, g)
	return &createSecurityGroupOutput{Return: true, GroupId: g.id, Tags: tags}, nil
}

func (s *Server) checkNewGroup(in *createSecurityGroupInput) error {
	switch {
	case in.VpcId == "":
		return refuse("MissingParameter", "the request must contain the parameter VpcId")
	case in.VpcId != s.options.VPCID:
		return refuse("InvalidVpcID.NotFound", "the vpc ID '%s' does not exist", in.VpcId)
	case strings.HasPrefix(strings.ToLower(in.GroupName), "sg-"):
		return refuse("InvalidParameterValue", "group names may not be in the format sg-*")
	case !all(in.GroupName, isGroupRune) || !all(in.GroupDescription, isGroupRune):
		return refuse("InvalidParameterValue", "invalid characters in the group name or its description")
	case slices.ContainsFunc(s.state.network.groups, func(g *securityGroup) bool { return g.name == in.GroupName }):
		return refuse("InvalidGroup.Duplicate", "the security group '%s' already exists for VPC '%s'", in.GroupName, in.VpcId)
	case len(s.state.network.groups) >= maxSecurityGroups:
		return refuse("SecurityGroupLimitExceeded", "at most %d security groups are allowed", maxSecurityGroups)
	default:
		return nil
	}
}

func isGroupRune(r rune) bool { return isAlnum(r) || strings.ContainsRune(" ._-:/()#,@[]+=&;{}!$*", r) }

// deleteSecurityGroup fails while a network interface uses the group, or a rule of another group
// refers to it (DeleteSecurityGroup: DependencyViolation).
func (s *Server) deleteSecurityGroup(in *deleteSecurityGroupInput) (*deleteSecurityGroupOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	g, err := s.mustSecurityGroup(in.GroupId)
	if err != nil {
		return nil, err
	}
	if !g.created {
		return nil, refuse("CannotDelete", "the specified group: \"%s\" name: \"default\" cannot be deleted by a user", g.id)
	}
	if s.inUse(g.id) {
		return nil, refuse("DependencyViolation", "resource %s has a dependent object", g.id)
	}
	s.state.network.groups = remove(s.state.network.groups, g)
	return &deleteSecurityGroupOutput{Return: true, GroupId: g.id}, nil
}

func (s *Server) inUse(group string) bool {
	for _, i := range s.interfaces() {
		if slices.ContainsFunc(i.Groups, func(name ec2GroupName) bool { return name.GroupId == group }) {
			return true
		}
	}
	for _, g := range s.state.network.groups {
		refers := func(r *groupRule) bool { return r.peer == group }
		if g.id != group && slices.ContainsFunc(g.rules, refers) {
			return true
		}
	}
	return false
}

func (s *Server) describeSecurityGroups(in *describeSecurityGroupsInput) (*describeSecurityGroupsOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	found := []ec2GroupShape{}
	for _, g := range s.state.network.groups {
		wanted := (len(in.GroupIds) == 0 || slices.Contains(in.GroupIds, g.id)) && (len(in.GroupNames) == 0 || slices.Contains(in.GroupNames, g.name))
		matched, err := s.groupSubject(g).matches(in.Filters)
		if err != nil {
			return nil, err
		}
		if wanted && matched && s.visible(g.seenAt) {
			found = append(found, s.groupShapeOf(g))
		}
	}
	if len(in.Filters) == 0 && len(found) < len(in.GroupIds) {
		return nil, refuse("InvalidGroup.NotFound", "the security groups '%s' do not all exist", strings.Join(in.GroupIds, ", "))
	}
	part, next, err := ec2Page(found, len(in.GroupIds) > 0, in.NextToken, in.MaxResults)
	return &describeSecurityGroupsOutput{SecurityGroups: part, NextToken: next}, err
}

func (s *Server) groupSubject(g *securityGroup) filterable {
	return filterable{tags: g.tags, fields: map[string][]string{
		"group-id": {g.id}, "group-name": {g.name}, "vpc-id": {s.options.VPCID}, "owner-id": {s.options.AccountID}, "description": {g.description},
	}}
}

func (s *Server) groupShapeOf(g *securityGroup) ec2GroupShape {
	return ec2GroupShape{
		OwnerId: s.options.AccountID, GroupName: g.name, GroupId: g.id, GroupDescription: g.description, VpcId: s.options.VPCID,
		IpPermissions: s.permissions(g, false), IpPermissionsEgress: s.permissions(g, true), Tags: g.tags,
	}
}

// permissions groups the rules of one direction by protocol and ports, as in responses of EC2.
func (s *Server) permissions(g *securityGroup, egress bool) []ec2Permission {
	permissions := []ec2Permission{}
	for _, r := range g.rules {
		if r.egress != egress {
			continue
		}
		i := slices.IndexFunc(permissions, func(p ec2Permission) bool {
			return p.IpProtocol == r.protocol && portString(p.FromPort) == portString(r.from) && portString(p.ToPort) == portString(r.to)
		})
		if i < 0 {
			permissions = append(permissions, ec2Permission{
				IpProtocol: r.protocol, FromPort: r.from, ToPort: r.to,
				Groups: []ec2Pair{}, IpRanges: []ec2Range{}, Ipv6Ranges: []ec2Range6{}, PrefixListIds: []ec2ListRef{},
			})
			i = len(permissions) - 1
		}
		s.addPeer(&permissions[i], r)
	}
	return permissions
}

func (s *Server) addPeer(p *ec2Permission, r *groupRule) {
	switch {
	case strings.HasPrefix(r.peer, "sg-"):
		p.Groups = append(p.Groups, ec2Pair{GroupId: r.peer, UserId: s.options.AccountID, Description: r.description})
	case strings.HasPrefix(r.peer, "pl-"):
		p.PrefixListIds = append(p.PrefixListIds, ec2ListRef{PrefixListId: r.peer, Description: r.description})
	case strings.Contains(r.peer, ":"):
		p.Ipv6Ranges = append(p.Ipv6Ranges, ec2Range6{CidrIpv6: r.peer, Description: r.description})
	default:
		p.IpRanges = append(p.IpRanges, ec2Range{CidrIp: r.peer, Description: r.description})
	}
}
