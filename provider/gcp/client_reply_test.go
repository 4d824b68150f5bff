package gcp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

// canned is a transport that replies to each request with one status and body.
type canned struct {
	status int
	body   string
	calls  int
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	c.calls++
	return &http.Response{StatusCode: c.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}, nil
}

// answered returns a client whose requests get a canned reply.
func answered(t *testing.T, transport http.RoundTripper) *Client {
	t.Helper()
	c, err := NewClient(t.Context(), ClientOptions{Endpoint: "http://127.0.0.1", HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	return c.within(Options{Project: "demo", Network: "default", Subnetwork: "default", Clock: clock.Scaled(1000)})
}

// call is one call of the client. A list may be empty.
type call struct {
	list bool
	do   func(ctx context.Context, c *Client) error
}

// everyCall returns all calls of the client.
func everyCall() map[string]call {
	all := map[string]call{}
	for _, kind := range []string{KindAddress, KindBackendService, KindSSLCertificate, KindForwardingRule, KindHealthCheck, KindTargetHTTPProxy, KindTargetHTTPSProxy,
		KindNetworkEndpointGroup, KindSSLPolicy, KindURLMap} {
		for _, place := range []string{"", "us-central1"} {
			if kind == KindNetworkEndpointGroup {
				place = "us-central1-a"
			}
			callsOf(all, provider.Key{Kind: kind, Name: "x", Place: place})
		}
	}
	list := []NetworkEndpoint{{Instance: "node", Address: "10.0.0.1", Port: 80}}
	all["attach"] = call{false, func(ctx context.Context, c *Client) error { return c.attach(ctx, "us-central1-a", "x", list) }}
	all["detach"] = call{false, func(ctx context.Context, c *Client) error { return c.detach(ctx, "us-central1-a", "x", list) }}
	all["endpoints"] = call{true, func(ctx context.Context, c *Client) error {
		_, err := c.endpoints(ctx, "us-central1-a", "x")
		return err
	}}
	for _, place := range []string{"", "us-central1"} {
		k := provider.Key{Kind: KindBackendService, Name: "x", Place: place}
		all["health "+place] = call{true, func(ctx context.Context, c *Client) error {
			_, err := c.groupHealth(ctx, k, "us-central1-a")
			return err
		}}
		all["backends "+place] = call{false, func(ctx context.Context, c *Client) error {
			return backendServiceClient{c}.setBackends(ctx, k, []string{"us-central1-a"}, item{})
		}}
	}
	return all
}

func callsOf(all map[string]call, k provider.Key) {
	want := desired{key: k, spec: specs()[k.Kind]}
	name := func(verb string) string { return verb + " " + k.String() }
	all[name("insert")] = call{false, func(ctx context.Context, c *Client) error { return c.kind(k.Kind).insert(ctx, want) }}
	all[name("get")] = call{false, func(ctx context.Context, c *Client) error {
		_, err := c.kind(k.Kind).get(ctx, k)
		return err
	}}
	all[name("update")] = call{false, func(ctx context.Context, c *Client) error { return c.kind(k.Kind).update(ctx, want, item{}) }}
	all[name("delete")] = call{false, func(ctx context.Context, c *Client) error { return c.kind(k.Kind).delete(ctx, k) }}
	all[name("list")] = call{true, func(ctx context.Context, c *Client) error {
		_, err := c.kind(k.Kind).list(ctx, k.Place, "name eq x")
		return err
	}}
}

// specs returns a spec of each kind that differs from the zero value.
func specs() map[string]any {
	return map[string]any{
		KindAddress: AddressSpec{Internal: true}, KindBackendService: BackendServiceSpec{HealthCheck: "x"}, KindSSLCertificate: SSLCertificateSpec{PEM: "x"},
		KindForwardingRule: ForwardingRuleSpec{Port: 80}, KindHealthCheck: HealthCheckSpec{Type: "HTTP"}, KindTargetHTTPProxy: TargetProxySpec{URLMap: "x"},
		KindTargetHTTPSProxy: TargetProxySpec{URLMap: "x", Certificates: []string{"x"}, Policy: "x"}, KindSSLPolicy: SSLPolicySpec{Profile: "MODERN"},
		KindURLMap: URLMapSpec{Default: Outcome{Services: []Share{{Service: "x", Weight: 1}}}},
	}
}

// TestRepliesOfAnotherFormAreErrors checks that no call of the client panics or succeeds if the
// reply is not what the API documents. An empty object is an empty list.
func TestRepliesOfAnotherFormAreErrors(t *testing.T) {
	t.Parallel()
	replies := map[string]bool{ // whether the reply is a valid list
		"": false, " ": false, "null": false, "[]": false, `"x"`: false, "7": false, "<html>": false, "{": false, `{"name":"x","sta`: false, `{"items":[`: false,
		`{"items":[null]}`: false, `{"items":[{"name":"x"},null],"name":"x"}`: false, `{"healthStatus":[null]}`: false, "{}": true, `{"kind":"compute#other"}`: true,
	}
	for name, call := range everyCall() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for reply, list := range replies {
				c := answered(t, &canned{status: http.StatusOK, body: reply})
				if err := call.do(t.Context(), c); (err == nil) != (list && call.list) {
					t.Errorf("reply %q: error %v", reply, err)
				}
			}
			if err := call.do(t.Context(), answered(t, &canned{status: http.StatusNoContent})); (err == nil) != call.list {
				t.Errorf("no content: error %v", err)
			}
		})
	}
}

// TestNullBelowAReplyIsAnError checks that null inside of resources does not panic.
func TestNullBelowAReplyIsAnError(t *testing.T) {
	t.Parallel()
	const rule = `{"name":"x","pathMatchers":[{"name":"m","routeRules":[%s]}]}`
	for what, body := range map[string]string{
		KindURLMap + " matcher": `{"name":"x","pathMatchers":[null]}`, KindURLMap + " host": `{"name":"x","hostRules":[null]}`,
		KindURLMap + " rule": fmt.Sprintf(rule, "null"), KindURLMap + " match": fmt.Sprintf(rule, `{"matchRules":[null]}`),
		KindURLMap + " header": fmt.Sprintf(rule, `{"matchRules":[{"headerMatches":[null]}]}`), KindURLMap + " parameter": fmt.Sprintf(rule, `{"matchRules":[{"queryParameterMatches": [ null ]}]}`),
		KindURLMap + " weight": fmt.Sprintf(rule, `{"routeAction":{"weightedBackendServices":[null]}}`), KindURLMap + " change": fmt.Sprintf(rule, `{"headerAction":{"requestHeadersToAdd":[null]}}`),
		KindBackendService + " backend": `{"name":"x","backends":[null]}`,
	} {
		kind, _, _ := strings.Cut(what, " ")
		if _, err := answered(t, &canned{status: http.StatusOK, body: body}).kind(kind).get(t.Context(), provider.Key{Kind: kind, Name: "x"}); !provider.IsCode(err, provider.Unavailable) {
			t.Errorf("%s: error %v", what, err)
		}
	}
	for _, body := range []string{`{"items":[{"networkEndpoint":null}]}`, `{"items":[{}]}`} {
		if _, err := answered(t, &canned{status: http.StatusOK, body: body}).endpoints(t.Context(), "us-central1-a", "x"); err == nil {
			t.Errorf("%s is no error", body)
		}
	}
	for _, body := range []string{`{"name":"x","status":"DONE","error":{"errors":[null]}}`, `{"status":"RUNNING"}`, `{"name":"x"}`} {
		if err := answered(t, &canned{status: http.StatusOK, body: body}).kind(KindURLMap).delete(t.Context(), provider.Key{Kind: KindURLMap, Name: "x"}); err == nil {
			t.Errorf("%s is no error", body)
		}
	}
	named := `{"name":"a null [null","description":"\"[null","selfLink":"[null]","pathMatchers":null,"hostRules":[]}`
	if _, err := answered(t, &canned{status: http.StatusOK, body: named}).kind(KindURLMap).get(t.Context(), provider.Key{Kind: KindURLMap, Name: "x"}); err != nil {
		t.Errorf("null in strings and members: %v", err)
	}
}

// TestRepliesAreNotFollowedToAnotherServer checks that credentials and requests stay with the API.
func TestRepliesAreNotFollowedToAnotherServer(t *testing.T) {
	t.Parallel()
	transport := &redirecting{}
	_, err := answered(t, transport).kind(KindURLMap).get(t.Context(), provider.Key{Kind: KindURLMap, Name: "x"})
	if err == nil || len(transport.hosts) != 1 {
		t.Errorf("requests to %v, error %v", transport.hosts, err)
	}
}

type redirecting struct{ hosts []string }

func (r *redirecting) RoundTrip(request *http.Request) (*http.Response, error) {
	r.hosts = append(r.hosts, request.URL.Host)
	return &http.Response{StatusCode: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"http://elsewhere.example.com/"}}, Body: http.NoBody, Request: request}, nil
}
