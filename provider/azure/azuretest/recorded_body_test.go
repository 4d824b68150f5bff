package azuretest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// These tests compare the bodies of replies with recorded traffic.

// plainBody returns a gateway without optional properties.
func plainBody(s *Server, publicIP string) object {
	body := gatewayBody(s, publicIP)
	p := body["properties"].(object)
	p["backendHttpSettingsCollection"] = []any{named("s", object{"port": 8080.0, "protocol": "Http", "probe": ref("probes", "fast")})}
	p["backendAddressPools"] = []any{named("web", nil), named("api", nil), named("unused", nil)}
	return body
}

func TestDefaultsAreFilledIn(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	put(t, s, plainBody(s, ip), http.StatusCreated)
	got, _ := shown(t, s)
	for path, tc := range map[string]struct{ got, want object }{
		"settings": {props(got, "backendHttpSettingsCollection", 0), object{
			"cookieBasedAffinity": "Disabled", "requestTimeout": 30.0, "pickHostNameFromBackendAddress": false, "dedicatedBackendConnection": false,
			"validateCertChainAndExpiry": true, "validateSNI": true, "sniName": nil,
		}},
		"listener": {props(got, "httpListeners", 0), object{"hostNames": []any{}, "requireServerNameIndication": false, "enableHttp3": false}},
		"probe":    {props(got, "probes", 0), object{"pickHostNameFromBackendHttpSettings": false, "minServers": 0.0, "match": object{}}},
		"frontend": {props(got, "frontendIPConfigurations", 0), object{"privateIPAllocationMethod": "Dynamic"}},
		"sku":      {dig(got, "properties", "sku").(object), object{"family": "Generation_2", "capacity": 2.0}},
		"gateway":  {got["properties"].(object), object{"defaultPredefinedSslPolicy": "AppGwSslPolicy20220101"}},
	} {
		for k, want := range tc.want {
			if v, ok := tc.got[k]; !ok || !cmp.Equal(v, want) {
				t.Errorf("%s of the %s is %v (exists: %v), want %v", k, path, v, ok, want)
			}
		}
	}
	for _, k := range []string{"connectionDraining"} {
		if v, ok := props(got, "backendHttpSettingsCollection", 0)[k]; ok {
			t.Errorf("%s was not sent and is %v", k, v)
		}
	}
	if v, ok := dig(got, "properties").(object)["enableHttp2"]; ok {
		t.Errorf("enableHttp2 was not sent and is %v", v)
	}
	// A request may contain the defaults.
	put(t, s, got, http.StatusOK)
}

func TestEmptyCollectionsAreInReplies(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	body := gatewayBody(s, ip)
	body["zones"] = []any{}
	put(t, s, body, http.StatusCreated)
	got, _ := shown(t, s)
	var empty []string
	for k, v := range got["properties"].(object) {
		if l, ok := v.([]any); ok && len(l) == 0 {
			empty = append(empty, k)
		}
	}
	want := []string{
		"sslCertificates", "trustedRootCertificates", "trustedClientCertificates", "sslProfiles", "loadDistributionPolicies", "backendSettingsCollection",
		"listeners", "routingRules", "rewriteRuleSets", "redirectConfigurations", "privateLinkConfigurations", "privateEndpointConnections",
	}
	if diff := cmp.Diff(want, empty, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Error(diff)
	}
	if v, ok := got["zones"]; ok {
		t.Errorf("empty zones are in the reply: %v", v)
	}
}

func TestTagsAreInRepliesIfTheyWereSent(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	for name, sent := range map[string]any{"none": nil, "empty": object{}, "some": object{"a": "b"}} {
		body := gatewayBody(s, ip)
		if sent != nil {
			body["tags"] = sent
		}
		putGatewayBody(t, s, body)
		got, _ := shown(t, s)
		if v, ok := got["tags"]; ok != (sent != nil) || ok && !cmp.Equal(v, sent) {
			t.Errorf("%s: tags are %v (exist: %v)", name, v, ok)
		}
	}
}

func TestPartsListTheirReferrers(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	body := plainBody(s, ip)
	secure := named("tls", object{
		"port": 8443.0, "protocol": "Https", "hostName": "a.example.com", "trustedRootCertificates": []any{ref("trustedRootCertificates", "root")},
	})
	add(body, "backendHttpSettingsCollection", secure)
	add(body, "trustedRootCertificates", named("root", object{"data": "AAAA"}))
	put(t, s, body, http.StatusCreated)
	got, _ := shown(t, s)
	self := gatewayPath()
	by := func(ids ...string) []any {
		var all []any
		for _, id := range ids {
			all = append(all, object{"id": self + "/" + id})
		}
		return all
	}
	for _, tc := range []struct {
		part, name string
		got        object
		want       []any
	}{
		{"frontend", "httpListeners", props(got, "frontendIPConfigurations", 0), by("httpListeners/l")},
		{"port 80", "httpListeners", props(got, "frontendPorts", 0), by("httpListeners/l")},
		{"port 443", "httpListeners", props(got, "frontendPorts", 1), nil},
		{"listener", "requestRoutingRules", props(got, "httpListeners", 0), by("requestRoutingRules/r")},
		{"probe", "backendHttpSettings", props(got, "probes", 0), by("backendHttpSettingsCollection/s")},
		{"root", "backendHttpSettings", props(got, "trustedRootCertificates", 0), by("backendHttpSettingsCollection/tls")},
		{"pool of a map", "urlPathMaps", props(got, "backendAddressPools", 0), by("urlPathMaps/m")},
		{"pool of a path", "pathRules", props(got, "backendAddressPools", 1), by("urlPathMaps/m/pathRules/api")},
	} {
		have, _ := tc.got[tc.name].([]any)
		if diff := cmp.Diff(tc.want, have); diff != "" {
			t.Errorf("%s, %s:\n%s", tc.part, tc.name, diff)
		}
	}
	unused := object{"provisioningState": "Succeeded", "backendAddresses": []any{}}
	if diff := cmp.Diff(unused, props(got, "backendAddressPools", 2)); diff != "" {
		t.Errorf("a pool without referrers:\n%s", diff)
	}
	if data := props(got, "trustedRootCertificates", 0)["data"]; data != "AAAA" {
		t.Errorf("the root's data is %v", data)
	}
}

func TestRewriteRulesAreNotParts(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	body := gatewayBody(s, ip)
	rule := object{"name": "x", "ruleSequence": 100.0, "actionSet": object{"requestHeaderConfigurations": []any{object{"headerName": "X-A", "headerValue": "b"}}}}
	add(body, "rewriteRuleSets", named("set", object{"rewriteRules": []any{rule}}))
	put(t, s, body, http.StatusCreated)
	got, _ := shown(t, s)
	if diff := cmp.Diff([]any{rule}, props(got, "rewriteRuleSets", 0)["rewriteRules"]); diff != "" {
		t.Error(diff)
	}
}

func TestSpellingIsThatOfTheService(t *testing.T) {
	s := newTestServer(t, Options{Location: "East US"})
	ip, _ := s.SeedPublicIP(group, "ip")
	put(t, s, gatewayBody(s, ip), http.StatusCreated)
	want, _ := shown(t, s)
	send(t, s, http.MethodDelete, gatewayPath(), nil)

	text := string(raw(t, gatewayBody(s, ip)))
	for _, change := range [][2]string{
		{`"location":"westeurope"`, `"Location":"East US"`}, {`"ruleType":"PathBasedRouting"`, `"RuleType":"pathbasedrouting"`}, {`"protocol":"Http"`, `"Protocol":"http"`},
		{`{self}/frontendIPConfigurations/`, `{self}/frontendIpConfigurations/`}, {`"frontendPort":{"id":`, `"FrontendPort":{"Id":`},
		{`"frontendIPConfigurations":`, `"frontendIpConfigurations":`}, {`"name":"r"`, `"Name":"r"`}, {`"port":80`, `"Port":80`},
	} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the body has no %s", change[0])
		}
		text = strings.ReplaceAll(text, change[0], change[1])
	}
	if reply := send(t, s, http.MethodPut, gatewayPath(), []byte(text)); reply.StatusCode != http.StatusCreated {
		t.Fatalf("status %d: %v", reply.StatusCode, codes(t, reply))
	}
	got, _ := shown(t, s)
	volatile := cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == `["etag"]` || p.Last().String() == `["resourceGuid"]`
	}, cmp.Ignore())
	want["location"] = "eastus"
	if diff := cmp.Diff(want, got, volatile); diff != "" {
		t.Error(diff)
	}
}

func TestMemberInTwoSpellingsIsRefused(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	body := gatewayBody(s, ip)
	props(body, "frontendPorts", 0)["Port"] = 81.0
	if got := codes(t, putGatewayBody(t, s, body)); !slices.Contains(got, "InvalidJson") {
		t.Errorf("codes %v", got)
	}
}
