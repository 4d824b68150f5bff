package awstest

import (
	"net/netip"
	"slices"
	"strings"
)

func (s *Server) authorizeIngress(in *permissionsInput) (*authorizeOutput, error) {
	return s.authorize(in, false)
}
func (s *Server) authorizeEgress(in *permissionsInput) (*authorizeOutput, error) {
	return s.authorize(in, true)
}
func (s *Server) revokeIngress(in *revokeInput) (*returnOutput, error) { return s.revoke(in, false) }
func (s *Server) revokeEgress(in *revokeInput) (*returnOutput, error)  { return s.revoke(in, true) }

// authorize adds all rules or none. An existing rule is an error (InvalidPermission.Duplicate).
func (s *Server) authorize(in *permissionsInput, egress bool) (*authorizeOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	g, err := s.mustSecurityGroup(in.GroupId)
	if err != nil {
		return nil, err
	}
	add, err := s.flatten(in.IpPermissions, egress)
	if err != nil {
		return nil, err
	}
	tags, err := tagsFor(in.TagSpecifications, "security-group-rule")
	if err != nil {
		return nil, err
	}
	for i, r := range add {
		if slices.ContainsFunc(slices.Concat(g.rules, add[:i]), r.same) {
			return nil, refuse("InvalidPermission.Duplicate", "the specified rule \"peer: %s, %s\" already exists", r.peer, r.protocol)
		}
	}
	if countRules(g, egress)+len(add) > maxRulesPerGroup {
		return nil, refuse("RulesPerSecurityGroupLimitExceeded", "at most %d rules are allowed in one direction", maxRulesPerGroup)
	}
	out := &authorizeOutput{Return: true, SecurityGroupRules: []ec2RuleShape{}}
	for _, r := range add {
		r.id, r.tags = "sgr-"+s.state.nextID(17), slices.Clone(tags)
		out.SecurityGroupRules = append(out.SecurityGroupRules, s.ruleShape(g, r))
	}
	g.rules = slices.Concat(g.rules, add)
	s.securityGroupChanged(g.id)
	return out, nil
}

func countRules(g *securityGroup, egress bool) int {
	n := 0
	for _, r := range g.rules {
		if r.egress == egress {
			n++
		}
	}
	return n
}

func (r *groupRule) same(other *groupRule) bool {
	return r.egress == other.egress && r.protocol == other.protocol && r.peer == other.peer &&
		portString(r.from) == portString(other.from) && portString(r.to) == portString(other.to)
}

// flatten returns a rule for each peer of each permission.
func (s *Server) flatten(permissions []ec2Permission, egress bool) ([]*groupRule, error) {
	if len(permissions) == 0 {
		return nil, refuse("MissingParameter", "the request must contain the parameter IpPermissions")
	}
	var rules []*groupRule
	for _, p := range permissions {
		base := groupRule{egress: egress, protocol: strings.ToLower(p.IpProtocol), from: p.FromPort, to: p.ToPort}
		if err := base.checkPorts(); err != nil {
			return nil, err
		}
		peers, err := s.peers(p)
		if err != nil {
			return nil, err
		}
		for _, peer := range peers {
			r := base
			r.peer, r.description = peer[0], peer[1]
			rules = append(rules, &r)
		}
	}
	return rules, nil
}

// checkPorts checks the ports. tcp and udp need a range of ports, and -1 ignores it
// (AuthorizeSecurityGroupIngress, IpPermission).
func (r *groupRule) checkPorts() error {
	switch r.protocol {
	case "-1":
		r.from, r.to = nil, nil
		return nil
	case "tcp", "udp", "6", "17":
		if r.from == nil || r.to == nil || *r.from < 0 || *r.to < *r.from {
			return refuse("InvalidParameterValue", "invalid value for portRange: both ports must be given, the lower one first")
		}
		r.protocol = strings.NewReplacer("17", "udp", "6", "tcp").Replace(r.protocol)
		return nil
	case "icmp", "icmpv6", "1", "58":
		return nil
	default:
		return refuse("InvalidParameterValue", "invalid value '%s' for IP protocol", r.protocol)
	}
}

// peers returns the peer and the description of each entry of a permission.
func (s *Server) peers(p ec2Permission) ([][2]string, error) {
	var peers [][2]string
	for _, r := range p.IpRanges {
		prefix, err := netip.ParsePrefix(r.CidrIp)
		if err != nil || !prefix.Addr().Is4() {
			return nil, refuse("InvalidParameterValue", "CIDR block %s is malformed", r.CidrIp)
		}
		peers = append(peers, [2]string{prefix.Masked().String(), r.Description})
	}
	for _, r := range p.Ipv6Ranges {
		prefix, err := netip.ParsePrefix(r.CidrIpv6)
		if err != nil || prefix.Addr().Is4() {
			return nil, refuse("InvalidParameterValue", "CIDR block %s is malformed", r.CidrIpv6)
		}
		peers = append(peers, [2]string{prefix.Masked().String(), r.Description})
	}
	for _, pair := range p.Groups {
		if _, err := s.mustSecurityGroup(pair.GroupId); err != nil {
			return nil, err
		}
		peers = append(peers, [2]string{pair.GroupId, pair.Description})
	}
	if len(p.PrefixListIds) > 0 {
		return nil, refuse("InvalidPrefixListID.NotFound", "the prefix list ID '%s' does not exist", p.PrefixListIds[0].PrefixListId)
	}
	if len(peers) == 0 {
		return nil, refuse("MissingParameter", "a permission must name a source or a destination")
	}
	for _, peer := range peers {
		if len(peer[1]) > 255 || !all(peer[1], isGroupRune) {
			return nil, refuse("InvalidParameterValue", "invalid rule description")
		}
	}
	return peers, nil
}

// revoke removes all rules or none, by value or by ID. A rule that does not exist is an error
// (RevokeSecurityGroupIngress: InvalidPermission.NotFound).
func (s *Server) revoke(in *revokeInput, egress bool) (*returnOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	g, err := s.mustSecurityGroup(in.GroupId)
	if err != nil {
		return nil, err
	}
	rules := slices.Clone(g.rules)
	for _, id := range in.SecurityGroupRuleIds {
		i := slices.IndexFunc(rules, func(r *groupRule) bool { return r.id == id && r.egress == egress })
		if i < 0 {
			return nil, refuse("InvalidSecurityGroupRuleId.NotFound", "the security group rule ID '%s' does not exist", id)
		}
		rules = slices.Delete(rules, i, i+1)
	}
	if len(in.IpPermissions) > 0 || len(in.SecurityGroupRuleIds) == 0 {
		remove, err := s.flatten(in.IpPermissions, egress)
		if err != nil {
			return nil, err
		}
		for _, r := range remove {
			i := slices.IndexFunc(rules, r.same)
			if i < 0 {
				return nil, refuse("InvalidPermission.NotFound", "the specified rule does not exist in this security group")
			}
			rules = slices.Delete(rules, i, i+1)
		}
	}
	g.rules = rules
	s.securityGroupChanged(g.id)
	return &returnOutput{Return: true}, nil
}

func (s *Server) describeSecurityGroupRules(in *describeSecurityGroupRulesInput) (*describeSecurityGroupRulesOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	found := []ec2RuleShape{}
	for _, g := range s.state.network.groups {
		for _, r := range g.rules {
			filterable := filterable{tags: r.tags, fields: map[string][]string{"group-id": {g.id}, "security-group-rule-id": {r.id}}}
			matched, err := filterable.matches(in.Filters)
			if err != nil {
				return nil, err
			}
			if matched && (len(in.SecurityGroupRuleIds) == 0 || slices.Contains(in.SecurityGroupRuleIds, r.id)) {
				found = append(found, s.ruleShape(g, r))
			}
		}
	}
	if len(in.Filters) == 0 && len(found) < len(in.SecurityGroupRuleIds) {
		return nil, refuse("InvalidSecurityGroupRuleId.NotFound", "the security group rules do not all exist")
	}
	part, next, err := ec2Page(found, len(in.SecurityGroupRuleIds) > 0, in.NextToken, in.MaxResults)
	return &describeSecurityGroupRulesOutput{SecurityGroupRules: part, NextToken: next}, err
}

func (s *Server) ruleShape(g *securityGroup, r *groupRule) ec2RuleShape {
	shape := ec2RuleShape{
		SecurityGroupRuleId: r.id, GroupId: g.id, GroupOwnerId: s.options.AccountID, IsEgress: r.egress, IpProtocol: r.protocol,
		FromPort: ptr(or(r.from, -1)), ToPort: ptr(or(r.to, -1)), Description: r.description, Tags: r.tags,
	}
	switch {
	case strings.HasPrefix(r.peer, "sg-"):
		shape.ReferencedGroupInfo = &ec2ReferencedGroup{GroupId: r.peer, UserId: s.options.AccountID}
	case strings.Contains(r.peer, ":"):
		shape.CidrIpv6 = r.peer
	default:
		shape.CidrIpv4 = r.peer
	}
	return shape
}

// admits reports whether the groups allow inbound TCP to a port from any source. Clients of the
// embedded cloud use loopback, so that the source of a rule cannot be compared with their address.
func (n *network) admits(groups []string, port int32) bool {
	for _, id := range groups {
		g := n.group(id)
		if g != nil && slices.ContainsFunc(g.rules, func(r *groupRule) bool { return !r.egress && r.covers(port) && r.peer != g.id }) {
			return true
		}
	}
	return false
}

func (r *groupRule) covers(port int32) bool {
	return r.protocol == "-1" || r.protocol == "tcp" && *r.from <= port && port <= *r.to
}
