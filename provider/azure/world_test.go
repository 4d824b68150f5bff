package azure_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/reconcile"
)

// pods are real servers behind fictitious addresses. Each replies with its address.
type pods struct {
	mu  sync.Mutex
	all map[string]*httptest.Server
}

func (p *pods) start(t *testing.T, address string) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Pod", address) }))
	t.Cleanup(srv.Close)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[string]*httptest.Server{}
	}
	p.all[address+":8080"] = srv
}

func (p *pods) dial(ctx context.Context, network, address string) (net.Conn, error) {
	p.mu.Lock()
	srv := p.all[address]
	p.mu.Unlock()
	if srv == nil {
		return nil, fmt.Errorf("no pod at %s", address)
	}
	return new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
}

func endpoints(addresses ...string) []model.Endpoint {
	var all []model.Endpoint
	for _, a := range addresses {
		all = append(all, model.Endpoint{Address: netip.MustParseAddr(a), Port: 8080, State: model.Ready})
	}
	return all
}

func forward(name, host, path string, g model.GroupID) model.Route {
	return model.Route{
		Name: name, Hosts: []model.Host{{Name: host}}, Action: model.ForwardTo(g),
		Matches: []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: path}}},
		Origin:  model.Ref{Kind: "Ingress", Namespace: "default", Name: "shop"},
	}
}

func groupOf(id model.GroupID, addresses ...string) model.Group {
	return model.Group{ID: id, Port: 8080, Endpoints: endpoints(addresses...), Health: model.HealthCheck{Interval: time.Second, Timeout: time.Second}}
}

// shop has one host over HTTP with two paths, and the same over HTTPS if there is a certificate.
func shop(cert *model.Certificate) model.LoadBalancer {
	plain := model.Listener{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
		forward("api", "shop.example.com", "/api", "default/api:80"), forward("web", "shop.example.com", "/", "default/web:80"),
	}}
	lb := model.LoadBalancer{
		ID: "default/shop", Listeners: []model.Listener{plain},
		Groups: []model.Group{groupOf("default/web:80", "10.0.1.1", "10.0.1.2"), groupOf("default/api:80", "10.0.2.1")},
	}
	if cert != nil {
		secure := plain
		secure.Port, secure.Protocol, secure.TLS = 443, model.HTTPS, &model.ListenerTLS{Certificates: []model.Certificate{*cert}}
		lb.Listeners = append(lb.Listeners, secure)
	}
	return lb
}

func seal(t *testing.T, lb model.LoadBalancer) model.Sealed {
	t.Helper()
	s, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// world is a cloud with pods.
type world struct {
	s    *azuretest.Server
	pods *pods
	clk  clock.Clock
}

func newWorld(t *testing.T, addresses ...string) *world {
	t.Helper()
	w := &world{pods: &pods{}, clk: clock.Scaled(200)}
	for _, a := range addresses {
		w.pods.start(t, a)
	}
	w.s = azuretest.NewServer(azuretest.Options{Clock: w.clk, Dial: w.pods.dial, OperationDelay: time.Second})
	t.Cleanup(w.s.Close)
	seedShared(t, w.s)
	return w
}

func (w *world) engine(t *testing.T, gateway string) *reconcile.Engine {
	t.Helper()
	return reconcile.New(newProvider(t, w.s, gateway, w.clk), reconcile.Options{Clock: w.clk})
}

func apply(t *testing.T, e *reconcile.Engine, ids ...model.ID) reconcile.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	report, err := e.Apply(ctx, ids...)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	for _, r := range report.Results {
		if r.Err != nil {
			t.Fatalf("apply %s: %v", r.ID, r.Err)
		}
	}
	return report
}

// get sends one request to a gateway's address.
func (w *world) get(t *testing.T, address, host, path string) (status int, pod string) {
	t.Helper()
	transport := &http.Transport{DialContext: w.s.Front().Dial}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	reply, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, reply.Body)
	_ = reply.Body.Close()
	return reply.StatusCode, reply.Header.Get("X-Pod")
}

// served waits until a pod answers, and returns its address.
func (w *world) served(t *testing.T, address, host, path string) string {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		changed := w.s.Changed()
		if status, pod := w.get(t, address, host, path); status == http.StatusOK {
			return pod
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("%s%s is not served", host, path)
		}
	}
}

// differs describes the first object that differs, or returns "".
func differs(before, after map[string]string) string {
	for k, v := range after {
		if before[k] != v {
			return fmt.Sprintf("%s is\n%s\nbut was\n%s", k, v, before[k])
		}
	}
	for k := range before {
		if _, ok := after[k]; !ok {
			return k + " is deleted"
		}
	}
	return ""
}
