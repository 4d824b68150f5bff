package awstest

import (
	"slices"
	"strings"
)

// maxTags is the maximum number of tags of one resource ("Tag restrictions").
const maxTags = 50

// checkTags checks new tags: no duplicate keys, no key with the prefix aws:, and at most maxTags in
// total.
func checkTags(have, add []elbTag) error {
	seen := map[string]bool{}
	for _, t := range add {
		if seen[t.Key] {
			return refuse("DuplicateTagKeys", "tag key %q is a duplicate", t.Key)
		}
		seen[t.Key] = true
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return invalid("Tag keys must not start with 'aws:', got '%s'", t.Key)
		}
	}
	if len(mergeTags(have, add)) > maxTags {
		return refuse("TooManyTags", "a resource can have at most %d tags", maxTags)
	}
	return nil
}

// mergeTags adds tags. It replaces the values of existing keys.
func mergeTags(have, add []elbTag) []elbTag {
	merged := slices.Clone(have)
	for _, t := range add {
		i := slices.IndexFunc(merged, func(other elbTag) bool { return other.Key == t.Key })
		if i < 0 {
			merged = append(merged, t)
		} else {
			merged[i] = t
		}
	}
	return merged
}

func sameTags(a, b []elbTag) bool {
	byKey := func(x, y elbTag) int { return strings.Compare(x.Key, y.Key) }
	return slices.Equal(slices.SortedFunc(slices.Values(a), byKey), slices.SortedFunc(slices.Values(b), byKey))
}

// tagsOf returns the tags of the resource with an ARN.
func (s *Server) tagsOf(arn string) (*[]elbTag, error) {
	kind, _, _ := strings.Cut(strings.TrimPrefix(arn, s.arn("elasticloadbalancing", "")), "/")
	switch kind {
	case "loadbalancer":
		if lb := s.state.balancer(arn); lb != nil {
			return &lb.Tags, nil
		}
		return nil, refuse("LoadBalancerNotFound", "load balancer '%s' not found", arn)
	case "targetgroup":
		if g := s.state.group(arn); g != nil {
			return &g.Tags, nil
		}
		return nil, refuse("TargetGroupNotFound", "target group '%s' not found", arn)
	case "listener":
		if l := s.state.listener(arn); l != nil {
			return &l.Tags, nil
		}
		return nil, refuse("ListenerNotFound", "listener '%s' not found", arn)
	case "listener-rule":
		if _, r := s.state.rule(arn); r != nil {
			return &r.Tags, nil
		}
		return nil, refuse("RuleNotFound", "rule '%s' not found", arn)
	default:
		return nil, invalid("'%s' is not a valid resource ARN", arn)
	}
}

func (s *Server) addTags(in *addTagsInput) (*emptyOutput, error) {
	lists := make(map[string]*[]elbTag, len(in.ResourceArns))
	for _, arn := range in.ResourceArns {
		tags, err := s.tagsOf(arn)
		if err != nil {
			return nil, err
		}
		if err := checkTags(*tags, in.Tags); err != nil {
			return nil, err
		}
		lists[arn] = tags
	}
	for arn, tags := range lists {
		*tags = mergeTags(*tags, in.Tags)
		s.recordTags(arn, *tags)
	}
	return &emptyOutput{}, nil
}

func (s *Server) removeTags(in *removeTagsInput) (*emptyOutput, error) {
	lists := make(map[string]*[]elbTag, len(in.ResourceArns))
	for _, arn := range in.ResourceArns {
		tags, err := s.tagsOf(arn)
		if err != nil {
			return nil, err
		}
		lists[arn] = tags
	}
	for arn, tags := range lists {
		*tags = slices.DeleteFunc(slices.Clone(*tags), func(t elbTag) bool { return slices.Contains(in.TagKeys, t.Key) })
		s.recordTags(arn, *tags)
	}
	return &emptyOutput{}, nil
}

// describeTags allows at most 20 resources (DescribeTags, ResourceArns).
func (s *Server) describeTags(in *describeTagsInput) (*describeTagsOutput, error) {
	if len(in.ResourceArns) > 20 {
		return nil, invalid("at most 20 resources can be described at a time")
	}
	out := &describeTagsOutput{}
	for _, arn := range in.ResourceArns {
		tags, err := s.tagsOf(arn)
		if err != nil {
			return nil, err
		}
		out.TagDescriptions = append(out.TagDescriptions, elbTagDescription{ResourceArn: arn, Tags: *tags})
	}
	return out, nil
}
