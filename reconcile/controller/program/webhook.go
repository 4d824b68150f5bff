package program

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/headgate-io/headgate/reconcile/controller"
)

// webhookFlags are the flags of the webhook of readiness gates.
type webhookFlags struct {
	service, secret, configuration string
	port                           int
	certificates                   *controller.Certificates
}

func (w *webhookFlags) add(s *pflag.FlagSet) {
	s.StringVar(&w.service, "webhook-service", "", "Service of the webhook that gives pods readiness gates: NAMESPACE/NAME (default: no webhook)")
	s.IntVar(&w.port, "webhook-port", 9443, "port of the webhook")
	s.StringVar(&w.secret, "webhook-secret", "", "Secret with the certificate of the webhook, shared by replicas: NAMESPACE/NAME (default the name of the Service with -cert)")
	s.StringVar(&w.configuration, "webhook-configuration", "headgate-readiness-gates", "MutatingWebhookConfiguration whose caBundle is updated; empty updates none")
}

func (w *webhookFlags) enabled() bool { return w.service != "" }

// server returns the webhook server of the manager, with the certificates that the controller
// issues.
func (w *webhookFlags) server() webhook.Server {
	w.certificates = controller.NewCertificates(controller.CertificateOptions{
		Service: parse(w.service), Secret: parse(w.secretName()), Configuration: w.configuration,
	})
	return webhook.NewServer(webhook.Options{Port: w.port, TLSOpts: []func(*tls.Config){
		func(c *tls.Config) { c.GetCertificate, c.MinVersion = w.certificates.GetCertificate, tls.VersionTLS12 },
	}})
}

func (w *webhookFlags) secretName() string {
	if w.secret != "" {
		return w.secret
	}
	return w.service + "-cert"
}

func parse(name string) types.NamespacedName {
	namespace, short, _ := strings.Cut(name, "/")
	return types.NamespacedName{Namespace: namespace, Name: short}
}

var errName = errors.New("must be NAMESPACE/NAME")

// check returns an error for a malformed flag.
func (w *webhookFlags) check() error {
	for flag, value := range map[string]string{"--webhook-service": w.service, "--webhook-secret": w.secret} {
		if namespace, short, ok := strings.Cut(value, "/"); value != "" && (!ok || namespace == "" || short == "") {
			return fmt.Errorf("%s %q %w", flag, value, errName)
		}
	}
	return nil
}

func (f *flags) addWebhook(mgr manager.Manager, o controller.Options) error {
	if !f.webhook.enabled() {
		return nil
	}
	return controller.AddWebhook(mgr, o, f.webhook.certificates) //nolint:wrapcheck // has context
}
