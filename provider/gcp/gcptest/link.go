package gcptest

import (
	"fmt"
	"slices"
	"strings"
)

// isLink reports whether a member is a link to another resource.
func isLink(member string) bool {
	switch member {
	case "service", "defaultService", "backendService", "healthChecks", "urlMap", "target", "sslCertificates", "sslPolicy", "network", "subnetwork":
		return true
	default:
		return false
	}
}

// fullLinks replaces partial links by full ones, as the API does.
func fullLinks(in map[string]any, project string) {
	for name, value := range in {
		switch v := value.(type) {
		case string:
			if isLink(name) {
				in[name] = fullLink(v, project)
			}
		case map[string]any:
			fullLinks(v, project)
		case []any:
			fullLinkList(v, isLink(name), project)
		}
	}
}

func fullLinkList(list []any, link bool, project string) {
	for i, x := range list {
		switch x := x.(type) {
		case string:
			if link {
				list[i] = fullLink(x, project)
			}
		case map[string]any:
			fullLinks(x, project)
		}
	}
}

func fullLink(link, project string) string {
	if k, ok := parseLink(link, project); ok {
		return k.link()
	}
	return link
}

// ref returns the resource to which a member refers. It must be in the same project and in one of
// the collections. A resource that is being created or deleted is not ready.
func (ch *change) ref(field, link string, collections ...string) (*object, *fault) {
	k, ok := parseLink(link, ch.key.project)
	if !ok || !slices.Contains(collections, k.collection) {
		return nil, invalid(field, link, "The URL is malformed or of the wrong kind; it must be one of "+strings.Join(collections, ", ")+".")
	}
	if k.project != ch.key.project {
		return nil, invalid(field, link, "Cross-project references are not allowed for this resource.")
	}
	if ch.server.state.busy(k) {
		if _, exists := ch.server.state.objects[k]; !exists || ch.server.state.pending[k] == nil {
			return nil, notReady(k.path())
		}
	}
	o, ok := ch.server.state.objects[k]
	if !ok {
		return nil, notFound(k.path())
	}
	return o, nil
}

// refHere is ref for resources that must be in the scope of the changed one.
func (ch *change) refHere(field, link string, collection string) (*object, *fault) {
	o, err := ch.ref(field, link, collection)
	if err != nil {
		return nil, err
	}
	if o.key.scope != ch.key.scope {
		return nil, invalid(field, link, fmt.Sprintf("A resource of scope '%s' cannot refer to one of scope '%s'.", ch.key.scope, o.key.scope))
	}
	return o, nil
}

// apiRoot begins every self-link (recordings of networks.get).
const apiRoot = "https://www.googleapis.com/compute/v1/"

func (k key) link() string { return apiRoot + k.path() }

// parseLink parses the full or partial URL of a resource. A partial URL is relative to the project
// ("global/urlMaps/x") or to the API ("projects/p/global/urlMaps/x"; reference of
// UrlMap.defaultService).
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
