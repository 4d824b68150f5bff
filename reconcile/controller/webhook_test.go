package controller

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	admissionreg "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	clientfake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func (e *env) admit(p *corev1.Pod) admission.Response {
	e.t.Helper()
	raw, err := json.Marshal(p)
	if err != nil {
		e.t.Fatal(err)
	}
	h := &injector{finder: e.c.gates.finder, log: slog.New(slog.DiscardHandler)}
	return h.Handle(context.Background(), admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		Namespace: "shop", Object: runtime.RawExtension{Raw: raw},
	}})
}

func TestAPodGetsAGateForEachOfItsLoadBalancers(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.put(class(), service("cart"), service("pay"), ingress("a", "cart"), ingress("b", "cart"), ingress("c", "pay"))
		r := e.admit(gated("cart", 1, GateType("shop/a", "shop/cart:80")))
		if !r.Allowed || len(r.Patches) != 1 {
			t.Fatalf("allowed %v, patches %v", r.Allowed, r.Patches)
		}
		value, ok := r.Patches[0].Value.(map[string]any)
		if !ok || value["conditionType"] != string(GateType("shop/b", "shop/cart:80")) {
			t.Errorf("patch: %v", r.Patches[0])
		}
	})
}

func TestAPodWithoutLoadBalancersGetsNoGate(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.put(class(), service("cart"), service("job"), ingress("a", "cart"))
		if r := e.admit(gated("job", 1)); !r.Allowed || len(r.Patches) > 0 {
			t.Errorf("allowed %v, patches %v", r.Allowed, r.Patches)
		}
	})
}

// replica returns one of several processes that share a certificate.
func replica(c client.Client) *Certificates {
	k := NewCertificates(CertificateOptions{
		Service: types.NamespacedName{Namespace: "headgate", Name: "hook"}, Secret: types.NamespacedName{Namespace: "headgate", Name: "hook-cert"},
		Configuration: "gates", Lifetime: 9 * 24 * time.Hour,
	})
	k.attach(c, c, slog.New(slog.DiscardHandler))
	return k
}

func trusts(t *testing.T, c client.Client) *x509.CertPool {
	t.Helper()
	var conf admissionreg.MutatingWebhookConfiguration
	if err := c.Get(context.Background(), client.ObjectKey{Name: "gates"}, &conf); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(conf.Webhooks[0].ClientConfig.CABundle)
	return pool
}

// handshake makes a TLS handshake with a replica, of a client that trusts the pool.
func handshake(t *testing.T, k *Certificates, pool *x509.CertPool) error {
	t.Helper()
	here, there := net.Pipe()
	defer func() { _, _ = here.Close(), there.Close() }()
	server := tls.Server(there, &tls.Config{GetCertificate: k.GetCertificate, MinVersion: tls.VersionTLS12})
	go func() { _ = server.Handshake() }()
	return tls.Client(here, &tls.Config{RootCAs: pool, ServerName: "hook.headgate.svc", MinVersion: tls.VersionTLS12, Time: time.Now}).Handshake()
}

func TestReplicasRenewASharedCertificateThatIsAlwaysTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conf := &admissionreg.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "gates"}, Webhooks: []admissionreg.MutatingWebhook{{Name: "gates.headgate.io"}}}
		c := clientfake.NewClientBuilder().WithScheme(scheme.Scheme).WithObjects(conf).Build()
		a, b := replica(c), replica(c)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = a.Start(ctx) }()
		go func() { _ = b.Start(ctx) }()
		<-time.After(time.Minute)
		first, err := a.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		// past a renewal and the end of the first certificate, in steps that are no multiple of the
		// controller's own
		for range 14 {
			for _, k := range []*Certificates{a, b} {
				if err := handshake(t, k, trusts(t, c)); err != nil {
					t.Fatalf("%s: %v", time.Now(), err)
				}
			}
			<-time.After(23*time.Hour + 7*time.Minute + 3*time.Second)
		}
		last, err := a.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		if string(first.Certificate[0]) == string(last.Certificate[0]) {
			t.Error("the certificate was never renewed")
		}
		cancel()
		synctest.Wait()
	})
}

func TestARenewedCertificateIsServedOnlyOnceItIsTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientfake.NewClientBuilder().WithScheme(scheme.Scheme).Build()
		k := replica(c)
		if err := k.ensure(t.Context()); err == nil {
			t.Error("no error for the missing configuration")
		}
		if err := k.check(nil); err == nil {
			t.Error("ready without a trusted certificate")
		}
	})
}
