package azure

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The properties are those in recorded replies of the service.
func TestRequestOmitsPropertiesThatOnlyTheServiceSets(t *testing.T) {
	refers := []any{map[string]any{"id": "x"}}
	part := func(name string, properties map[string]any) []any {
		return []any{map[string]any{"name": name, "etag": "e", "properties": properties}}
	}
	reply := document{"location": "eastus", "etag": "e", "tags": map[string]any{}, "properties": map[string]any{
		"provisioningState": "Succeeded", "operationalState": "Running", "resourceGuid": "g", "defaultPredefinedSslPolicy": "AppGwSslPolicy20220101",
		"privateEndpointConnections": []any{}, "enableFips": true,
		"backendAddressPools":     part("p", map[string]any{"provisioningState": "Succeeded", "backendIPConfigurations": refers, "requestRoutingRules": refers}),
		"probes":                  part("q", map[string]any{"path": "/", "backendHttpSettings": refers}),
		"trustedRootCertificates": part("r", map[string]any{"data": "AAAA", "backendHttpSettings": refers}),
		"frontendPorts":           part("s", map[string]any{"port": 80, "httpListeners": refers, "unknown": true}),
	}}
	bare := func(name string, properties map[string]any) []any {
		return []any{map[string]any{"name": name, "properties": properties}}
	}
	want := document{"location": "eastus", "tags": map[string]any{}, "properties": map[string]any{
		"enableFips": true, "backendAddressPools": bare("p", map[string]any{}), "probes": bare("q", map[string]any{"path": "/"}),
		"trustedRootCertificates": bare("r", map[string]any{"data": "AAAA"}), "frontendPorts": bare("s", map[string]any{"port": 80, "unknown": true}),
	}}
	if diff := cmp.Diff(want, reply.request()); diff != "" {
		t.Error(diff)
	}
}
