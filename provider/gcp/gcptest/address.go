package gcptest

import (
	"fmt"
	"regexp"
	"strings"
)

// level is how far a resource reaches.
type level int

const (
	global level = iota
	regional
	zonal
)

// scope is the part of a project where a resource lives: everywhere, one region or one zone.
type scope struct {
	level level
	place string
}

// String is the scope as it stands in a URL: "global", "regions/us-central1",
// "zones/us-central1-a".
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

// region is the region of a scope; empty for a global one.
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

// key names one resource.
type key struct {
	project    string
	scope      scope
	collection string
	name       string
}

// path is the resource's path below the API's version, as error messages quote it.
func (k key) path() string {
	if k.collection == "zones" || k.collection == "regions" {
		return "projects/" + k.project + "/" + k.collection + "/" + k.name
	}
	return "projects/" + k.project + "/" + k.scope.String() + "/" + k.collection + "/" + k.name
}

// apiRoot is what every self-link begins with (the recordings of networks.get).
const apiRoot = "https://www.googleapis.com/compute/v1/"

func (k key) link() string { return apiRoot + k.path() }

// snapshotName is the key in Snapshot: collection first, so that a reader finds kinds together.
func (k key) snapshotName() string {
	return fmt.Sprintf("%s/%s/%s/%s", k.collection, k.project, k.scope, k.name)
}

// parseLink reads a full or partial URL of a resource. Partial ones are relative to the project
// ("global/urlMaps/x") or to the API ("projects/p/global/urlMaps/x"), as the reference of
// UrlMap.defaultService shows.
func parseLink(link, project string) (key, bool) {
	rest := link
	for _, root := range []string{apiRoot, "https://compute.googleapis.com/compute/v1/", "compute/v1/"} {
		rest = strings.TrimPrefix(rest, root)
	}
	if strings.Contains(rest, "://") {
		return key{}, false
	}
	if after, ok := strings.CutPrefix(rest, "projects/"); ok {
		if project, rest, ok = strings.Cut(after, "/"); !ok {
			return key{}, false
		}
	}
	return parseRelative(strings.Split(rest, "/"), project)
}

func parseRelative(parts []string, project string) (key, bool) {
	k := key{project: project}
	switch {
	case len(parts) == 3 && parts[0] == "global":
		k.collection, k.name = parts[1], parts[2]
	case len(parts) == 4 && parts[0] == "regions":
		k.scope, k.collection, k.name = scope{regional, parts[1]}, parts[2], parts[3]
	case len(parts) == 4 && parts[0] == "zones":
		k.scope, k.collection, k.name = scope{zonal, parts[1]}, parts[2], parts[3]
	case len(parts) == 2 && (parts[0] == "zones" || parts[0] == "regions"):
		k.collection, k.name = parts[0], parts[1]
	default:
		return key{}, false
	}
	return k, k.name != "" && k.collection != ""
}

// validName tells whether a resource name complies with RFC 1035 as the API asks: 1 to 63
// characters.
func validName(name string) bool {
	return len(name) <= 63 && regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`).MatchString(name)
}

// target is what the path of a request means.
type target struct {
	project    string
	scope      scope
	aggregated bool
	collection string
	name       string
	// action is the custom verb that ends the path ("setTarget"); empty for the standard methods.
	action string
}

func (t target) key() key {
	return key{project: t.project, scope: t.scope, collection: t.collection, name: t.name}
}

// parseTarget reads the path of a request, with or without "/compute/v1": the SDK joins its paths
// to whatever endpoint it is given, and both forms of endpoint are in use.
func parseTarget(path string) (target, bool) {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "/"), "compute/v1/")
	parts := strings.Split(path, "/")
	if len(parts) < 3 || parts[0] != "projects" || parts[1] == "" {
		return target{}, false
	}
	t := target{project: parts[1]}
	rest := t.takeScope(parts[2:])
	if len(rest) == 0 || len(rest) > 3 || rest[0] == "" {
		return target{}, false
	}
	t.collection = rest[0]
	t.takeName(rest[1:])
	return t, (parts[2] == t.collection) == t.unscoped()
}

// unscoped tells whether the API's path of a call has no scope: zones and regions themselves, and
// three verbs of target proxies that are older than the scopes (reference of
// targetHttpProxies.setUrlMap).
func (t target) unscoped() bool {
	if t.collection == "zones" || t.collection == "regions" {
		return true
	}
	return t.scope.level == global && (t.action == "setUrlMap" || t.action == "setSslCertificates")
}

// takeName reads what follows a collection: a name, a custom verb, or both.
func (t *target) takeName(rest []string) {
	switch len(rest) {
	case 1:
		t.name = rest[0]
	case 2:
		t.name, t.action = rest[0], rest[1]
	}
}

func (t *target) takeScope(parts []string) []string {
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

// service is the name of the API's resource, which depends on the scope: globalForwardingRules,
// regionUrlMaps, urlMaps.
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
