package azuretest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestGatewayIsRefused makes one change at a time to a valid gateway.
func TestGatewayIsRefused(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	tests := map[string]struct {
		change func(body object)
		code   string
	}{
		"no location":             {func(b object) { delete(b, "location") }, "LocationRequired"},
		"wrong type":              {func(b object) { props(b, "frontendPorts", 0)["port"] = "80" }, "InvalidJson"},
		"unknown property":        {func(b object) { props(b, "frontendPorts", 0)["prot"] = 80.0 }, "InvalidJson"},
		"unknown enum":            {func(b object) { props(b, "httpListeners", 0)["protocol"] = "Gopher" }, "InvalidJson"},
		"duplicate name":          {func(b object) { add(b, "frontendPorts", named("P80", object{"port": 8080.0})) }, "DuplicateResourceName"},
		"duplicate path rule":     {func(b object) { twicePathRule(b) }, "DuplicateResourceName"},
		"bad name":                {func(b object) { add(b, "frontendPorts", named("a/b", object{"port": 8080.0})) }, "InvalidResourceName"},
		"long name":               {func(b object) { add(b, "frontendPorts", named(strings.Repeat("a", 81), object{"port": 8080.0})) }, "InvalidResourceName"},
		"foreign id":              {func(b object) { items(b, "frontendPorts")[0].(object)["id"] = "{self}/frontendPorts/other" }, "InvalidResourceId"},
		"dangling reference":      {func(b object) { props(b, "httpListeners", 0)["frontendPort"] = ref("frontendPorts", "none") }, "InvalidResourceReference"},
		"reference to other kind": {func(b object) { props(b, "httpListeners", 0)["frontendPort"] = ref("httpListeners", "l") }, "InvalidResourceReference"},
		"reference without id":    {func(b object) { props(b, "httpListeners", 0)["frontendPort"] = object{} }, "MissingJsonReferenceId"},
		"no such public IP": {func(b object) {
			props(b, "frontendIPConfigurations", 0)["publicIPAddress"] = object{"id": PublicIPID(defaultSubscription, group, "none")}
		}, "InvalidResourceReference"},
		"no such subnet": {func(b object) {
			props(b, "gatewayIPConfigurations", 0)["subnet"] = object{"id": SubnetID(defaultSubscription, group, "none", "none")}
		}, "InvalidResourceReference"},
		"first generation": {func(b object) {
			b["properties"].(object)["sku"] = object{"name": "Standard_Small", "tier": "Standard", "capacity": 1.0}
		}, "ApplicationGatewaySkuNotSupported"},
		"no size":                 {func(b object) { b["properties"].(object)["sku"] = object{"name": "Standard_v2", "tier": "Standard_v2"} }, "ApplicationGatewaySkuCapacityOrAutoscale"},
		"dynamic private address": {func(b object) { addPrivate(b, object{"privateIPAllocationMethod": "Dynamic"}) }, "ApplicationGatewayPrivateIpMustBeStatic"},
		"one port twice":          {func(b object) { add(b, "frontendPorts", named("again", object{"port": 80.0})) }, "ApplicationGatewayFrontendPortsUsingSamePortValue"},
		"port out of range":       {func(b object) { add(b, "frontendPorts", named("x", object{"port": 65000.0})) }, "PropertyValueOutOfRange"},
		"loopback target":         {func(b object) { setTargets(b, "127.0.0.1") }, "ApplicationGatewayBackendAddressPoolInvalidIpAddress"},
		"bad target":              {func(b object) { setTargets(b, "10.0.0") }, "ApplicationGatewayBackendAddressPoolInvalidIpAddress"},
		"one target twice":        {func(b object) { setTargets(b, "10.0.0.1", "10.0.0.1") }, "ApplicationGatewayBackendAddressPoolDuplicateAddress"},
		"too many targets":        {func(b object) { manyTargets(b, 1201) }, "ApplicationGatewayLimitExceeded"},
		"probe of other protocol": {func(b object) { props(b, "probes", 0)["protocol"] = "Https" }, "ApplicationGatewayProbeProtocolMustMatchBackendHttpSettingsProtocol"},
		"probe without host":      {func(b object) { delete(props(b, "probes", 0), "host") }, "ApplicationGatewayProbeHostIsInvalid"},
		"probe path":              {func(b object) { props(b, "probes", 0)["path"] = "healthz" }, "ApplicationGatewayProbePathIsInvalid"},
		"probe threshold":         {func(b object) { props(b, "probes", 0)["unhealthyThreshold"] = 21.0 }, "PropertyValueOutOfRange"},
		"probe statuses":          {func(b object) { props(b, "probes", 0)["match"] = object{"statusCodes": []any{"2xx"}} }, "ApplicationGatewayProbeMatchStatusCodeInvalid"},
		"request timeout":         {func(b object) { props(b, "backendHttpSettingsCollection", 0)["requestTimeout"] = 86401.0 }, "PropertyValueOutOfRange"},
		"drain timeout":           {func(b object) { drain(b, 3601) }, "PropertyValueOutOfRange"},
		"listener without port":   {func(b object) { delete(props(b, "httpListeners", 0), "frontendPort") }, "ApplicationGatewayHttpListenerMissingFrontend"},
		"https without cert":      {func(b object) { props(b, "httpListeners", 0)["protocol"] = "Https" }, "ApplicationGatewayHttpsListenerMustReferenceSslCert"},
		"hostName and hostNames":  {func(b object) { props(b, "httpListeners", 0)["hostNames"] = []any{"b.example.com"} }, "ApplicationGatewayHttpListenerHostNameAndHostNames"},
		"wildcard in hostName":    {func(b object) { props(b, "httpListeners", 0)["hostName"] = "*.example.com" }, "ApplicationGatewayHttpListenerHostNameInvalid"},
		"six host names":          {func(b object) { setHosts(b, "a.x", "b.x", "c.x", "d.x", "e.x", "f.x") }, "ApplicationGatewayLimitExceeded"},
		"bad wildcard":            {func(b object) { setHosts(b, "*?.example.com") }, "ApplicationGatewayHttpListenerHostNameInvalid"},
		"same host and port":      {func(b object) { secondListener(b, "A.example.com", 101) }, "ApplicationGatewayHttpListenersUsingSameFrontendPortAndHostName"},
		"same priority":           {func(b object) { secondListener(b, "b.example.com", 100) }, "ApplicationGatewayRequestRoutingRuleDuplicatePriority"},
		"no priority":             {func(b object) { delete(props(b, "requestRoutingRules", 0), "priority") }, "ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty"},
		"priority out of range":   {func(b object) { props(b, "requestRoutingRules", 0)["priority"] = 20001.0 }, "PropertyValueOutOfRange"},
		"rule without type":       {func(b object) { delete(props(b, "requestRoutingRules", 0), "ruleType") }, "ApplicationGatewayRequestRoutingRuleTypeMissing"},
		"two rules, one listener": {func(b object) { secondRule(b) }, "ApplicationGatewayHttpListenerReferencedByMultipleRules"},
		"pool without settings":   {func(b object) { delete(props(b, "urlPathMaps", 0), "defaultBackendHttpSettings") }, "ApplicationGatewayRoutingTargetInvalid"},
		"path without slash":      {func(b object) { setPaths(b, "api") }, "ApplicationGatewayPathRulePathShouldStartWithSlash"},
		"path of a slash":         {func(b object) { setPaths(b, "/") }, "ApplicationGatewayPathRulePathShouldHaveNonEmptyMatchValue"},
		"star in the middle":      {func(b object) { setPaths(b, "/a/*/b") }, "ApplicationGatewayPathRulePathInvalidWildcard"},
		"query in a path":         {func(b object) { setPaths(b, "/a?b") }, "ApplicationGatewayPathRulePathInvalidCharacter"},
		"one path twice":          {func(b object) { setPaths(b, "/a", "/A") }, "ApplicationGatewayPathRuleDuplicatePath"},
		"too many path rules":     {func(b object) { manyPathRules(b, 101) }, "ApplicationGatewayLimitExceeded"},
		"redirect without target": {func(b object) { addRedirect(b, object{"redirectType": "Found"}) }, "ApplicationGatewayRedirectConfigurationTargetInvalid"},
		"redirect to wildcard": {func(b object) {
			setHosts(b, "*.example.com")
			addRedirect(b, object{"redirectType": "Found", "targetListener": ref("httpListeners", "l")})
		}, "ApplicationGatewayRedirectTargetListenerHasWildcardOrMultipleHostNames"},
		"bad certificate": {func(b object) { add(b, "sslCertificates", named("c", object{"data": "AAAA", "password": "x"})) }, "ApplicationGatewaySslCertificateInvalidData"},
		"wrong password": {func(b object) {
			add(b, "sslCertificates", named("c", object{"data": newPFX(t, "a", "right"), "password": "wrong"}))
		}, "ApplicationGatewaySslCertificateInvalidData"},
		"no rules":       {func(b object) { b["properties"].(object)["requestRoutingRules"] = []any{} }, "ApplicationGatewayMissingProperty"},
		"too many pools": {func(b object) { manyPools(b, 101) }, "ApplicationGatewayLimitExceeded"},
		"rewrite of Connection": {func(b object) {
			add(b, "rewriteRuleSets", named("w", object{"rewriteRules": []any{object{"name": "x", "actionSet": object{
				"requestHeaderConfigurations": []any{object{"headerName": "Connection", "headerValue": "close"}}}}}}))
		}, "ApplicationGatewayRewriteRuleHeaderInvalid"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			body := gatewayBody(s, ip)
			tc.change(body)
			reply := putGatewayBody(t, s, body)
			if reply.StatusCode != http.StatusBadRequest {
				t.Errorf("status %d, want 400", reply.StatusCode)
			}
			if got := codes(t, reply); !slices.Contains(got, tc.code) {
				t.Errorf("codes %v, want %s", got, tc.code)
			}
		})
	}
	if _, ok := s.Gateway(group, gateway); ok {
		t.Error("a refused gateway is stored")
	}
}

func TestPublicAddressServesOneGateway(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	if err := s.SeedGateway(group, "first", raw(t, gatewayBody(s, ip))); err != nil {
		t.Fatal(err)
	}
	reply := putGatewayBody(t, s, gatewayBody(s, ip))
	if got := codes(t, reply); got[0] != "PublicIPAddressInUse" {
		t.Errorf("codes %v", got)
	}
}

func TestSubnetOfAGatewayCannotBeDeleted(t *testing.T) {
	s := newTestServer(t, Options{SharedGateway: "shared"})
	reply := send(t, s, http.MethodDelete, SubnetID(defaultSubscription, group, NetworkName, GatewaySubnet), nil)
	if got := codes(t, reply); got[0] != "InUseSubnetCannotBeDeleted" {
		t.Errorf("codes %v", got)
	}
}

func TestRestrictedAccountRefusesOtherGroups(t *testing.T) {
	s := newTestServer(t, Options{Restrict: true})
	reply := send(t, s, http.MethodGet, GatewayID(defaultSubscription, "other", "gw"), nil)
	if got := codes(t, reply); reply.StatusCode != http.StatusNotFound || got[0] != "ResourceGroupNotFound" {
		t.Errorf("status %d, codes %v", reply.StatusCode, got)
	}
	reply = send(t, s, http.MethodGet, GatewayID("other", group, "gw"), nil)
	if got := codes(t, reply); reply.StatusCode != http.StatusNotFound || got[0] != "SubscriptionNotFound" {
		t.Errorf("status %d, codes %v", reply.StatusCode, got)
	}
}

func setTargets(b object, addresses ...string) {
	var list []any
	for _, a := range addresses {
		list = append(list, object{"ipAddress": a})
	}
	props(b, "backendAddressPools", 0)["backendAddresses"] = list
}

func manyTargets(b object, n int) {
	var addresses []string
	for i := range n {
		addresses = append(addresses, fmt.Sprintf("10.0.%d.%d", 1+i/250, 1+i%250))
	}
	setTargets(b, addresses...)
}

func manyPools(b object, n int) {
	for i := len(items(b, "backendAddressPools")); i < n; i++ {
		add(b, "backendAddressPools", named(fmt.Sprint("pool-", i), object{}))
	}
}

func drain(b object, seconds float64) {
	props(b, "backendHttpSettingsCollection", 0)["connectionDraining"] = object{"enabled": true, "drainTimeoutInSec": seconds}
}

func setHosts(b object, hosts ...string) {
	var list []any
	for _, h := range hosts {
		list = append(list, h)
	}
	delete(props(b, "httpListeners", 0), "hostName")
	props(b, "httpListeners", 0)["hostNames"] = list
}

func secondListener(b object, host string, priority float64) {
	add(b, "httpListeners", named("l2", object{
		"frontendIPConfiguration": ref("frontendIPConfigurations", "public"), "frontendPort": ref("frontendPorts", "p80"),
		"protocol": "Http", "hostName": host,
	}))
	add(b, "requestRoutingRules", named("r2", object{
		"ruleType": "Basic", "priority": priority, "httpListener": ref("httpListeners", "l2"),
		"backendAddressPool": ref("backendAddressPools", "web"), "backendHttpSettings": ref("backendHttpSettingsCollection", "s"),
	}))
}

func secondRule(b object) {
	add(b, "requestRoutingRules", named("r2", object{
		"ruleType": "Basic", "priority": 101.0, "httpListener": ref("httpListeners", "l"),
		"backendAddressPool": ref("backendAddressPools", "web"), "backendHttpSettings": ref("backendHttpSettingsCollection", "s"),
	}))
}

func pathRules(b object) []any { return props(b, "urlPathMaps", 0)["pathRules"].([]any) }

func setPaths(b object, paths ...string) {
	var list []any
	for _, p := range paths {
		list = append(list, p)
	}
	pathRules(b)[0].(object)["properties"].(object)["paths"] = list
}

func twicePathRule(b object) {
	props(b, "urlPathMaps", 0)["pathRules"] = append(pathRules(b), pathRules(b)[0])
}

func manyPathRules(b object, n int) {
	var rules []any
	for i := range n {
		rules = append(rules, named(fmt.Sprint("rule-", i), object{
			"paths": []any{fmt.Sprint("/", i)}, "backendAddressPool": ref("backendAddressPools", "api"),
			"backendHttpSettings": ref("backendHttpSettingsCollection", "s"),
		}))
	}
	props(b, "urlPathMaps", 0)["pathRules"] = rules
}

func addRedirect(b object, p object) { add(b, "redirectConfigurations", named("to", p)) }

func addPrivate(b object, p object) {
	p["subnet"] = object{"id": SubnetID(defaultSubscription, group, NetworkName, GatewaySubnet)}
	add(b, "frontendIPConfigurations", named("private", p))
}

func TestPrivateAddressIsFreeAndInTheSubnet(t *testing.T) {
	s := newTestServer(t, Options{})
	private := func(address string) object {
		body := gatewayBody(s, "")
		body["properties"].(object)["frontendIPConfigurations"] = []any{named("public", object{
			"privateIPAllocationMethod": "Static", "privateIPAddress": address,
			"subnet": object{"id": SubnetID(defaultSubscription, group, NetworkName, GatewaySubnet)},
		})}
		return body
	}
	for address, want := range map[string]string{
		"10.255.0.3": "PrivateIPAddressNotAvailable", "10.255.0.255": "PrivateIPAddressNotAvailable", "10.0.0.9": "PrivateIPAddressNotAvailable",
		"x": "PrivateIPAddressNotAvailable",
	} {
		if got := codes(t, putGatewayBody(t, s, private(address))); got[0] != want {
			t.Errorf("%s answers %v", address, got)
		}
	}
	if reply := putGatewayBody(t, s, private("10.255.0.254")); reply.StatusCode != http.StatusCreated {
		t.Fatalf("a free address answers %v", codes(t, reply))
	}
	for address, free := range map[string]bool{"10.255.0.254": false, "10.255.0.253": true, "10.255.0.1": false} {
		r := send(t, s, http.MethodGet, resourceID(defaultSubscription, group, typeNetwork, NetworkName)+"/CheckIPAddressAvailability?ipAddress="+address, nil)
		if got := decode[object](t, r); got["available"] != free {
			t.Errorf("%s: %v", address, got)
		}
	}
	if err := s.SeedGateway(group, "second", raw(t, private("10.255.0.254"))); err == nil {
		t.Error("two gateways have one address")
	}
}
