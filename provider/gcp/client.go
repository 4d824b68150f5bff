package gcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/compute/v1"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	htransport "google.golang.org/api/transport/http"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

// ClientOptions say how to reach the API.
type ClientOptions struct {
	// Endpoint replaces Google's own, for embedded and other clouds; with it no credentials are
	// needed. Without a path it gets that of the API's own, /compute/v1/.
	Endpoint string
	// HTTPClient carries requests in place of the SDK's own client. Without an Endpoint they are
	// still signed with the application default credentials, before they come to its transport.
	HTTPClient *http.Client
}

// Client talks to the compute API. It is made by NewClient and given to New.
type Client struct {
	svc   *compute.Service
	clock clock.Clock
	// project, network and subnetwork are where resources are made.
	project, network, subnetwork string
}

// NewClient makes a client. Without an endpoint it takes the application default credentials; the
// error says when there are none.
func NewClient(ctx context.Context, o ClientOptions) (*Client, error) {
	var options []option.ClientOption
	if o.Endpoint != "" {
		options = append(options, option.WithEndpoint(basePath(o.Endpoint)), option.WithoutAuthentication())
		if o.HTTPClient == nil {
			o.HTTPClient = &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 2 * parallelReads, IdleConnTimeout: time.Minute}}
		}
	}
	if o.HTTPClient != nil {
		client, err := signing(ctx, o)
		if err != nil {
			return nil, &provider.Error{Code: provider.Denied, Op: "make gcp client", Err: err}
		}
		options = append(options, option.WithHTTPClient(client))
	}
	svc, err := compute.NewService(ctx, options...)
	if err != nil {
		return nil, &provider.Error{Code: provider.Denied, Op: "make gcp client", Err: err}
	}
	return &Client{svc: svc}, nil
}

// basePath is an endpoint with the path of the API (BasePath in the SDK), unless it names one
// itself.
func basePath(endpoint string) string {
	scheme, rest, found := strings.Cut(strings.TrimRight(endpoint, "/"), "://")
	if !found || strings.Contains(rest, "/") {
		return endpoint
	}
	return scheme + "://" + rest + "/compute/v1/"
}

// signing is the given client, which signs where that is needed: the SDK itself signs nothing for a
// client that it is given.
func signing(ctx context.Context, o ClientOptions) (*http.Client, error) {
	if o.Endpoint != "" {
		return o.HTTPClient, nil
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

// within is the client for the place that options name.
func (c *Client) within(o Options) *Client {
	return &Client{svc: c.svc, clock: o.Clock, project: o.Project, network: o.Network, subnetwork: o.Subnetwork}
}

// apiError is what an error of the SDK says, without the SDK's type.
type apiError struct {
	status     int // 0 where no reply came
	reason     string
	retryAfter time.Duration
	err        error
}

func (e *apiError) Error() string { return e.err.Error() }

func (e *apiError) Unwrap() error { return e.err }

// plainError reads an error of the SDK.
func plainError(err error) error {
	if err == nil {
		return nil
	}
	out := &apiError{err: err}
	var failed *googleapi.Error
	if errors.As(err, &failed) {
		out.status = failed.Code
		if len(failed.Errors) > 0 {
			out.reason = failed.Errors[0].Reason
		}
		if seconds, err := strconv.Atoi(failed.Header.Get("Retry-After")); err == nil {
			out.retryAfter = time.Duration(seconds) * time.Second
		}
		// The SDK's own text repeats details over several lines.
		out.err = fmt.Errorf("%d %s: %s", failed.Code, out.reason, failed.Message) //nolint:err113 // the text is the cloud's
	}
	return out
}

// writing is a call that begins an operation, and reading one that returns something.
type (
	writing[T any] interface {
		Context(ctx context.Context) T
		Do(opts ...googleapi.CallOption) (*compute.Operation, error)
	}
	reading[T, R any] interface {
		Context(ctx context.Context) T
		Do(opts ...googleapi.CallOption) (R, error)
	}
)

// writeLimit bounds one write. A context that ends does not end the write: its effect would be
// unknown.
const writeLimit = time.Minute

// write makes one write and waits for its operation. When the context ends in the meantime the
// error is the context's, and the operation goes on.
func write[T writing[T]](ctx context.Context, c *Client, call T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
	defer cancel()
	op, err := call.Context(sending).Do()
	if err != nil {
		return plainError(err)
	}
	return c.await(ctx, op)
}

func read[T reading[T, R], R any](ctx context.Context, call T) (R, error) {
	out, err := call.Context(ctx).Do()
	return out, plainError(err)
}

// pollInterval is how often an operation is looked at where it cannot be waited for.
const pollInterval = time.Second

// await waits until an operation is done and returns the error that it ended with.
func (c *Client) await(ctx context.Context, op *compute.Operation) error {
	polling := false
	for op.Status != "DONE" {
		next, err := c.look(ctx, op, polling)
		switch {
		case err == nil:
			op = next
		case !polling && missingMethod(err):
			polling = true
			continue
		default:
			return err
		}
		if polling && op.Status != "DONE" {
			if err := clock.Wait(ctx, c.clock, pollInterval); err != nil {
				return err
			}
		}
	}
	return operationError(op)
}

// missingMethod tells that a server lacks a method, as simple stand-ins of the API lack
// operations.wait.
func missingMethod(err error) bool {
	var failed *apiError
	return errors.As(err, &failed) && (failed.status == http.StatusNotFound || failed.status == http.StatusMethodNotAllowed || failed.status == http.StatusNotImplemented)
}

func (c *Client) look(ctx context.Context, op *compute.Operation, polling bool) (*compute.Operation, error) {
	zone, region := operationPlace(op)
	switch {
	case zone != "" && polling:
		return read(ctx, c.svc.ZoneOperations.Get(c.project, zone, op.Name))
	case zone != "":
		return read(ctx, c.svc.ZoneOperations.Wait(c.project, zone, op.Name))
	case region != "" && polling:
		return read(ctx, c.svc.RegionOperations.Get(c.project, region, op.Name))
	case region != "":
		return read(ctx, c.svc.RegionOperations.Wait(c.project, region, op.Name))
	case polling:
		return read(ctx, c.svc.GlobalOperations.Get(c.project, op.Name))
	default:
		return read(ctx, c.svc.GlobalOperations.Wait(c.project, op.Name))
	}
}

// operationPlace is where an operation lives; global ones have neither zone nor region. The link
// says so where the members do not.
func operationPlace(op *compute.Operation) (zone, region string) {
	parts := strings.Split(op.SelfLink, "/")
	for i, part := range parts[:max(len(parts)-1, 0)] {
		switch part {
		case "zones":
			zone = parts[i+1]
		case "regions":
			region = parts[i+1]
		}
	}
	return cmp.Or(lastPart(op.Zone), zone), cmp.Or(lastPart(op.Region), region)
}

// operationError is the failure inside an operation.
func operationError(op *compute.Operation) error {
	if op.Error == nil || len(op.Error.Errors) == 0 {
		return nil
	}
	first := op.Error.Errors[0]
	return &apiError{status: int(op.HttpErrorStatusCode), reason: first.Code, err: fmt.Errorf("operation %s: %s: %s", op.Name, first.Code, first.Message)} //nolint:err113 // the text is the cloud's
}
