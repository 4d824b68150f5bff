package azure

import (
	"testing"
)

// testSubnet is the subnet of new gateways.
const testSubnet = "/subscriptions/0000/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/gateways"

func testClient(t testing.TB) *Client {
	t.Helper()
	client, err := NewClient(t.Context(), ClientOptions{SubscriptionID: "0000", Endpoint: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func testOptions(gateway string) Options {
	return Options{ClusterID: "demo", SubscriptionID: "0000", ResourceGroup: "rg", Location: "westeurope", SubnetID: testSubnet, Gateway: gateway}
}

func testProvider(t testing.TB, gateway string) *Provider {
	t.Helper()
	p, err := New(testClient(t), testOptions(gateway))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNewReportsEveryProblemInOneError(t *testing.T) {
	const malformed = "SubnetID is not the resource ID of a subnet: /subscriptions/…/virtualNetworks/…/subnets/…"
	for _, tc := range []struct {
		name    string
		client  *Client
		options Options
		want    string
	}{
		{"nil client", nil, testOptions(""), "client is nil"},
		{"nothing", nil, Options{}, "client is nil; ClusterID is missing; SubscriptionID is missing; ResourceGroup is missing; Location is missing; SubnetID is missing"},
		{"nothing but a gateway", testClient(t), Options{Gateway: "shared"}, "ClusterID is missing; SubscriptionID is missing; ResourceGroup is missing"},
		{"malformed", testClient(t), Options{SubscriptionID: "0000", ResourceGroup: "rg", Location: "westeurope", SubnetID: "gateways"}, "ClusterID is missing; " + malformed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := New(tc.client, tc.options); err == nil || err.Error() != "new azure provider: "+tc.want {
				t.Errorf("error is %v, want %s", err, tc.want)
			}
		})
	}
}
