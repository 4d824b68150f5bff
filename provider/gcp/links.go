package gcp

import (
	"strings"

	"github.com/headgate-io/headgate/provider"
)

const linkRoot = "https://www.googleapis.com/compute/v1/"

// linkTo returns the full URL of a resource, in the form in which the API returns links.
func linkTo(project, place, collection, name string) string {
	return linkRoot + "projects/" + project + "/" + scopePath(place) + "/" + collection + "/" + name
}

// link returns the full URL of a resource of the provider's project.
func (p *Provider) link(collection, place, name string) string {
	return linkTo(p.options.Project, place, collection, name)
}

func (p *Provider) selfLink(k provider.Key) string {
	return p.link(collection(k.Kind), k.Place, k.Name)
}

// scopePath returns the scope in the URL of a resource.
func scopePath(place string) string {
	switch {
	case place == "":
		return "global"
	case isZone(place):
		return "zones/" + place
	default:
		return "regions/" + place
	}
}

// isZone reports whether place is a zone: a region, a hyphen and a letter.
func isZone(place string) bool {
	i := strings.LastIndexByte(place, '-')
	return i > 0 && i == len(place)-2
}

// lastPart returns the name at the end of a link.
func lastPart(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// collection returns the name of a kind in URLs.
func collection(kind string) string {
	switch kind {
	case KindAddress:
		return "addresses"
	case KindBackendService:
		return "backendServices"
	case KindSSLCertificate:
		return "sslCertificates"
	case KindForwardingRule:
		return "forwardingRules"
	case KindHealthCheck:
		return "healthChecks"
	case KindTargetHTTPProxy:
		return "targetHttpProxies"
	case KindTargetHTTPSProxy:
		return "targetHttpsProxies"
	case KindNetworkEndpointGroup:
		return "networkEndpointGroups"
	case KindSSLPolicy:
		return "sslPolicies"
	case KindURLMap:
		return "urlMaps"
	default:
		return ""
	}
}

// target names one resource. Its place is empty for a global resource.
type target struct{ project, place, collection, name string }

// link returns the full URL of a resource, in the form in which the API returns links.
func (t target) link() string { return linkTo(t.project, t.place, t.collection, t.name) }

// article describes what t lacks a name for, such as "a global address of project demo".
func (t target) article(noun string) string {
	if t.place == "" {
		return "a global " + noun + " of project " + t.project
	}
	return "a " + noun + " in " + t.place + " of project " + t.project
}

// parseLink reads a reference in any form that the API and its tools use:
//
//	https://www.googleapis.com/compute/v1/projects/P/global/sslCertificates/N
//	https://compute.googleapis.com/compute/beta/projects/P/regions/R/sslCertificates/N
//	//compute.googleapis.com/projects/P/global/sslCertificates/N
//	projects/P/global/sslCertificates/N
//	global/sslCertificates/N
//	N
//
// base provides the parts that the reference omits, and the collection that it must name, unless
// that is empty. parseLink is false if the reference has another form.
func parseLink(reference string, base target) (target, bool) {
	out := base
	parts := strings.Split(pathOf(reference), "/")
	if len(parts) > 2 && parts[0] == "projects" {
		out.project, parts = parts[1], parts[2:]
	}
	switch {
	case len(parts) == 1 && parts[0] == reference:
		out.name = reference
	case len(parts) == 3 && parts[0] == "global":
		out.place, out.collection, out.name = "", parts[1], parts[2]
	case len(parts) == 4 && (parts[0] == "regions" || parts[0] == "zones"):
		out.place, out.collection, out.name = parts[1], parts[2], parts[3]
	default:
		return target{}, false
	}
	if base.collection != "" && out.collection != base.collection || out.project == "" || !isName(out.name) {
		return target{}, false
	}
	return out, true
}

// pathOf removes the server and the version of the API from a link.
func pathOf(link string) string {
	if _, rest, ok := strings.Cut(link, "//"); ok {
		_, link, _ = strings.Cut(rest, "/")
	}
	if rest, ok := strings.CutPrefix(link, "compute/"); ok {
		_, link, _ = strings.Cut(rest, "/")
	}
	return link
}

// canonicalLink returns a reference as a full URL. It returns an unknown form unchanged.
func canonicalLink(reference string, base target) string {
	if t, ok := parseLink(reference, base); ok {
		return t.link()
	}
	return reference
}

// shortest returns the name of a resource of the base's project, and the full URL of one of another
// project. It returns an unknown form unchanged.
func shortest(reference string, base target) string {
	t, ok := parseLink(reference, base)
	switch {
	case !ok:
		return reference
	case t.project == base.project:
		return t.name
	default:
		return t.link()
	}
}

// isName reports whether s is a valid name of a resource (RFC 1035).
func isName(s string) bool {
	if s == "" || len(s) > maxName || s[0] < 'a' || s[0] > 'z' || s[len(s)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') })
}
