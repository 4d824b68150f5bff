package awstest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func ec2Operations() map[string]operation {
	return map[string]operation{
		"CreateSecurityGroup":           writes((*Server).createSecurityGroup),
		"DeleteSecurityGroup":           writes((*Server).deleteSecurityGroup),
		"DescribeSecurityGroups":        reads((*Server).describeSecurityGroups),
		"DescribeSecurityGroupRules":    reads((*Server).describeSecurityGroupRules),
		"AuthorizeSecurityGroupIngress": writes((*Server).authorizeIngress),
		"AuthorizeSecurityGroupEgress":  writes((*Server).authorizeEgress),
		"RevokeSecurityGroupIngress":    writes((*Server).revokeIngress),
		"RevokeSecurityGroupEgress":     writes((*Server).revokeEgress),
		"DescribeSubnets":               reads((*Server).describeSubnets),
		"DescribeVpcs":                  reads((*Server).describeVpcs),
		"DescribeAvailabilityZones":     reads((*Server).describeAvailabilityZones),
		"DescribeNetworkInterfaces":     reads((*Server).describeNetworkInterfaces),
		"CreateTags":                    writes((*Server).createTags),
		"DeleteTags":                    writes((*Server).deleteTags),
	}
}

// dryRun answers a request that only asks whether it would be allowed ("DryRunOperation", status
// 412).
func dryRun(asked *bool) error {
	if or(asked, false) {
		return &apiError{status: http.StatusPreconditionFailed, code: "DryRunOperation", message: "request would have succeeded, but DryRun flag is set"}
	}
	return nil
}

// subject is one object as filters see it.
type subject struct {
	fields map[string][]string // by the filter's name
	tags   []ec2Tag
}

// passes holds an object against filters: all filters must match, each by any of its values, "*"
// and "?" being wildcards ("List and filter your resources"). A filter that EC2 does not know is
// refused.
func (o subject) passes(filters []ec2Filter) (bool, error) {
	for _, f := range filters {
		have, known := o.valuesOf(f.Name)
		if !known {
			return false, refuse("InvalidParameterValue", "the filter '%s' is invalid", f.Name)
		}
		match := func(v string) bool {
			return slices.ContainsFunc(f.Values, func(pattern string) bool { return wildcardMatch(pattern, v) })
		}
		if !slices.ContainsFunc(have, match) {
			return false, nil
		}
	}
	return true, nil
}

func (o subject) valuesOf(filter string) ([]string, bool) {
	if key, ok := strings.CutPrefix(filter, "tag:"); ok {
		for _, t := range o.tags {
			if t.Key == key {
				return []string{t.Value}, true
			}
		}
		return nil, true
	}
	if filter == "tag-key" {
		var keys []string
		for _, t := range o.tags {
			keys = append(keys, t.Key)
		}
		return keys, true
	}
	values, known := o.fields[filter]
	return values, known
}

// ec2Page is paging as EC2 does it: MaxResults must not be given with identifiers.
func ec2Page[T any](all []T, named bool, token string, size *int32) ([]T, string, error) {
	if named && size != nil {
		return nil, "", refuse("InvalidParameterCombination", "the parameters MaxResults and a list of identifiers cannot be used together")
	}
	part, next, err := page(all, token, ptr(or(size, 1000)))
	if err != nil {
		return nil, "", refuse("InvalidParameterValue", "invalid value '%s' for NextToken", token)
	}
	return part, next, nil
}

// checkEC2Tags is checkTags with EC2's codes.
func checkEC2Tags(have, add []ec2Tag) error {
	seen := map[string]bool{}
	for _, t := range add {
		if seen[t.Key] {
			return refuse("InvalidParameterValue", "tag key '%s' is given twice", t.Key)
		}
		seen[t.Key] = true
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return refuse("InvalidParameterValue", "tag keys starting with 'aws:' are reserved for internal use")
		}
	}
	if len(mergeEC2Tags(have, add)) > maxTags {
		return refuse("TagLimitExceeded", "a resource can have at most %d tags", maxTags)
	}
	return nil
}

func mergeEC2Tags(have, add []ec2Tag) []ec2Tag {
	merged := slices.Clone(have)
	for _, t := range add {
		i := slices.IndexFunc(merged, func(other ec2Tag) bool { return other.Key == t.Key })
		if i < 0 {
			merged = append(merged, t)
		} else {
			merged[i] = t
		}
	}
	return merged
}

// specified returns the tags for a new resource of a type, refusing specifications for other types.
func specified(specs []ec2TagSpecification, resourceType string) ([]ec2Tag, error) {
	var tags []ec2Tag
	for _, spec := range specs {
		if spec.ResourceType != resourceType {
			return nil, refuse("InvalidParameterValue", "'%s' is not a valid taggable resource type for this operation", spec.ResourceType)
		}
		tags = append(tags, spec.Tags...)
	}
	return tags, checkEC2Tags(nil, tags)
}

// ec2Tagged finds the tags of a security group, a rule of one, a subnet or the VPC.
func (s *Server) ec2Tagged(id string) (*[]ec2Tag, error) {
	n := &s.state.network
	if g := n.group(id); g != nil {
		return &g.tags, nil
	}
	for _, g := range n.groups {
		for _, r := range g.rules {
			if r.id == id {
				return &r.tags, nil
			}
		}
	}
	if id == s.options.VPCID || slices.Contains(s.SubnetIDs(), id) {
		tags := n.tags[id]
		if tags == nil {
			tags = &[]ec2Tag{}
			n.tags[id] = tags
		}
		return tags, nil
	}
	kind, _, _ := strings.Cut(id, "-")
	switch kind {
	case "sg":
		return nil, refuse("InvalidGroup.NotFound", "the security group '%s' does not exist", id)
	case "subnet":
		return nil, refuse("InvalidSubnetID.NotFound", "the subnet ID '%s' does not exist", id)
	case "vpc":
		return nil, refuse("InvalidVpcID.NotFound", "the vpc ID '%s' does not exist", id)
	default:
		return nil, refuse("InvalidID", "the ID '%s' is not valid", id)
	}
}

func (s *Server) createTags(in *createTagsInput) (*returnOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	var lists []*[]ec2Tag
	for _, id := range in.Resources {
		tags, err := s.ec2Tagged(id)
		if err != nil {
			return nil, err
		}
		if err := checkEC2Tags(*tags, in.Tags); err != nil {
			return nil, err
		}
		lists = append(lists, tags)
	}
	for _, tags := range lists {
		*tags = mergeEC2Tags(*tags, in.Tags)
	}
	return &returnOutput{Return: true}, nil
}

// deleteTags removes the tags named, whatever their value unless one is given; without names all go
// (DeleteTags).
func (s *Server) deleteTags(in *deleteTagsInput) (*returnOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	for _, id := range in.Resources {
		tags, err := s.ec2Tagged(id)
		if err != nil {
			return nil, err
		}
		*tags = slices.DeleteFunc(slices.Clone(*tags), func(t ec2Tag) bool {
			return len(in.Tags) == 0 || slices.ContainsFunc(in.Tags, func(gone ec2TagKey) bool {
				return gone.Key == t.Key && (gone.Value == nil || *gone.Value == t.Value)
			})
		})
	}
	return &returnOutput{Return: true}, nil
}

func portString(p *int32) string {
	if p == nil {
		return ""
	}
	return strconv.Itoa(int(*p))
}
