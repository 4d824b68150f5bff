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

// dryRun returns the response of a dry run ("DryRunOperation", status 412), or nil.
func dryRun(requested *bool) error {
	if or(requested, false) {
		return &apiError{status: http.StatusPreconditionFailed, code: "DryRunOperation", message: "request would have succeeded, but DryRun flag is set"}
	}
	return nil
}

// filterable is the part of a resource that filters match.
type filterable struct {
	fields map[string][]string // by the name of the filter
	tags   []ec2Tag
}

// matches reports whether a resource matches all filters. A filter matches by any of its values, in
// which "*" and "?" are wildcards ("List and filter your resources"). An unknown filter is an
// error.
func (o filterable) matches(filters []ec2Filter) (bool, error) {
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

func (o filterable) valuesOf(filter string) ([]string, bool) {
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

// ec2Page returns a page as EC2 does. MaxResults and IDs cannot be combined.
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

func checkEC2Tags(have, add []ec2Tag) error {
	problem, key := findTagProblem(have, add)
	switch problem {
	case duplicateTag:
		return refuse("InvalidParameterValue", "tag key '%s' is a duplicate", key)
	case reservedTag:
		return refuse("InvalidParameterValue", "tag keys starting with 'aws:' are reserved for internal use")
	case tooManyTags:
		return refuse("TagLimitExceeded", "a resource can have at most %d tags", maxTags)
	case tagsValid:
	}
	return nil
}

// tagsFor returns the tags for a new resource. It rejects specifications for other resource types.
func tagsFor(specs []ec2TagSpecification, resourceType string) ([]ec2Tag, error) {
	var tags []ec2Tag
	for _, spec := range specs {
		if spec.ResourceType != resourceType {
			return nil, refuse("InvalidParameterValue", "'%s' is not a valid taggable resource type for this operation", spec.ResourceType)
		}
		tags = append(tags, spec.Tags...)
	}
	return tags, checkEC2Tags(nil, tags)
}

// ec2TagsOf returns the tags of a security group, a rule, a subnet or the VPC.
func (s *Server) ec2TagsOf(id string) (*[]ec2Tag, error) {
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
		tags, err := s.ec2TagsOf(id)
		if err != nil {
			return nil, err
		}
		if err := checkEC2Tags(*tags, in.Tags); err != nil {
			return nil, err
		}
		lists = append(lists, tags)
	}
	for _, tags := range lists {
		*tags = mergeTags(*tags, in.Tags)
	}
	return &returnOutput{Return: true}, nil
}

// deleteTags deletes tags by key, or by key and value if there is a value. Without keys it deletes
// all tags (DeleteTags).
func (s *Server) deleteTags(in *deleteTagsInput) (*returnOutput, error) {
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	for _, id := range in.Resources {
		tags, err := s.ec2TagsOf(id)
		if err != nil {
			return nil, err
		}
		*tags = slices.DeleteFunc(slices.Clone(*tags), func(t ec2Tag) bool {
			return len(in.Tags) == 0 || slices.ContainsFunc(in.Tags, func(d ec2TagKey) bool {
				return d.Key == t.Key && (d.Value == nil || *d.Value == t.Value)
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
