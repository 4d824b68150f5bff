package controller

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/clock"
)

// CertificateOptions say where the certificate of the webhook is kept, and who must trust it.
type CertificateOptions struct {
	// Service is what the API server calls the webhook by.
	Service types.NamespacedName
	// Secret is where all replicas keep the certificate; one of them makes it.
	Secret types.NamespacedName
	// Configuration is the name of the MutatingWebhookConfiguration whose caBundle is kept. Empty
	// keeps none.
	Configuration string
	// Lifetime of a certificate; zero is 90 days. It is renewed when a third is left.
	Lifetime time.Duration
	// Clock is the machine's where nil.
	Clock clock.Clock
}

// Certificates makes, keeps and renews the certificate of the webhook, with nothing but the API
// server. Each has an authority of its own, whose key is thrown away; the one before stays trusted
// until it has run out, so that replicas may change over at different times.
type Certificates struct {
	o      CertificateOptions
	reader client.Reader
	writer client.Client
	log    *slog.Logger
	served atomic.Pointer[tls.Certificate]
}

// NewCertificates makes it. Nothing is asked before the manager starts.
func NewCertificates(o CertificateOptions) *Certificates {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	o.Lifetime = orElse(o.Lifetime, 90*24*time.Hour)
	return &Certificates{o: o}
}

func (k *Certificates) attach(r client.Reader, w client.Client, log *slog.Logger) {
	k.reader, k.writer, k.log = r, w, log
}

var errNoCertificate = errors.New("the webhook has no certificate yet")

// GetCertificate is for the TLS of the webhook's server.
func (k *Certificates) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if c := k.served.Load(); c != nil {
		return c, nil
	}
	return nil, errNoCertificate
}

func (k *Certificates) check(*http.Request) error {
	_, err := k.GetCertificate(nil)
	return err
}

// NeedLeaderElection is false: every replica serves.
func (*Certificates) NeedLeaderElection() bool { return false }

// The times of the watch over certificates.
const (
	certificateLook  = 10 * time.Minute
	certificateRetry = 5 * time.Second
	// trustSpreads is how long the API server may take to hear of a new authority before a
	// certificate of it is served.
	trustSpreads = 10 * time.Second
)

// Start looks after the certificate until the context ends. What fails is tried again.
func (k *Certificates) Start(ctx context.Context) error {
	for {
		wait := certificateLook
		if err := k.ensure(ctx); err != nil {
			k.log.ErrorContext(ctx, "the certificate of the webhook is not in order", "error", err)
			wait = certificateRetry
		}
		select {
		case <-ctx.Done():
			return nil
		case <-k.o.Clock.After(wait):
		}
	}
}

// ensure has a certificate in the Secret that lasts, the authority trusted, and the certificate
// served, in this order.
func (k *Certificates) ensure(ctx context.Context) error {
	s, err := k.stored(ctx)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(s.Data[corev1.TLSCertKey], s.Data[corev1.TLSPrivateKeyKey])
	if err != nil {
		return fmt.Errorf("secret %s: %w", k.o.Secret, err)
	}
	changed, err := k.trust(ctx, s.Data[corev1.ServiceAccountRootCAKey])
	if err != nil {
		return err
	}
	if changed && k.served.Load() != nil {
		select {
		case <-ctx.Done():
			return nil
		case <-k.o.Clock.After(trustSpreads):
		}
	}
	k.served.Store(&pair)
	return nil
}

// stored is the Secret with a certificate that lasts for a while: the one that is there, or a new
// one. Of several replicas that make one at the same time, one wins; the others read it at their
// next try.
func (k *Certificates) stored(ctx context.Context) (*corev1.Secret, error) {
	s := &corev1.Secret{}
	err := k.reader.Get(ctx, k.o.Secret, s)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("get secret %s: %w", k.o.Secret, err)
	}
	there := err == nil
	if there && lasts(s.Data[corev1.TLSCertKey], k.o.Clock.Now(), k.o.Lifetime/3) {
		return s, nil
	}
	made, err := makeCertificate(k.o.Service.Name+"."+k.o.Service.Namespace+".svc", k.o.Clock.Now(), k.o.Lifetime)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	trusted := append(bytes.Clone(made.authority), stillValid(s.Data[corev1.ServiceAccountRootCAKey], k.o.Clock.Now())...)
	data := map[string][]byte{corev1.TLSCertKey: made.chain, corev1.TLSPrivateKeyKey: made.key, corev1.ServiceAccountRootCAKey: trusted}
	if there {
		s = s.DeepCopy()
		s.Data = data
		err = k.writer.Update(ctx, s)
	} else {
		s = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: k.o.Secret.Namespace, Name: k.o.Secret.Name}, Type: corev1.SecretTypeTLS, Data: data}
		err = k.writer.Create(ctx, s)
	}
	if err != nil {
		return nil, fmt.Errorf("write secret %s: %w", k.o.Secret, err)
	}
	return s, nil
}

// trust puts the authorities into the webhook's configuration, where they differ.
func (k *Certificates) trust(ctx context.Context, bundle []byte) (changed bool, err error) {
	if k.o.Configuration == "" {
		return false, nil
	}
	var c admissionv1.MutatingWebhookConfiguration
	if err := k.reader.Get(ctx, client.ObjectKey{Name: k.o.Configuration}, &c); err != nil {
		return false, fmt.Errorf("get webhook configuration %s: %w", k.o.Configuration, err)
	}
	want := c.DeepCopy()
	for i := range want.Webhooks {
		if !bytes.Equal(want.Webhooks[i].ClientConfig.CABundle, bundle) {
			want.Webhooks[i].ClientConfig.CABundle, changed = bundle, true
		}
	}
	if !changed {
		return false, nil
	}
	if err := k.writer.Patch(ctx, want, client.MergeFromWithOptions(&c, client.MergeFromWithOptimisticLock{})); err != nil {
		return false, fmt.Errorf("patch webhook configuration %s: %w", k.o.Configuration, err)
	}
	return true, nil
}
