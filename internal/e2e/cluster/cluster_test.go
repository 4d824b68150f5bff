package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

func TestCertificatesVerify(t *testing.T) {
	a, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.pem)
	server, err := a.server([]string{"localhost"}, net.IPv4(127, 0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := leaf(t, server).Verify(x509.VerifyOptions{Roots: roots, DNSName: "127.0.0.1"}); err != nil {
		t.Errorf("the server's: %v", err)
	}
	client, err := a.client("ann", "admins")
	if err != nil {
		t.Fatal(err)
	}
	cert := leaf(t, client)
	use := x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if _, err := cert.Verify(use); err != nil || cert.Subject.CommonName != "ann" || cert.Subject.Organization[0] != "admins" {
		t.Errorf("the client's: %v, %v", cert.Subject, err)
	}
}

func leaf(t *testing.T, p pair) *x509.Certificate {
	t.Helper()
	both, err := tls.X509KeyPair(p.cert, p.key)
	if err != nil {
		t.Fatal(err)
	}
	return both.Leaf
}

func TestKubeconfigsRoundTrip(t *testing.T) {
	a, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	client, err := a.client("ann")
	if err != nil {
		t.Fatal(err)
	}
	want := &rest.Config{Host: "https://127.0.0.1:1", TLSClientConfig: rest.TLSClientConfig{
		CAData: a.pem, CertData: client.cert, KeyData: client.key,
	}}
	path := filepath.Join(t.TempDir(), "new", "kubeconfig")
	if err := WriteKubeconfig(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Host != want.Host || string(got.CAData) != string(want.CAData) || string(got.KeyData) != string(want.KeyData) {
		t.Errorf("got %v", got)
	}
}

func TestAccessesAreFilteredByUser(t *testing.T) {
	c := &Cluster{options: Options{Dir: t.TempDir()}}
	if got, err := c.Accesses("ann"); err != nil || len(got) > 0 {
		t.Errorf("without a log: %v, %v", got, err)
	}
	const log = `{"verb":"watch","user":{"username":"ann"},"objectRef":{"resource":"pods","apiVersion":"v1"}}
{"verb":"patch","user":{"username":"ann"},"objectRef":{"resource":"ingresses","subresource":"status","apiGroup":"networking.k8s.io","namespace":"demo"}}
{"verb":"watch","user":{"username":"ann"},"objectRef":{"resource":"pods","apiVersion":"v1"}}
{"verb":"list","user":{"username":"bob"},"objectRef":{"resource":"secrets"}}
{"verb":"get","user":{"username":"ann"},"requestURI":"/readyz"}
{"verb":"get","user":{"userna`
	if err := save(filepath.Dir(c.auditLog()), map[string][]byte{filepath.Base(c.auditLog()): []byte(log)}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Accesses("ann")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"watch pods", "patch ingresses/status.networking.k8s.io in demo"}
	var text []string
	for _, a := range got {
		text = append(text, a.String())
	}
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAllowedAccessIsNotRefused(t *testing.T) {
	c := &Cluster{options: Options{Dir: t.TempDir()}}
	const log = `{"verb":"watch","user":{"username":"ann"},"objectRef":{"resource":"pods"},"responseStatus":{"code":403}}
{"verb":"watch","user":{"username":"ann"},"objectRef":{"resource":"pods"},"responseStatus":{"code":200}}
{"verb":"list","user":{"username":"ann"},"objectRef":{"resource":"secrets"},"responseStatus":{"code":403}}
{"verb":"list","user":{"username":"bob"},"objectRef":{"resource":"nodes"},"responseStatus":{"code":403}}
`
	if err := save(filepath.Dir(c.auditLog()), map[string][]byte{filepath.Base(c.auditLog()): []byte(log)}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Refused("ann")
	if err != nil || len(got) != 1 || got[0].String() != "list secrets" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRefusalsBeforeReadinessAreIgnored(t *testing.T) {
	begun := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := &Cluster{options: Options{Dir: t.TempDir()}, starts: [][2]time.Time{{begun, begun.Add(2 * time.Second)}}}
	const log = `{"verb":"list","user":{"username":"ann"},"objectRef":{"resource":"pods"},"responseStatus":{"code":403},"requestReceivedTimestamp":"2026-01-02T03:04:06.5Z"}
{"verb":"list","user":{"username":"ann"},"objectRef":{"resource":"secrets"},"responseStatus":{"code":403},"requestReceivedTimestamp":"2026-01-02T03:04:07.5Z"}
`
	if err := save(filepath.Dir(c.auditLog()), map[string][]byte{filepath.Base(c.auditLog()): []byte(log)}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Refused("ann")
	if err != nil || len(got) != 1 || got[0].String() != "list secrets" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestFreePortsAreBelowTheEphemeralRange(t *testing.T) {
	ports, err := freePorts(20)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, p := range ports {
		if p < firstPort || p >= lastPort || seen[p] {
			t.Errorf("port %d", p)
		}
		seen[p] = true
	}
}
