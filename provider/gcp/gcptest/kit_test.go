package gcptest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/compute/v1"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

const project = "demo"

// cloud is an embedded cloud with a client of the SDK.
type cloud struct {
	*gcptest.Server
	t   *testing.T
	api *compute.Service
}

func newCloud(t *testing.T, o gcptest.Options) *cloud {
	t.Helper()
	if o.Clock == nil {
		o.Clock = clock.Scaled(100)
	}
	o.LoopbackTargets = true
	server := gcptest.NewServer(o)
	t.Cleanup(server.Close)
	return &cloud{Server: server, t: t, api: client(t, server.URL())}
}

func client(t *testing.T, endpoint string) *compute.Service {
	t.Helper()
	api, err := compute.NewService(t.Context(), option.WithEndpoint(endpoint), option.WithoutAuthentication())
	if err != nil {
		t.Fatalf("client: %v", err)
	}
	return api
}

// done waits for an operation and fails the test if the call or the operation failed.
func (c *cloud) done(op *compute.Operation, err error) {
	c.t.Helper()
	if err := c.await(op, err); err != nil {
		c.t.Fatalf("operation: %v", err)
	}
}

// await waits for an operation and returns its error.
func (c *cloud) await(op *compute.Operation, err error) error {
	if err != nil {
		return err
	}
	if op.Status != "RUNNING" {
		c.t.Errorf("first reply of %s: status %s, want RUNNING", op.OperationType, op.Status)
	}
	ctx := c.t.Context()
	switch {
	case op.Zone != "":
		op, err = c.api.ZoneOperations.Wait(project, last(op.Zone), op.Name).Context(ctx).Do()
	case op.Region != "":
		op, err = c.api.RegionOperations.Wait(project, last(op.Region), op.Name).Context(ctx).Do()
	default:
		op, err = c.api.GlobalOperations.Wait(project, op.Name).Context(ctx).Do()
	}
	if err != nil {
		return err
	}
	if op.Status != "DONE" {
		c.t.Errorf("after wait: status %s, want DONE", op.Status)
	}
	if op.Error != nil {
		return &googleapi.Error{Code: int(op.HttpErrorStatusCode), Message: op.Error.Errors[0].Code + ": " + op.Error.Errors[0].Message}
	}
	return nil
}

func last(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// wantFault fails the test unless err is an error of the API with the status and reason.
func wantFault(t *testing.T, err error, status int, reason string) {
	t.Helper()
	var failed *googleapi.Error
	if !errors.As(err, &failed) {
		t.Fatalf("error = %v, want status %d %s", err, status, reason)
	}
	got := ""
	if len(failed.Errors) > 0 {
		got = failed.Errors[0].Reason
	}
	if failed.Code != status || got != reason {
		t.Fatalf("error = %d %s (%s), want %d %s", failed.Code, got, failed.Message, status, reason)
	}
}

// until waits until the condition is true. It evaluates the condition at each change of the cloud.
func (c *cloud) until(what string, condition func() bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	for {
		changed := c.Changed()
		if condition() {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			c.t.Fatalf("never: %s", what)
		}
	}
}

// pod is an HTTP server that returns its name.
type pod struct {
	name string
	*httptest.Server
}

func newPod(t *testing.T, name string, handler http.HandlerFunc) *pod {
	t.Helper()
	if handler == nil {
		handler = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Pod", name)
			w.Header().Set("X-Path", r.URL.Path)
			_, _ = io.WriteString(w, name)
		}
	}
	p := &pod{name: name, Server: httptest.NewServer(handler)}
	t.Cleanup(p.Close)
	return p
}

func (p *pod) endpoint() *compute.NetworkEndpoint {
	host, port, _ := net.SplitHostPort(p.Listener.Addr().String())
	n, _ := strconv.ParseInt(port, 10, 64)
	return &compute.NetworkEndpoint{Instance: "node-1", IpAddress: host, Port: n}
}

// neg creates a zonal NEG with pods.
func (c *cloud) neg(zone, name string, pods ...*pod) string {
	c.t.Helper()
	c.done(c.api.NetworkEndpointGroups.Insert(project, zone, &compute.NetworkEndpointGroup{Name: name, NetworkEndpointType: "GCE_VM_IP_PORT"}).Do())
	c.attach(zone, name, pods...)
	return "https://www.googleapis.com/compute/v1/projects/" + project + "/zones/" + zone + "/networkEndpointGroups/" + name
}

func (c *cloud) attach(zone, name string, pods ...*pod) {
	c.t.Helper()
	if len(pods) == 0 {
		return
	}
	request := &compute.NetworkEndpointGroupsAttachEndpointsRequest{}
	for _, p := range pods {
		request.NetworkEndpoints = append(request.NetworkEndpoints, p.endpoint())
	}
	c.done(c.api.NetworkEndpointGroups.AttachNetworkEndpoints(project, zone, name, request).Do())
}

func (c *cloud) detach(zone, name string, pods ...*pod) {
	c.t.Helper()
	request := &compute.NetworkEndpointGroupsDetachEndpointsRequest{}
	for _, p := range pods {
		request.NetworkEndpoints = append(request.NetworkEndpoints, p.endpoint())
	}
	c.done(c.api.NetworkEndpointGroups.DetachNetworkEndpoints(project, zone, name, request).Do())
}

// service creates a health check and a backend service of the same name with the groups.
func (c *cloud) service(name string, groups ...string) string {
	c.t.Helper()
	c.done(c.api.HealthChecks.Insert(project, healthCheck(name)).Do())
	c.done(c.api.BackendServices.Insert(project, backendService(name, groups...)).Do())
	return "global/backendServices/" + name
}

func healthCheck(name string) *compute.HealthCheck {
	return &compute.HealthCheck{Name: name, Type: "HTTP", CheckIntervalSec: 1, TimeoutSec: 1, HealthyThreshold: 1,
		HttpHealthCheck: &compute.HTTPHealthCheck{PortSpecification: "USE_SERVING_PORT", RequestPath: "/healthz"}}
}

func backendService(name string, groups ...string) *compute.BackendService {
	b := &compute.BackendService{Name: name, LoadBalancingScheme: "EXTERNAL_MANAGED", Protocol: "HTTP",
		HealthChecks: []string{"global/healthChecks/" + name}, ConnectionDraining: &compute.ConnectionDraining{DrainingTimeoutSec: 60}}
	for _, g := range groups {
		b.Backends = append(b.Backends, &compute.Backend{Group: g, BalancingMode: "RATE", MaxRatePerEndpoint: 100})
	}
	return b
}

// front creates a proxy and a forwarding rule for a URL map, and returns the address.
func (c *cloud) front(urlMap string) string {
	c.t.Helper()
	c.done(c.api.TargetHttpProxies.Insert(project, &compute.TargetHttpProxy{Name: urlMap, UrlMap: "global/urlMaps/" + urlMap}).Do())
	return c.rule(urlMap, "global/targetHttpProxies/"+urlMap, "80")
}

func (c *cloud) rule(name, target, port string) string {
	c.t.Helper()
	c.done(c.api.GlobalForwardingRules.Insert(project, &compute.ForwardingRule{Name: name, Target: target, PortRange: port, LoadBalancingScheme: "EXTERNAL_MANAGED"}).Do())
	fr, err := c.api.GlobalForwardingRules.Get(project, name).Do()
	if err != nil {
		c.t.Fatalf("get forwarding rule: %v", err)
	}
	return net.JoinHostPort(fr.IPAddress, port)
}

// http returns a client that connects to a load balancer, whatever the host of a request.
func (c *cloud) http(address string, config *tls.Config) *http.Client {
	transport := &http.Transport{TLSClientConfig: config, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return c.Front().Dial(ctx, network, address)
	}}
	c.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// get returns status and body.
func (c *cloud) get(h *http.Client, url string) (int, string) {
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		c.t.Errorf("request: %v", err)
		return 0, ""
	}
	reply, err := h.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = reply.Body.Close() }()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return 0, err.Error()
	}
	return reply.StatusCode, string(body)
}

// pair returns a self-signed certificate for the names and its key in PEM form.
func pair(t *testing.T, names ...string) (chain, private string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	chain = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return chain, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}
