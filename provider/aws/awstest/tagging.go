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

// taggingTarget is how the Resource Groups Tagging API is named on the wire (service model
// 2017-01-26).
const taggingTarget = "ResourceGroupsTaggingAPI_20170126"

// taggingLag is how long the tagging API does not know of a change. No page gives a time; what was
// deleted is known to be listed for hours (aws/aws-sdk issue 676 names listeners and rules).
const taggingLag = 10 * time.Second

// tokenLife is how long a token of GetResources is good for (PaginationTokenExpiredException).
const tokenLife = 15 * time.Minute

func taggingOperations() map[string]operation {
	return map[string]operation{"GetResources": reads((*Server).getResources)}
}

// The shapes of GetResources, with the members that are served.

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
	PaginationToken        string // empty behind the last page
	ResourceTagMappingList []tagMapping
}

type tagMapping struct {
	ResourceARN string
	Tags        []tagPair
}

type tagPair struct{ Key, Value string }

// tagIndex is what the tagging API has heard: of each ARN what its tags were from when on, in the
// order of the changes.
type tagIndex struct {
	serial int
	frozen *int // the last change that is told of
	heard  map[string][]tagVersion
}

// tagVersion is the tags of a resource from a change on; gone is its deletion.
type tagVersion struct {
	serial int
	since  time.Time
	tags   []elbTag
	gone   bool
}

func (s *Server) noteTags(arn string, tags []elbTag) {
	s.note(arn, tagVersion{tags: slices.Clone(tags)})
}

func (s *Server) noteGone(arn string) { s.note(arn, tagVersion{gone: true}) }

// note adds a version, and drops those that nobody can see any more.
func (s *Server) note(arn string, v tagVersion) {
	x := &s.index
	if x.heard == nil {
		x.heard = map[string][]tagVersion{}
	}
	x.serial++
	v.serial, v.since = x.serial, s.now()
	old := x.heard[arn]
	x.heard[arn] = append(old[max(s.toldOf(old), 0):], v)
}

// toldOf is the place of the version that the tagging API tells of, below 0 when it has heard of
// none.
func (s *Server) toldOf(versions []tagVersion) int {
	at := -1
	for i, v := range versions {
		told := !s.now().Before(v.since.Add(max(s.options.TaggingLag, 0)))
		if s.index.frozen != nil {
			told = v.serial <= *s.index.frozen
		}
		if told {
			at = i
		}
	}
	return at
}

// FreezeTags has the Resource Groups Tagging API tell of nothing that happens from now on, and of
// all that happened before, until it is called with false.
func (s *Server) FreezeTags(frozen bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.index.frozen = nil
	if frozen {
		s.index.frozen = ptr(s.index.serial)
	}
}

// getResources lists what carries tags, as it was some time ago, in the order of ARNs.
func (s *Server) getResources(in *getResourcesInput) (*getResourcesOutput, error) {
	kinds, err := kindsAsked(in.ResourceTypeFilters)
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
		return (kinds == nil || slices.Contains(kinds, s.kindOf(arn))) && fitsAll(tags, in.TagFilters)
	})
	out := &getResourcesOutput{ResourceTagMappingList: found}
	if len(found) > size {
		out.ResourceTagMappingList = found[:size]
		out.PaginationToken = s.token(found[size-1].ResourceARN)
	}
	return out, nil
}

// kindsAsked are the kinds in filters such as elasticloadbalancing:listener, or nil for all. The
// name of a kind is that in its ARN (GetResources, ResourceTypeFilters). Other services are not
// served; AWS would list theirs.
func kindsAsked(filters []string) ([]string, error) {
	if len(filters) == 0 {
		return nil, refuse("InvalidParameterException", "resources of all services are not served by the embedded cloud")
	}
	var kinds []string
	for _, f := range filters {
		svc, kind, narrow := strings.Cut(f, ":")
		known := slices.Contains([]string{"loadbalancer", "targetgroup", "listener", "listener-rule"}, kind)
		if svc != string(serviceELB) || narrow && !known {
			return nil, refuse("InvalidParameterException", "resource type %q is not served", f)
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

// fitsAll tells whether tags satisfy all filters, each by any of its values, or by any value where
// it names none.
func fitsAll(tags []elbTag, filters []tagFilter) bool {
	return !slices.ContainsFunc(filters, func(f tagFilter) bool {
		return !slices.ContainsFunc(tags, func(t elbTag) bool {
			return t.Key == f.Key && (len(f.Values) == 0 || slices.Contains(f.Values, t.Value))
		})
	})
}

// mappings are the resources behind an ARN that fit. What never had a tag is not listed.
func (s *Server) mappings(after string, fits func(string, []elbTag) bool) []tagMapping {
	found := []tagMapping{}
	for arn, versions := range s.index.heard {
		at := s.toldOf(versions)
		if at >= 0 && at == len(versions)-1 && versions[at].gone {
			delete(s.index.heard, arn)
		}
		if at < 0 || versions[at].gone || arn <= after {
			continue
		}
		tags := versions[at].tags
		if (at > 0 || len(tags) > 0) && fits(arn, tags) {
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

// token says where the next page begins, and since when.
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
