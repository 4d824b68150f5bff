package program

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/provider"
)

func TestAPIsNameOperations(t *testing.T) {
	const (
		gcp   = "https://compute.googleapis.com/compute/v1/projects/demo/"
		azure = "https://management.azure.com/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/"
	)
	for _, c := range []struct {
		name        func(*http.Request) string
		method, url string
		body, want  string
	}{
		{APIOfAWS, "POST", "https://elasticloadbalancing.us-east-1.amazonaws.com/", "Action=CreateRule&Version=2015-12-01", "CreateRule"},
		{APIOfAWS, "GET", "https://sts.amazonaws.com/", "", "other"},
		{APIOfGCP, "GET", gcp + "global/urlMaps", "", "compute.urlMaps.list"},
		{APIOfGCP, "GET", gcp + "global/urlMaps/shop", "", "compute.urlMaps.get"},
		{APIOfGCP, "POST", gcp + "zones/a/networkEndpointGroups", "", "compute.networkEndpointGroups.insert"},
		{APIOfGCP, "POST", gcp + "zones/a/networkEndpointGroups/n/attachNetworkEndpoints", "", "compute.networkEndpointGroups.attachNetworkEndpoints"},
		{APIOfGCP, "PATCH", gcp + "regions/r/backendServices/b", "", "compute.backendServices.patch"},
		{APIOfGCP, "DELETE", gcp + "global/healthChecks/h", "", "compute.healthChecks.delete"},
		{APIOfGCP, "GET", gcp + "aggregated/networkEndpointGroups", "", "compute.networkEndpointGroups.aggregatedList"},
		{APIOfGCP, "GET", "https://oauth2.googleapis.com/token", "", "other"},
		{APIOfAzure, "PUT", azure + "applicationGateways/shop?api-version=1", "", "Microsoft.Network/applicationGateways/write"},
		{APIOfAzure, "POST", azure + "applicationGateways/shop/backendhealth", "", "Microsoft.Network/applicationGateways/backendhealth/action"},
		{APIOfAzure, "GET", azure + "locations/eu/operations/1", "", "Microsoft.Network/operations/read"},
		{APIOfAzure, "DELETE", azure + "publicIPAddresses/shop", "", "Microsoft.Network/publicIPAddresses/delete"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, c.url, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.name(r); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.method, c.url, got, c.want)
		}
	}
}

func TestPermissionsAreReadFromErrors(t *testing.T) {
	denied := func(op, text string) error {
		return &provider.Error{Code: provider.Denied, Op: op, Err: errors.New(text)}
	}
	for _, c := range []struct {
		name func(error) string
		err  error
		want string
	}{
		{PermissionOfAWS, denied("CreateRule", "User: arn:aws:sts::1:role/x is not authorized to perform: elasticloadbalancing:CreateRule on resource: y"), "elasticloadbalancing:CreateRule"},
		{PermissionOfAWS, denied("CreateSecurityGroup", "You are not authorized to perform this operation."), "ec2:CreateSecurityGroup"},
		{PermissionOfAWS, denied("SetSecurityGroups", "no"), "elasticloadbalancing:SetSecurityGroups"},
		{PermissionOfAWS, denied("ImportCertificate", "no"), "acm:ImportCertificate"},
		{PermissionOfAWS, denied("AddListenerCertificates", "no"), "elasticloadbalancing:AddListenerCertificates"},
		{PermissionOfAWS, denied("observe", "no"), ""},
		{PermissionOfAWS, denied("DescribeSecurityGroups", "no EC2 IMDS role found: failed to refresh cached credentials"), ""},
		{PermissionOfGCP, denied("patch", "403 forbidden: Required 'compute.urlMaps.update' permission for 'projects/demo/global/urlMaps/shop'"), "compute.urlMaps.update"},
		{PermissionOfAzure, denied("put", "The client 'c' with object id 'c' does not have authorization to perform action 'Microsoft.Network/applicationGateways/write' over scope '/s'"),
			"Microsoft.Network/applicationGateways/write"},
		{PermissionOfAzure, denied("put", "The client 'c' with object id 'c' has permission to perform action 'Microsoft.Network/applicationGateways/write' on scope '/s'; however, "+
			"it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) '/n' (respectively) or the linked scope(s) are invalid."),
			"Microsoft.Network/virtualNetworks/subnets/join/action"},
		{PermissionOfAWS, denied("CreateTags", "no"), "ec2:CreateTags"},
	} {
		if got := c.name(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}
