package kube

import "github.com/headgate-io/headgate/model"

// maxName bounds the name of a route, in bytes.
const maxName = 512

// routeName names a route by what it matches, not by its position in the object, so that a rule
// that is inserted before others renames none of them.
func routeName(c *Claim) string {
	host, wildcard, exact := "*", "", ""
	if !c.Host.IsAny() {
		host = c.Host.Name
	}
	switch c.Host.Wildcard {
	case model.NoWildcard:
	case model.OneLabel:
		wildcard = "*."
	case model.AnyLabels:
		wildcard = "**."
	}
	if c.Match.Path.Type == model.PathExact {
		exact = "="
	}
	name := c.Origin.Namespace + "/" + c.Origin.Name + " " + wildcard + host + exact + c.Match.Path.Value
	if len(name) > maxName {
		return name[:maxName-20] + "~" + hash([]byte(name))
	}
	return name
}
