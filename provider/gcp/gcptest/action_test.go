package gcptest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// routed creates a load balancer whose URL map has one host with the route rules. It returns when
// the first service is healthy.
func routed(c *cloud, rules []*compute.HttpRouteRule, services ...string) (*http.Client, string) {
	c.t.Helper()
	for i, name := range services {
		p := newPod(c.t, name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Seen", fmt.Sprint(r.Host, " ", r.RequestURI, " ", r.Header["X-Add"]))
			w.Header().Set("X-Forwarded", fmt.Sprint(r.Header.Get("X-Forwarded-For"), " ", r.Header.Get("X-Forwarded-Proto"), " ", r.Header.Get("Via")))
			w.Header().Set("X-Secret", "1")
			_, _ = io.WriteString(w, name)
		})
		c.service(name, c.neg("us-central1-a", fmt.Sprintf("n%d", i), p))
	}
	c.done(c.api.UrlMaps.Insert(project, &compute.UrlMap{Name: "map", DefaultService: "global/backendServices/" + services[0],
		HostRules:    []*compute.HostRule{{Hosts: []string{"*"}, PathMatcher: "m"}},
		PathMatchers: []*compute.PathMatcher{{Name: "m", DefaultService: "global/backendServices/" + services[0], RouteRules: rules}}}).Do())
	address := c.front("map")
	for i := range services {
		// The cloud does not check services without a rule.
		c.until("healthy", func() bool { return i > 0 || c.healthOf("us-central1-a", "n0")["HEALTHY"] == 1 })
	}
	return c.http(address, nil), address
}

func prefix(path string) []*compute.HttpRouteRuleMatch {
	return []*compute.HttpRouteRuleMatch{{PrefixMatch: path}}
}

func (c *cloud) fetch(h *http.Client, url string) *http.Response {
	c.t.Helper()
	r, _ := http.NewRequestWithContext(c.t.Context(), http.MethodGet, url, nil)
	reply, err := h.Do(r)
	if err != nil {
		c.t.Fatalf("get %s: %v", url, err)
	}
	_ = reply.Body.Close()
	return reply
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	redirect := func(priority int64, path string, a compute.HttpRedirectAction) *compute.HttpRouteRule {
		return &compute.HttpRouteRule{Priority: priority, MatchRules: prefix(path), UrlRedirect: &a}
	}
	h, _ := routed(c, []*compute.HttpRouteRule{
		redirect(1, "/https", compute.HttpRedirectAction{HttpsRedirect: true}),
		redirect(2, "/host", compute.HttpRedirectAction{HostRedirect: "other.example", RedirectResponseCode: "FOUND"}),
		redirect(3, "/old/", compute.HttpRedirectAction{PrefixRedirect: "/new/", RedirectResponseCode: "PERMANENT_REDIRECT", StripQuery: true}),
		redirect(4, "/path", compute.HttpRedirectAction{PathRedirect: "/there", RedirectResponseCode: "SEE_OTHER"}),
	}, "web")
	for path, want := range map[string]string{
		"/https/x?y=1": "301 https://a.example/https/x?y=1",
		"/host?y=1":    "302 http://other.example/host?y=1",
		"/old/a%2Fb?y": "308 http://a.example/new/a%2Fb",
		"/path?y=1":    "303 http://a.example/there?y=1",
	} {
		reply := c.fetch(h, "http://a.example"+path)
		if got := fmt.Sprint(reply.StatusCode, " ", reply.Header.Get("Location")); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestFaultRewriteAndHeaders(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	web := "global/backendServices/web"
	h, address := routed(c, []*compute.HttpRouteRule{
		{Priority: 1, MatchRules: prefix("/gone"), Service: web, RouteAction: &compute.HttpRouteAction{
			FaultInjectionPolicy: &compute.HttpFaultInjection{Abort: &compute.HttpFaultAbort{HttpStatus: 410, Percentage: 100}}}},
		{Priority: 2, MatchRules: prefix("/api/"), Service: web, RouteAction: &compute.HttpRouteAction{
			UrlRewrite: &compute.UrlRewrite{PathPrefixRewrite: "/v2/", HostRewrite: "inner.example"}}},
		{Priority: 3, MatchRules: []*compute.HttpRouteRuleMatch{{PathTemplateMatch: "/t/{a}/{b}"}}, Service: web, RouteAction: &compute.HttpRouteAction{
			UrlRewrite: &compute.UrlRewrite{PathTemplateRewrite: "/{b}/{a}"}}},
		{Priority: 4, MatchRules: prefix("/head"), Service: web, HeaderAction: &compute.HttpHeaderAction{
			RequestHeadersToAdd: []*compute.HttpHeaderOption{{HeaderName: "X-Add", HeaderValue: "v", Replace: true}}, ResponseHeadersToRemove: []string{"X-Secret"}}},
	}, "web")
	if status, body := c.get(h, "http://a.example/gone"); status != 410 || body != "fault filter abort" {
		t.Errorf("abort: %d %q", status, body)
	}
	for path, want := range map[string]string{
		"/api/x%2Fy?q=1": "inner.example /v2/x%2Fy?q=1 []", "/t/one/two": "a.example /two/one []", "/head": "a.example /head [v]", "/plain;a?b;c": "a.example /plain;a?b;c []",
	} {
		if got := c.fetch(h, "http://a.example"+path).Header.Get("X-Seen"); got != want {
			t.Errorf("%s: pod saw %q, want %q", path, got, want)
		}
	}
	if reply := c.fetch(h, "http://a.example/head"); reply.Header.Get("X-Secret") != "" || reply.Header.Get("Via") != "1.1 google" {
		t.Errorf("response headers = %v", reply.Header)
	}
	if got := c.fetch(h, "http://a.example/").Header.Get("X-Forwarded"); got != "127.0.0.1,127.0.0.1 http 1.1 google" {
		t.Errorf("forwarded = %q", got)
	}
	got, ok := c.Route(address, httptest.NewRequest(http.MethodGet, "http://a.example/gone", nil))
	if !ok || got.Status != 410 || got.Body != "fault filter abort" {
		t.Errorf("route = %+v, %v", got, ok)
	}
}

func TestWeightsSplitTraffic(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	h, address := routed(c, []*compute.HttpRouteRule{{Priority: 1, MatchRules: prefix("/"), RouteAction: &compute.HttpRouteAction{
		WeightedBackendServices: []*compute.WeightedBackendService{
			{BackendService: "global/backendServices/web", Weight: 0, ForceSendFields: []string{"Weight"}},
			{BackendService: "global/backendServices/next", Weight: 500},
		}}}}, "web", "next")
	c.until("healthy", func() bool { return c.healthOf("us-central1-a", "n1")["HEALTHY"] == 1 })
	for range 20 {
		if status, body := c.get(h, "http://a.example/"); status != 200 || body != "next" {
			t.Fatalf("reply = %d %s, want next only", status, body)
		}
	}
	// A service of weight 0 is checked too, because the URL map refers to it.
	if got := c.healthOf("us-central1-a", "n0")["HEALTHY"]; got != 1 {
		t.Errorf("health of weight 0: %d", got)
	}
	got, _ := c.Route(address, httptest.NewRequest(http.MethodGet, "http://a.example/", nil))
	if len(got.Groups) != 1 || got.Groups["next"] != 500 {
		t.Errorf("route = %+v", got)
	}
}

func TestTimeoutIs504AndDeadPodIs502(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Clock: clock.Scaled(1000)})
	slow := newPod(t, "slow", func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
		}
	})
	address := shop(c, slow)
	c.until("healthy", func() bool { return c.healthOf("us-central1-b", "web")["HEALTHY"] == 1 })
	b, err := c.api.BackendServices.Get(project, "web").Do()
	if err != nil {
		t.Fatal(err)
	}
	c.done(c.api.BackendServices.Patch(project, "web", &compute.BackendService{TimeoutSec: 1, Fingerprint: b.Fingerprint}).Do())
	h := c.http(address, nil)
	if status, body := c.get(h, "http://a.example/slow"); status != http.StatusGatewayTimeout {
		t.Errorf("slow pod: %d %s", status, body)
	}
	// The pod stops between two checks, so that the next request fails.
	slow.Close()
	if status, body := c.get(h, "http://a.example/"); status != http.StatusBadGateway && status != http.StatusServiceUnavailable {
		t.Errorf("dead pod: %d %s", status, body)
	}
}

func TestWebSockets(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Clock: clock.Scaled(10)})
	echo := newPod(t, "echo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			return
		}
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		line, _ := rw.ReadString('\n')
		_, _ = conn.Write([]byte("echo " + line))
	})
	address := shop(c, echo)
	c.until("healthy", func() bool { return c.healthOf("us-central1-b", "web")["HEALTHY"] == 1 })
	conn, err := c.Front().Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	reader := bufio.NewReader(conn)
	reply, err := http.ReadResponse(reader, nil)
	if err != nil || reply.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade = %v, %v", reply, err)
	}
	_, _ = io.WriteString(conn, "hello\n")
	if line, err := reader.ReadString('\n'); err != nil || line != "echo hello\n" {
		t.Errorf("echo = %q, %v", line, err)
	}
}

func TestRegionalInternalLoadBalancer(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	const region = "us-central1"
	group := c.neg("us-central1-a", "web", newPod(t, "inner", nil))
	c.done(c.api.RegionHealthChecks.Insert(project, region, healthCheck("web")).Do())
	b := backendService("web", group)
	b.LoadBalancingScheme, b.HealthChecks = "INTERNAL_MANAGED", []string{"regions/us-central1/healthChecks/web"}
	global := *b
	_, err := c.api.BackendServices.Insert(project, &global).Do()
	wantFault(t, err, 400, "notEmulated") // internal ones are regional
	c.done(c.api.RegionBackendServices.Insert(project, region, b).Do())
	c.done(c.api.RegionUrlMaps.Insert(project, region, &compute.UrlMap{Name: "shop", DefaultService: "regions/us-central1/backendServices/web"}).Do())
	c.done(c.api.RegionTargetHttpProxies.Insert(project, region, &compute.TargetHttpProxy{Name: "shop", UrlMap: "regions/us-central1/urlMaps/shop"}).Do())
	rule := &compute.ForwardingRule{Name: "shop", Target: "regions/us-central1/targetHttpProxies/shop", PortRange: "80", LoadBalancingScheme: "INTERNAL_MANAGED"}
	_, err = c.api.ForwardingRules.Insert(project, region, rule).Do()
	wantFault(t, err, 400, "invalid") // no proxy-only subnetwork
	c.done(c.api.Subnetworks.Insert(project, region, &compute.Subnetwork{Name: "proxies", IpCidrRange: "10.99.0.0/23", Purpose: "REGIONAL_MANAGED_PROXY", Role: "ACTIVE"}).Do())
	c.done(c.api.ForwardingRules.Insert(project, region, rule).Do())
	fr, err := c.api.ForwardingRules.Get(project, region, "shop").Do()
	if err != nil || !strings.HasPrefix(fr.IPAddress, "10.") || fr.Region == "" {
		t.Fatalf("forwarding rule = %+v, %v", fr, err)
	}
	c.until("healthy", func() bool { return c.healthOf("us-central1-a", "web")["HEALTHY"] == 1 })
	if status, body := c.get(c.http(net.JoinHostPort(fr.IPAddress, "80"), nil), "http://a.example/"); status != 200 || body != "inner" {
		t.Errorf("reply = %d %s", status, body)
	}
}

func TestDeletedForwardingRuleStopsListening(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	address := shop(c, newPod(t, "one", nil))
	if _, err := c.Front().Dial(t.Context(), "tcp", address); err != nil {
		t.Fatal(err)
	}
	c.done(c.api.GlobalForwardingRules.Delete(project, "shop").Do())
	if _, err := c.Front().Dial(t.Context(), "tcp", address); err == nil {
		t.Error("the address still accepts connections")
	}
	if got := c.healthOf("us-central1-b", "web"); len(got) != 0 {
		t.Errorf("health of an unreferenced service = %v, want none", got)
	}
}

func TestPropagationDelay(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{PropagationDelay: 10 * time.Second})
	h, _ := routed(c, nil, "web", "next")
	m, err := c.api.UrlMaps.Get(project, "map").Do()
	if err != nil {
		t.Fatal(err)
	}
	m.PathMatchers[0].DefaultService = "global/backendServices/next"
	c.done(c.api.UrlMaps.Update(project, "map", m).Do())
	if status, body := c.get(h, "http://a.example/"); status != http.StatusOK || body != "web" {
		t.Errorf("after the update: %d %s, want the old map to be in use", status, body)
	}
	c.until("the new map is in use", func() bool {
		_, body := c.get(h, "http://a.example/")
		return body == "next"
	})
}
