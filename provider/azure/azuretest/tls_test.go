package azuretest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/clock"
)

// insecure returns a TLS configuration that accepts self-signed certificates.
func insecure(name string) *tls.Config {
	return &tls.Config{ServerName: name, InsecureSkipVerify: true} //nolint:gosec // self-signed
}

func TestTLSCertificateFollowsTheServerName(t *testing.T) {
	s, _, url := serving(t, func(b object) {
		for i, host := range []string{"first.example.com", "second.example.com"} {
			name := fmt.Sprint("tls", i)
			add(b, "sslCertificates", named(name, object{"data": newPFX(t, host, "secret"), "password": "secret"}))
			add(b, "httpListeners", named(name, object{
				"frontendIPConfiguration": ref("frontendIPConfigurations", "public"), "frontendPort": ref("frontendPorts", "p443"),
				"protocol": "Https", "hostName": host, "sslCertificate": ref("sslCertificates", name),
			}))
			add(b, "requestRoutingRules", named(name, object{
				"ruleType": "Basic", "priority": float64(300 - i), "httpListener": ref("httpListeners", name),
				"backendAddressPool": ref("backendAddressPools", "web"), "backendHttpSettings": ref("backendHttpSettingsCollection", "s"),
			}))
		}
	})
	bothHealthy(t, s)
	address := strings.TrimPrefix(url, "http://") + ":443"
	// The priorities are 300 and 299, so that the second listener serves unknown names.
	for sni, want := range map[string]string{"first.example.com": "first.example.com", "second.example.com": "second.example.com", "other.org": "second.example.com"} {
		conn, err := s.Front().Dial(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c := tls.Client(conn, insecure(sni))
		if err := c.HandshakeContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := c.ConnectionState().PeerCertificates[0].Subject.CommonName; got != want {
			t.Errorf("%s gets %s, want %s", sni, got, want)
		}
		_ = c.Close()
	}
	https := &http.Client{Transport: &http.Transport{
		DialContext: s.Front().Dial, TLSClientConfig: insecure("first.example.com"),
	}}
	t.Cleanup(https.CloseIdleConnections)
	got := decode[echoed](t, get(t, https, "https://"+address+"/x", "first.example.com"))
	if got.Pod != "web" || got.Header.Get("X-Forwarded-Proto") != "https" || got.Header.Get("X-Forwarded-Port") != "443" {
		t.Errorf("reached %+v", got)
	}
}

func TestBackendCertificateIsVerified(t *testing.T) {
	srv := httptest.NewUnstartedServer(echo("tls"))
	srv.StartTLS()
	t.Cleanup(srv.Close)
	root := base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	for name, tc := range map[string]struct {
		host   string
		trust  bool
		status int
	}{
		"trusted":    {"example.com", true, http.StatusOK},
		"wrong name": {"other.org", true, http.StatusBadGateway},
		"no root":    {"example.com", false, http.StatusBadGateway},
	} {
		t.Run(name, func(t *testing.T) {
			p := pods{"10.0.0.1:8080": srv}
			s := newTestServer(t, Options{Clock: clock.Scaled(100), Dial: p.dial})
			ip, address := s.SeedPublicIP(group, "ip")
			body := gatewayBody(s, ip)
			settings := props(body, "backendHttpSettingsCollection", 0)
			settings["protocol"], settings["hostName"] = "Https", tc.host
			props(body, "probes", 0)["protocol"] = "Https"
			if tc.trust {
				add(body, "trustedRootCertificates", named("root", object{"data": root}))
				settings["trustedRootCertificates"] = []any{ref("trustedRootCertificates", "root")}
			}
			if err := s.SeedGateway(group, gateway, raw(t, body)); err != nil {
				t.Fatal(err)
			}
			if tc.status == http.StatusOK {
				await(t, s, "healthy", func() bool { return healthy(s, "web") == 1 })
			}
			if reply := get(t, client(t, s), "http://"+address+"/", "a.example.com"); reply.StatusCode != tc.status {
				t.Errorf("status %d, want %d", reply.StatusCode, tc.status)
			}
		})
	}
}

func TestPublicPartOfACertificateIsPKCS7(t *testing.T) {
	c, err := parseCertificate(newPFX(t, "a.example.com", "secret"), "secret")
	if err != nil {
		t.Fatal(err)
	}
	der, err := base64.StdEncoding.DecodeString(c.public)
	if err != nil {
		t.Fatal(err)
	}
	// It contains the bytes of the leaf.
	if !strings.Contains(string(der), string(c.pair.Leaf.Raw)) || c.pair.Leaf.VerifyHostname("a.example.com") != nil {
		t.Error("the certificate is not in its public part")
	}
	if _, err := x509.ParseCertificate(der); err == nil {
		t.Error("the public part is a bare certificate")
	}
}
