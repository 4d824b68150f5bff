package gcp_test

import (
	"bytes"
	"context"
	"crypto/elliptic"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/gcp"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
	"github.com/headgate-io/headgate/reconcile"
)

// rejecting is a transport for which the API rejects the certificates whose request has a text.
type rejecting struct {
	text  string
	tries int
}

func (r *rejecting) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodPost && strings.HasSuffix(request.URL.Path, "/sslCertificates") {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		if r.text != "" && bytes.Contains(body, []byte(r.text)) {
			r.tries++
			reply := httptest.NewRecorder()
			reply.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(reply, `{"error":{"code":400,"message":"The certificate has expired.","errors":[{"reason":"invalid"}]}}`)
			return reply.Result(), nil
		}
	}
	return http.DefaultTransport.RoundTrip(request)
}

// through returns an engine whose calls pass a transport.
func (c *emulated) through(t *testing.T, transport http.RoundTripper) *reconcile.Engine {
	t.Helper()
	client, err := gcp.NewClient(context.Background(), gcp.ClientOptions{Endpoint: c.URL(), HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := gcp.New(client, gcp.Options{ClusterID: cluster, Project: project, Region: region, Clock: c.clock})
	if err != nil {
		t.Fatal(err)
	}
	return reconcile.New(p, reconcile.Options{Clock: c.clock})
}

// failures returns the failed resources of a report.
func failures(report reconcile.Report) []provider.Key {
	var out []provider.Key
	for _, s := range report.Results[0].Steps {
		if s.Outcome != nil && s.Outcome.State == provider.Failed {
			out = append(out, s.Key)
		}
	}
	return out
}

// links returns the names of the certificates of the only HTTPS proxy.
func (c *emulated) links(t *testing.T) []string {
	t.Helper()
	list, err := sdk(t, c).TargetHttpsProxies.List(project).Do()
	if err != nil || len(list.Items) != 1 {
		t.Fatal(err, list)
	}
	var out []string
	for _, link := range list.Items[0].SslCertificates {
		out = append(out, link[strings.LastIndexByte(link, '/')+1:])
	}
	return out
}

// TestCertificateThatTheCloudRejectsFailsAlone checks that the proxy is written without a
// certificate that the API rejects, with its earlier version if there is one, and that nothing is
// written again and again.
func TestCertificateThatTheCloudRejectsFailsAlone(t *testing.T) {
	t.Parallel()
	named := func(name string) model.Certificate {
		c := keyed(t, name, curveKey(t, elliptic.P256()))
		return c
	}
	c := newCloud(t, gcptest.Options{Dial: onePod(t)})
	transport := &rejecting{text: `\"certificate\":\"bad\"`}
	e := c.through(t, transport)
	good, bad := named("good"), named("bad")
	check := func(what string, want int, list ...model.Certificate) []string {
		t.Helper()
		e.Set(withCertificates(t, model.InternetFacing, list...))
		report, _ := e.Apply(t.Context())
		if failed := failures(report); transport.text != "" && (len(failed) != 1 || failed[0].Kind != gcp.KindSSLCertificate) {
			t.Fatalf("%s: failed %v, want the certificate alone", what, failed)
		}
		got := c.links(t)
		if len(got) != want {
			t.Fatalf("%s: the proxy has the certificates %v, want %d", what, got, want)
		}
		c.fetch(t, net.JoinHostPort(report.Results[0].Addresses[0], "443"), true, http.StatusOK)
		return got
	}
	check("a new load balancer", 1, bad, good)
	check("a neighbour renews", 1, bad, named("good"))
	transport.text = ""
	before := check("the certificate is accepted", 2, bad, good)
	transport.text = `\"certificate\":\"bad\"`
	after := check("its renewal is rejected", 2, named("bad"), good)
	if !slices.Equal(before, after) {
		t.Errorf("the proxy has the certificates %v, want still %v", after, before)
	}
	c.Wire().Reset()
	transport.tries = 0
	for range 10 {
		if _, err := e.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if writes := c.Wire().Writes(); len(writes) > 0 || transport.tries > 10 {
		t.Errorf("10 passes send %d certificates and write %v", transport.tries, writes)
	}
	transport.text = ""
	check("the renewal is accepted", 2, named("bad"), good)
}

// TestReferenceToNoCertificateFailsAlone checks that a proxy is written without a certificate that
// does not exist, and with it once it does.
func TestReferenceToNoCertificateFailsAlone(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Dial: onePod(t)})
	origin := model.Ref{Kind: "Ingress", Namespace: "default", Name: "bad"}
	sealed := withCertificates(t, model.InternetFacing, model.Certificate{Name: "theirs", Reference: "theirs", Origin: origin}, pair(t))
	e := c.engine(t)
	e.Set(sealed)
	report, err := e.Apply(t.Context())
	if failed := failures(report); len(failed) != 1 || failed[0].Kind != gcp.KindCertificateReference || err == nil ||
		!strings.Contains(err.Error(), "does not exist: create https://www.googleapis.com/compute/v1/projects/demo/global/sslCertificates/theirs") {
		t.Fatalf("failed %v: %v, want the reference alone", failed, err)
	}
	c.fetch(t, net.JoinHostPort(report.Results[0].Addresses[0], "443"), true, http.StatusOK)
	must(t)(sdk(t, c).SslCertificates.Insert(project, certificate(t, "theirs")).Do())
	apply(t, c.engine(t), sealed)
	if got := c.links(t); len(got) != 2 || got[0] != "theirs" {
		t.Errorf("the proxy has the certificates %v", got)
	}
	lb := *sealed.LoadBalancer()
	lb.Listeners = slices.Clone(lb.Listeners)
	lb.Listeners[0].TLS = &model.ListenerTLS{Certificates: lb.Listeners[0].TLS.Certificates[1:]}
	without, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, c.engine(t), without)
	if got := c.links(t); len(got) != 1 {
		t.Errorf("the proxy has the certificates %v", got)
	}
	if _, err := sdk(t, c).SslCertificates.Get(project, "theirs").Do(); err != nil {
		t.Errorf("the certificate of the user: %v", err)
	}
}

// TestReferencesConvergeInEveryForm checks that a new process plans nothing, whatever the form of
// references to a certificate and an address.
func TestReferencesConvergeInEveryForm(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Dial: refuse})
	api := sdk(t, c)
	must(t)(api.SslCertificates.Insert(project, certificate(t, "theirs")).Do())
	must(t)(api.GlobalAddresses.Insert(project, &compute.Address{Name: "theirs"}).Do())
	e := c.engine(t)
	for i, form := range []string{
		"%[2]s",
		"global/%[1]s/%[2]s",
		"projects/demo/global/%[1]s/%[2]s",
		"//compute.googleapis.com/projects/demo/global/%[1]s/%[2]s",
		"https://compute.googleapis.com/compute/v1/projects/demo/global/%[1]s/%[2]s",
		"https://www.googleapis.com/compute/v1/projects/demo/global/%[1]s/%[2]s",
	} {
		reference := fmt.Sprintf(form, "sslCertificates", "theirs")
		lb := *withCertificates(t, model.InternetFacing, model.Certificate{Name: "theirs", Reference: reference}).LoadBalancer()
		lb.Addresses = []string{fmt.Sprintf(form, "addresses", "theirs")}
		sealed, err := model.Seal(lb)
		if err != nil {
			t.Fatal(err)
		}
		c.Wire().Reset()
		apply(t, e, sealed)
		if writes := c.Wire().Writes(); i > 0 && len(writes) > 0 {
			t.Errorf("%s: another form writes %v", reference, writes)
		}
		fresh := c.engine(t)
		fresh.Set(sealed)
		plan, err := fresh.Plan(t.Context(), sealed.ID())
		if err != nil || len(plan.Results[0].Steps) > 0 {
			t.Errorf("%s: a new process plans %+v, %v", reference, plan.Results[0].Steps, err)
		}
	}
	malformed := *withCertificates(t, model.InternetFacing, pair(t)).LoadBalancer()
	malformed.Addresses = []string{"global/sslCertificates/theirs"}
	sealed, err := model.Seal(malformed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.process(t).Translate(sealed); err == nil || !strings.Contains(err.Error(), "want an IP address, or the name or link of a global address of project demo") {
		t.Errorf("translate: %v", err)
	}
}

// TestOnlyCertificatesAreSent checks that a private key beside the certificate is not sent in the
// public field.
func TestOnlyCertificatesAreSent(t *testing.T) {
	t.Parallel()
	cert, err := modeltest.Certificate("default/tls", "shop.example.com")
	if err != nil {
		t.Fatal(err)
	}
	plain := string(cert.PEM)
	cert.PEM = slices.Concat([]byte("a comment\n"), cert.PEM, cert.Key.Reveal())
	c := newCloud(t, gcptest.Options{Dial: refuse})
	apply(t, c.engine(t), withCertificates(t, model.InternetFacing, cert))
	list, err := sdk(t, c).SslCertificates.List(project).Do()
	if err != nil || len(list.Items) != 1 || list.Items[0].Certificate != plain {
		t.Errorf("the API has the certificates %+v, %v", list, err)
	}
}
