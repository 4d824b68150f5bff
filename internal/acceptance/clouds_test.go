package acceptance_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/model/kube/manifest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/provider/gcp"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
	"github.com/headgate-io/headgate/reconcile"
)

const pace = 100 // a health check every ten seconds comes ten times a second

// place is one embedded cloud with its provider and an engine.
type place struct {
	name    string
	cloud   provider.Provider
	engine  *reconcile.Engine
	dial    dataplane.Dialer
	changed func() <-chan struct{}
	pods    *fleet
	hours   clock.Clock
}

// eachCloud runs the test on every cloud in parallel.
func eachCloud(t *testing.T, test func(t *testing.T, p *place)) {
	t.Helper()
	for name, open := range map[string]func(*testing.T, clock.Clock, *fleet) *place{"aws": openAWS, "gcp": openGCP, "azure": openAzure} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pods := &fleet{servers: map[string]string{}}
			hours := clock.Scaled(pace)
			p := open(t, hours, pods)
			p.name, p.pods, p.hours = name, pods, hours
			p.engine = reconcile.New(p.cloud, reconcile.Options{Clock: hours})
			test(t, p)
		})
	}
}

func openAWS(t *testing.T, hours clock.Clock, pods *fleet) *place {
	t.Helper()
	s := awstest.NewServer(awstest.Options{Clock: hours, Dial: pods.dial})
	t.Cleanup(s.Close)
	client, err := aws.NewClient(t.Context(), aws.ClientOptions{
		Region: s.Region(), Endpoint: s.URL(), Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "any", ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := aws.New(client, aws.Options{ClusterID: "test", VPCID: s.VPCID(), SubnetIDs: s.SubnetIDs(), Clock: hours})
	if err != nil {
		t.Fatal(err)
	}
	return &place{cloud: p, dial: s.Front().Dial, changed: s.Changed}
}

func openGCP(t *testing.T, hours clock.Clock, pods *fleet) *place {
	t.Helper()
	s := gcptest.NewServer(gcptest.Options{Clock: hours, Dial: pods.dial})
	t.Cleanup(s.Close)
	client, err := gcp.NewClient(t.Context(), gcp.ClientOptions{Endpoint: s.URL()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := gcp.New(client, gcp.Options{ClusterID: "test", Project: "demo", Clock: hours})
	if err != nil {
		t.Fatal(err)
	}
	return &place{cloud: p, dial: s.Front().Dial, changed: s.Changed}
}

func openAzure(t *testing.T, hours clock.Clock, pods *fleet) *place {
	t.Helper()
	s := azuretest.NewServer(azuretest.Options{Clock: hours, Dial: pods.dial, SharedGateway: "shared"})
	t.Cleanup(s.Close)
	const subscription = "00000000-0000-0000-0000-000000000000"
	client, err := azure.NewClient(t.Context(), azure.ClientOptions{SubscriptionID: subscription, Endpoint: s.URL()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := azure.New(client, azure.Options{ClusterID: "test", SubscriptionID: subscription, ResourceGroup: "rg", Gateway: "shared", Clock: hours})
	if err != nil {
		t.Fatal(err)
	}
	return &place{cloud: p, dial: s.Front().Dial, changed: s.Changed}
}

// apply applies manifests and returns the addresses of the load balancers. It fails the test on any
// problem that refuses something.
func (p *place) apply(t *testing.T, manifests string) map[model.ID]string {
	t.Helper()
	addresses, refused := p.applyInPart(t, manifests)
	for _, problem := range refused {
		t.Errorf("refused: %s", problem)
	}
	return addresses
}

// applyInPart is apply without a failure for what is refused.
func (p *place) applyInPart(t *testing.T, manifests string) (map[model.ID]string, []model.Problem) {
	t.Helper()
	var refused []model.Problem
	note := func(problems []model.Problem) {
		for _, problem := range problems {
			if problem.Refuses() {
				refused = append(refused, problem)
			}
		}
	}
	var objects kube.Objects
	if _, err := manifest.Decode("test.yaml", []byte(manifests), &objects); err != nil {
		t.Fatal(err)
	}
	for i := range objects.EndpointSlices {
		p.pods.start(t, objects.EndpointSlices[i])
	}
	built := kube.Build(objects, kube.Options{Controller: "headgate.io/" + p.name})
	note(built.Problems)
	for _, lb := range built.LoadBalancers {
		sealed, err := model.Seal(lb)
		if err != nil {
			t.Fatal(err)
		}
		note(p.engine.Set(sealed))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	report, err := p.engine.Apply(ctx)
	if err != nil {
		t.Fatal(err)
	}
	addresses := map[model.ID]string{}
	for _, r := range report.Results {
		if len(r.Addresses) > 0 {
			addresses[r.ID] = r.Addresses[0]
		}
	}
	return addresses, refused
}

// ask sends one request and returns which Service's pod answered, or the status.
func (p *place) ask(t *testing.T, address, host, path string) (string, int) {
	t.Helper()
	client := &http.Client{
		Transport:     &http.Transport{DialContext: p.dial, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s:80%s", address, path), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	reply, err := client.Do(req)
	if err != nil {
		t.Fatalf("GET %s%s: %v", host, path, err)
	}
	defer func() { _ = reply.Body.Close() }()
	if _, err := io.Copy(io.Discard, reply.Body); err != nil {
		t.Fatal(err)
	}
	return reply.Header.Get("X-Service"), reply.StatusCode
}

// untilServes sends requests until a pod of the service answers, again whenever the cloud changes.
func (p *place) untilServes(t *testing.T, address, host, path, service string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		changed := p.changed()
		got, status := p.ask(t, address, host, path)
		if got == service {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("%s%s is answered by %q with %d, want %q", host, path, got, status, service)
		}
	}
}

// fleet is a set of HTTP servers that stand for pods.
type fleet struct {
	mu      sync.Mutex
	servers map[string]string // pod address to loopback address
}

func (f *fleet) dial(ctx context.Context, network, address string) (net.Conn, error) {
	f.mu.Lock()
	socket, ok := f.servers[address]
	f.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("no pod listens on %s", address)
	}
	return new(net.Dialer).DialContext(ctx, network, socket)
}

// start gives each endpoint of a slice a server that answers with the name of its Service.
func (f *fleet) start(t *testing.T, slice *sliceOf) {
	t.Helper()
	service := slice.Labels["kubernetes.io/service-name"]
	for _, e := range slice.Endpoints {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Service", service) }))
		t.Cleanup(s.Close)
		f.mu.Lock()
		f.servers[fmt.Sprintf("%s:%d", e.Addresses[0], *slice.Ports[0].Port)] = s.Listener.Addr().String()
		f.mu.Unlock()
	}
}
