package azuretest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
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
