package dataplane_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/internal/dataplane"
)

func TestHopSchemes(t *testing.T) {
	tests := map[string]struct {
		hop, check, proto string
		tls, h2           bool
	}{
		"http":  {hop: "http", check: "http", proto: "HTTP/1.1"},
		"empty": {hop: "", check: "http", proto: "HTTP/1.1"},
		"https": {hop: "https", check: "https", proto: "HTTP/1.1", tls: true, h2: true},
		"h2":    {hop: "h2", check: "h2", proto: "HTTP/2.0", tls: true, h2: true},
		"h2c":   {hop: "h2c", check: "h2c", proto: "HTTP/2.0", h2: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/silent" {
					<-r.Context().Done()
				}
				_, _ = io.WriteString(w, r.Proto)
			}))
			server.EnableHTTP2 = test.h2
			if test.tls {
				server.StartTLS()
			} else {
				server.Config.Protocols = new(http.Protocols)
				server.Config.Protocols.SetHTTP1(!test.h2)
				server.Config.Protocols.SetUnencryptedHTTP2(test.h2)
				server.Start()
			}
			defer server.Close()
			lb := newBalancer(t, dataplane.Hop{Scheme: test.hop}, server.Listener.Addr().String())
			if status, body, err := lb.get(t, "/"); status != http.StatusOK || body != test.proto {
				t.Errorf("got %d %q, %v", status, body, err)
			}
			impatient := newBalancer(t, dataplane.Hop{Scheme: test.hop, Timeout: 20 * time.Millisecond}, server.Listener.Addr().String())
			if status, _, err := impatient.get(t, "/silent"); status != http.StatusGatewayTimeout {
				t.Errorf("a silent target got %d, %v", status, err)
			}
			lb.pool.Configure(dataplane.PoolConfig{Check: dataplane.Check{Protocol: test.check}})
			await(t, lb.pool, map[string]dataplane.Health{server.Listener.Addr().String(): dataplane.Healthy})
		})
	}
}

// await references a pool and waits until its targets have the wanted health.
func await(t *testing.T, p *dataplane.Pool, want map[string]dataplane.Health) {
	t.Helper()
	p.SetReferenced(true)
	for {
		changed := p.Changed()
		if cmp.Equal(want, p.Health()) {
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatalf("health %v, want %v", p.Health(), want)
		}
	}
}

func TestDialerOfAHop(t *testing.T) {
	target := pod(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "mapped") })
	hop := dataplane.Hop{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != a {
			return nil, fmt.Errorf("dialed %s", address)
		}
		return new(net.Dialer).DialContext(ctx, network, target)
	}}
	lb := newBalancer(t, hop, a)
	if status, body, err := lb.get(t, "/"); status != http.StatusOK || body != "mapped" {
		t.Errorf("got %d %q, %v", status, body, err)
	}
}

func TestHTTPCheckSendsTheConfiguredRequest(t *testing.T) {
	seen := make(chan string, 1)
	target := pod(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case seen <- strings.Join([]string{r.Method, r.Host, r.RequestURI, r.UserAgent()}, " "):
		default:
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	p := dataplane.NewPool(dataplane.PoolOptions{})
	defer p.Close()
	p.SetTargets([]string{target})
	check := dataplane.Check{Protocol: "http", Path: "/up?deep=1", Host: "shop.example", UserAgent: "checker/1"}
	p.Configure(dataplane.PoolConfig{Check: check})
	await(t, p, map[string]dataplane.Health{target: dataplane.Unhealthy})
	if got, want := <-seen, "GET shop.example /up?deep=1 checker/1"; got != want {
		t.Errorf("check %s, want %s", got, want)
	}
	check.OK = func(status int) bool { return status == http.StatusFound }
	check.Path = ""
	p.Configure(dataplane.PoolConfig{Check: check})
	await(t, p, map[string]dataplane.Health{target: dataplane.Healthy})
}
