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
	"github.com/aws/smithy-go/logging"

	"github.com/headgate-io/headgate/provider"
)

// writeTimeout limits one write, which goes on when the context of the caller ends.
const writeTimeout = 30 * time.Second

// ClientOptions configure a Client.
type ClientOptions struct {
	// Region is a region such as us-east-1. If it is empty, the SDK's standard sources apply
	// (AWS_REGION, profile).
	Region string
	// Endpoint is a base URL that replaces those of all services. If it is empty, the SDK's
	// standard sources apply (AWS_ENDPOINT_URL).
	Endpoint string
	// AccessKeyID and SecretAccessKey are static credentials, for an embedded cloud. If they are
	// empty, Credentials apply.
	AccessKeyID, SecretAccessKey string
	// Credentials sign requests. If they are nil, the SDK's standard sources apply
	// (AWS_ACCESS_KEY_ID, profile, role).
	Credentials aws.CredentialsProvider
	// HTTPClient sends requests. Nil means the SDK's own client.
	HTTPClient *http.Client
	// ReadAttempts is the number of times that a read is tried; 0 means 3. A write is tried once,
	// because its effect must be observed before it is tried again.
	ReadAttempts int
}

// Client calls the services that a Provider needs. It caches the address ranges of VPCs, and
// records what it has read so far.
type Client struct {
	elb *elb.Client
	ec2 *ec2.Client
	acm *acm.Client

	tagging *resourcegroupstaggingapi.Client

	mu     sync.Mutex
	ranges map[string][]netip.Prefix // by VPC
	// ARNs of target groups that this process has created or read
	groupsRead map[string]bool
	cluster    bool                // this process has begun to observe the whole cluster
	listings   map[string]*listing // by the name of the load balancer
}

// NewClient returns a client with the SDK's standard configuration, overridden by the options.
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
	c.Credentials = aws.NewCredentialsCache(credentialErrors{c.Credentials})
	if o.HTTPClient != nil {
		// Not config.WithHTTPClient: with it the SDK ignores a CA bundle of the environment.
		c.HTTPClient = o.HTTPClient
	}
	if c.HTTPClient == nil {
		c.HTTPClient = http.DefaultClient
	}
	c.HTTPClient = replies{plainBodies{c.HTTPClient}}
	if c.Region == "" {
		return nil, errors.New("load aws configuration: region is not set")
	}
	return &Client{
		elb: elb.NewFromConfig(c), ec2: ec2.NewFromConfig(c), acm: acm.NewFromConfig(c), tagging: resourcegroupstaggingapi.NewFromConfig(c),
		ranges: map[string][]netip.Prefix{}, groupsRead: map[string]bool{}, listings: map[string]*listing{},
	}, nil
}

// plainBodies hides from net/http that request bodies of the SDK implement io.WriterTo. The SDK
// closes such a body when the response begins, and its WriteTo then returns io.EOF as an error, so
// that the transport closes the connection in the middle of the response. This was seen with
// services that respond to requests of more than 4 KB at once.
type plainBodies struct{ next aws.HTTPClient }

// Do sends a request.
func (p plainBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.next.Do(r)
}

// operation is a method of a client of the SDK whose options have type F.
type operation[I, O, F any] func(context.Context, *I, ...func(*F)) (*O, error)

// read makes a call that does not change anything.
func read[I, O, F any](ctx context.Context, name string, op operation[I, O, F], in *I) (*O, error) {
	out, err := op(ctx, in)
	if err != nil {
		return nil, toError(name, err)
	}
	return out, nil
}

// readAll makes a call for each page of a list. The function page returns the items of a page and
// the token of the next page; next sets the token in the request.
func readAll[I, O, F, T any](
	ctx context.Context, name string, op operation[I, O, F], in *I, page func(*O) ([]T, *string), next func(token *string),
) ([]T, error) {
	var all []T
	for {
		out, err := read(ctx, name, op, in)
		if err != nil {
			return nil, err
		}
		items, token := page(out)
		all = append(all, items...)
		if aws.ToString(token) == "" {
			return all, nil
		}
		next(token)
	}
}

// convert converts each element.
func convert[A, B any](all []A, to func(A) B) []B {
	converted := make([]B, 0, len(all))
	for _, a := range all {
		converted = append(converted, to(a))
	}
	return converted
}

// write makes a call that changes something. The SDK does not retry it, and it goes on when the
// context ends.
func write[I, O, F any](ctx context.Context, name string, op operation[I, O, F], in *I, once func(*F)) (*O, error) {
	if err := ctx.Err(); err != nil {
		return nil, &provider.Error{Code: provider.Unavailable, Op: name, Err: err}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
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

// firstRead reports whether this process has neither created nor read a target group before.
func (c *Client) firstRead(group string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.groupsRead[group]
	c.groupsRead[group] = true
	return !known
}

// forget drops a target group that was deleted. Its ARN is never used again.
func (c *Client) forget(group string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.groupsRead, group)
}

// vpcRanges returns the IPv4 ranges of a VPC, which are read once. A target in a range that is
// added later counts as outside the VPC until the process restarts. AWS rejects it with a clear
// message.
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
	if len(out.Vpcs) == 0 {
		return nil, incomplete("DescribeVpcs")
	}
	var ranges []netip.Prefix
	for _, v := range out.Vpcs {
		texts := []string{aws.ToString(v.CidrBlock)} // the first one; the set has all
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
