package azure_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
)

const (
	subscription = "00000000-0000-0000-0000-000000000000"
	group        = "rg"
	shared       = "shared"
	location     = "westeurope"
)

// newProvider returns a provider, as a new process would.
func newProvider(t *testing.T, s *azuretest.Server, gateway string, c clock.Clock) *azure.Provider {
	t.Helper()
	client, err := azure.NewClient(t.Context(), azure.ClientOptions{SubscriptionID: subscription, Endpoint: s.URL()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := azure.New(client, azure.Options{
		ClusterID: "test", SubscriptionID: subscription, ResourceGroup: group, Location: location, Gateway: gateway, Clock: c,
		SubnetID: azuretest.SubnetID(subscription, group, azuretest.NetworkName, azuretest.GatewaySubnet),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// part returns a named part of a gateway's document.
func part(name string, properties map[string]any) map[string]any {
	return map[string]any{"name": name, "properties": properties}
}

// seedShared creates a gateway that others use too. It has its own site on port 80, parts of
// another cluster whose names have our form, and properties that the SDK does not know.
func seedShared(t *testing.T, s *azuretest.Server) {
	t.Helper()
	ip, _ := s.SeedPublicIP(group, "shared-ip")
	var body map[string]any
	subnet := azuretest.SubnetID(subscription, group, azuretest.NetworkName, azuretest.GatewaySubnet)
	if err := json.Unmarshal(azuretest.SharedGateway(location, subnet, ip), &body); err != nil {
		t.Fatal(err)
	}
	p := body["properties"].(map[string]any)
	add := func(collection string, more map[string]any) {
		have, _ := p[collection].([]any)
		p[collection] = append(have, more)
	}
	p["shinyNewFeature"] = map[string]any{"level": 3}
	add("backendAddressPools", part("hg-aaaabbbbccccdddd-aaaabbbbccccdddd-web-aaaabbbbccccdddd", map[string]any{"backendAddresses": []any{map[string]any{"ipAddress": "10.9.9.9"}}}))
	add("frontendIPConfigurations", part("private", map[string]any{
		"subnet": map[string]any{"id": subnet}, "privateIPAllocationMethod": "Static", "privateIPAddress": "10.255.0.200",
	}))
	add("httpListeners", part("hg-aaaabbbbccccdddd-other", map[string]any{
		"frontendIPConfiguration": map[string]any{"id": "{self}/frontendIPConfigurations/public"},
		"frontendPort":            map[string]any{"id": "{self}/frontendPorts/http"}, "protocol": "Http", "hostNames": []any{"*.other.test"}, "shinyFlag": true,
	}))
	add("requestRoutingRules", part("hg-aaaabbbbccccdddd-other", map[string]any{
		"ruleType": "Basic", "priority": 5000, "httpListener": map[string]any{"id": "{self}/httpListeners/hg-aaaabbbbccccdddd-other"},
		"backendAddressPool":  map[string]any{"id": "{self}/backendAddressPools/default"},
		"backendHttpSettings": map[string]any{"id": "{self}/backendHttpSettingsCollection/default"},
	}))
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SeedGateway(group, shared, raw); err != nil {
		t.Fatal(err)
	}
}

// foreign returns everything that the cluster does not own: other resources, and the shared gateway
// without the cluster's parts and tags.
func foreign(s *azuretest.Server, ours string) map[string]string {
	all := s.Snapshot()
	for name, text := range all {
		if strings.Contains(name, ours) {
			delete(all, name)
			continue
		}
		var d map[string]any
		if json.Unmarshal([]byte(text), &d) != nil {
			continue
		}
		if tags, ok := d["tags"].(map[string]any); ok {
			maps.DeleteFunc(tags, func(k string, _ any) bool { return strings.HasPrefix(k, "headgate-") })
		}
		if p, ok := d["properties"].(map[string]any); ok {
			withoutParts(p, ours)
		}
		raw, _ := json.Marshal(d)
		all[name] = string(raw)
	}
	return all
}

func withoutParts(p map[string]any, ours string) {
	for k, v := range p {
		l, ok := v.([]any)
		if !ok {
			continue
		}
		l = slices.DeleteFunc(l, func(v any) bool {
			m, _ := v.(map[string]any)
			name, _ := m["name"].(string)
			return strings.HasPrefix(name, ours)
		})
		if len(l) == 0 {
			delete(p, k)
			continue
		}
		p[k] = l
	}
}
