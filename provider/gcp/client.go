package gcp

import (
	"context"
	"net/http"
	"strings"
	"time"

	"google.golang.org/api/compute/v1"
	"google.golang.org/api/option"
	htransport "google.golang.org/api/transport/http"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

// ClientOptions configure access to the API.
type ClientOptions struct {
	// Endpoint replaces Google's endpoint, for example with that of an embedded cloud. No
	// credentials are used then. The API's own path, /compute/v1/, is added to an endpoint without
	// a path.
	Endpoint string
	// HTTPClient replaces the SDK's client. Without an Endpoint its requests are still signed with
	// the application default credentials.
	HTTPClient *http.Client
}

// Client calls the compute API. NewClient returns one; New takes it.
type Client struct {
	svc   *compute.Service
	clock clock.Clock
	// project, network and subnetwork are where resources are created.
	project, network, subnetwork string
}

// NewClient returns a client. Without an endpoint it uses the application default credentials, and
// fails with code Denied if there are none.
func NewClient(ctx context.Context, o ClientOptions) (*Client, error) {
	var options []option.ClientOption
	if o.Endpoint != "" {
		options = append(options, option.WithEndpoint(basePath(o.Endpoint)), option.WithoutAuthentication())
		if o.HTTPClient == nil {
			o.HTTPClient = &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 2 * parallelReads, IdleConnTimeout: time.Minute}}
		}
	}
	client, err := signing(ctx, o)
	if err != nil {
		return nil, &provider.Error{Code: provider.Denied, Op: "new gcp client", Err: err}
	}
	svc, err := compute.NewService(ctx, append(options, option.WithHTTPClient(checked(client)))...)
	if err != nil {
		return nil, &provider.Error{Code: provider.Denied, Op: "new gcp client", Err: err}
	}
	return &Client{svc: svc}, nil
}

// basePath returns endpoint with the path of the API (BasePath in the SDK), unless it has a path.
func basePath(endpoint string) string {
	scheme, rest, found := strings.Cut(strings.TrimRight(endpoint, "/"), "://")
	if !found || strings.Contains(rest, "/") {
		return endpoint
	}
	return scheme + "://" + rest + "/compute/v1/"
}

// signing returns the given client with a transport that signs requests to Google, or the SDK's own
// client if none is given. The SDK does not sign the requests of a client that is passed to it.
func signing(ctx context.Context, o ClientOptions) (*http.Client, error) {
	if o.Endpoint != "" {
		return o.HTTPClient, nil
	}
	if o.HTTPClient == nil {
		client, _, err := htransport.NewClient(ctx, option.WithScopes(compute.ComputeScope))
		return client, err
	}
	base := o.HTTPClient.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	signed, err := htransport.NewTransport(ctx, base, option.WithScopes(compute.ComputeScope))
	if err != nil {
		return nil, err
	}
	client := *o.HTTPClient
	client.Transport = signed
	return &client, nil
}

// within returns a client for the project and networks in o.
func (c *Client) within(o Options) *Client {
	return &Client{svc: c.svc, clock: o.Clock, project: o.Project, network: o.Network, subnetwork: o.Subnetwork}
}
