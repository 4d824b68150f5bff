package awstest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// taggingTarget is the name of the Resource Groups Tagging API on the wire (service model
// 2017-01-26).
const taggingTarget = "ResourceGroupsTaggingAPI_20170126"

// taggingLag is the time until the tagging API lists a change. No page documents it. Deleted
// listeners and rules can be listed for hours (aws/aws-sdk issue 676).
const taggingLag = 10 * time.Second

// tokenLife is the time until a token of GetResources expires (PaginationTokenExpiredException).
const tokenLife = 15 * time.Minute

func taggingOperations() map[string]operation {
	return map[string]operation{"GetResources": reads((*Server).getResources)}
}

// The shapes of GetResources, with the supported members.

type getResourcesInput struct {
	PaginationToken     string      `aws:"max=2048"`
	TagFilters          []tagFilter `aws:"max=50"`
	ResourceTypeFilters []string
	ResourcesPerPage    *int32
}

type tagFilter struct {
	Key    string   `aws:"required,min=1,max=128"`
	Values []string `aws:"max=20"`
}

type getResourcesOutput struct {
	PaginationToken        string // empty after the last page
	ResourceTagMappingList []tagMapping
}

type tagMapping struct {
	ResourceARN string
	Tags        []tagPair
}

type tagPair struct{ Key, Value string }

// tagIndex is the state of the tagging API: the versions of the tags of each ARN, in order.
type tagIndex struct {
	serial   int
	frozen   *int // the last change that is listed, or nil
	versions map[string][]tagVersion
}

// tagVersion is the tags of a resource after a change. If gone, the change is its deletion.
type tagVersion struct {
	serial int
	since  time.Time
	tags   []elbTag
	gone   bool
}

func (s *Server) recordTags(arn string, tags []elbTag) {
	s.recordVersion(arn, tagVersion{tags: slices.Clone(tags)})
}

func (s *Server) recordDeletion(arn string) { s.recordVersion(arn, tagVersion{gone: true}) }

// recordVersion adds a version, and drops those that will never be listed again.
func (s *Server) recordVersion(arn string, v tagVersion) {
	x := &s.index
	if x.versions == nil {
		x.versions = map[string][]tagVersion{}
	}
	x.serial++
	v.serial, v.since = x.serial, s.now()
	old := x.versions[arn]
	x.versions[arn] = append(old[max(s.listedVersion(old), 0):], v)
}

// listedVersion returns the index of the version that the tagging API lists, or -1 if there is
// none.
func (s *Server) listedVersion(versions []tagVersion) int {
	at := -1
	for i, v := range versions {
		listed := !s.now().Before(v.since.Add(max(s.options.TaggingLag, 0)))
		if s.index.frozen != nil {
			listed = v.serial <= *s.index.frozen
		}
		if listed {
			at = i
		}
	}
	return at
}

// FreezeTags makes the Resource Groups Tagging API list all changes so far, and no later ones,
// until it is called with false.
func (s *Server) FreezeTags(frozen bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.index.frozen = nil
	if frozen {
		s.index.frozen = ptr(s.index.serial)
	}
}

// getResources lists resources with tags, as they were some time ago, in the order of ARNs.
func (s *Server) getResources(in *getResourcesInput) (*getResourcesOutput, error) {
	kinds, err := requestedTypes(in.ResourceTypeFilters)
	if err != nil {
		return nil, err
	}
	size := int(or(in.ResourcesPerPage, 50))
	if size < 1 || size > 100 {
		return nil, refuse("InvalidParameterException", "ResourcesPerPage must be from 1 to 100")
	}
	after, err := s.tokenAt(in.PaginationToken)
	if err != nil {
		return nil, err
	}
	found := s.mappings(after, func(arn string, tags []elbTag) bool {
		return (kinds == nil || slices.Contains(kinds, s.kindOf(arn))) && matchesAll(tags, in.TagFilters)
	})
	out := &getResourcesOutput{ResourceTagMappingList: found}
	if len(found) > size {
		out.ResourceTagMappingList = found[:size]
		out.PaginationToken = s.token(found[size-1].ResourceARN)
	}
	return out, nil
}

// requestedTypes returns the resource types in filters such as elasticloadbalancing:listener, or
// nil for all. The name of a type is that in ARNs (GetResources, ResourceTypeFilters). Other
// services, whose resources AWS would list, are not supported.
func requestedTypes(filters []string) ([]string, error) {
	if len(filters) == 0 {
		return nil, refuse("InvalidParameterException", "resources of all services are not supported by the embedded cloud")
	}
	var kinds []string
	for _, f := range filters {
		svc, kind, narrow := strings.Cut(f, ":")
		known := slices.Contains([]string{"loadbalancer", "targetgroup", "listener", "listener-rule"}, kind)
		if svc != string(serviceELB) || narrow && !known {
			return nil, refuse("InvalidParameterException", "resource type %q is not supported by the embedded cloud", f)
		}
		if !narrow {
			return nil, nil
		}
		kinds = append(kinds, kind)
	}
	return kinds, nil
}

func (s *Server) kindOf(arn string) string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(arn, s.arn(string(serviceELB), "")), "/")
	return kind
}

// matchesAll reports whether tags match all filters. A tag matches a filter if it has one of its
// values, or if the filter has no values.
func matchesAll(tags []elbTag, filters []tagFilter) bool {
	return !slices.ContainsFunc(filters, func(f tagFilter) bool {
		return !slices.ContainsFunc(tags, func(t elbTag) bool {
			return t.Key == f.Key && (len(f.Values) == 0 || slices.Contains(f.Values, t.Value))
		})
	})
}

// mappings returns the matching resources after an ARN. A resource that never had a tag is not
// listed.
func (s *Server) mappings(after string, match func(string, []elbTag) bool) []tagMapping {
	found := []tagMapping{}
	for arn, versions := range s.index.versions {
		at := s.listedVersion(versions)
		if at >= 0 && at == len(versions)-1 && versions[at].gone {
			delete(s.index.versions, arn)
		}
		if at < 0 || versions[at].gone || arn <= after {
			continue
		}
		tags := versions[at].tags
		if (at > 0 || len(tags) > 0) && match(arn, tags) {
			found = append(found, tagMapping{ResourceARN: arn, Tags: pairs(tags)})
		}
	}
	slices.SortFunc(found, func(a, b tagMapping) int { return cmp.Compare(a.ResourceARN, b.ResourceARN) })
	return found
}

func pairs(tags []elbTag) []tagPair {
	out := make([]tagPair, 0, len(tags))
	for _, t := range tags {
		out = append(out, tagPair(t))
	}
	return out
}

// token encodes the ARN before the next page, and the current time.
func (s *Server) token(after string) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", s.now().UnixNano(), after))
}

func (s *Server) tokenAt(token string) (string, error) {
	if token == "" {
		return "", nil
	}
	text, err := base64.StdEncoding.DecodeString(token)
	at, after, ok := strings.Cut(string(text), " ")
	nanos, failed := strconv.ParseInt(at, 10, 64)
	switch {
	case err != nil || failed != nil || !ok:
		return "", refuse("InvalidParameterException", "the pagination token is not valid")
	case s.now().After(time.Unix(0, nanos).Add(tokenLife)):
		return "", refuse("PaginationTokenExpiredException", "the pagination token has expired")
	default:
		return after, nil
	}
}
