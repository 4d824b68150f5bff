package deploy_test

import (
	"go/ast"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// callsOfGCP returns the methods that the provider's client calls, such as RegionUrlMaps.Update.
func callsOfGCP(t *testing.T) set {
	t.Helper()
	calls := set{}
	walk(t, "gcp", func(_ string, n ast.Node) {
		if s := dotted(n); len(s) == 4 && s[1] == "svc" {
			calls[s[2]+"."+s[3]] = true
		}
	})
	return calls
}

// permissionOfGCP returns the permission of a method on the resource itself (Compute Engine
// reference, "IAM Permissions" of each method). Its name consists of the resource and the verb of
// the method, with a few exceptions.
func permissionOfGCP(method string) string {
	service, verb, _ := strings.Cut(method, ".")
	resource := "compute." + strings.ToLower(service[:1]) + service[1:] + "."
	switch verb {
	case "Insert":
		return resource + "create"
	case "Patch":
		return resource + "update"
	case "AggregatedList":
		return resource + "list"
	case "GetHealth", "ListNetworkEndpoints", "Wait":
		return resource + "get"
	default:
		return resource + strings.ToLower(verb[:1]) + verb[1:]
	}
}

// besidesOfGCP are the permissions that a method needs on the resources that its resource refers
// to, by the prefix of the method's name. Unverified against a project: the reference names most of
// them, not all.
func besidesOfGCP() map[string][]string {
	return map[string][]string{
		"NetworkEndpointGroups.Insert":                 {"compute.networks.use", "compute.subnetworks.use"},
		"NetworkEndpointGroups.AttachNetworkEndpoints": {"compute.instances.use"},
		"BackendServices.Insert":                       {"compute.healthChecks.useReadOnly", "compute.networkEndpointGroups.use"},
		"BackendServices.Patch":                        {"compute.healthChecks.useReadOnly", "compute.networkEndpointGroups.use"},
		"RegionBackendServices.Insert":                 {"compute.regionHealthChecks.useReadOnly", "compute.networkEndpointGroups.use"},
		"RegionBackendServices.Patch":                  {"compute.regionHealthChecks.useReadOnly", "compute.networkEndpointGroups.use"},
		"UrlMaps.Insert":                               {"compute.backendServices.use"},
		"UrlMaps.Update":                               {"compute.backendServices.use"},
		"RegionUrlMaps.Insert":                         {"compute.regionBackendServices.use"},
		"RegionUrlMaps.Update":                         {"compute.regionBackendServices.use"},
		"TargetHttpProxies.Insert":                     {"compute.urlMaps.use"},
		"TargetHttpProxies.SetUrlMap":                  {"compute.urlMaps.use"},
		"TargetHttpsProxies.Insert":                    {"compute.urlMaps.use", "compute.sslCertificates.get", "compute.sslPolicies.use"},
		"TargetHttpsProxies.SetUrlMap":                 {"compute.urlMaps.use"},
		"TargetHttpsProxies.SetSslPolicy":              {"compute.sslPolicies.use"},
		"RegionTargetHttpProxies.Insert":               {"compute.regionUrlMaps.use"},
		"RegionTargetHttpProxies.SetUrlMap":            {"compute.regionUrlMaps.use"},
		"RegionTargetHttpsProxies.Insert":              {"compute.regionUrlMaps.use", "compute.regionSslCertificates.get", "compute.regionSslPolicies.use"},
		"RegionTargetHttpsProxies.SetUrlMap":           {"compute.regionUrlMaps.use"},
		"RegionTargetHttpsProxies.Patch":               {"compute.regionSslPolicies.use"},
		// Regional addresses are internal, and have permissions of their own.
		"Addresses.Insert":                {"compute.addresses.createInternal", "compute.subnetworks.use"},
		"Addresses.Delete":                {"compute.addresses.deleteInternal"},
		"ForwardingRules.Insert":          {"compute.addresses.useInternal", "compute.networks.use", "compute.subnetworks.use", "compute.regionTargetHttpProxies.use", "compute.regionTargetHttpsProxies.use"},
		"ForwardingRules.SetTarget":       {"compute.regionTargetHttpProxies.use", "compute.regionTargetHttpsProxies.use"},
		"GlobalForwardingRules.Insert":    {"compute.globalAddresses.use", "compute.targetHttpProxies.use", "compute.targetHttpsProxies.use"},
		"GlobalForwardingRules.SetTarget": {"compute.targetHttpProxies.use", "compute.targetHttpsProxies.use"},
	}
}

func TestGCPRoleAllowsProviderCalls(t *testing.T) {
	calls, want := callsOfGCP(t), set{}
	for c := range calls {
		want[permissionOfGCP(c)] = true
	}
	for method, besides := range besidesOfGCP() {
		if !calls[method] {
			t.Errorf("%s is called no more", method)
		}
		for _, p := range besides {
			want[p] = true
		}
	}
	if diff := cmp.Diff(want.sorted(), roleOfGCP(t)); diff != "" {
		t.Errorf("(-called +allowed):\n%s", diff)
	}
}
