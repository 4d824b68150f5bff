package gcp_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// onePod returns a dialer to one server, whatever the endpoint.
func onePod(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	pod := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "pod") }))
	t.Cleanup(pod.Close)
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, pod.Listener.Addr().String())
	}
}

// fetch sends a request to a load balancer until the response has the wanted status. It retries at
// each change of the cloud.
func (c *emulated) fetch(t *testing.T, address string, secure bool, want int) *http.Response {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return c.Front().Dial(ctx, network, address)
	}}
	defer transport.CloseIdleConnections()
	scheme := map[bool]string{true: "https", false: "http"}[secure]
	for {
		changed := c.Changed()
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, scheme+"://shop.example.com/", nil)
		reply, err := transport.RoundTrip(r)
		if err == nil {
			_ = reply.Body.Close()
			if reply.StatusCode == want {
				return reply
			}
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatalf("never answered with %d", want)
		}
	}
}

// secured returns simple with an HTTPS listener, and an HTTP listener that redirects to it.
func secured(t *testing.T, scheme model.Scheme) model.Sealed {
	t.Helper()
	cert, err := modeltest.Certificate("default/tls", "shop.example.com")
	if err != nil {
		t.Fatal(err)
	}
	lb := *simple(t).LoadBalancer()
	lb.Scheme = scheme
	https := lb.Listeners[0]
	https.Name, https.Port, https.Protocol, https.TLS = "https", 443, model.HTTPS, &model.ListenerTLS{Certificates: []model.Certificate{cert}}
	http := model.Listener{Name: "http", Port: 80, Protocol: model.HTTP, Default: model.Action{Redirect: &model.Redirect{Scheme: "https", Status: 301}}}
	lb.Listeners = []model.Listener{http, https}
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// TestTLSPolicyLimitsVersions checks that the minimum TLS version applies to clients, and that it
// can be raised and lowered.
func TestTLSPolicyLimitsVersions(t *testing.T) {
	t.Parallel()
	for _, scheme := range []model.Scheme{model.InternetFacing, model.Internal} {
		t.Run(string(scheme), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, gcptest.Options{Dial: onePod(t)})
			e := c.engine(t)
			lb := *secured(t, scheme).LoadBalancer()
			for _, policy := range []model.TLSPolicy{model.TLS13, "", model.TLS12} {
				lb.Listeners = slices.Clone(lb.Listeners)
				for i := range lb.Listeners {
					if tls := lb.Listeners[i].TLS; tls != nil {
						lb.Listeners[i].TLS = &model.ListenerTLS{Certificates: tls.Certificates, Policy: policy}
					}
				}
				sealed, err := model.Seal(lb)
				if err != nil {
					t.Fatal(err)
				}
				address := net.JoinHostPort(apply(t, e, sealed).Results[0].Addresses[0], "443")
				conn, err := c.Front().Dial(t.Context(), "tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				err = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}).HandshakeContext(t.Context())
				_ = conn.Close()
				if refused := err != nil; refused != (policy == model.TLS13) {
					t.Errorf("policy %q: TLS 1.2 refused %v: %v", policy, refused, err)
				}
			}
		})
	}
}

func TestBothSchemesServeBothPortsOnOneAddress(t *testing.T) {
	t.Parallel()
	for _, scheme := range []model.Scheme{model.InternetFacing, model.Internal} {
		t.Run(string(scheme), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, gcptest.Options{Dial: onePod(t)})
			report := apply(t, c.engine(t), secured(t, scheme))
			addresses := report.Results[0].Addresses
			if len(addresses) != 1 {
				t.Fatalf("addresses = %v, want one for both ports", addresses)
			}
			at := func(port int) string { return net.JoinHostPort(addresses[0], strconv.Itoa(port)) }
			c.fetch(t, at(443), true, http.StatusOK)
			if got := c.fetch(t, at(80), false, http.StatusMovedPermanently).Header.Get("Location"); got != "https://shop.example.com/" {
				t.Errorf("redirect to %q", got)
			}
		})
	}
}

// TestZonesFollowTheEndpoints checks that a change of endpoints alone creates the groups of new
// zones and deletes those of empty ones.
func TestZonesFollowTheEndpoints(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Dial: onePod(t)})
	e := c.engine(t)
	lb := simple(t)
	apply(t, e, lb)
	g := lb.Groups()[0]
	moved := append([]model.Endpoint{}, g.Endpoints...)
	for i := range moved {
		moved[i].Zone = "europe-west1-b"
	}
	if err := e.SetEndpoints(lb.ID(), g.ID, moved, model.MembersKnown); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Apply(t.Context(), lb.ID()); err != nil {
		t.Fatal(err)
	}
	if err := e.SetEndpoints(lb.ID(), g.ID, moved[:1], model.MembersKnown); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Apply(t.Context(), lb.ID()); err != nil {
		t.Fatal(err)
	}
	count := 0
	for key := range c.Snapshot() {
		if kind, _, _ := cut(key); kind == "networkEndpointGroups" {
			count++
		}
	}
	if count != 4 { // one of the first group, three of the second
		t.Errorf("%d endpoint groups, want 4", count)
	}
	next := *lb.LoadBalancer()
	next.Groups = append([]model.Group{}, next.Groups...)
	next.Groups[0].Endpoints = moved[:1]
	sealed, err := model.Seal(next)
	if err != nil {
		t.Fatal(err)
	}
	fresh := c.engine(t)
	c.Wire().Reset()
	apply(t, fresh, sealed)
	if writes := c.Wire().Writes(); len(writes) > 0 {
		t.Errorf("a new process sends %d writes, the first is %s", len(writes), writes[0].API)
	}
}

func cut(key string) (kind, rest string, ok bool) {
	for i := range key {
		if key[i] == '/' {
			return key[:i], key[i+1:], true
		}
	}
	return key, "", false
}

// TestSlowAndFailingOperations checks that apply waits for slow operations, and retries those that
// fail.
func TestSlowAndFailingOperations(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Dial: onePod(t), OperationDelay: 4 * time.Second})
	for api, code := range map[string]string{
		"backendServices.insert": "INTERNAL_ERROR", "networkEndpointGroups.attachNetworkEndpoints": "RESOURCE_NOT_READY", "urlMaps.insert": "RATE_LIMIT_EXCEEDED",
	} {
		c.FailOperation(api, http.StatusServiceUnavailable, code, "try again")
	}
	report := apply(t, c.engine(t), simple(t))
	c.fetch(t, net.JoinHostPort(report.Results[0].Addresses[0], "80"), false, http.StatusOK)
	plan, err := c.engine(t).Plan(t.Context(), "default/web")
	if err != nil || len(plan.Results[0].Steps) > 0 {
		t.Errorf("plan after apply = %+v, %v, want it empty", plan.Results, err)
	}
}

// TestInterruptedApplyResumes checks that an operation continues after its context ends, and that
// the next process adopts the result.
func TestInterruptedApplyResumes(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Dial: onePod(t), OperationDelay: 20 * time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	e := c.engine(t)
	e.Set(simple(t))
	changed := c.Changed()
	go func() {
		<-changed // the first operation is done
		cancel()
	}()
	report, _ := e.Sync(ctx, "default/web")
	states := map[provider.State]int{}
	for _, s := range report.Results[0].Steps {
		states[s.Outcome.State]++
	}
	if states[provider.Failed] > 0 || states[provider.Blocked] == 0 {
		t.Errorf("outcomes = %v, want none failed and some blocked", states)
	}
	apply(t, c.engine(t), simple(t))
}
