package aws

import (
	"context"
	"errors"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

func TestErrorCodes(t *testing.T) {
	for _, c := range []struct {
		code   string
		status int
		want   provider.Code
	}{
		{"Throttling", 400, provider.Throttled},
		{"ThrottlingException", 400, provider.Throttled},
		{"RequestLimitExceeded", 503, provider.Throttled},
		{"AccessDenied", 403, provider.Denied},
		{"UnauthorizedOperation", 403, provider.Denied},
		{"AuthFailure", 401, provider.Denied},
		{"InvalidClientTokenId", 403, provider.Denied},
		{"ExpiredToken", 403, provider.Denied},
		{"UnrecognizedClientException", 400, provider.Denied},
		{"TargetGroupNotFound", 400, provider.NotFound},
		{"LoadBalancerNotFound", 400, provider.NotFound},
		{"RuleNotFound", 400, provider.NotFound},
		{"InvalidGroup.NotFound", 400, provider.NotFound},
		{"ResourceNotFoundException", 400, provider.NotFound},
		{"PriorityInUse", 400, provider.Conflict},
		{"DuplicateTargetGroupName", 400, provider.Conflict},
		{"DuplicateListener", 400, provider.Conflict},
		{"InvalidGroup.Duplicate", 400, provider.Conflict},
		{"ResourceInUse", 400, provider.InProgress},
		{"ResourceInUseException", 400, provider.InProgress},
		{"DependencyViolation", 400, provider.InProgress},
		{"PriorRequestNotComplete", 429, provider.InProgress},
		{"TooManyRules", 400, provider.Quota},
		{"TooManyUniqueTargetGroupsPerLoadBalancer", 400, provider.Quota},
		{"RulesPerSecurityGroupLimitExceeded", 400, provider.Quota},
		{"LimitExceededException", 400, provider.Quota},
		{"InternalFailure", 500, provider.Unavailable},
		{"InternalError", 500, provider.Unavailable},
		{"ValidationError", 400, provider.Invalid},
		{"InvalidConfigurationRequest", 400, provider.Invalid},
		{"SomethingNew", 400, provider.Invalid},
		{"SomethingNew", 502, provider.Unavailable},
		{"SomethingNew", 429, provider.Throttled},
		{"SomethingNew", 403, provider.Denied},
		{"SomethingNew", 0, provider.Unknown},
	} {
		if got := codeOf(c.code, c.status); got != c.want {
			t.Errorf("%s with status %d: got %s, want %s", c.code, c.status, got, c.want)
		}
	}
}

func clientOf(t *testing.T, url string) *Client {
	t.Helper()
	c, err := NewClient(t.Context(), ClientOptions{
		Region: "us-east-1", Endpoint: url, Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""), ReadAttempts: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestErrorsNameOperationAndServiceMessage(t *testing.T) {
	cloud := awstest.NewServer(awstest.Options{ExpiredKeys: []string{"AKID"}})
	t.Cleanup(cloud.Close)
	_, err := clientOf(t, cloud.URL()).loadBalancers(t.Context(), "")
	if provider.CodeOf(err) != provider.Denied || !strings.HasPrefix(err.Error(), "DescribeLoadBalancers: ExpiredToken: ") {
		t.Errorf("an expired session returns %v (%s)", err, provider.CodeOf(err))
	}
}

func TestUnreachableEndpointIsUnavailable(t *testing.T) {
	_, err := clientOf(t, "http://127.0.0.1:1").loadBalancers(t.Context(), "")
	if provider.CodeOf(err) != provider.Unavailable {
		t.Errorf("got %v (%s)", err, provider.CodeOf(err))
	}
}

// noCredentials fails to retrieve credentials.
type noCredentials struct{}

func (noCredentials) Retrieve(context.Context) (sdk.Credentials, error) {
	return sdk.Credentials{}, errors.New("the source is empty")
}

func TestMissingCredentialsAreDenied(t *testing.T) {
	c, err := NewClient(t.Context(), ClientOptions{Region: "us-east-1", Endpoint: "http://127.0.0.1:1", Credentials: noCredentials{}, ReadAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.loadBalancers(t.Context(), "")
	if provider.CodeOf(err) != provider.Denied || !strings.Contains(err.Error(), "no credentials") || !strings.Contains(err.Error(), "the source is empty") {
		t.Errorf("got %v (%s)", err, provider.CodeOf(err))
	}
}

func TestWritesAreTriedOnce(t *testing.T) {
	cloud := awstest.NewServer(awstest.Options{})
	t.Cleanup(cloud.Close)
	cloud.Wire().Inject(cloudtest.Fault{Writes: true, Kind: cloudtest.FailAfter})
	c, err := NewClient(t.Context(), ClientOptions{Region: "us-east-1", Endpoint: cloud.URL(), Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "")})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.deleteLoadBalancer(t.Context(), "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/x/1"); provider.CodeOf(err) != provider.Unavailable {
		t.Errorf("got %v", err)
	}
	if n := len(cloud.Wire().Writes()); n != 1 {
		t.Errorf("a failed write was sent %d times", n)
	}
}

func TestNoWriteStartsAfterContextEnds(t *testing.T) {
	cloud := awstest.NewServer(awstest.Options{})
	t.Cleanup(cloud.Close)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := clientOf(t, cloud.URL()).deleteLoadBalancer(ctx, "arn:x")
	if !errors.Is(err, context.Canceled) || len(cloud.Wire().Calls()) > 0 {
		t.Errorf("got %v and %d calls", err, len(cloud.Wire().Calls()))
	}
}
