package azuretest

import "strings"

// renderGateway is a gateway as replies show it: what was sent, with IDs, types, ETags and states,
// and with the references that point back.
func (s *Server) renderGateway(g *resource) map[string]any {
	document := clone(g.document)
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

// operationalState is Running from the end of the create on, also while an update or the deletion
// runs. Recorded traffic shows neither Starting nor Stopping.
func (g *gatewayState) operationalState() string {
	if g.running && g.effective != nil {
		return "Running"
	}
	return "Stopped"
}

// shownEmpty are the collections that a gateway of the second generation shows with nothing in
// them, in API versions of 2025. Others, such as customErrorConfigurations, are shown where they
// were sent.
func shownEmpty() []string {
	return []string{
		"gatewayIPConfigurations", "sslCertificates", "trustedRootCertificates", "trustedClientCertificates", "sslProfiles", "frontendIPConfigurations",
		"frontendPorts", "backendAddressPools", "loadDistributionPolicies", "backendHttpSettingsCollection", "backendSettingsCollection",
		"httpListeners", "listeners", "urlPathMaps", "requestRoutingRules", "routingRules", "probes", "rewriteRuleSets",
		"redirectConfigurations", "privateLinkConfigurations", "privateEndpointConnections",
	}
}

// stamper writes what the service adds to every part.
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

// backReferences tells, for each property that refers to a part, under which name the part lists
// who refers to it.
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

// addBackReferences lists on each part which rules, maps, listeners and settings refer to it, as
// replies of the service do. A part that nothing refers to has no such list.
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
