package azuretest

import (
	"slices"
	"strings"

	"github.com/headgate-io/headgate/internal/jsonvalue"
)

// The functions in this file normalize an accepted document as recorded traffic of API versions of
// 2023 and 2025 shows it.

// canonicalLocation returns the short name of a region: eastus for "East US".
func canonicalLocation(name string) string { return strings.ToLower(strings.ReplaceAll(name, " ", "")) }

// spelled returns a value of an enumeration, or a list of them, in the spelling of the API. A
// request may have any case.
func (f field) spelled(v any) any {
	switch v := v.(type) {
	case string:
		if i := slices.IndexFunc(f.enum, func(name string) bool { return strings.EqualFold(name, v) }); i >= 0 {
			return f.enum[i]
		}
	case []any:
		for i := range v {
			v[i] = f.spelled(v[i])
		}
	}
	return v
}

// spell gives the members of an object of a shape, and of its nested objects, the spelling of the
// API. A request may have any case. Two spellings of one member stay, and are refused later.
// Unverified: the refusal.
func (s *Server) spell(shapeName string, object map[string]any) {
	known := s.shapes[shapeName]
	for k := range known {
		respell(object, k)
	}
	for k, f := range known {
		for _, item := range objectsOf(object[k]) {
			switch {
			case f.parts:
				s.spellPart(f.shape, item)
			case f.kind == kindRef:
				respell(item, "id")
			case f.kind == kindObject:
				s.spell(f.shape, item)
			}
		}
	}
}

func (s *Server) spellPart(shapeName string, part map[string]any) {
	for _, k := range []string{"id", "name", "etag", "type", "properties"} {
		respell(part, k)
	}
	if p, ok := part["properties"].(map[string]any); ok {
		s.spell(shapeName, p)
	}
}

// respell renames a member that has a name in another case.
func respell(object map[string]any, name string) {
	if _, ok := object[name]; ok {
		return
	}
	for k, v := range object {
		if strings.EqualFold(k, name) {
			object[name] = v
			delete(object, k)
			return
		}
	}
}

// objectsOf returns the objects of a value, which is an object or a list.
func objectsOf(v any) []map[string]any {
	if object, ok := v.(map[string]any); ok {
		return []map[string]any{object}
	}
	return list(v)
}

// spelledReference returns the ID of a part with its collection in the spelling of the API.
// Unverified: that the rest of the ID does not change.
func spelledReference(id, collection string) string {
	name := strings.LastIndexByte(id, '/')
	before := strings.LastIndexByte(id[:name], '/')
	return id[:before+1] + collection + id[name:]
}

// hideSecrets replaces the data of certificates by the public part.
func hideSecrets(document map[string]any, certificates map[string]*certificate) {
	for _, item := range list(properties(document)["sslCertificates"]) {
		p := properties(item)
		delete(p, "data")
		delete(p, "password")
		name, _ := item["name"].(string)
		if c := certificates[strings.ToLower(name)]; c != nil {
			p["publicCertData"] = c.public
		}
	}
}

// defaults returns the properties that the service fills in, by collection.
func defaults() map[string]map[string]any {
	return map[string]map[string]any{
		"backendHttpSettingsCollection": {
			"cookieBasedAffinity": "Disabled", "requestTimeout": 30.0, "pickHostNameFromBackendAddress": false,
			"dedicatedBackendConnection": false, "validateCertChainAndExpiry": true, "validateSNI": true, "sniName": nil,
		},
		"httpListeners":            {"hostNames": []any{}, "requireServerNameIndication": false, "enableHttp3": false},
		"probes":                   {"pickHostNameFromBackendHttpSettings": false, "minServers": 0.0, "match": map[string]any{}},
		"frontendIPConfigurations": {"privateIPAllocationMethod": "Dynamic"},
		"backendAddressPools":      {"backendAddresses": []any{}},
	}
}

// fillDefaults adds the defaults to a document. They are those of 2025, whatever the API version of
// the call.
func fillDefaults(document map[string]any) {
	p := properties(document)
	for collection, values := range defaults() {
		for _, item := range list(p[collection]) {
			have := properties(item)
			for k, v := range values {
				if _, ok := have[k]; !ok {
					have[k] = jsonvalue.Clone(v)
				}
			}
		}
	}
	if sku, ok := p["sku"].(map[string]any); ok && sku["family"] == nil {
		sku["family"] = "Generation_2"
	}
}
