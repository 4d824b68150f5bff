package azuretest

import (
	"strings"

	"github.com/headgate-io/headgate/internal/jsonvalue"
)

// renderGateway returns a gateway in the form of a reply: the stored document with IDs, types,
// ETags and states, and with back-references.
func (s *Server) renderGateway(g *resource) map[string]any {
	document := jsonvalue.CloneObject(g.document)
	document["id"], document["name"], document["etag"] = g.id, g.name, g.etag
	document["type"] = provider + "/" + typeGateway
	p := properties(document)
	shape := s.shapes["ApplicationGatewayProperties"]
	for _, name := range shownEmpty() {
		if p[name] == nil {
			p[name] = []any{}
		}
	}
	stamp := stamper{etag: g.etag, state: g.state, shapes: s.shapes}
	stamp.parts(p, shape, g.id, provider+"/"+typeGateway)
	p["provisioningState"], p["resourceGuid"] = g.state, g.gateway.guid
	p["defaultPredefinedSslPolicy"] = "AppGwSslPolicy20220101"
	p["operationalState"] = g.gateway.operationalState()
	addBackReferences(p)
	return document
}

// operationalState returns Running from the end of the create on, even during an update or the
// deletion, unless the gateway was stopped. Recorded traffic has neither Starting nor Stopping,
// which the API documents.
func (g *gatewayState) operationalState() string {
	if g.transition != "" {
		return g.transition
	}
	if g.running && g.effective != nil {
		return "Running"
	}
	return "Stopped"
}

// shownEmpty returns the collections that replies contain even if they are empty, for gateways of
// the second generation in API versions of 2025. Replies contain others, such as
// customErrorConfigurations, only if they were sent.
func shownEmpty() []string {
	return []string{
		"gatewayIPConfigurations", "sslCertificates", "trustedRootCertificates", "trustedClientCertificates", "sslProfiles", "frontendIPConfigurations",
		"frontendPorts", "backendAddressPools", "loadDistributionPolicies", "backendHttpSettingsCollection", "backendSettingsCollection",
		"httpListeners", "listeners", "urlPathMaps", "requestRoutingRules", "routingRules", "probes", "rewriteRuleSets",
		"redirectConfigurations", "privateLinkConfigurations", "privateEndpointConnections",
	}
}

// stamper sets the properties that the service adds to every part.
type stamper struct {
	etag, state string
	shapes      map[string]shape
}

func (s stamper) parts(p map[string]any, of shape, id, kind string) {
	for name, f := range of {
		if !f.parts {
			continue
		}
		for _, item := range list(p[name]) {
			partName, _ := item["name"].(string)
			item["id"], item["etag"] = id+"/"+name+"/"+partName, s.etag
			item["type"] = kind + "/" + name
			inner := properties(item)
			inner["provisioningState"] = s.state
			s.parts(inner, s.shapes[f.shape], id+"/"+name+"/"+partName, kind+"/"+name)
		}
	}
}

// backReferences returns, by the kind of the referrer, the properties that refer to parts and the
// collections of those parts. A part lists its referrers under their kind.
func backReferences() map[string]map[string]string {
	routing := map[string]string{
		"backendAddressPool": "backendAddressPools", "backendHttpSettings": "backendHttpSettingsCollection",
		"redirectConfiguration": "redirectConfigurations", "rewriteRuleSet": "rewriteRuleSets",
		"defaultBackendAddressPool": "backendAddressPools", "defaultBackendHttpSettings": "backendHttpSettingsCollection",
		"defaultRedirectConfiguration": "redirectConfigurations", "defaultRewriteRuleSet": "rewriteRuleSets",
		"httpListener": "httpListeners", "urlPathMap": "urlPathMaps",
	}
	return map[string]map[string]string{
		"requestRoutingRules": routing, "urlPathMaps": routing, "pathRules": routing,
		"httpListeners":       {"frontendIPConfiguration": "frontendIPConfigurations", "frontendPort": "frontendPorts", "sslCertificate": "sslCertificates"},
		"backendHttpSettings": {"probe": "probes", "trustedRootCertificates": "trustedRootCertificates"},
	}
}

// addBackReferences adds to each part the rules, maps, listeners and settings that refer to it, as
// the service does in replies. A part without referrers has no list.
func addBackReferences(p map[string]any) {
	targets := map[string]map[string]any{}
	for _, collection := range []string{"backendAddressPools", "backendHttpSettingsCollection", "redirectConfigurations", "rewriteRuleSets",
		"httpListeners", "urlPathMaps", "frontendIPConfigurations", "frontendPorts", "sslCertificates", "probes", "trustedRootCertificates"} {
		for _, item := range list(p[collection]) {
			name, _ := item["name"].(string)
			targets[strings.ToLower(collection+"/"+name)] = properties(item)
		}
	}
	referrers := map[string][]map[string]any{
		"httpListeners": list(p["httpListeners"]), "requestRoutingRules": list(p["requestRoutingRules"]), "urlPathMaps": list(p["urlPathMaps"]),
		"backendHttpSettings": list(p["backendHttpSettingsCollection"]),
	}
	for _, m := range referrers["urlPathMaps"] {
		referrers["pathRules"] = append(referrers["pathRules"], list(properties(m)["pathRules"])...)
	}
	for _, kind := range []string{"httpListeners", "requestRoutingRules", "urlPathMaps", "pathRules", "backendHttpSettings"} {
		for _, by := range referrers[kind] {
			addReferences(targets, kind, by, backReferences()[kind])
		}
	}
}

func addReferences(targets map[string]map[string]any, kind string, by map[string]any, refers map[string]string) {
	for property, collection := range refers {
		for _, reference := range objectsOf(properties(by)[property]) {
			id, _ := reference["id"].(string)
			target := targets[strings.ToLower(collection+"/"+lastSegment(id))]
			if id == "" || target == nil {
				continue
			}
			have, _ := target[kind].([]any)
			target[kind] = append(have, map[string]any{"id": by["id"]})
		}
	}
}
