package awstest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/provider/aws/awstest"
)

func TestInvalidCredentialsAreRejected(t *testing.T) {
	s := awstest.NewServer(awstest.Options{RefusedKeys: []string{"BAD"}, ExpiredKeys: []string{"OLD"}})
	t.Cleanup(s.Close)
	for key, want := range map[string][3]string{
		"BAD": {"InvalidClientTokenId", "AuthFailure", "UnrecognizedClientException"},
		"OLD": {"ExpiredToken", "RequestExpired", "ExpiredTokenException"},
	} {
		a := connect(s, key)
		_, elbErr := a.elb.DescribeLoadBalancers(t.Context(), nil)
		_, ec2Err := a.ec2.DescribeVpcs(t.Context(), nil)
		_, acmErr := a.acm.ListCertificates(t.Context(), nil)
		for i, err := range []error{elbErr, ec2Err, acmErr} {
			if codeOf(err) != want[i] {
				t.Errorf("%s: got %q, want %q", key, codeOf(err), want[i])
			}
		}
	}
	response, err := http.Post(s.URL(), "application/x-www-form-urlencoded", strings.NewReader("Action=DescribeLoadBalancers&Version=2015-12-01"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("a request without a signature got %s", response.Status)
	}
}
