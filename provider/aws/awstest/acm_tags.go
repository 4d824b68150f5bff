package awstest

import (
	"slices"
)

func (s *Server) addTagsToCertificate(in *certificateTagsInput) (*emptyOutput, error) {
	c, err := s.mustCertificate(in.CertificateArn)
	if err != nil {
		return nil, err
	}
	if err := checkACMTags(c.Tags, in.Tags); err != nil {
		return nil, err
	}
	c.Tags = mergeTags(c.Tags, in.Tags)
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
	problem, key := findTagProblem(have, add)
	switch problem {
	case duplicateTag, reservedTag:
		return refuse("InvalidTagException", "tag key %q is a duplicate or begins with aws:", key)
	case tooManyTags:
		return refuse("TooManyTagsException", "a certificate can have at most %d tags", maxTags)
	case tagsValid:
	}
	return nil
}
