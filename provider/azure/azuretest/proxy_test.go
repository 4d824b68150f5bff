package azuretest

import (
	"net/http"
	"testing"

	"github.com/headgate-io/headgate/clock"
)

func TestRedirects(t *testing.T) {
	s, _, url := serving(t, func(b object) {
		add(b, "redirectConfigurations",
			named("site", object{"redirectType": "Permanent", "targetUrl": "https://www.example.com", "includePath": true, "includeQueryString": true}),
			named("listener", object{"redirectType": "Temporary", "targetListener": ref("httpListeners", "tls"), "includePath": true}),
			named("bare", object{"redirectType": "SeeOther", "targetUrl": "https://www.example.com/there"}))
		add(b, "sslCertificates", named("c", object{"data": newPFX(t, "a.example.com", "secret"), "password": "secret"}))
		add(b, "httpListeners", named("tls", object{
			"frontendIPConfiguration": ref("frontendIPConfigurations", "public"), "frontendPort": ref("frontendPorts", "p443"),
			"protocol": "Https", "hostName": "a.example.com", "sslCertificate": ref("sslCertificates", "c"),
		}))
		add(b, "requestRoutingRules", named("tls", object{
			"ruleType": "Basic", "priority": 200.0, "httpListener": ref("httpListeners", "tls"), "redirectConfiguration": ref("redirectConfigurations", "bare"),
		}))
		rules := []any{}
		for path, to := range map[string]string{"/site*": "site", "/tls*": "listener", "/bare": "bare"} {
			rules = append(rules, named(to, object{"paths": []any{path}, "redirectConfiguration": ref("redirectConfigurations", to)}))
		}
		props(b, "urlPathMaps", 0)["pathRules"] = rules
	})
	c := client(t, s)
	for path, want := range map[string]struct {
		status   int
		location string
	}{
		"/site/a?b=c": {http.StatusMovedPermanently, "https://www.example.com/site/a?b=c"},
		"/tls/x?y":    {http.StatusTemporaryRedirect, "https://a.example.com/tls/x"},
		"/bare":       {http.StatusSeeOther, "https://www.example.com/there"},
	} {
		reply := get(t, c, url+path, "a.example.com")
		if reply.StatusCode != want.status || reply.Header.Get("Location") != want.location {
			t.Errorf("%s answers %d to %s", path, reply.StatusCode, reply.Header.Get("Location"))
		}
	}
}

func TestRewritesAndSettingsChangeTheRequest(t *testing.T) {
	s, _, url := serving(t, func(b object) {
		add(b, "rewriteRuleSets", named("w", object{"rewriteRules": []any{object{
			"name": "x", "ruleSequence": 100.0,
			"conditions": []any{object{"variable": "var_uri_path", "pattern": "^/api/v1/(.+)$", "ignoreCase": true}},
			"actionSet": object{
				"requestHeaderConfigurations":  []any{object{"headerName": "X-Path", "headerValue": "was {var_uri_path_1}"}, object{"headerName": "X-Drop", "headerValue": ""}},
				"responseHeaderConfigurations": []any{object{"headerName": "X-Secret", "headerValue": ""}, object{"headerName": "X-Added", "headerValue": "yes"}},
				"urlConfiguration":             object{"modifiedPath": "/v2/{var_uri_path_1}"},
			},
		}}}))
		pathRules(b)[0].(object)["properties"].(object)["rewriteRuleSet"] = ref("rewriteRuleSets", "w")
		props(b, "backendHttpSettingsCollection", 0)["hostName"] = "inner.example.com"
	})
	bothHealthy(t, s)
	c := client(t, s)
	reply := get(t, c, url+"/api/v1/things?q=1", "a.example.com", "X-Drop", "me")
	got := decode[echoed](t, reply)
	if got.Path != "/v2/things?q=1" || got.Host != "inner.example.com" || got.Header.Get("X-Path") != "was things" || got.Header.Get("X-Drop") != "" {
		t.Errorf("backend sees %+v", got)
	}
	if reply.Header.Get("X-Added") != "yes" || reply.Header.Get("X-Secret") != "" {
		t.Errorf("client sees %v", reply.Header)
	}
	reply = get(t, c, url+"/api/other", "a.example.com")
	if got := decode[echoed](t, reply); got.Path != "/api/other" || reply.Header.Get("X-Added") != "" {
		t.Errorf("a rule was applied although its condition is false: %+v, %v", got, reply.Header)
	}
}

func TestAffinityCookieSelectsTheServer(t *testing.T) {
	p := pods{}
	p.add(t, "10.0.0.1:8080", echo("one"))
	p.add(t, "10.0.0.9:8080", echo("nine"))
	s := newTestServer(t, Options{Clock: clock.Scaled(100), Dial: p.dial})
	ip, address := s.SeedPublicIP(group, "ip")
	body := gatewayBody(s, ip)
	setTargets(body, "10.0.0.1", "10.0.0.9")
	props(body, "backendHttpSettingsCollection", 0)["cookieBasedAffinity"] = "Enabled"
	if err := s.SeedGateway(group, gateway, raw(t, body)); err != nil {
		t.Fatal(err)
	}
	await(t, s, "two healthy", func() bool { return healthy(s, "web") == 2 })
	c := client(t, s)
	first := get(t, c, "http://"+address+"/", "a.example.com")
	var cookie *http.Cookie
	for _, k := range first.Cookies() {
		if k.Name == "ApplicationGatewayAffinity" {
			cookie = k
		}
	}
	if cookie == nil {
		t.Fatalf("cookies are %v", first.Cookies())
	}
	for range 6 {
		if got := get(t, c, "http://"+address+"/", "a.example.com", "Cookie", cookie.String()).Header.Get("X-Pod"); got != first.Header.Get("X-Pod") {
			t.Fatalf("cookie leads to %s, want %s", got, first.Header.Get("X-Pod"))
		}
	}
}
