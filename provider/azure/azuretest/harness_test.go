package azuretest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	armnetwork "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v9"
	"software.sslmate.com/src/go-pkcs12"
)

// noCredential is a credential with a placeholder token, which the embedded cloud accepts.
type noCredential struct{}

func (noCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "test", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

type clients struct {
	gateways  *armnetwork.ApplicationGatewaysClient
	publicIPs *armnetwork.PublicIPAddressesClient
	networks  *armnetwork.VirtualNetworksClient
	subnets   *armnetwork.SubnetsClient
}

func newClients(t *testing.T, s *Server) clients {
	t.Helper()
	o := &arm.ClientOptions{ClientOptions: policy.ClientOptions{
		Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: s.URL(), Audience: s.URL()},
		}},
		InsecureAllowCredentialWithHTTP: true,
		Retry:                           policy.RetryOptions{MaxRetries: -1},
	}}
	f, err := armnetwork.NewClientFactory(defaultSubscription, noCredential{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return clients{f.NewApplicationGatewaysClient(), f.NewPublicIPAddressesClient(), f.NewVirtualNetworksClient(), f.NewSubnetsClient()}
}

func newTestServer(t *testing.T, o Options) *Server {
	t.Helper()
	s := NewServer(o)
	t.Cleanup(s.Close)
	return s
}

const group, gateway = "rg", "gw"

// object is a JSON object.
type object = map[string]any

func ref(collection, name string) object { return object{"id": "{self}/" + collection + "/" + name} }

func named(name string, p object) object { return object{"name": name, "properties": p} }

// gatewayBody returns a gateway with one site, a.example.com. Its paths /api and /api/* go to one
// pool and all others to another.
func gatewayBody(s *Server, publicIP string) object {
	return object{
		"location": defaultLocation,
		"properties": object{
			"sku":                      object{"name": "Standard_v2", "tier": "Standard_v2", "capacity": 2.0},
			"gatewayIPConfigurations":  []any{named("ip", object{"subnet": object{"id": SubnetID(s.options.Subscription, group, NetworkName, GatewaySubnet)}})},
			"frontendIPConfigurations": []any{named("public", object{"publicIPAddress": object{"id": publicIP}})},
			"frontendPorts":            []any{named("p80", object{"port": 80.0}), named("p443", object{"port": 443.0})},
			"backendAddressPools": []any{
				named("web", object{"backendAddresses": []any{object{"ipAddress": "10.0.0.1"}}}),
				named("api", object{"backendAddresses": []any{object{"ipAddress": "10.0.0.2"}}}),
			},
			"probes": []any{named("fast", object{"protocol": "Http", "host": "probe", "path": "/healthz", "interval": 1.0, "timeout": 1.0, "unhealthyThreshold": 2.0})},
			"backendHttpSettingsCollection": []any{named("s", object{
				"port": 8080.0, "protocol": "Http", "requestTimeout": 5.0, "probe": ref("probes", "fast"),
				"connectionDraining": object{"enabled": true, "drainTimeoutInSec": 60.0},
			})},
			"httpListeners": []any{named("l", object{
				"frontendIPConfiguration": ref("frontendIPConfigurations", "public"), "frontendPort": ref("frontendPorts", "p80"),
				"protocol": "Http", "hostName": "a.example.com",
			})},
			"urlPathMaps": []any{named("m", object{
				"defaultBackendAddressPool": ref("backendAddressPools", "web"), "defaultBackendHttpSettings": ref("backendHttpSettingsCollection", "s"),
				"pathRules": []any{named("api", object{
					"paths": []any{"/api", "/api/*"}, "backendAddressPool": ref("backendAddressPools", "api"),
					"backendHttpSettings": ref("backendHttpSettingsCollection", "s"),
				})},
			})},
			"requestRoutingRules": []any{named("r", object{
				"ruleType": "PathBasedRouting", "priority": 100.0, "httpListener": ref("httpListeners", "l"), "urlPathMap": ref("urlPathMaps", "m"),
			})},
		},
	}
}

// items returns the list at properties.collection.
func items(body object, collection string) []any {
	l, _ := body["properties"].(object)[collection].([]any)
	return l
}

// props returns the properties of one item.
func props(body object, collection string, i int) object {
	return items(body, collection)[i].(object)["properties"].(object)
}

// add appends to properties.collection.
func add(body object, collection string, more ...any) {
	body["properties"].(object)[collection] = append(items(body, collection), more...)
}

func raw(t *testing.T, body object) []byte {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// send sends one plain request, without an SDK.
func send(t *testing.T, s *Server, method, path string, body []byte, header ...string) *http.Response {
	t.Helper()
	sent := strings.ReplaceAll(string(body), "{self}", GatewayID(s.options.Subscription, group, gateway))
	if !strings.Contains(path, "?") {
		path += "?"
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path+"&api-version=2025-05-01", strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reply.Body.Close() })
	return reply
}

func putGatewayBody(t *testing.T, s *Server, body object, header ...string) *http.Response {
	t.Helper()
	return send(t, s, http.MethodPut, GatewayID(s.options.Subscription, group, gateway), raw(t, body), header...)
}

// errorBody is the error of a reply.
type errorBody struct {
	Error struct {
		Code, Message string
		Details       []struct{ Code, Message string }
	}
}

func decode[T any](t *testing.T, reply *http.Response) T {
	t.Helper()
	var v T
	if err := json.NewDecoder(reply.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// codes returns the code of an error and those of its details.
func codes(t *testing.T, reply *http.Response) []string {
	t.Helper()
	e := decode[errorBody](t, reply)
	all := []string{e.Error.Code}
	for _, d := range e.Error.Details {
		all = append(all, d.Code)
	}
	return all
}

// pods maps fictitious addresses to real servers.
type pods map[string]*httptest.Server

func (p pods) add(t *testing.T, address string, h http.Handler) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	p[address] = srv
}

func (p pods) dial(ctx context.Context, network, address string) (net.Conn, error) {
	srv, ok := p[address]
	if !ok {
		return nil, errors.New("no such pod")
	}
	return new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
}

// client returns a client that connects to the gateways' addresses through the front.
func client(t *testing.T, s *Server) *http.Client {
	t.Helper()
	transport := &http.Transport{DialContext: s.Front().Dial}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// await waits until a condition is true. It checks the condition at every change of the server.
func await(t *testing.T, s *Server, what string, reached func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		changed := s.Changed()
		if reached() {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("timeout: %s", what)
		}
	}
}

// healthy counts the servers of a pool that are up.
func healthy(s *Server, pool string) int {
	s.plane.mu.Lock()
	defer s.plane.mu.Unlock()
	n := 0
	for k, b := range s.plane.pools {
		if k.pool != pool {
			continue
		}
		for _, h := range b.pool.Health() {
			if canServe(h) {
				n++
			}
		}
	}
	return n
}

// newPFX returns a self-signed certificate as a PFX in base 64.
func newPFX(t *testing.T, name, password string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	data, err := pkcs12.Modern.Encode(key, leaf, nil, password)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(data)
}
