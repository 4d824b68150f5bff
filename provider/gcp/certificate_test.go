package gcp_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/gcp"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
	"github.com/headgate-io/headgate/reconcile"
)

// keyed returns a certificate with a key, signed by itself.
func keyed(t *testing.T, name string, key crypto.Signer) model.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"shop.example.com"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return model.Certificate{Name: name, Origin: model.Ref{Kind: "Secret", Namespace: "default", Name: name}, PEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key: model.NewSecret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))}
}

func generate[K crypto.Signer](t *testing.T) func(K, error) K {
	t.Helper()
	return func(key K, err error) K {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
}

func rsaKey(t *testing.T, bits int) crypto.Signer {
	t.Helper()
	return generate[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, bits))
}

func curveKey(t *testing.T, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	return generate[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(curve, rand.Reader))
}

// certificates returns certificates under the name bad, each with a part of the reason for which it
// is refused on an internet-facing and on an internal load balancer. The reason is empty if it is
// accepted.
func certificates(t *testing.T) map[string]struct {
	certificate      model.Certificate
	global, regional string
} {
	t.Helper()
	type test = struct {
		certificate      model.Certificate
		global, regional string
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long := keyed(t, "bad", curveKey(t, elliptic.P256()))
	long.PEM = bytes.Repeat(long.PEM, 6)
	unreadable := keyed(t, "bad", curveKey(t, elliptic.P256()))
	unreadable.PEM = append(unreadable.PEM, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})...)
	reference := func(r string) model.Certificate {
		return model.Certificate{Name: "bad", Reference: r, Origin: model.Ref{Kind: "Secret", Namespace: "default", Name: "bad"}}
	}
	return map[string]test{
		"RSA-1024":                  {keyed(t, "bad", rsaKey(t, 1024)), "RSA-1024", "RSA-1024"},
		"RSA-2048":                  {keyed(t, "bad", rsaKey(t, 2048)), "", ""},
		"RSA-3072":                  {keyed(t, "bad", rsaKey(t, 3072)), "RSA-3072", ""},
		"P-256":                     {keyed(t, "bad", curveKey(t, elliptic.P256())), "", ""},
		"P-384":                     {keyed(t, "bad", curveKey(t, elliptic.P384())), "ECDSA P-384", ""},
		"P-521":                     {keyed(t, "bad", curveKey(t, elliptic.P521())), "ECDSA P-521", "ECDSA P-521"},
		"Ed25519":                   {keyed(t, "bad", edwards), "neither RSA nor ECDSA", "neither RSA nor ECDSA"},
		"chain of 6":                {long, "6 certificates", "6 certificates"},
		"unreadable second":         {unreadable, "certificate 2 of the chain", "certificate 2 of the chain"},
		"reference of another kind": {reference("global/urlMaps/x"), "a global SSL certificate of project demo", "us-central1 of project demo"},
		"reference to Certificate Manager": {reference("//certificatemanager.googleapis.com/projects/demo/locations/global/certificates/x"),
			"a global SSL certificate of project demo", "us-central1 of project demo"},
		"reference to another project": {reference("projects/other/global/sslCertificates/x"), "of project demo", "of project demo"},
		"reference to another region":  {reference("regions/europe-west1/sslCertificates/x"), "a global SSL", "us-central1"},
	}
}

// TestBadCertificateAffectsOnlyItself checks that a certificate which the API rejects is refused on
// its object, and that its listener is served with the other certificates.
func TestBadCertificateAffectsOnlyItself(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Dial: onePod(t)})
	for name, test := range certificates(t) {
		for scheme, want := range map[model.Scheme]string{model.InternetFacing: test.global, model.Internal: test.regional} {
			t.Run(name+" "+string(scheme), func(t *testing.T) {
				sealed := withCertificates(t, scheme, test.certificate, pair(t))
				e := c.engine(t)
				problems := e.Set(sealed)
				refused := len(problems) == 1 && problems[0].Refuses() && problems[0].Origin == test.certificate.Origin && strings.Contains(problems[0].Message, want)
				if want != "" && !refused || want == "" && len(problems) > 0 {
					t.Fatalf("problems %v, want %q", problems, want)
				}
				address := net.JoinHostPort(apply(t, e, sealed).Results[0].Addresses[0], "443")
				c.fetch(t, address, true, http.StatusOK)
			})
		}
	}
}

// withCertificates returns a load balancer with an HTTPS listener. Its name is that of the test.
func withCertificates(t *testing.T, scheme model.Scheme, list ...model.Certificate) model.Sealed {
	t.Helper()
	lb := shared(t, 443, model.HTTPS)
	lb.ID, lb.Scheme = model.ID("default/"+strings.ToLower(t.Name())), scheme
	lb.Listeners[0].TLS.Certificates = list
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// TestCertificatesBeyondTheLimitOfAProxyAreRefused checks that the certificates after the first 15
// of a port are refused, and that each port has a limit of its own.
func TestCertificatesBeyondTheLimitOfAProxyAreRefused(t *testing.T) {
	t.Parallel()
	lb := shared(t, 443, model.HTTPS)
	var all []model.Certificate
	for i := range 17 {
		c := pair(t)
		c.Name, c.Origin = fmt.Sprintf("default/tls-%02d", i), model.Ref{Kind: "Secret", Namespace: "default", Name: fmt.Sprintf("tls-%02d", i)}
		all = append(all, c)
	}
	lb.Listeners[0].TLS.Certificates = all
	second := lb.Listeners[0]
	second.Name, second.Port, second.TLS = "second", 8443, &model.ListenerTLS{Certificates: []model.Certificate{pair(t)}}
	lb.Listeners = append(lb.Listeners, second)
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	c := newCloud(t, gcptest.Options{Dial: onePod(t)})
	e := c.engine(t)
	problems := e.Set(sealed)
	if len(problems) != 2 || problems[0].Origin != all[15].Origin || problems[1].Origin != all[16].Origin || problems[0].Reason != model.ReasonQuotaExceeded {
		t.Fatalf("problems %v, want the two youngest certificates", problems)
	}
	address := apply(t, e, sealed).Results[0].Addresses[0]
	for _, port := range []string{"443", "8443"} {
		c.fetch(t, net.JoinHostPort(address, port), true, http.StatusOK)
	}
}

// rejecting is a transport for which the API rejects the certificates with a mark in their name.
type rejecting struct {
	mark  string
	tries int
}

func (r *rejecting) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodPost && strings.HasSuffix(request.URL.Path, "/sslCertificates") {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		if r.mark != "" && bytes.Contains(body, []byte(r.mark)) {
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
	transport := &rejecting{mark: `\"certificate\":\"bad\"`}
	e := c.through(t, transport)
	good, bad := named("good"), named("bad")
	check := func(what string, want int, list ...model.Certificate) []string {
		t.Helper()
		e.Set(withCertificates(t, model.InternetFacing, list...))
		report, _ := e.Apply(t.Context())
		if failed := failures(report); transport.mark != "" && (len(failed) != 1 || failed[0].Kind != gcp.KindSSLCertificate) {
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
	transport.mark = ""
	before := check("the certificate is accepted", 2, bad, good)
	transport.mark = `\"certificate\":\"bad\"`
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
	transport.mark = ""
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
		"%[2]s", "global/%[1]s/%[2]s", "projects/demo/global/%[1]s/%[2]s", "//compute.googleapis.com/projects/demo/global/%[1]s/%[2]s",
		"https://compute.googleapis.com/compute/v1/projects/demo/global/%[1]s/%[2]s", "https://www.googleapis.com/compute/v1/projects/demo/global/%[1]s/%[2]s",
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
