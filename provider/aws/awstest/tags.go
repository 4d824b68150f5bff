package awstest

import (
	"slices"
	"strings"
)

// maxTags is the maximum number of tags of one resource ("Tag restrictions").
const maxTags = 50

// tag is a tag in the shapes of any service.
type tag interface{ key() string }

func (t elbTag) key() string { return t.Key }
func (t ec2Tag) key() string { return t.Key }
func (t acmTag) key() string { return t.Key }

// tagProblem is why tags are rejected. Each service has its own codes.
type tagProblem int

const (
	tagsValid tagProblem = iota
	duplicateTag
	reservedTag // a key with the prefix aws:
	tooManyTags // more than maxTags in total
)

// findTagProblem checks new tags. It returns the first problem and its key.
func findTagProblem[T tag](have, add []T) (tagProblem, string) {
	seen := map[string]bool{}
	for _, t := range add {
		switch {
		case seen[t.key()]:
			return duplicateTag, t.key()
		case strings.HasPrefix(strings.ToLower(t.key()), "aws:"):
			return reservedTag, t.key()
		}
		seen[t.key()] = true
	}
	if len(mergeTags(have, add)) > maxTags {
		return tooManyTags, ""
	}
	return tagsValid, ""
}

// mergeTags adds tags. It replaces the values of existing keys.
func mergeTags[T tag](have, add []T) []T {
	merged := slices.Clone(have)
	for _, t := range add {
		i := slices.IndexFunc(merged, func(other T) bool { return other.key() == t.key() })
		if i < 0 {
			merged = append(merged, t)
		} else {
			merged[i] = t
		}
	}
	return merged
}

func checkTags(have, add []elbTag) error {
	problem, key := findTagProblem(have, add)
	switch problem {
	case duplicateTag:
		return refuse("DuplicateTagKeys", "tag key %q is a duplicate", key)
	case reservedTag:
		return invalid("Tag keys must not start with 'aws:', got '%s'", key)
	case tooManyTags:
		return refuse("TooManyTags", "a resource can have at most %d tags", maxTags)
	case tagsValid:
	}
	return nil
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
