package azuretest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

// routedBody adds a redirect of old.example.com, an empty pool, and a path override.
func routedBody(b object) {
	props(b, "backendHttpSettingsCollection", 0)["path"] = "/v2"
	add(b, "backendAddressPools", named("empty", object{"backendAddresses": []any{}}))
	add(b, "redirectConfigurations", named("moved", object{
		"redirectType": "Permanent", "targetUrl": "https://new.example.com", "includePath": true, "includeQueryString": true,
	}))
	for i, site := range []struct {
		host string
		to   object
	}{
		{"old.example.com", object{"redirectConfiguration": ref("redirectConfigurations", "moved")}},
		{"empty.example.com", object{"backendAddressPool": ref("backendAddressPools", "empty"), "backendHttpSettings": ref("backendHttpSettingsCollection", "s")}},
	} {
		add(b, "httpListeners", named(site.host, object{
			"frontendIPConfiguration": ref("frontendIPConfigurations", "public"), "frontendPort": ref("frontendPorts", "p80"), "protocol": "Http", "hostName": site.host,
		}))
		rule := object{"ruleType": "Basic", "priority": float64(200 + i), "httpListener": ref("httpListeners", site.host)}
		for k, v := range site.to {
			rule[k] = v
		}
		add(b, "requestRoutingRules", named(site.host, rule))
	}
}

func TestRouteReportsWhatTheDataPlaneDoes(t *testing.T) {
	s, _, url := serving(t, routedBody)
	address := strings.TrimPrefix(url, "http://") + ":80"
	for _, tc := range []struct {
		url  string
		want cloudtest.Routed
	}{
		{"http://a.example.com/x", cloudtest.Routed{Groups: map[string]int{"web": 1}, Host: "a.example.com", Path: "/v2/x"}},
		{"http://a.example.com/api/x", cloudtest.Routed{Groups: map[string]int{"api": 1}, Host: "a.example.com", Path: "/v2/x"}},
		{"http://old.example.com/x?q=1", cloudtest.Routed{Status: http.StatusMovedPermanently, Location: "https://new.example.com/x?q=1"}},
		{"http://empty.example.com/", cloudtest.Routed{Status: http.StatusBadGateway}},
		{"http://unknown.example.com/", cloudtest.Routed{Status: http.StatusNotFound}},
	} {
		got, ok := s.Route(address, httptest.NewRequestWithContext(t.Context(), http.MethodGet, tc.url, http.NoBody))
		if diff := cmp.Diff(tc.want, got); !ok || diff != "" {
			t.Errorf("%s, listens %v (-want +got):\n%s", tc.url, ok, diff)
		}
	}
	if _, ok := s.Route(strings.TrimSuffix(address, "80")+"81", httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)); ok {
		t.Error("Route reports true for a port without a listener")
	}
}
