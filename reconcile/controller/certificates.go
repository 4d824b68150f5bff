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

// CertificateOptions are the options of [Certificates].
type CertificateOptions struct {
	// Service is the Service by which the API server calls the webhook.
	Service types.NamespacedName
	// Secret is where all replicas store the certificate.
	Secret types.NamespacedName
	// Configuration is the name of the MutatingWebhookConfiguration whose caBundle is updated. If
	// it is empty, none is.
	Configuration string
	// Lifetime is the lifetime of a certificate, which is renewed when a third is left. The default
	// is 90 days.
	Lifetime time.Duration
	// Clock is the clock of renewals. The default is the system clock.
	Clock clock.Clock
}

// Certificates issues, stores and renews the certificate of the webhook, by the API server alone.
// Each certificate has its own authority, whose key is discarded. The previous authority stays
// trusted until it expires, so that replicas may switch at different times.
type Certificates struct {
	o      CertificateOptions
	reader client.Reader
	writer client.Client
	log    *slog.Logger
	served atomic.Pointer[tls.Certificate]
}

// NewCertificates returns Certificates that read nothing before the manager starts them.
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

// GetCertificate returns the certificate for the TLS configuration of the webhook's server.
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

// NeedLeaderElection returns false: every replica serves the webhook.
func (*Certificates) NeedLeaderElection() bool { return false }

const (
	certificatePeriod = 10 * time.Minute
	certificateRetry  = 5 * time.Second
	// trustDelay is how long the API server may need to observe a new authority, before a
	// certificate of that authority is served.
	trustDelay = 10 * time.Second
)

// Start renews the certificate until the context ends. It retries failures.
func (k *Certificates) Start(ctx context.Context) error {
	for {
		wait := certificatePeriod
		if err := k.ensure(ctx); err != nil {
			k.log.ErrorContext(ctx, "cannot provide the certificate of the webhook", "error", err)
			wait = certificateRetry
		}
		select {
		case <-ctx.Done():
			return nil
		case <-k.o.Clock.After(wait):
		}
	}
}

// ensure stores a valid certificate in the Secret, then has its authority trusted, then serves it.
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
		case <-k.o.Clock.After(trustDelay):
		}
	}
	k.served.Store(&pair)
	return nil
}

// stored returns the Secret, with a new certificate if the stored one expires soon. If several
// replicas write one at the same time, one succeeds; the others read it when they retry.
func (k *Certificates) stored(ctx context.Context) (*corev1.Secret, error) {
	s := &corev1.Secret{}
	err := k.reader.Get(ctx, k.o.Secret, s)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("get secret %s: %w", k.o.Secret, err)
	}
	exists := err == nil
	if exists && lasts(s.Data[corev1.TLSCertKey], k.o.Clock.Now(), k.o.Lifetime/3) {
		return s, nil
	}
	made, err := makeCertificate(k.o.Service.Name+"."+k.o.Service.Namespace+".svc", k.o.Clock.Now(), k.o.Lifetime)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	trusted := append(bytes.Clone(made.authority), stillValid(s.Data[corev1.ServiceAccountRootCAKey], k.o.Clock.Now())...)
	data := map[string][]byte{corev1.TLSCertKey: made.chain, corev1.TLSPrivateKeyKey: made.key, corev1.ServiceAccountRootCAKey: trusted}
	if exists {
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

// trust writes the authorities to the configuration of the webhook, and reports whether it changed.
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
