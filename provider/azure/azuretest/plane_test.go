package azuretest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/headgate-io/headgate/clock"
)

// echo replies with its name and the request.
func echo(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Pod", name)
		w.Header().Set("X-Secret", "internal")
		_ = json.NewEncoder(w).Encode(map[string]any{"pod": name, "host": r.Host, "path": r.URL.RequestURI(), "header": r.Header})
	})
}

type echoed struct {
	Pod, Host, Path string
	Header          http.Header
}

func get(t *testing.T, c *http.Client, url, host string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	reply, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reply.Body.Close() })
	return reply
}

// serving returns a server with a gateway that has the pools web (10.0.0.1) and api (10.0.0.2).
func serving(t *testing.T, change func(body object)) (s *Server, p pods, url string) {
	t.Helper()
	p = pods{}
	p.add(t, "10.0.0.1:8080", echo("web"))
	p.add(t, "10.0.0.2:8080", echo("api"))
	s = newTestServer(t, Options{Clock: clock.Scaled(100), Dial: p.dial})
	ip, address := s.SeedPublicIP(group, "ip")
	body := gatewayBody(s, ip)
	if change != nil {
		change(body)
	}
	if err := s.SeedGateway(group, gateway, raw(t, body)); err != nil {
		t.Fatal(err)
	}
	return s, p, "http://" + address
}

func bothHealthy(t *testing.T, s *Server) {
	t.Helper()
	await(t, s, "both pools are healthy", func() bool { return healthy(s, "web") == 1 && healthy(s, "api") == 1 })
}

func TestRequestsFollowHostAndPath(t *testing.T) {
	s, _, url := serving(t, nil)
	bothHealthy(t, s)
	c := client(t, s)
	for _, tc := range []struct{ host, path, pod string }{
		{"a.example.com", "/", "web"}, {"a.example.com", "/api", "api"}, {"A.EXAMPLE.com", "/API/x?q=1", "api"}, {"a.example.com", "/apis", "web"},
		{"a.example.com:80", "/api/", "api"},
	} {
		got := decode[echoed](t, get(t, c, url+tc.path, tc.host))
		if got.Pod != tc.pod || got.Path != tc.path || got.Host != tc.host {
			t.Errorf("%s%s reaches %s as %s%s, want %s", tc.host, tc.path, got.Pod, got.Host, got.Path, tc.pod)
		}
		if got.Header.Get("X-Original-Host") != tc.host || got.Header.Get("X-Forwarded-Proto") != "http" || got.Header.Get("X-Forwarded-Port") != "80" ||
			!strings.Contains(got.Header.Get("X-Forwarded-For"), "127.0.0.1:") {
			t.Errorf("headers %v", got.Header)
		}
	}
	if reply := get(t, c, url+"/", "unknown.example.com"); reply.StatusCode != http.StatusNotFound {
		t.Errorf("unknown host answers %d, want 404", reply.StatusCode)
	}
}

func TestTargetServesOnlyAfterAGoodProbe(t *testing.T) {
	p := pods{}
	var good atomic.Bool
	p.add(t, "10.0.0.1:8080", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" && !good.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	s := newTestServer(t, Options{Clock: clock.Scaled(100), Dial: p.dial})
	c := newClients(t, s)
	ip, address := s.SeedPublicIP(group, "ip")
	create(t, s, c, gatewayBody(s, ip))
	url := "http://" + address
	if reply := get(t, client(t, s), url+"/", "a.example.com"); reply.StatusCode != http.StatusBadGateway {
		t.Errorf("request before a good probe answers %d, want 502", reply.StatusCode)
	}
	if got := backendHealth(t, c)["web/10.0.0.1"]; got != "Down" {
		t.Errorf("health before a good probe is %q", got)
	}
	good.Store(true)
	await(t, s, "healthy", func() bool { return healthy(s, "web") == 1 })
	if reply := get(t, client(t, s), url+"/", "a.example.com"); reply.StatusCode != http.StatusOK {
		t.Errorf("request after a good probe answers %d", reply.StatusCode)
	}
	if got := backendHealth(t, c)["web/10.0.0.1"]; got != "Up" {
		t.Errorf("health is %q", got)
	}
	good.Store(false)
	await(t, s, "unhealthy", func() bool { return healthy(s, "web") == 0 })
	if reply := get(t, client(t, s), url+"/", "a.example.com"); reply.StatusCode != http.StatusBadGateway {
		t.Errorf("request to an unhealthy pool answers %d, want 502", reply.StatusCode)
	}
}

// backendHealth returns the health by "pool/address", read with the SDK.
func backendHealth(t *testing.T, c clients) map[string]string {
	t.Helper()
	poller, err := c.gateways.BeginBackendHealth(t.Context(), group, gateway, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := poller.PollUntilDone(t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	for _, pool := range got.BackendAddressPools {
		for _, settings := range pool.BackendHTTPSettingsCollection {
			for _, server := range settings.Servers {
				words[lastSegment(*pool.BackendAddressPool.ID)+"/"+*server.Address] = string(*server.Health)
			}
		}
	}
	return words
}

func TestSlowBackendIsATimeout(t *testing.T) {
	p := pods{}
	release := make(chan struct{})
	p.add(t, "10.0.0.1:8080", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	}))
	t.Cleanup(func() { close(release) })
	s := newTestServer(t, Options{Clock: clock.Scaled(100), Dial: p.dial})
	ip, address := s.SeedPublicIP(group, "ip")
	body := gatewayBody(s, ip)
	props(body, "backendHttpSettingsCollection", 0)["requestTimeout"] = 1.0
	if err := s.SeedGateway(group, gateway, raw(t, body)); err != nil {
		t.Fatal(err)
	}
	await(t, s, "healthy", func() bool { return healthy(s, "web") == 1 })
	if reply := get(t, client(t, s), "http://"+address+"/slow", "a.example.com"); reply.StatusCode != http.StatusGatewayTimeout {
		t.Errorf("slow backend answers %d, want 504", reply.StatusCode)
	}
}

func TestRollingChangeLosesNoRequest(t *testing.T) {
	p := pods{}
	for i := 1; i <= 6; i++ {
		p.add(t, fmt.Sprintf("10.0.1.%d:8080", i), echo(strconv.Itoa(i)))
	}
	s := newTestServer(t, Options{Clock: clock.Scaled(100), Dial: p.dial, OperationDelay: time.Second})
	c := newClients(t, s)
	ip, address := s.SeedPublicIP(group, "ip")
	body := gatewayBody(s, ip)
	setTargets(body, "10.0.1.1", "10.0.1.2")
	create(t, s, c, body)
	await(t, s, "two healthy", func() bool { return healthy(s, "web") == 2 })

	stop := steady(t, client(t, s), "http://"+address+"/", "a.example.com")
	for i := 1; i <= 4; i++ {
		setTargets(body, fmt.Sprintf("10.0.1.%d", i), fmt.Sprintf("10.0.1.%d", i+1), fmt.Sprintf("10.0.1.%d", i+2))
		create(t, s, c, body)
		await(t, s, "three healthy", func() bool { return healthy(s, "web") == 3 })
		setTargets(body, fmt.Sprintf("10.0.1.%d", i+1), fmt.Sprintf("10.0.1.%d", i+2))
		create(t, s, c, body)
	}
	seen := stop()
	for i := 1; i <= 6; i++ {
		if seen[strconv.Itoa(i)] == 0 {
			t.Errorf("pod %d answered no request: %v", i, seen)
		}
	}
}

// steady sends requests until stop is called, which returns how many each pod answered.
func steady(t *testing.T, c *http.Client, url, host string) (stop func() map[string]int) {
	t.Helper()
	end := make(chan struct{})
	seen := map[string]int{}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			select {
			case <-end:
				return
			default:
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
			if err != nil {
				t.Error(err)
				return
			}
			r.Host = host
			reply, err := c.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, reply.Body)
			_ = reply.Body.Close()
			if reply.StatusCode != http.StatusOK {
				t.Errorf("status %d", reply.StatusCode)
			}
			seen[reply.Header.Get("X-Pod")]++
		}
	})
	return func() map[string]int {
		close(end)
		work.Wait()
		return seen
	}
}

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

// insecure returns a TLS configuration that accepts self-signed certificates.
func insecure(name string) *tls.Config {
	return &tls.Config{ServerName: name, InsecureSkipVerify: true} //nolint:gosec // self-signed
}

func TestTLSCertificateFollowsTheServerName(t *testing.T) {
	s, _, url := serving(t, func(b object) {
		for i, host := range []string{"first.example.com", "second.example.com"} {
			name := fmt.Sprint("tls", i)
			add(b, "sslCertificates", named(name, object{"data": newPFX(t, host, "secret"), "password": "secret"}))
			add(b, "httpListeners", named(name, object{
				"frontendIPConfiguration": ref("frontendIPConfigurations", "public"), "frontendPort": ref("frontendPorts", "p443"),
				"protocol": "Https", "hostName": host, "sslCertificate": ref("sslCertificates", name),
			}))
			add(b, "requestRoutingRules", named(name, object{
				"ruleType": "Basic", "priority": float64(300 - i), "httpListener": ref("httpListeners", name),
				"backendAddressPool": ref("backendAddressPools", "web"), "backendHttpSettings": ref("backendHttpSettingsCollection", "s"),
			}))
		}
	})
	bothHealthy(t, s)
	address := strings.TrimPrefix(url, "http://") + ":443"
	// The priorities are 300 and 299, so that the second listener serves unknown names.
	for sni, want := range map[string]string{"first.example.com": "first.example.com", "second.example.com": "second.example.com", "other.org": "second.example.com"} {
		conn, err := s.Front().Dial(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c := tls.Client(conn, insecure(sni))
		if err := c.HandshakeContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := c.ConnectionState().PeerCertificates[0].Subject.CommonName; got != want {
			t.Errorf("%s gets %s, want %s", sni, got, want)
		}
		_ = c.Close()
	}
	https := &http.Client{Transport: &http.Transport{
		DialContext: s.Front().Dial, TLSClientConfig: insecure("first.example.com"),
	}}
	t.Cleanup(https.CloseIdleConnections)
	got := decode[echoed](t, get(t, https, "https://"+address+"/x", "first.example.com"))
	if got.Pod != "web" || got.Header.Get("X-Forwarded-Proto") != "https" || got.Header.Get("X-Forwarded-Port") != "443" {
		t.Errorf("reached %+v", got)
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

func TestBackendCertificateIsVerified(t *testing.T) {
	srv := httptest.NewUnstartedServer(echo("tls"))
	srv.StartTLS()
	t.Cleanup(srv.Close)
	root := base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	for name, tc := range map[string]struct {
		host   string
		trust  bool
		status int
	}{
		"trusted":    {"example.com", true, http.StatusOK},
		"wrong name": {"other.org", true, http.StatusBadGateway},
		"no root":    {"example.com", false, http.StatusBadGateway},
	} {
		t.Run(name, func(t *testing.T) {
			p := pods{"10.0.0.1:8080": srv}
			s := newTestServer(t, Options{Clock: clock.Scaled(100), Dial: p.dial})
			ip, address := s.SeedPublicIP(group, "ip")
			body := gatewayBody(s, ip)
			settings := props(body, "backendHttpSettingsCollection", 0)
			settings["protocol"], settings["hostName"] = "Https", tc.host
			props(body, "probes", 0)["protocol"] = "Https"
			if tc.trust {
				add(body, "trustedRootCertificates", named("root", object{"data": root}))
				settings["trustedRootCertificates"] = []any{ref("trustedRootCertificates", "root")}
			}
			if err := s.SeedGateway(group, gateway, raw(t, body)); err != nil {
				t.Fatal(err)
			}
			if tc.status == http.StatusOK {
				await(t, s, "healthy", func() bool { return healthy(s, "web") == 1 })
			}
			if reply := get(t, client(t, s), "http://"+address+"/", "a.example.com"); reply.StatusCode != tc.status {
				t.Errorf("status %d, want %d", reply.StatusCode, tc.status)
			}
		})
	}
}

func TestPublicPartOfACertificateIsPKCS7(t *testing.T) {
	c, err := parseCertificate(newPFX(t, "a.example.com", "secret"), "secret")
	if err != nil {
		t.Fatal(err)
	}
	der, err := base64.StdEncoding.DecodeString(c.public)
	if err != nil {
		t.Fatal(err)
	}
	// It contains the bytes of the leaf.
	if !strings.Contains(string(der), string(c.pair.Leaf.Raw)) || c.pair.Leaf.VerifyHostname("a.example.com") != nil {
		t.Error("the certificate is not in its public part")
	}
	if _, err := x509.ParseCertificate(der); err == nil {
		t.Error("the public part is a bare certificate")
	}
}

func TestSharedGatewayHasItsOwnSite(t *testing.T) {
	s := newTestServer(t, Options{SharedGateway: "shared"})
	if _, ok := s.Gateway(group, "shared"); !ok {
		t.Fatal("there is no shared gateway")
	}
	var address string
	for a := range s.Front().Addresses() {
		address = a
	}
	if reply := get(t, client(t, s), "http://"+address+"/", "default.contoso.com"); reply.StatusCode != http.StatusBadGateway {
		t.Errorf("its own site, which has an empty pool, answers %d, want 502", reply.StatusCode)
	}
	if reply := get(t, client(t, s), "http://"+address+"/", "other.contoso.com"); reply.StatusCode != http.StatusNotFound {
		t.Errorf("another site answers %d, want 404", reply.StatusCode)
	}
}
