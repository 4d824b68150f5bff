package azure_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headgate-io/headgate/provider/cloudtest"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/azure"
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

func TestLoadBalancerOnASharedGateway(t *testing.T) {
	w := newWorld(t, "10.0.1.1", "10.0.1.2", "10.0.2.1")
	before := foreign(w.s, newProvider(t, w.s, shared, w.clk).NamePrefix())
	e := w.engine(t, shared)
	e.Set(seal(t, shop(nil)))
	w.s.Wire().Reset()
	report := apply(t, e, "default/shop")
	if n := len(w.s.Wire().Writes()); n != 1 {
		t.Errorf("first apply makes %d writes, want 1: %v", n, w.s.Wire().Writes())
	}
	address := report.Results[0].Addresses[0]
	if pod := w.served(t, address, "shop.example.com", "/api/x"); pod != "10.0.2.1" {
		t.Errorf("/api/x is answered by %s", pod)
	}
	if pod := w.served(t, address, "shop.example.com", "/apix"); pod == "10.0.2.1" {
		t.Errorf("/apix is answered by %s", pod)
	}
	if status, _ := w.get(t, address, "default.contoso.com", "/"); status != http.StatusBadGateway {
		t.Errorf("the foreign site answers %d", status)
	}
	if diff := differs(before, foreign(w.s, newProvider(t, w.s, shared, w.clk).NamePrefix())); diff != "" {
		t.Error(diff)
	}

	w.s.Wire().Reset()
	apply(t, e, "default/shop")
	if n := len(w.s.Wire().Calls()); n != 0 {
		t.Errorf("second apply makes %d calls: %v", n, w.s.Wire().Calls())
	}
	again := w.engine(t, shared)
	again.Set(seal(t, shop(nil)))
	apply(t, again, "default/shop")
	if n := len(w.s.Wire().Writes()); n != 0 {
		t.Errorf("apply of a new process makes %d writes: %v", n, w.s.Wire().Writes())
	}

	again.Drop("default/shop")
	apply(t, again, "default/shop")
	if diff := differs(before, w.s.Snapshot()); diff != "" {
		t.Errorf("after delete: %s", diff)
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

func TestLoadBalancerOnItsOwnGateway(t *testing.T) {
	w := newWorld(t, "10.0.1.1", "10.0.1.2", "10.0.2.1")
	before := w.s.Snapshot()
	cert, err := modeltest.Certificate("default/tls", "shop.example.com")
	if err != nil {
		t.Fatal(err)
	}
	e := w.engine(t, "")
	e.Set(seal(t, shop(&cert)))
	w.s.Wire().Reset()
	report := apply(t, e, "default/shop")
	if n := len(w.s.Wire().Writes()); n != 2 {
		t.Errorf("first apply makes %d writes, want 2: %v", n, w.s.Wire().Writes())
	}
	w.served(t, report.Results[0].Addresses[0], "shop.example.com", "/api")
	w.s.Wire().Reset()
	apply(t, e, "default/shop")
	if n := len(w.s.Wire().Calls()); n != 0 {
		t.Errorf("second apply makes %d calls: %v", n, w.s.Wire().Calls())
	}
	again := w.engine(t, "")
	again.Set(seal(t, shop(&cert)))
	apply(t, again, "default/shop")
	if n := len(w.s.Wire().Writes()); n != 0 {
		t.Errorf("apply of a new process makes %d writes: %v", n, w.s.Wire().Writes())
	}
	again.Drop("default/shop")
	apply(t, again, "default/shop")
	if diff := differs(before, w.s.Snapshot()); diff != "" {
		t.Errorf("after delete: %s", diff)
	}
}

func TestAddedPodsNeedOneWrite(t *testing.T) {
	w := newWorld(t, "10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.2.1")
	e := w.engine(t, shared)
	lb := shop(nil)
	e.Set(seal(t, lb))
	report := apply(t, e, "default/shop")
	w.served(t, report.Results[0].Addresses[0], "shop.example.com", "/")
	lb.Groups[0] = groupOf("default/web:80", "10.0.1.1", "10.0.1.2", "10.0.1.3")
	e.Set(seal(t, lb))
	w.s.Wire().Reset()
	apply(t, e, "default/shop")
	calls, writes := w.s.Wire().Calls(), w.s.Wire().Writes()
	if len(writes) != 1 {
		t.Errorf("%d writes: %v", len(writes), writes)
	}
	for _, c := range calls {
		if c.Kind == cloudtest.Read {
			t.Errorf("call %v", c)
		}
	}
}

func TestInternalLoadBalancerGetsAFreeAddress(t *testing.T) {
	w := newWorld(t, "10.0.1.1", "10.0.1.2", "10.0.2.1")
	before := w.s.Snapshot()
	lb := shop(nil)
	lb.Scheme, lb.Tags = model.Internal, map[string]string{"team": "shop"}
	e := w.engine(t, "")
	e.Set(seal(t, lb))
	report := apply(t, e, "default/shop")
	// 10.255.0.254 is the last address that Azure does not reserve.
	if got := report.Results[0].Addresses; len(got) != 1 || got[0] != "10.255.0.254" {
		t.Fatalf("addresses are %v", got)
	}
	w.served(t, "10.255.0.254", "shop.example.com", "/")
	tagged := 0
	for _, text := range w.s.Snapshot() {
		tagged += strings.Count(text, `"team":"shop"`)
	}
	if tagged != 1 {
		t.Errorf("%d resources have the tag", tagged)
	}
	w.s.Wire().Reset()
	again := w.engine(t, "")
	again.Set(seal(t, lb))
	apply(t, again, "default/shop")
	if n := len(w.s.Wire().Writes()); n != 0 {
		t.Errorf("apply of a new process makes %d writes: %v", n, w.s.Wire().Writes())
	}
	again.Drop("default/shop")
	apply(t, again, "default/shop")
	if diff := differs(before, w.s.Snapshot()); diff != "" {
		t.Errorf("after delete: %s", diff)
	}
}

func TestHostOfAnotherOwnerIsNotCaptured(t *testing.T) {
	w := newWorld(t, "10.0.1.1", "10.0.1.2", "10.0.2.1")
	before := foreign(w.s, newProvider(t, w.s, shared, w.clk).NamePrefix())
	lb := shop(nil)
	lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, forward("captured", "default.contoso.com", "/", "default/web:80"))
	e := w.engine(t, shared)
	e.Set(seal(t, lb))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	report, err := e.Sync(ctx, "default/shop")
	if err != nil {
		t.Fatal(err)
	}
	conflicts := 0
	for _, s := range report.Results[0].Steps {
		if s.Outcome != nil && s.Outcome.State == provider.Failed {
			conflicts++
			if provider.CodeOf(s.Outcome.Err) != provider.Conflict || s.Key.Kind != azure.KindListener {
				t.Errorf("%s failed: %v", s.Key, s.Outcome.Err)
			}
		}
	}
	if conflicts != 1 {
		t.Errorf("%d ops failed, want only the listener of the other owner's host", conflicts)
	}
	// The rest is served, and the site belongs to its owner.
	var address string
	for a := range w.s.Front().Addresses() {
		if host, port, _ := net.SplitHostPort(a); port == "80" {
			address = host
		}
	}
	w.served(t, address, "shop.example.com", "/")
	if status, _ := w.get(t, address, "default.contoso.com", "/"); status != http.StatusBadGateway {
		t.Errorf("the foreign site answers %d", status)
	}
	if diff := differs(before, foreign(w.s, newProvider(t, w.s, shared, w.clk).NamePrefix())); diff != "" {
		t.Error(diff)
	}
}
