package gcptest

import (
	"fmt"
	"regexp"
	"strings"
)

// level is the kind of a scope.
type level int

const (
	global level = iota
	regional
	zonal
)

// scope is the location of a resource: global, a region or a zone.
type scope struct {
	level level
	place string
}

// String returns the scope as in a URL: "global", "regions/us-central1", "zones/us-central1-a".
func (s scope) String() string {
	switch s.level {
	case regional:
		return "regions/" + s.place
	case zonal:
		return "zones/" + s.place
	case global:
		return "global"
	}
	return ""
}

// region returns the region of a scope. It is empty for a global one.
func (s scope) region() string {
	switch s.level {
	case zonal:
		return s.place[:max(strings.LastIndexByte(s.place, '-'), 0)]
	case regional:
		return s.place
	case global:
		return ""
	}
	return ""
}

// key identifies a resource.
type key struct {
	project    string
	scope      scope
	collection string
	name       string
}

// path returns the path of a resource after the API version, as in error messages.
func (k key) path() string {
	if k.collection == "zones" || k.collection == "regions" {
		return "projects/" + k.project + "/" + k.collection + "/" + k.name
	}
	return "projects/" + k.project + "/" + k.scope.String() + "/" + k.collection + "/" + k.name
}

// snapshotName returns the key in Snapshot. It starts with the collection, so that the resources of
// one kind are together.
func (k key) snapshotName() string {
	return fmt.Sprintf("%s/%s/%s/%s", k.collection, k.project, k.scope, k.name)
}

// validName reports whether a resource name has 1 to 63 characters and complies with RFC 1035.
func validName(name string) bool {
	return len(name) <= 63 && regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`).MatchString(name)
}

// target is the parsed path of a request.
type target struct {
	project    string
	scope      scope
	aggregated bool
	collection string
	name       string
	// action is the custom method at the end of the path ("setTarget"). It is empty for standard
	// methods.
	action string
}

func (t target) key() key {
	return key{project: t.project, scope: t.scope, collection: t.collection, name: t.name}
}

// parseTarget parses the path of a request. The prefix "/compute/v1" is optional: the SDK appends
// its paths to the endpoint, and endpoints with and without the prefix are in use.
func parseTarget(path string) (target, bool) {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "/"), "compute/v1/")
	parts := strings.Split(path, "/")
	if len(parts) < 3 || parts[0] != "projects" || parts[1] == "" {
		return target{}, false
	}
	t := target{project: parts[1]}
	rest := t.parseScope(parts[2:])
	if len(rest) == 0 || len(rest) > 3 || rest[0] == "" {
		return target{}, false
	}
	t.collection = rest[0]
	t.parseName(rest[1:])
	return t, (parts[2] == t.collection) == t.unscoped()
}

// unscoped reports whether the path of a call has no scope. That is so for zones and regions, and
// for three methods of target proxies that are older than scopes (reference of
// targetHttpProxies.setUrlMap).
func (t target) unscoped() bool {
	if t.collection == "zones" || t.collection == "regions" {
		return true
	}
	return t.scope.level == global && (t.action == "setUrlMap" || t.action == "setSslCertificates")
}

// parseName parses the part after a collection: a name, a custom method, or both.
func (t *target) parseName(rest []string) {
	switch len(rest) {
	case 1:
		t.name = rest[0]
	case 2:
		t.name, t.action = rest[0], rest[1]
	}
}

func (t *target) parseScope(parts []string) []string {
	switch {
	case parts[0] == "global":
		return parts[1:]
	case parts[0] == "aggregated":
		t.aggregated = true
		return parts[1:]
	case parts[0] == "regions" && len(parts) > 2:
		t.scope = scope{regional, parts[1]}
		return parts[2:]
	case parts[0] == "zones" && len(parts) > 2:
		t.scope = scope{zonal, parts[1]}
		return parts[2:]
	default:
		return parts
	}
}

// service returns the API's name of a resource type, which depends on the scope:
// globalForwardingRules, regionUrlMaps, urlMaps.
func (t target) service() string {
	capital := strings.ToUpper(t.collection[:1]) + t.collection[1:]
	switch t.scope.level {
	case global:
		apart := t.collection == "forwardingRules" || t.collection == "addresses" || t.collection == "networkEndpointGroups"
		if t.collection == "operations" || apart && !t.aggregated {
			return "global" + capital
		}
	case regional:
		if !regionalByNature(t.collection) {
			return "region" + capital
		}
	case zonal:
		if t.collection == "operations" {
			return "zone" + capital
		}
	}
	return t.collection
}

func regionalByNature(collection string) bool {
	return collection == "forwardingRules" || collection == "addresses" || collection == "subnetworks"
}
