package azure

import (
	"bytes"
	"cmp"
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

	"github.com/headgate-io/headgate/provider"
)

// apiVersion is that of the network resource provider which the document's properties are from.
const apiVersion = "2025-05-01"

// ClientOptions say which Azure to talk to.
type ClientOptions struct {
	SubscriptionID string
	// Endpoint is the URL of Azure Resource Manager; empty is the public cloud's. With an endpoint
	// no credential is needed.
	Endpoint string
	// Credential signs in; nil is azidentity's default chain, or nobody where Endpoint is set.
	Credential azcore.TokenCredential
	// HTTPClient sends the requests; nil is the SDK's.
	HTTPClient *http.Client
}

// Client is Azure as the provider uses it. Gateways travel as raw JSON, so that properties which
// the SDK does not know survive a read and a write.
type Client struct {
	subscription string
	arm          *arm.Client
	ips          *armnetwork.PublicIPAddressesClient
}

// NewClient makes a client. Nothing is sent.
func NewClient(_ context.Context, o ClientOptions) (*Client, error) {
	if o.SubscriptionID == "" {
		return nil, errors.New("azure client: SubscriptionID missing")
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
			credential = nobody{}
		}
	}
	if credential == nil {
		signedIn, err := azidentity.NewDefaultAzureCredential(nil)
		if err != nil {
			return nil, fmt.Errorf("azure client: sign in: %w", err)
		}
		credential = signedIn
	}
	return newClient(o.SubscriptionID, credential, options)
}

func newClient(subscription string, credential azcore.TokenCredential, options *arm.ClientOptions) (*Client, error) {
	base, err := arm.NewClient("headgate", "v0.0.0", credential, options)
	if err != nil {
		return nil, fmt.Errorf("azure client: %w", err)
	}
	ips, err := armnetwork.NewPublicIPAddressesClient(subscription, credential, options)
	if err != nil {
		return nil, fmt.Errorf("azure client: %w", err)
	}
	return &Client{subscription: subscription, arm: base, ips: ips}, nil
}

// nobody is the credential for an endpoint that asks for none.
type nobody struct{}

// GetToken returns a token that says nothing.
func (nobody) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "none", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// publicIP is a public IP address, as far as it matters here.
type publicIP struct {
	id, name, location, etag string
	address                  string
	tags                     map[string]any
	ready                    bool
}

func (c *Client) gatewayPath(group, name string) string {
	path := "/subscriptions/" + c.subscription + "/resourceGroups/" + group + "/providers/Microsoft.Network/applicationGateways"
	if name != "" {
		path += "/" + name
	}
	return path
}

// reply is what came back.
type reply struct {
	document  document // nil for none
	status    int
	wait      time.Duration // before the next look, as the service asks; 0 where it does not
	operation string        // URL of the service's own word on what it does
	location  string        // URL of what comes of it
}

// gateway reads one document.
func (c *Client) gateway(ctx context.Context, group, name string) (document, error) {
	r, err := c.send(ctx, http.MethodGet, c.gatewayPath(group, name), nil, nil)
	if err == nil && r.document == nil {
		err = fault(r.status, nil, 0, errNoDocument)
	}
	return r.document, err
}

var errNoDocument = errors.New("the reply holds no document")

// gateways reads the documents of a resource group, page by page.
func (c *Client) gateways(ctx context.Context, group string) ([]document, error) {
	var all []document
	for next := c.gatewayPath(group, ""); next != ""; {
		page, err := c.send(ctx, http.MethodGet, next, nil, nil)
		if err != nil {
			return nil, err
		}
		for _, m := range objects(page.document, "value") {
			all = append(all, m)
		}
		next = text(page.document, "nextLink")
	}
	return all, nil
}

// putGateway begins to write a document, on condition that the stored one is still that with the
// ETag, or that there is none yet.
func (c *Client) putGateway(ctx context.Context, group, name string, d document, etag string, create bool) (reply, error) {
	header := http.Header{}
	switch {
	case create:
		header.Set("If-None-Match", "*")
	case etag != "":
		header.Set("If-Match", etag)
	}
	return c.send(ctx, http.MethodPut, c.gatewayPath(group, name), d, header)
}

// deleteGateway begins to delete a gateway.
func (c *Client) deleteGateway(ctx context.Context, group, name string) (reply, error) {
	return c.send(ctx, http.MethodDelete, c.gatewayPath(group, name), nil, nil)
}

// operationError is why an operation failed.
func (c *Client) operationError(ctx context.Context, url string) error {
	failed := errors.New("the operation failed")
	if url == "" {
		return fault(http.StatusConflict, nil, 0, failed)
	}
	r, err := c.send(ctx, http.MethodGet, url, nil, nil)
	if err != nil {
		return err
	}
	message, codes := readError(r.document)
	if message != "" {
		failed = errors.New(message)
	}
	return fault(http.StatusConflict, codes, 0, failed)
}

// beginHealth asks a gateway for the health of its backends. The answer comes at once, or at the
// location.
func (c *Client) beginHealth(ctx context.Context, group, name string) (reply, error) {
	return c.send(ctx, http.MethodPost, c.gatewayPath(group, name)+"/backendhealth", nil, nil)
}

// result looks whether the answer is there: its status is 202 while it is not.
func (c *Client) result(ctx context.Context, location string) (reply, error) {
	r, err := c.send(ctx, http.MethodGet, location, nil, nil)
	if r.location == "" {
		r.location = location
	}
	return r, err
}

// send makes one call. A write is never sent twice by the SDK: a stale document that arrives again
// would undo what others did.
func (c *Client) send(ctx context.Context, method, path string, body document, header http.Header) (reply, error) {
	if method != http.MethodGet {
		ctx = policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1})
	}
	request, err := c.request(ctx, method, path, body, header)
	if err != nil {
		return reply{}, fmt.Errorf("make request: %w", err)
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

// readSeekCloser lets a reader be closed.
type readSeekCloser struct{ *bytes.Reader }

// Close does nothing.
func (readSeekCloser) Close() error { return nil }

func readReply(got *http.Response) (reply, error) {
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		return reply{}, fault(0, nil, 0, err)
	}
	r := reply{
		status: got.StatusCode, wait: retryAfter(got.Header),
		operation: got.Header.Get("Azure-AsyncOperation"), location: got.Header.Get("Location"),
	}
	if len(raw) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(raw, &r.document); err != nil {
		return r, fault(0, nil, 0, fmt.Errorf("read reply: %w", err))
	}
	if etag := got.Header.Get("Etag"); etag != "" && r.document != nil && r.document.etag() == "" {
		r.document["etag"] = etag
	}
	return r, nil
}

// retryAfter reads the headers that the SDKs honour.
func retryAfter(h http.Header) time.Duration {
	for name, unit := range map[string]time.Duration{"Retry-After-Ms": time.Millisecond, "X-Ms-Retry-After-Ms": time.Millisecond, "Retry-After": time.Second} {
		if n, err := strconv.Atoi(h.Get(name)); err == nil && n >= 0 {
			return time.Duration(n) * unit
		}
	}
	return 0
}

// convert makes an error of the SDK one of the contract.
func convert(err error) error {
	var e *azcore.ResponseError
	if !errors.As(err, &e) {
		var final interface{ NonRetriable() }
		if errors.As(err, &final) { // signing in failed: nothing was sent
			return fault(http.StatusUnauthorized, nil, 0, err)
		}
		return fault(0, nil, 0, err)
	}
	codes, message, wait := []string{e.ErrorCode}, e.ErrorCode, time.Duration(0)
	if e.RawResponse != nil {
		wait = retryAfter(e.RawResponse.Header)
		if raw, err := runtime.Payload(e.RawResponse); err == nil {
			var m map[string]any
			if json.Unmarshal(raw, &m) == nil {
				body, all := readError(m)
				message, codes = cmp.Or(body, message), append(codes, all...)
			}
		}
	}
	return fault(e.StatusCode, codes, wait, fmt.Errorf("status %d: %s", e.StatusCode, message))
}

// readError reads the error of a body: one line, and all codes.
func readError(m map[string]any) (message string, codes []string) {
	e := object(m, "error")
	if e == nil {
		return "", nil
	}
	codes = append(codes, text(e, "code"))
	parts := []string{text(e, "code") + ": " + text(e, "message")}
	details, _ := e["details"].([]any)
	for _, v := range details {
		d, _ := v.(map[string]any)
		codes = append(codes, text(d, "code"))
		parts = append(parts, text(d, "code")+": "+text(d, "message"))
	}
	return strings.Join(parts, "; "), codes
}

// publicIP reads one address by its ID, which may be in another resource group.
func (c *Client) publicIP(ctx context.Context, id string) (publicIP, error) {
	parsed, err := arm.ParseResourceID(id)
	if err != nil {
		return publicIP{}, fault(http.StatusBadRequest, nil, 0, err)
	}
	got, err := c.ips.Get(ctx, parsed.ResourceGroupName, parsed.Name, nil)
	if err != nil {
		return publicIP{}, convert(err)
	}
	return readPublicIP(&got.PublicIPAddress), nil
}

func (c *Client) publicIPs(ctx context.Context, group string) ([]publicIP, error) {
	var all []publicIP
	for pager := c.ips.NewListPager(group, nil); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, convert(err)
		}
		for _, ip := range page.Value {
			all = append(all, readPublicIP(ip))
		}
	}
	return all, nil
}

// createPublicIP makes a static address of SKU Standard where there is none of that name, and waits
// for it.
func (c *Client) createPublicIP(ctx context.Context, group string, want publicIP) (publicIP, error) {
	standard, static := armnetwork.PublicIPAddressSKUNameStandard, armnetwork.IPAllocationMethodStatic
	tags := map[string]*string{}
	for k := range want.tags {
		v := text(want.tags, k)
		tags[k] = &v
	}
	ctx = policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1})
	first := policy.WithHTTPHeader(ctx, http.Header{"If-None-Match": {"*"}})
	poller, err := c.ips.BeginCreateOrUpdate(first, group, want.name, armnetwork.PublicIPAddress{
		Location: &want.location, Tags: tags, SKU: &armnetwork.PublicIPAddressSKU{Name: &standard},
		Properties: &armnetwork.PublicIPAddressPropertiesFormat{PublicIPAllocationMethod: &static},
	}, nil)
	if err != nil {
		return publicIP{}, convert(err)
	}
	made, err := poller.PollUntilDone(ctx, nil)
	if err != nil {
		return publicIP{}, convert(err)
	}
	return readPublicIP(&made.PublicIPAddress), nil
}

// deletePublicIP deletes an address and waits until it is gone.
func (c *Client) deletePublicIP(ctx context.Context, group, name string) error {
	poller, err := c.ips.BeginDelete(policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1}), group, name, nil)
	if err != nil {
		return convert(err)
	}
	if _, err := poller.PollUntilDone(ctx, nil); err != nil {
		return convert(err)
	}
	return nil
}

func readPublicIP(ip *armnetwork.PublicIPAddress) publicIP {
	out := publicIP{tags: map[string]any{}}
	for from, to := range map[*string]*string{ip.ID: &out.id, ip.Name: &out.name, ip.Location: &out.location, ip.Etag: &out.etag} {
		if from != nil {
			*to = *from
		}
	}
	for k, v := range ip.Tags {
		if v != nil {
			out.tags[k] = *v
		}
	}
	if p := ip.Properties; p != nil {
		if p.IPAddress != nil {
			out.address = *p.IPAddress
		}
		out.ready = p.ProvisioningState != nil && *p.ProvisioningState == armnetwork.ProvisioningStateSucceeded
	}
	return out
}

// absent tells whether an error says that there is no such thing.
func absent(err error) bool { return provider.CodeOf(err) == provider.NotFound }
