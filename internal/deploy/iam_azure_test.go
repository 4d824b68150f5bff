package deploy_test

import (
	"go/ast"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// callsOfAzure returns the requests that the provider sends, by the function that sends them and
// the method, and the operations of the SDK's client of addresses.
func callsOfAzure(t *testing.T) set {
	t.Helper()
	calls := set{}
	walk(t, "azure", func(function string, n ast.Node) {
		if s := dotted(n); len(s) == 3 && s[1] == "ips" {
			calls["PublicIPAddresses "+s[2]] = true
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return
		}
		if s := dotted(call.Fun); len(s) > 1 && s[len(s)-1] == "send" {
			if method := dotted(call.Args[1]); len(method) == 2 && method[0] == "http" {
				calls[function+" "+method[1]] = true
			}
		}
	})
	return calls
}

// permissionsOfAzure are the actions of each call ("Azure permissions for Networking"). A write of
// an object that refers to a subnet, an address, a firewall policy or a managed identity needs a
// permission on that object as well ("Application Gateway infrastructure configuration",
// permissions; "Azure built-in roles", Managed Identity Operator; the error is
// LinkedAuthorizationFailed). A shared gateway may have any of these. Unverified against a
// subscription: the permission for firewall policies.
func permissionsOfAzure() map[string][]string {
	const network = "Microsoft.Network/"
	operations := []string{network + "locations/operations/read", network + "locations/operationResults/read"}
	return map[string][]string{
		"gateway MethodGet":  {network + "applicationGateways/read"},
		"gateways MethodGet": {network + "applicationGateways/read"},
		"putGateway MethodPut": {network + "applicationGateways/write", network + "publicIPAddresses/join/action",
			network + "virtualNetworks/subnets/join/action",
			network + "ApplicationGatewayWebApplicationFirewallPolicies/join/action",
			"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"},
		"deleteGateway MethodDelete":            {network + "applicationGateways/delete"},
		"beginHealth MethodPost":                {network + "applicationGateways/backendhealth/action"},
		"operationError MethodGet":              operations,
		"result MethodGet":                      operations,
		"freeAddress MethodGet":                 {network + "virtualNetworks/subnets/read", network + "virtualNetworks/checkIpAddressAvailability/read"},
		"PublicIPAddresses Get":                 {network + "publicIPAddresses/read"},
		"PublicIPAddresses NewListPager":        {network + "publicIPAddresses/read"},
		"PublicIPAddresses BeginCreateOrUpdate": append([]string{network + "publicIPAddresses/write"}, operations...),
		"PublicIPAddresses BeginDelete":         append([]string{network + "publicIPAddresses/delete"}, operations...),
	}
}

func TestAzureRoleAllowsProviderCalls(t *testing.T) {
	known, want := set{}, set{}
	for call, permissions := range permissionsOfAzure() {
		known[call] = true
		for _, p := range permissions {
			want[p] = true
		}
	}
	if calls := callsOfAzure(t); !maps.Equal(known, calls) {
		t.Errorf("calls (-known +made):\n%s", cmp.Diff(known.sorted(), calls.sorted()))
	}
	if diff := cmp.Diff(want.sorted(), set(sliceSet(roleOfAzure(t))).sorted()); diff != "" {
		t.Errorf("(-called +allowed):\n%s", diff)
	}
}

func sliceSet(all []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range all {
		out[s] = true
	}
	return out
}
