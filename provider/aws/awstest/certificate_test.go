package awstest_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider/aws/awstest"
)

// selfSigned returns a certificate for names and its key, as PEM. The first name is the subject.
func selfSigned(t *testing.T, key crypto.Signer, validity time.Duration, names ...string) (cert, private []byte) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(validity), BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func curve(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// openRealTime opens an account with the system clock, so that certificates stay valid.
func openRealTime(t *testing.T) *account {
	t.Helper()
	return open(t, awstest.Options{Clock: clock.System()})
}

func (a *account) importCert(t *testing.T, cert, key []byte) string {
	t.Helper()
	out, err := a.acm.ImportCertificate(t.Context(), &acm.ImportCertificateInput{Certificate: cert, PrivateKey: key})
	if err != nil {
		t.Fatalf("import certificate: %v", err)
	}
	return *out.CertificateArn
}

func (a *account) https(t *testing.T, lb types.LoadBalancer, cert string) string {
	t.Helper()
	out, err := a.elb.CreateListener(t.Context(), &elb.CreateListenerInput{
		LoadBalancerArn: lb.LoadBalancerArn, Protocol: types.ProtocolEnumHttps, Port: aws.Int32(443), DefaultActions: []types.Action{fixed("200", "secret")},
		Certificates: []types.Certificate{{CertificateArn: &cert}},
	})
	if err != nil {
		t.Fatalf("create HTTPS listener: %v", err)
	}
	return *out.Listeners[0].ListenerArn
}

// served returns the subject of the certificate that a listener serves for a server name.
func (a *account) served(t *testing.T, lb types.LoadBalancer, name string) string {
	t.Helper()
	raw, err := a.Front().Dial(t.Context(), "tcp", *lb.DNSName+":443")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	conn := tls.Client(raw, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Fatalf("handshake for %q: %v", name, err)
	}
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func TestListenersChooseCertificatesByServerName(t *testing.T) {
	a := openRealTime(t)
	lb := a.balancer(t, "tls")
	imported := func(names ...string) string {
		cert, key := selfSigned(t, curve(t), time.Hour, names...)
		return a.importCert(t, cert, key)
	}
	def, wild, exact := imported("default.example.com"), imported("*.shop.example.com"), imported("one.example.com")
	l := a.https(t, lb, def)
	for _, arn := range []string{wild, exact} {
		for range 2 { // adding it twice succeeds
			if _, err := a.elb.AddListenerCertificates(t.Context(), &elb.AddListenerCertificatesInput{ListenerArn: &l, Certificates: []types.Certificate{{CertificateArn: &arn}}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, want := range map[string]string{
		"": "default.example.com", "default.example.com": "default.example.com", "one.example.com": "one.example.com",
		"a.shop.example.com": "*.shop.example.com", "a.b.shop.example.com": "default.example.com", "unknown.test": "default.example.com",
	} {
		if got := a.served(t, lb, name); got != want {
			t.Errorf("server name %q got %s, want %s", name, got, want)
		}
	}
	if _, err := a.acm.DeleteCertificate(t.Context(), &acm.DeleteCertificateInput{CertificateArn: &exact}); codeOf(err) != "ResourceInUseException" {
		t.Errorf("deleting a certificate in use: %v", err)
	}
	if _, err := a.elb.RemoveListenerCertificates(t.Context(), &elb.RemoveListenerCertificatesInput{ListenerArn: &l, Certificates: []types.Certificate{{CertificateArn: &def}}}); codeOf(err) != "OperationNotPermitted" {
		t.Errorf("removing the default certificate: %v", err)
	}
	if _, err := a.elb.RemoveListenerCertificates(t.Context(), &elb.RemoveListenerCertificatesInput{ListenerArn: &l, Certificates: []types.Certificate{{CertificateArn: &exact}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.acm.DeleteCertificate(t.Context(), &acm.DeleteCertificateInput{CertificateArn: &exact}); err != nil {
		t.Errorf("deleting a certificate that is no longer in use: %v", err)
	}
	if got := a.served(t, lb, "one.example.com"); got != "default.example.com" {
		t.Errorf("the removed certificate is still served: %s", got)
	}
}

func TestImportedCertificatesAreChecked(t *testing.T) {
	a := openRealTime(t)
	cert, key := selfSigned(t, curve(t), time.Hour, "a.example.com")
	_, other := selfSigned(t, curve(t), time.Hour, "b.example.com")
	old, oldKey := selfSigned(t, curve(t), -time.Minute, "c.example.com")
	strange, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, smallKey := selfSigned(t, strange, time.Hour, "d.example.com")
	stranger, _ := selfSigned(t, curve(t), time.Hour, "e.example.com")
	for name, in := range map[string]*acm.ImportCertificateInput{
		"key of another certificate":   {Certificate: cert, PrivateKey: other},
		"expired":                      {Certificate: old, PrivateKey: oldKey},
		"curve not supported":          {Certificate: small, PrivateKey: smallKey},
		"chain of another certificate": {Certificate: cert, PrivateKey: key, CertificateChain: stranger},
		"chain in the wrong field":     {Certificate: append(append([]byte{}, cert...), stranger...), PrivateKey: key},
	} {
		if _, err := a.acm.ImportCertificate(t.Context(), in); codeOf(err) != "ValidationException" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	arn := a.importCert(t, cert, key)
	next, nextKey := selfSigned(t, curve(t), time.Hour, "a.example.com", "www.a.example.com")
	if _, err := a.acm.ImportCertificate(t.Context(), &acm.ImportCertificateInput{CertificateArn: &arn, Certificate: next, PrivateKey: nextKey}); err != nil {
		t.Fatalf("import again: %v", err)
	}
	d, err := a.acm.DescribeCertificate(t.Context(), &acm.DescribeCertificateInput{CertificateArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Certificate.SubjectAlternativeNames) != 2 || d.Certificate.Status != acmtypes.CertificateStatusIssued || d.Certificate.Type != acmtypes.CertificateTypeImported {
		t.Errorf("after the second import: %+v", d.Certificate)
	}
}

func TestCertificateListsDefaultToRSA2048(t *testing.T) {
	a := openRealTime(t)
	cert, key := selfSigned(t, curve(t), time.Hour, "curve.example.com")
	elliptic := a.importCert(t, cert, key)
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = selfSigned(t, long, time.Hour, "rsa.example.com")
	classic := a.importCert(t, cert, key)
	list := func(in *acm.ListCertificatesInput) (arns []string) {
		out, err := a.acm.ListCertificates(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range out.CertificateSummaryList {
			arns = append(arns, *c.CertificateArn)
		}
		return arns
	}
	if got := list(nil); len(got) != 1 || got[0] != classic {
		t.Errorf("without a filter: %v, want only the RSA certificate", got)
	}
	got := list(&acm.ListCertificatesInput{Includes: &acmtypes.Filters{KeyTypes: []acmtypes.KeyAlgorithm{acmtypes.KeyAlgorithmEcPrime256v1}}})
	if len(got) != 1 || got[0] != elliptic {
		t.Errorf("with a filter: %v, want only the elliptic curve certificate", got)
	}
}

func TestReimportedCertificatesAreServedAtOnce(t *testing.T) {
	a := openRealTime(t)
	lb := a.balancer(t, "tls")
	cert, key := selfSigned(t, curve(t), time.Hour, "old.example.com")
	arn := a.importCert(t, cert, key)
	a.https(t, lb, arn)
	if got := a.served(t, lb, ""); got != "old.example.com" {
		t.Fatalf("serves %s", got)
	}
	cert, key = selfSigned(t, curve(t), time.Hour, "new.example.com")
	if _, err := a.acm.ImportCertificate(t.Context(), &acm.ImportCertificateInput{CertificateArn: &arn, Certificate: cert, PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	if got := a.served(t, lb, ""); got != "new.example.com" {
		t.Errorf("after the second import: serves %s", got)
	}
}
