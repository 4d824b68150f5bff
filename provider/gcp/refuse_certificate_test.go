package gcp_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
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
		"reference to Certificate Manager": {
			reference("//certificatemanager.googleapis.com/projects/demo/locations/global/certificates/x"),
			"a global SSL certificate of project demo", "us-central1 of project demo",
		},
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
