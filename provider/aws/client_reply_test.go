package aws

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/headgate-io/headgate/provider"
)

// constant responds to every request with status 200 and the same body.
type constant string

func (body constant) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(body))), Request: r}, nil
}

func respondingWith(t *testing.T, body string) *Client {
	t.Helper()
	c, err := NewClient(t.Context(), ClientOptions{
		Region: "us-east-1", Endpoint: "http://aws.test", Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
		HTTPClient: &http.Client{Transport: constant(body)}, ReadAttempts: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// clientCalls returns every call of the client by name.
func clientCalls(c *Client) map[string]func(context.Context) error {
	group := TargetGroupSpec{Protocol: "HTTP"}
	rule := RuleSpec{Priority: 10, Action: ActionSpec{Fixed: &FixedSpec{Status: "200"}}}
	listener := ListenerSpec{Protocol: "HTTP", Default: rule.Action}
	target := []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:80")}
	tags := map[string]string{"a": "b"}
	return map[string]func(context.Context) error{
		"CreateLoadBalancer": func(ctx context.Context) error {
			_, err := c.createLoadBalancer(ctx, "x", LoadBalancerSpec{}, nil, tags)
			return err
		},
		"CreateListener": func(ctx context.Context) error { _, err := c.createListener(ctx, "x", 80, listener, tags); return err },
		"CreateRule":     func(ctx context.Context) error { _, err := c.createRule(ctx, "x", rule, tags); return err },
		"CreateTargetGroup": func(ctx context.Context) error {
			_, err := c.createTargetGroup(ctx, "x", "vpc", group, tags)
			return err
		},
		"CreateSecurityGroup": func(ctx context.Context) error {
			_, err := c.createSecurityGroup(ctx, "x", "vpc", "y", tags)
			return err
		},
		"ImportCertificate": func(ctx context.Context) error {
			_, err := c.importCertificate(ctx, []byte("x"), []byte("y"), tags)
			return err
		},
		"DescribeAttributes":     func(ctx context.Context) error { return c.readAttributes(ctx, "x", &group) },
		"DescribeVpcs":           func(ctx context.Context) error { _, err := c.vpcRanges(ctx, "vpc"); return err },
		"RegisterTargets":        func(ctx context.Context) error { _, err := c.registerTargets(ctx, "x", "vpc", target); return err },
		"list load balancers":    func(ctx context.Context) error { _, err := c.loadBalancers(ctx, ""); return err },
		"list listeners":         func(ctx context.Context) error { _, err := c.listeners(ctx, "x"); return err },
		"list rules":             func(ctx context.Context) error { _, err := c.rules(ctx, "x"); return err },
		"list target groups":     func(ctx context.Context) error { _, err := c.targetGroups(ctx, ""); return err },
		"list targets":           func(ctx context.Context) error { _, err := c.targets(ctx, "x"); return err },
		"list certificates":      func(ctx context.Context) error { _, err := c.certificates(ctx); return err },
		"list extra":             func(ctx context.Context) error { _, err := c.extraCertificates(ctx, "x"); return err },
		"list security groups":   func(ctx context.Context) error { _, err := c.securityGroups(ctx, "vpc", "a", "b"); return err },
		"list tags":              func(ctx context.Context) error { _, err := c.tags(ctx, []string{"x"}); return err },
		"list certificate tags":  func(ctx context.Context) error { _, err := c.certificateTags(ctx, "x"); return err },
		"list tagged":            func(ctx context.Context) error { _, err := c.tagged(ctx, "a", "b"); return err },
		"DeleteLoadBalancer":     func(ctx context.Context) error { return c.deleteLoadBalancer(ctx, "x") },
		"DeleteListener":         func(ctx context.Context) error { return c.deleteListener(ctx, "x") },
		"DeleteRule":             func(ctx context.Context) error { return c.deleteRule(ctx, "x") },
		"DeleteTargetGroup":      func(ctx context.Context) error { return c.deleteTargetGroup(ctx, "x") },
		"DeleteSecurityGroup":    func(ctx context.Context) error { return c.deleteSecurityGroup(ctx, "x") },
		"DeregisterTargets":      func(ctx context.Context) error { return c.deregisterTargets(ctx, "x", target) },
		"ModifyRule":             func(ctx context.Context) error { return c.modifyRule(ctx, "x", rule) },
		"ModifyListener":         func(ctx context.Context) error { return c.modifyListener(ctx, "x", listener) },
		"ModifyTargetGroup":      func(ctx context.Context) error { return c.modifyCheck(ctx, "x", group.Check) },
		"ModifyAttributes":       func(ctx context.Context) error { return c.setAttributes(ctx, "x", group) },
		"SetRulePriorities":      func(ctx context.Context) error { return c.setPriorities(ctx, map[string]int{"x": 1}) },
		"SetSubnets":             func(ctx context.Context) error { return c.setSubnets(ctx, "x", []string{"a"}) },
		"SetSecurityGroups":      func(ctx context.Context) error { return c.setSecurityGroups(ctx, "x", []string{"a"}) },
		"AddTags":                func(ctx context.Context) error { return c.addTags(ctx, "x", tags) },
		"AddCertificate":         func(ctx context.Context) error { return c.addCertificate(ctx, "x", "y") },
		"RemoveCertificate":      func(ctx context.Context) error { return c.removeCertificate(ctx, "x", "y") },
		"AuthorizeSecurityGroup": func(ctx context.Context) error { return c.openPorts(ctx, "x", []int{80}) },
		"RevokeSecurityGroup":    func(ctx context.Context) error { return c.closePorts(ctx, "x", []int{80}) },
		"CreateTags":             func(ctx context.Context) error { return c.tagEC2(ctx, "x", tags) },
	}
}

func TestEmptyRepliesAreErrors(t *testing.T) {
	for name, call := range clientCalls(respondingWith(t, "")) {
		if err := call(t.Context()); err == nil || !provider.CodeOf(err).Retryable() {
			t.Errorf("%s: error %v of an empty response", name, err)
		}
	}
}

// Lists of existing resources may be empty, but not what a write has made or what must exist.
func TestRepliesWithoutTheirResultAreErrors(t *testing.T) {
	bodies := map[string]string{}
	for _, name := range []string{"CreateLoadBalancer", "CreateListener", "CreateRule", "CreateTargetGroup", "DescribeTargetGroupAttributes"} {
		bodies[strings.Replace(name, "TargetGroupAttributes", "Attributes", 1)] = "<R><" + name + "Result/></R>"
	}
	bodies["CreateSecurityGroup"], bodies["DescribeVpcs"], bodies["RegisterTargets"], bodies["ImportCertificate"] = "<R/>", "<R/>", "<R/>", "{}"
	for name, body := range bodies {
		err := clientCalls(respondingWith(t, body))[name](t.Context())
		if provider.CodeOf(err) != provider.Unknown {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestRepliesOfAnotherFormEndNoProcess(t *testing.T) {
	for _, body := range []string{"{}", "null", "<R/>", "<R>", "[]", "{\"CertificateSummaryList\": [null]}", "x"} {
		for _, call := range clientCalls(respondingWith(t, body)) {
			_ = call(t.Context()) // must not panic
		}
	}
}
