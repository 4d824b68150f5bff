package aws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"github.com/headgate-io/headgate/provider"
)

// writeTime bounds one write, which is finished even when the caller's context ends.
const writeTime = 30 * time.Second

// ClientOptions say how to reach AWS.
type ClientOptions struct {
	// Region such as us-east-1. Empty takes the SDK's standard sources (AWS_REGION, profile).
	Region string
	// Endpoint is a base URL for all services instead of AWS's own. Empty takes the SDK's standard
	// sources (AWS_ENDPOINT_URL).
	Endpoint string
	// AccessKeyID and SecretAccessKey are a static pair, for an embedded cloud. Empty takes
	// Credentials.
	AccessKeyID, SecretAccessKey string
	// Credentials sign requests; nil takes the SDK's standard sources (AWS_ACCESS_KEY_ID, profile,
	// role).
	Credentials aws.CredentialsProvider
	// HTTPClient sends requests; nil is the SDK's own.
	HTTPClient *http.Client
	// ReadAttempts is how often a read is tried; 0 is 3. Writes are tried once: what was lost is
	// observed before it is written again.
	ReadAttempts int
}

// Client speaks to the services that a Provider needs. It keeps the ranges of VPCs, which it reads
// once, which target groups it has looked at, and what it was told of load balancers that it has
// not looked at itself.
type Client struct {
	elb *elb.Client
	ec2 *ec2.Client
	acm *acm.Client

	tagging *resourcegroupstaggingapi.Client

	mu      sync.Mutex
	ranges  map[string][]netip.Prefix
	looked  map[string]bool     // ARNs of target groups that this process made or has looked at
	whole   bool                // whether it has begun to look at the whole cluster
	hearsay map[string]*hearsay // by the names of load balancers
}

// NewClient makes a client of the SDK's standard configuration, changed by the options.
func NewClient(ctx context.Context, o ClientOptions) (*Client, error) {
	attempts := o.ReadAttempts
	if attempts <= 0 {
		attempts = 3
	}
	load := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{}), config.WithRetryer(func() aws.Retryer {
		return retry.NewStandard(func(s *retry.StandardOptions) { s.MaxAttempts, s.MaxBackoff = attempts, 2*time.Second })
	})}
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	}
	if o.Endpoint != "" {
		load = append(load, config.WithBaseEndpoint(o.Endpoint))
	}
	if o.AccessKeyID != "" {
		o.Credentials = credentials.NewStaticCredentialsProvider(o.AccessKeyID, o.SecretAccessKey, "")
	}
	if o.Credentials != nil {
		load = append(load, config.WithCredentialsProvider(o.Credentials))
	}
	c, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("load aws configuration: %w", err)
	}
	c.Credentials = aws.NewCredentialsCache(marked{c.Credentials})
	if o.HTTPClient != nil {
		// not by the loader, which then could not add a CA bundle of the environment
		c.HTTPClient = o.HTTPClient
	}
	if c.HTTPClient == nil {
		c.HTTPClient = http.DefaultClient
	}
	c.HTTPClient = plainBodies{c.HTTPClient}
	if c.Region == "" {
		return nil, errors.New("load aws configuration: region is not set")
	}
	return &Client{
		elb: elb.NewFromConfig(c), ec2: ec2.NewFromConfig(c), acm: acm.NewFromConfig(c), tagging: resourcegroupstaggingapi.NewFromConfig(c),
		ranges: map[string][]netip.Prefix{}, looked: map[string]bool{}, hearsay: map[string]*hearsay{},
	}, nil
}

// plainBodies hides from net/http that request bodies of the SDK can write themselves. Such a body,
// closed by the SDK when the reply begins, answers a write with io.EOF as an error, upon which the
// transport cuts the connection in the middle of the reply: seen with services that answer requests
// of more than 4 KB at once.
type plainBodies struct{ next aws.HTTPClient }

// Do sends a request.
func (p plainBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.next.Do(r)
}

// marked tells errors of getting credentials from errors of using them.
type marked struct{ aws.CredentialsProvider }

// Retrieve is the provider's; its error is a credentialError.
func (m marked) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := m.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return c, &credentialError{err}
	}
	return c, nil
}

// credentialError is why there are no credentials.
type credentialError struct{ cause error }

func (e *credentialError) Error() string { return "no credentials: " + e.cause.Error() }

func (e *credentialError) Unwrap() error { return e.cause }

// operation is a method of one of the SDK's clients, whose options are of type F.
type operation[I, O, F any] func(context.Context, *I, ...func(*F)) (*O, error)

// read makes a call that changes nothing.
func read[I, O, F any](ctx context.Context, name string, op operation[I, O, F], in *I) (*O, error) {
	out, err := op(ctx, in)
	if err != nil {
		return nil, toError(name, err)
	}
	return out, nil
}

// write makes a call that changes something, once: the SDK does not repeat it. A context that ends
// does not cut it.
func write[I, O, F any](ctx context.Context, name string, op operation[I, O, F], in *I, once func(*F)) (*O, error) {
	if err := ctx.Err(); err != nil {
		return nil, &provider.Error{Code: provider.Unavailable, Op: name, Err: err}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	out, err := op(ctx, in, once)
	if err != nil {
		return nil, toError(name, err)
	}
	return out, nil
}

func elbOnce(o *elb.Options) { o.Retryer = aws.NopRetryer{} }
func ec2Once(o *ec2.Options) { o.Retryer = aws.NopRetryer{} }
func acmOnce(o *acm.Options) { o.Retryer = aws.NopRetryer{} }

// toError converts an error of the SDK. Its text is the service's code and message, without the
// SDK's wrapping.
func toError(name string, err error) error {
	var status int
	if response, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err); ok {
		status = response.HTTPStatusCode()
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return &provider.Error{Code: codeOf(api.ErrorCode(), status), Op: name, Err: &apiError{code: api.ErrorCode(), message: api.ErrorMessage(), cause: err}}
	}
	if credential, ok := errors.AsType[*credentialError](err); ok {
		return &provider.Error{Code: provider.Denied, Op: name, Err: credential}
	}
	return &provider.Error{Code: provider.Unavailable, Op: name, Err: err}
}

// apiError is a refusal of a service.
type apiError struct {
	code, message string
	cause         error
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func (e *apiError) Unwrap() error { return e.cause }

// refusedWith tells whether a service answered with a code.
func refusedWith(err error, code string) bool {
	e, ok := errors.AsType[*apiError](err)
	return ok && e.code == code
}

// first tells whether this is the first look of this process at a target group.
func (c *Client) first(group string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	looked := c.looked[group]
	c.looked[group] = true
	return !looked
}

// forget is for a target group that is deleted: its ARN never comes back.
func (c *Client) forget(group string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.looked, group)
}

// vpcRanges are the IPv4 ranges of a VPC. They are read once: a range that is added later counts as
// outside, which AWS refuses with a clear message, and a new process knows it.
func (c *Client) vpcRanges(ctx context.Context, vpc string) ([]netip.Prefix, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ranges, ok := c.ranges[vpc]; ok {
		return ranges, nil
	}
	out, err := read(ctx, "DescribeVpcs", c.ec2.DescribeVpcs, &ec2.DescribeVpcsInput{VpcIds: []string{vpc}})
	if err != nil {
		return nil, err
	}
	var ranges []netip.Prefix
	for _, v := range out.Vpcs {
		texts := []string{aws.ToString(v.CidrBlock)} // the first one; the set holds all
		for _, a := range v.CidrBlockAssociationSet {
			texts = append(texts, aws.ToString(a.CidrBlock))
		}
		for _, text := range texts {
			if prefix, err := netip.ParsePrefix(text); err == nil {
				ranges = append(ranges, prefix)
			}
		}
	}
	c.ranges[vpc] = ranges
	return ranges, nil
}
