package awstest

import (
	"slices"
	"strings"
)

func (s *Server) addTagsToCertificate(in *certificateTagsInput) (*emptyOutput, error) {
	c, err := s.mustCertificate(in.CertificateArn)
	if err != nil {
		return nil, err
	}
	if err := checkACMTags(c.Tags, in.Tags); err != nil {
		return nil, err
	}
	c.Tags = mergeACMTags(c.Tags, in.Tags)
	return &emptyOutput{}, nil
}

// removeTagsFromCertificate removes tags by key, or by key and value if there is a value
// (RemoveTagsFromCertificate).
func (s *Server) removeTagsFromCertificate(in *certificateTagsInput) (*emptyOutput, error) {
	c, err := s.mustCertificate(in.CertificateArn)
	if err != nil {
		return nil, err
	}
	c.Tags = slices.DeleteFunc(slices.Clone(c.Tags), func(t acmTag) bool {
		return slices.ContainsFunc(in.Tags, func(r acmTag) bool { return r.Key == t.Key && (r.Value == "" || r.Value == t.Value) })
	})
	return &emptyOutput{}, nil
}

func (s *Server) listTagsForCertificate(in *certificateArnInput) (*listTagsOutput, error) {
	c, err := s.mustCertificate(in.CertificateArn)
	if err != nil {
		return nil, err
	}
	return &listTagsOutput{Tags: append([]acmTag{}, c.Tags...)}, nil
}

func checkACMTags(have, add []acmTag) error {
	seen := map[string]bool{}
	for _, t := range add {
		if seen[t.Key] || strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return refuse("InvalidTagException", "tag key %q is a duplicate or begins with aws:", t.Key)
		}
		seen[t.Key] = true
	}
	if len(mergeACMTags(have, add)) > maxTags {
		return refuse("TooManyTagsException", "a certificate can have at most %d tags", maxTags)
	}
	return nil
}

func mergeACMTags(have, add []acmTag) []acmTag {
	var merged []elbTag
	for _, t := range have {
		merged = append(merged, elbTag(t))
	}
	for _, t := range add {
		merged = mergeTags(merged, []elbTag{elbTag(t)})
	}
	tags := make([]acmTag, 0, len(merged))
	for _, t := range merged {
		tags = append(tags, acmTag(t))
	}
	return tags
}
