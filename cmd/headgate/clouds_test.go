package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
)

// testAccount is an embedded cloud behind a socket, with its config file.
type testAccount struct {
	provider string
	config   string
	cloud    interface {
		http.Handler
		Snapshot() map[string]string
	}
}

// accounts returns a new account in each cloud.
func accounts(t *testing.T) []testAccount {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_PROFILE", "")
	var all []testAccount
	for _, c := range clouds() {
		server := c.emulate()
		all = append(all, settle(t, c.name, server, server.Config))
		t.Cleanup(server.Close)
	}
	return all
}

func settle(t *testing.T, name string, server http.Handler, describe func(endpoint string) config.Config) testAccount {
	t.Helper()
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	doc, err := config.Marshal(describe(listener.URL))
	if err != nil {
		t.Fatal(err)
	}
	a := testAccount{provider: name, config: file(t, "config.yaml", string(doc))}
	a.cloud = server.(interface {
		http.Handler
		Snapshot() map[string]string
	})
	return a
}

func (a testAccount) run(t *testing.T, args ...string) outcome {
	t.Helper()
	return headgate(t, "", append(args, "--provider", a.provider, "--config", a.config)...)
}

func TestPlanApplyAndDeleteOnEachCloud(t *testing.T) {
	for _, a := range accounts(t) {
		t.Run(a.provider, func(t *testing.T) {
			before := a.cloud.Snapshot()
			if got := a.run(t, "plan", "-f", "testdata/shop.yaml", "--detailed-exitcode"); got.status != 2 || got.stderr != "" {
				t.Fatalf("plan: %+v", got)
			}
			if diff := cmp.Diff(before, a.cloud.Snapshot()); diff != "" {
				t.Errorf("plan changed something:\n%s", diff)
			}
			got := a.run(t, "apply", "-f", "testdata/shop.yaml", "-o", "json")
			if got.status != 0 || got.stderr != "" {
				t.Fatalf("apply: %+v", got)
			}
			d := parse(t, got.stdout)
			if len(d.LoadBalancers) != 1 || d.LoadBalancers[0].Provider != a.provider || len(d.LoadBalancers[0].Addresses) == 0 {
				t.Errorf("apply: %s", got.stdout)
			}
			if got := a.run(t, "plan", "-f", "testdata/shop.yaml", "--detailed-exitcode"); got.status != 0 {
				t.Errorf("second plan: %+v", got)
			}
			if got := a.run(t, "delete", "-f", "testdata/shop.yaml"); got.status != 0 || got.stderr != "" {
				t.Errorf("delete: %+v", got)
			}
			if diff := cmp.Diff(before, a.cloud.Snapshot()); diff != "" {
				t.Errorf("delete left or removed something:\n%s", diff)
			}
		})
	}
}

// sharedGateway returns an account with a gateway that all load balancers share.
func sharedGateway(t *testing.T) (*azuretest.Server, testAccount) {
	t.Helper()
	server := azuretest.NewHandler(azuretest.Options{SharedGateway: "shared-gw", Location: azureLocation, ResourceGroup: azureGroup, Subscription: azureSubscription})
	t.Cleanup(server.Close)
	a := settle(t, "azure", server, func(endpoint string) config.Config {
		return config.Config{ClusterID: demo, Azure: &config.Azure{
			SubscriptionID: azureSubscription, ResourceGroup: azureGroup, Location: azureLocation, Gateway: "shared-gw", Endpoint: endpoint,
		}}
	})
	return server, a
}

func TestDeleteRestoresASharedGateway(t *testing.T) {
	server, a := sharedGateway(t)
	before, _ := server.Gateway(azureGroup, "shared-gw")
	if got := a.run(t, "apply", "-f", "testdata/shop.yaml"); got.status != 0 {
		t.Fatalf("apply: %+v", got)
	}
	if applied, _ := server.Gateway(azureGroup, "shared-gw"); withoutEtags(string(before)) == withoutEtags(string(applied)) {
		t.Error("apply changed nothing")
	}
	if got := a.run(t, "delete", "-f", "testdata/shop.yaml"); got.status != 0 {
		t.Fatalf("delete: %+v", got)
	}
	after, ok := server.Gateway(azureGroup, "shared-gw")
	if !ok || withoutEtags(string(before)) != withoutEtags(string(after)) {
		t.Errorf("the shared gateway was\n%s\nand is\n%s", before, after)
	}
}

// withoutEtags returns a document without the values that change with every write.
func withoutEtags(body string) string {
	var lines []string
	for part := range strings.SplitSeq(body, ",") {
		if !strings.Contains(part, `"etag"`) {
			lines = append(lines, part)
		}
	}
	return strings.Join(lines, ",")
}

func TestAnUnavailableEndpointIsNamedByItsField(t *testing.T) {
	gone := deadEnd(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_PROFILE", "")
	for _, c := range clouds() {
		cfg := c.sample
		for _, endpoint := range endpoints(&cfg) {
			*endpoint = gone
		}
		doc, err := config.Marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		path := file(t, "config.yaml", string(doc))
		got := headgate(t, "", "plan", "-f", "testdata/shop.yaml", "--provider", c.name, "--config", path)
		want := "headgate: plan: config " + path + ": " + c.name + ".endpoint " + gone + " is unavailable: "
		if got.status != 1 || got.stdout != "" || !strings.HasPrefix(got.stderr, want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// deadEnd returns an address where every connection is cut. A port that was only closed could
// belong to another process in the meantime.
func deadEnd(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var cutting sync.WaitGroup
	cutting.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		cutting.Wait()
	})
	return "http://" + listener.Addr().String()
}

func endpoints(c *config.Config) []*string {
	switch {
	case c.AWS != nil:
		return []*string{&c.AWS.Endpoint}
	case c.GCP != nil:
		return []*string{&c.GCP.Endpoint}
	default:
		return []*string{&c.Azure.Endpoint}
	}
}

func TestAnExpiredCredentialIsReportedInOneLine(t *testing.T) {
	server := awstest.NewHandler(awstest.Options{ExpiredKeys: []string{"EXPIRED"}})
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "EXPIRED")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "any")
	a := settle(t, "aws", server, emulatedAWS{server}.Config)
	before := server.Snapshot()
	for _, command := range []string{"plan", "apply", "delete"} {
		got := a.run(t, command, "-f", "testdata/shop.yaml")
		want := "headgate: " + command + ": config " + a.config + ": aws: the credentials are missing or were denied: "
		if got.status != 1 || got.stdout != "" || !strings.HasPrefix(got.stderr, want) || strings.Count(got.stderr, "\n") != 1 ||
			!strings.HasSuffix(got.stderr, "; nothing was changed\n") {
			t.Errorf("%s: %+v", command, got)
		}
	}
	if diff := cmp.Diff(before, server.Snapshot()); diff != "" {
		t.Error(diff)
	}
}

func TestADeniedAzureTokenIsReportedInOneLine(t *testing.T) {
	server := azuretest.NewHandler(azuretest.Options{})
	t.Cleanup(server.Close)
	server.RefuseCredentials(true)
	a := settle(t, "azure", server, emulatedAzure{server}.Config)
	got := a.run(t, "apply", "-f", "testdata/shop.yaml")
	want := "headgate: apply: config " + a.config + ": azure: the credentials are missing or were denied: "
	if got.status != 1 || got.stdout != "" || !strings.HasPrefix(got.stderr, want) || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("%+v", got)
	}
}

func TestCheckNeedsNoAccount(t *testing.T) {
	for _, c := range clouds() {
		if got := headgate(t, "", "check", "-f", "testdata/shop.yaml", "--provider", c.name); got.status != 0 || got.stderr != "" {
			t.Errorf("%s: %+v", c.name, got)
		}
		if got := headgateIn(context.WithoutCancel(t.Context()), "", "trace", "-f", "testdata/shop.yaml", "--provider", c.name, "http://shop.example.com/cart"); got.status != 0 ||
			!strings.Contains(got.stdout, `"name": "default/cart:80"`) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestASharedQuotaIsCheckedBeforeTheFirstWrite(t *testing.T) {
	server, a := sharedGateway(t)
	var objects strings.Builder
	fmt.Fprintf(&objects, strings.Replace(backend, "127.0.0.1", "10.0.0.9", 1), 8080)
	for _, name := range []string{"one", "two"} {
		var hosts []string
		for i := range 60 {
			hosts = append(hosts, fmt.Sprintf("h%d.%s.example.com", i, name))
		}
		objects.WriteString(ingress(name, hosts, nil))
	}
	got := a.run(t, "apply", "-f", file(t, "objects.yaml", objects.String()))
	if got.status != 3 || strings.Count(got.stderr, "\n") != 1 || !strings.HasPrefix(got.stderr, "headgate: refused (QuotaExceeded): ") ||
		!strings.Contains(got.stderr, ": Ingress default/two: needs 60 Active HTTP listeners in addition to the 60 of other load balancers, but the cloud allows 100; nothing was changed") {
		t.Errorf("%+v", got)
	}
	gateway, _ := server.Gateway(azureGroup, "shared-gw")
	if !strings.Contains(string(gateway), "h59.one.example.com") || strings.Contains(string(gateway), "two.example.com") {
		t.Error("the first is not served, or the second is")
	}
}
