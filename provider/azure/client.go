package azure

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	armnetwork "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v9"
)

// apiVersion is the version of the network resource provider's API.
const apiVersion = "2025-05-01"

// ClientOptions configure a [Client].
type ClientOptions struct {
	// SubscriptionID is the subscription of the gateways; required.
	SubscriptionID string
	// Endpoint is the URL of Azure Resource Manager; empty is the public cloud. An endpoint needs
	// no credential.
	Endpoint string
	// Credential authenticates the requests. If it is nil, the default chain of azidentity is used,
	// or no credential if Endpoint is set.
	Credential azcore.TokenCredential
	// HTTPClient sends the requests; nil is the client of the SDK.
	HTTPClient *http.Client
}

// Client calls Azure Resource Manager. It reads and writes gateways as raw JSON, so that properties
// that the SDK does not know are retained.
type Client struct {
	subscription string
	arm          *arm.Client
	ips          *armnetwork.PublicIPAddressesClient
}

// NewClient returns a client. It sends no request.
func NewClient(_ context.Context, o ClientOptions) (*Client, error) {
	if o.SubscriptionID == "" {
		return nil, errors.New("new azure client: SubscriptionID is missing")
	}
	options := &arm.ClientOptions{DisableRPRegistration: true}
	options.Retry = policy.RetryOptions{MaxRetries: 2, RetryDelay: 200 * time.Millisecond}
	if o.HTTPClient != nil {
		options.Transport = o.HTTPClient
	}
	credential := o.Credential
	if o.Endpoint != "" {
		options.Cloud = cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: strings.TrimSuffix(o.Endpoint, "/"), Audience: o.Endpoint},
		}}
		options.InsecureAllowCredentialWithHTTP = true
		if credential == nil {
			credential = anonymous{}
		}
	}
	if credential == nil {
		signedIn, err := azidentity.NewDefaultAzureCredential(nil)
		if err != nil {
			return nil, fmt.Errorf("new azure client: find a credential: %w", err)
		}
		credential = signedIn
	}
	return newClient(o.SubscriptionID, credential, options)
}

func newClient(subscription string, credential azcore.TokenCredential, options *arm.ClientOptions) (*Client, error) {
	base, err := arm.NewClient("headgate", "v0.0.0", credential, options)
	if err != nil {
		return nil, fmt.Errorf("new azure client: %w", err)
	}
	ips, err := armnetwork.NewPublicIPAddressesClient(subscription, credential, options)
	if err != nil {
		return nil, fmt.Errorf("new azure client: %w", err)
	}
	return &Client{subscription: subscription, arm: base, ips: ips}, nil
}

// anonymous is the credential for an endpoint that needs none.
type anonymous struct{}

// GetToken returns a placeholder token.
func (anonymous) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "none", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// reply is the reply to one request.
type reply struct {
	document  document // nil if the body is empty
	status    int
	wait      time.Duration // until the next poll; 0 if the service names no time
	operation string        // URL of the state of the operation
	location  string        // URL of the result of the operation
}

// send sends one request. The SDK must not send a write twice: a stale document that arrives again
// would undo the changes of others.
func (c *Client) send(ctx context.Context, method, path string, body document, header http.Header) (reply, error) {
	if method != http.MethodGet {
		ctx = policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1})
	}
	request, err := c.request(ctx, method, path, body, header)
	if err != nil {
		return reply{}, fmt.Errorf("create request: %w", err)
	}
	got, err := c.arm.Pipeline().Do(request)
	if err != nil {
		return reply{}, convert(err)
	}
	defer func() { _ = got.Body.Close() }() // it has been read
	if !runtime.HasStatusCode(got, http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent) {
		return reply{}, convert(runtime.NewResponseError(got))
	}
	return readReply(got)
}

func (c *Client) request(ctx context.Context, method, path string, body document, header http.Header) (*policy.Request, error) {
	url := path
	if strings.HasPrefix(path, "/") {
		path, query, _ := strings.Cut(path, "?")
		url = runtime.JoinPaths(c.arm.Endpoint(), path) + "?api-version=" + apiVersion
		if query != "" {
			url += "&" + query
		}
	}
	request, err := runtime.NewRequest(ctx, method, url)
	if err != nil {
		return nil, err
	}
	request.Raw().Header.Set("Accept", "application/json")
	for k, v := range header {
		request.Raw().Header[k] = v
	}
	if body == nil {
		return request, nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return request, request.SetBody(readSeekCloser{bytes.NewReader(raw)}, "application/json")
}

// readSeekCloser adds a Close method to a reader.
type readSeekCloser struct{ *bytes.Reader }

// Close does nothing.
func (readSeekCloser) Close() error { return nil }

func readReply(got *http.Response) (reply, error) {
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		return reply{}, newError(0, nil, 0, err)
	}
	r := reply{
		status: got.StatusCode, wait: retryAfter(got.Header),
		operation: got.Header.Get("Azure-AsyncOperation"), location: got.Header.Get("Location"),
	}
	if len(raw) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(raw, &r.document); err != nil {
		return r, newError(0, nil, 0, fmt.Errorf("read reply: %w", err))
	}
	if etag := got.Header.Get("Etag"); etag != "" && r.document != nil && r.document.etag() == "" {
		r.document["etag"] = etag
	}
	return r, nil
}

// retryAfter returns the wait in the headers that the SDKs support, or 0.
func retryAfter(h http.Header) time.Duration {
	for name, scale := range map[string]time.Duration{"Retry-After-Ms": time.Millisecond, "X-Ms-Retry-After-Ms": time.Millisecond, "Retry-After": time.Second} {
		if n, err := strconv.Atoi(h.Get(name)); err == nil && n >= 0 {
			return time.Duration(n) * scale
		}
	}
	return 0
}
