package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// serving is an embedded cloud with clients of its load balancers' real listeners.
type serving struct {
	testAccount
	emulated
}

// servings returns one of each cloud. Their clock runs twenty times as fast, so that health checks
// are soon complete but do not miss their timeout.
func servings(t *testing.T) []serving {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_PROFILE", "")
	hours := clock.Scaled(20)
	clouds := map[string]emulated{
		"aws": emulatedAWS{awstest.NewHandler(awstest.Options{LoopbackTargets: true, Clock: hours})},
		"gcp": emulatedGCP{gcptest.NewHandler(gcptest.Options{LoopbackTargets: true, Clock: hours})},
		"azure": emulatedAzure{azuretest.NewHandler(azuretest.Options{
			LoopbackTargets: true, Clock: hours, Subscription: azureSubscription, ResourceGroup: azureGroup, Location: azureLocation,
		})},
	}
	var all []serving
	for _, name := range []string{"aws", "gcp", "azure"} {
		t.Cleanup(clouds[name].Close)
		all = append(all, serving{settle(t, name, clouds[name], clouds[name].Config), clouds[name]})
	}
	return all
}

func (s serving) Config(endpoint string) config.Config { return s.emulated.Config(endpoint) }

// pod starts a server that answers every request, and returns its port.
func pod(t *testing.T) int {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	t.Cleanup(server.Close)
	return server.Listener.Addr().(*net.TCPAddr).Port
}

// get sends requests to a load balancer until it answers 200. It fails the test if it never does.
func (s serving) get(t *testing.T, address, url string, cert *model.Certificate) {
	t.Helper()
	// only reached by a failing test
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		changed := s.Changed()
		status, err := s.ask(ctx, address, url, cert)
		if err == nil && status == http.StatusOK {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("%s: %d, %v", url, status, err)
		}
	}
}

// ask sends one request over a new connection. It trusts only cert.
func (s serving) ask(ctx context.Context, address, url string, cert *model.Certificate) (int, error) {
	roots := x509.NewCertPool()
	if cert != nil {
		block, _ := pem.Decode(cert.PEM)
		parsed, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return 0, err
		}
		roots.AddCert(parsed)
	}
	transport := &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(to)
			if err != nil {
				return nil, err
			}
			return s.Front().Dial(ctx, network, net.JoinHostPort(address, port))
		},
	}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode, nil
}

func certificate(t *testing.T, host string) model.Certificate {
	t.Helper()
	c, err := modeltest.Certificate(host, host)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const backend = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec:
  ports: [{name: http, port: 80, targetPort: %[1]d}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: %[1]d}]
endpoints: [{addresses: [127.0.0.1], zone: us-central1-a, nodeName: node-a}]
---
`

// ingress returns an Ingress for hosts. Each of the secure ones has the Secret of its name.
func ingress(name string, hosts, secure []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: %s, namespace: default}\nspec:\n", name)
	if len(secure) > 0 {
		b.WriteString("  tls:\n")
	}
	for _, h := range secure {
		fmt.Fprintf(&b, "    - {hosts: [%[1]s], secretName: %[1]s}\n", h)
	}
	b.WriteString("  rules:\n")
	for _, h := range hosts {
		fmt.Fprintf(&b, "    - host: %s\n      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}\n", h)
	}
	b.WriteString("---\n")
	return b.String()
}

func secret(name, chain, key string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Secret\nmetadata: {name: %s, namespace: default}\ntype: kubernetes.io/tls\nstringData:\n  tls.crt: %q\n  tls.key: %q\n---\n", name, chain, key)
}

func secretOf(c model.Certificate) string {
	return secret(c.Name, string(c.PEM), string(c.Key.Reveal()))
}

func TestHTTPSIsRetainedWhileItsSecretIsInvalid(t *testing.T) {
	const host, url = "shop.example.com", "https://shop.example.com/"
	for _, s := range servings(t) {
		t.Run(s.provider, func(t *testing.T) {
			cert, base := certificate(t, host), fmt.Sprintf(backend, pod(t))
			secure := base + ingress("shop", []string{host}, []string{host})
			address := s.apply(t, secure+secretOf(cert))
			s.get(t, address, url, &cert)

			bad := file(t, "bad.yaml", secure+secret(host, "hello", "hunter2"))
			before := s.cloud.Snapshot()
			plan := s.run(t, "plan", "-f", bad, "--detailed-exitcode")
			if plan.status != 3 || !strings.Contains(plan.stdout, "\nNo changes; ") || !strings.Contains(plan.stdout, " retained.\n") ||
				!strings.Contains(plan.stdout, "retained: Ingress default/shop spec.tls[0].secretName is refused") {
				t.Errorf("plan: %+v", plan)
			}
			got := s.run(t, "apply", "-f", bad)
			line := "headgate: refused (Invalid): " + bad + `: Ingress default/shop spec.tls[0].secretName: Secret "default/` + host + `" data[tls.crt]: contains no certificate in PEM` + "\n"
			if got.status != 3 || got.stderr != line {
				t.Errorf("apply: %+v", got)
			}
			if after := s.cloud.Snapshot(); len(after) != len(before) {
				t.Errorf("%d things were there, and %d are", len(before), len(after))
			}
			s.get(t, address, url, &cert)

			if mended := s.run(t, "apply", "-f", file(t, "good.yaml", secure+secretOf(cert))); mended.status != 0 || mended.stderr != "" {
				t.Errorf("mended: %+v", mended)
			}
			s.get(t, address, url, &cert)
			s.apply(t, base+ingress("shop", []string{host}, nil))
			if status, err := s.ask(t.Context(), address, url, &cert); err == nil {
				t.Errorf("HTTPS is not asked for any more, and answers %d", status)
			}
			s.get(t, address, "http://"+host+"/", nil)
		})
	}
}

// apply applies one document of objects until the plan is complete, and returns the address of the
// load balancer.
func (s serving) apply(t *testing.T, objects string) string {
	t.Helper()
	got := s.run(t, "apply", "-f", file(t, "objects.yaml", objects), "-o", "json")
	if got.status != 0 || got.stderr != "" {
		t.Fatalf("apply: %+v", got)
	}
	d := parse(t, got.stdout)
	if len(d.LoadBalancers) != 1 || len(d.LoadBalancers[0].Addresses) == 0 {
		t.Fatalf("apply: %s", got.stdout)
	}
	return d.LoadBalancers[0].Addresses[0]
}

func TestTheRoutesOfAnUnreadableObjectAreRetained(t *testing.T) {
	const one, two = "one.example.com", "two.example.com"
	hosts := []string{one, two}
	for _, s := range servings(t) {
		t.Run(s.provider, func(t *testing.T) {
			first, second := certificate(t, one), certificate(t, two)
			port := pod(t)
			base := fmt.Sprintf(backend, port) + secretOf(first)
			good := base + secretOf(second) + ingress("shop", hosts, hosts)
			address := s.apply(t, good)
			answer := func(t *testing.T) {
				t.Helper()
				s.get(t, address, "https://"+one+"/", &first)
				s.get(t, address, "https://"+two+"/", &second)
				s.get(t, address, "http://"+two+"/", nil)
			}
			answer(t)
			tests := map[string]struct{ objects, refused string }{
				"one Secret of two":     {base + secret(two, "hello", "hunter2") + ingress("shop", hosts, hosts), "spec.tls[1].secretName"},
				"a Secret that is gone": {base + ingress("shop", hosts, hosts), "spec.tls[1].secretName"},
				"the first Secret of two": {fmt.Sprintf(backend, port) + secret(one, "hello", "hunter2") + secretOf(second) + ingress("shop", hosts, hosts),
					"spec.tls[0].secretName"},
				"a host that is none": {strings.Replace(good, "host: "+two, "host: Two..example", 1), "spec.rules[1].host"},
				"a path that is none": {strings.Replace(good, "host: "+two+"\n      http: {paths: [{path: /", "host: "+two+"\n      http: {paths: [{path: nowhere", 1),
					"spec.rules[1].http.paths[0].path"},
			}
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					got := s.run(t, "apply", "-f", file(t, "broken.yaml", test.objects))
					if got.status != 3 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, ": Ingress default/shop "+test.refused+": ") {
						t.Errorf("%+v", got)
					}
					answer(t)
				})
			}
			if mended := s.run(t, "apply", "-f", file(t, "good.yaml", good)); mended.status != 0 || mended.stderr != "" {
				t.Errorf("mended: %+v", mended)
			}
			if again := s.run(t, "plan", "-f", file(t, "good.yaml", good), "--detailed-exitcode"); again.status != 0 {
				t.Errorf("plan: %+v", again)
			}
			answer(t)
		})
	}
}

// TestAnInvalidSchemeMovesNothing sets an invalid scheme. Reading it as the default would replace
// the load balancer by another one, at another address.
func TestAnInvalidSchemeMovesNothing(t *testing.T) {
	for _, s := range servings(t) {
		t.Run(s.provider, func(t *testing.T) {
			good := fmt.Sprintf(backend, pod(t)) + ingress("shop", []string{"shop.example.com"}, nil)
			address := s.apply(t, good)
			broken := strings.Replace(good, "name: shop, namespace: default}", "name: shop, namespace: default, annotations: {headgate.io/scheme: Internal}}", 1)
			got := s.run(t, "apply", "-f", file(t, "broken.yaml", broken))
			if got.status != 3 || !strings.Contains(got.stderr, "Ingress default/shop metadata.annotations[headgate.io/scheme]: ") {
				t.Errorf("%+v", got)
			}
			s.get(t, address, "http://shop.example.com/", nil)
		})
	}
}

func TestPort80RedirectsWhileASecretIsInvalid(t *testing.T) {
	const host = "shop.example.com"
	for _, s := range servings(t) {
		t.Run(s.provider, func(t *testing.T) {
			cert, base := certificate(t, host), fmt.Sprintf(backend, pod(t))
			objects := base +
				strings.Replace(ingress("shop", []string{host}, []string{host}), "namespace: default}", "namespace: default, annotations: {headgate.io/tls-redirect: 'true'}}", 1)
			address := s.apply(t, objects+secretOf(cert))
			s.get(t, address, "https://"+host+"/", &cert)
			// what is asked for besides waits until the Secret is mended
			more := ingress("shop", []string{host, "new.example.com"}, []string{host})
			for _, broken := range []string{objects, base + more} {
				if got := s.run(t, "apply", "-f", file(t, "broken.yaml", broken)); got.status != 3 || strings.Count(got.stderr, "\n") != 1 {
					t.Errorf("%+v", got)
				}
				if status, err := s.ask(t.Context(), address, "http://"+host+"/", nil); err != nil || status != http.StatusMovedPermanently {
					t.Errorf("port 80 answers %d, %v", status, err)
				}
				s.get(t, address, "https://"+host+"/", &cert)
			}
		})
	}
}
