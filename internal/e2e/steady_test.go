package e2e_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// quiet is how long a test waits for something that must not happen. The controller acts within its
// window of half a second.
const quiet = 3 * time.Second

// requireSteady fails the test if, for a while, a request fails or the controller writes to the
// cloud.
func (s *stage) requireSteady(t *testing.T, send func(context.Context) error) {
	t.Helper()
	s.Wire().Reset()
	never(t, "a request that fails, or a write", quiet, func(ctx context.Context) error {
		if w := s.Wire().Writes(); len(w) > 0 {
			return fmt.Errorf("writes: %v", w)
		}
		return send(ctx)
	})
}

func TestDeletedAndRestoredClassDeletesNothing(t *testing.T) {
	abreastOnEachCloud(t, func(t *testing.T, s *stage) {
		s.workloads(t)
		s.run(t, "--leader-elect=false")
		s.ingress(t, "front", "shop", "cart")
		s.awaitAll(t, 3)
		if err := s.client.NetworkingV1().IngressClasses().Delete(t.Context(), s.ns, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		s.requireSteady(t, func(ctx context.Context) error {
			_, err := s.send(ctx, "front", "/")
			return err
		})
		s.class(t)
		if err := scale(t.Context(), s.client, s.ns, "shop", 4); err != nil {
			t.Fatal(err)
		}
		s.awaitAll(t, 4)
		s.retire(t, "front")
	})
}

func TestInvalidSecretDeletesNothing(t *testing.T) {
	abreastOnEachCloud(t, func(t *testing.T, s *stage) {
		s.workloads(t)
		s.run(t, "--leader-elect=false")
		roots := s.secret(t, "front-tls", "front.example.com")
		s.ingress(t, "front", "shop", "cart")
		s.encrypt(t, "front", "front-tls")
		secure := func(ctx context.Context) error { return s.sendTLS(ctx, "front", roots) }
		eventually(t, "HTTPS serves", secure)

		bad := corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "front-tls"}, Type: corev1.SecretTypeTLS, Data: map[string][]byte{
			corev1.TLSCertKey: []byte("not a certificate"), corev1.TLSPrivateKeyKey: []byte("nor a key"),
		}}
		if _, err := s.client.CoreV1().Secrets(s.ns).Update(t.Context(), &bad, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		s.requireSteady(t, secure)
		if err := scale(t.Context(), s.client, s.ns, "shop", 4); err != nil {
			t.Fatal(err)
		}
		s.awaitAll(t, 4) // Valid objects still make progress.
		if err := secure(t.Context()); err != nil {
			t.Errorf("HTTPS after another change: %v", err)
		}
		s.retire(t, "front")
	})
}

// encrypt adds TLS to an Ingress.
func (s *stage) encrypt(t *testing.T, name, secret string) {
	t.Helper()
	eventually(t, "the Ingress is changed", func(ctx context.Context) error {
		ingress, err := s.client.NetworkingV1().Ingresses(s.ns).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		ingress.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{name + ".example.com"}, SecretName: secret}}
		_, err = s.client.NetworkingV1().Ingresses(s.ns).Update(ctx, ingress, metav1.UpdateOptions{})
		return err
	})
}

// sendTLS is send over TLS, and verifies the certificate against the roots.
func (s *stage) sendTLS(ctx context.Context, name string, roots *x509.CertPool) error {
	address, err := s.address(ctx, name)
	if err != nil {
		return err
	}
	host := name + ".example.com"
	client := &http.Client{Transport: &http.Transport{
		DialContext: s.Front().Dial, DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: host},
	}}
	r, err := ask(ctx, client, "https://"+address+"/", host)
	if err == nil && r.Pod == "" {
		return errors.New("no pod answered")
	}
	return err
}

// secret creates a Secret with a self-signed certificate for a host, and returns the pool that
// trusts it.
func (s *stage) secret(t *testing.T, name, host string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Type: corev1.SecretTypeTLS, Data: map[string][]byte{
		corev1.TLSCertKey:       cert,
		corev1.TLSPrivateKeyKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}}
	if _, err := s.client.CoreV1().Secrets(s.ns).Create(t.Context(), secret, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)
	return roots
}
