package gcptest

import (
	"reflect"

	"google.golang.org/api/compute/v1"
)

// kind describes a kind of resource.
type kind struct {
	collection string
	// schema is the value of the member "kind" without the prefix "compute#".
	schema string
	model  reflect.Type
	scopes []level
	// quota is the name of the quota that limits their number. It is empty for none.
	quota string
	// fingerprint is true if changes require the current fingerprint.
	fingerprint bool
	patch       bool
	update      bool
	// immutable are the members that cannot change.
	immutable []string
	// output are the members that only the server sets. They are ignored in requests.
	output   []string
	defaults func(doc document, k key)
	check    func(c *change) *fault
	// links returns the links in a stored resource.
	links func(typed any) []string
	// actions are the custom methods of the kind.
	actions map[string]action
}

// action is a custom method of a resource: POST …/name/method.
type action struct {
	// read is true if the method changes nothing.
	read bool
	run  func(c *custom) (any, *fault)
}

// kinds returns the emulated kinds by collection.
func kinds() map[string]*kind {
	all := []*kind{healthCheckKind(), negKind(), backendServiceKind(), urlMapKind(), httpProxyKind(), httpsProxyKind(), certificateKind(),
		sslPolicyKind(), forwardingRuleKind(), addressKind(), firewallKind(), networkKind(), subnetworkKind(), zoneKind(), regionKind(), instanceKind()}
	out := make(map[string]*kind, len(all))
	for _, k := range all {
		out[k.collection] = k
	}
	return out
}

// common returns the output members of every kind.
func common() []string {
	return []string{"id", "kind", "selfLink", "creationTimestamp", "region", "zone", "selfLinkWithId"}
}

func healthCheckKind() *kind {
	return &kind{collection: "healthChecks", schema: "healthCheck", model: reflect.TypeFor[compute.HealthCheck](),
		scopes: []level{global, regional}, quota: "HEALTH_CHECKS", patch: true, update: true,
		defaults: healthCheckDefaults, check: checkHealthCheck}
}

func negKind() *kind {
	return &kind{collection: "networkEndpointGroups", schema: "networkEndpointGroup", model: reflect.TypeFor[compute.NetworkEndpointGroup](),
		scopes: []level{zonal}, quota: "NETWORK_ENDPOINT_GROUPS", output: []string{"size"},
		defaults: negDefaults, check: checkNEG, links: negLinks,
		actions: map[string]action{
			"attachNetworkEndpoints": {run: attachEndpoints},
			"detachNetworkEndpoints": {run: detachEndpoints},
			"listNetworkEndpoints":   {read: true, run: listEndpoints},
		}}
}

func backendServiceKind() *kind {
	return &kind{collection: "backendServices", schema: "backendService", model: reflect.TypeFor[compute.BackendService](),
		scopes: []level{global, regional}, quota: "BACKEND_SERVICES", fingerprint: true, patch: true, update: true,
		immutable: []string{"loadBalancingScheme"}, output: []string{"usedBy", "edgeSecurityPolicy", "securityPolicy"},
		defaults: backendServiceDefaults, check: checkBackendService, links: backendServiceLinks,
		actions: map[string]action{"getHealth": {read: true, run: getHealth}}}
}

func urlMapKind() *kind {
	return &kind{collection: "urlMaps", schema: "urlMap", model: reflect.TypeFor[compute.UrlMap](),
		scopes: []level{global, regional}, quota: "URL_MAPS", fingerprint: true, patch: true, update: true, output: []string{"status"},
		check: checkURLMap, links: urlMapLinks,
		actions: map[string]action{"validate": {read: true, run: validateURLMap}}}
}

func httpProxyKind() *kind {
	return &kind{collection: "targetHttpProxies", schema: "targetHttpProxy", model: reflect.TypeFor[compute.TargetHttpProxy](),
		scopes: []level{global, regional}, quota: "TARGET_HTTP_PROXIES", fingerprint: true, patch: true,
		check: checkHTTPProxy, links: httpProxyLinks,
		actions: map[string]action{"setUrlMap": {run: setMember("urlMap", "urlMap")}}}
}

func httpsProxyKind() *kind {
	return &kind{collection: "targetHttpsProxies", schema: "targetHttpsProxy", model: reflect.TypeFor[compute.TargetHttpsProxy](),
		scopes: []level{global, regional}, quota: "TARGET_HTTPS_PROXIES", fingerprint: true, patch: true,
		check: checkHTTPSProxy, links: httpsProxyLinks,
		actions: map[string]action{
			"setUrlMap":          {run: setMember("urlMap", "urlMap")},
			"setSslCertificates": {run: setMember("sslCertificates", "sslCertificates")},
			"setSslPolicy":       {run: setMember("sslPolicy", "sslPolicy")},
		}}
}

func certificateKind() *kind {
	return &kind{collection: "sslCertificates", schema: "sslCertificate", model: reflect.TypeFor[compute.SslCertificate](),
		scopes: []level{global, regional}, quota: "SSL_CERTIFICATES", output: []string{"expireTime", "subjectAlternativeNames"},
		check: checkCertificate}
}

func sslPolicyKind() *kind {
	return &kind{collection: "sslPolicies", schema: "sslPolicy", model: reflect.TypeFor[compute.SslPolicy](),
		scopes: []level{global, regional}, fingerprint: true, patch: true, output: []string{"enabledFeatures", "warnings"},
		defaults: sslPolicyDefaults, check: checkSSLPolicy}
}

func forwardingRuleKind() *kind {
	return &kind{collection: "forwardingRules", schema: "forwardingRule", model: reflect.TypeFor[compute.ForwardingRule](),
		scopes: []level{global, regional}, quota: "FORWARDING_RULES", fingerprint: true, patch: true,
		immutable: []string{"IPAddress", "IPProtocol", "portRange", "ports", "loadBalancingScheme", "network", "subnetwork", "ipVersion",
			"networkTier", "description", "allowGlobalAccess", "labels"},
		output:   []string{"pscConnectionId", "serviceName", "baseForwardingRule"},
		defaults: forwardingRuleDefaults, check: checkForwardingRule, links: forwardingRuleLinks,
		actions: map[string]action{"setTarget": {run: setMember("target", "target")}, "setLabels": {run: setLabels}}}
}

func addressKind() *kind {
	return &kind{collection: "addresses", schema: "address", model: reflect.TypeFor[compute.Address](),
		scopes: []level{global, regional}, quota: "STATIC_ADDRESSES", output: []string{"status", "users"},
		defaults: addressDefaults, check: checkAddress,
		actions: map[string]action{"setLabels": {run: setLabels}}}
}

func firewallKind() *kind {
	return &kind{collection: "firewalls", schema: "firewall", model: reflect.TypeFor[compute.Firewall](),
		scopes: []level{global}, quota: "FIREWALLS", patch: true, update: true, immutable: []string{"network", "direction"},
		defaults: firewallDefaults, check: checkFirewall, links: firewallLinks}
}

func networkKind() *kind {
	return &kind{collection: "networks", schema: "network", model: reflect.TypeFor[compute.Network](), scopes: []level{global}}
}

func subnetworkKind() *kind {
	return &kind{collection: "subnetworks", schema: "subnetwork", model: reflect.TypeFor[compute.Subnetwork](), scopes: []level{regional},
		output: []string{"gatewayAddress", "state"}, defaults: subnetworkDefaults, check: checkSubnetwork, links: subnetworkLinks}
}

func zoneKind() *kind {
	return &kind{collection: "zones", schema: "zone", model: reflect.TypeFor[compute.Zone](), scopes: []level{global}}
}

func regionKind() *kind {
	return &kind{collection: "regions", schema: "region", model: reflect.TypeFor[compute.Region](), scopes: []level{global}}
}

func instanceKind() *kind {
	return &kind{collection: "instances", schema: "instance", model: reflect.TypeFor[compute.Instance](), scopes: []level{zonal}}
}
