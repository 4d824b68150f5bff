package e2e_test

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/headgate-io/headgate/internal/e2e/sandbox"
)

const (
	webhookName = "headgate-webhook"
	webhookPort = 9443
	// webhookAddress is where the API server finds the controller, which is no pod here.
	webhookAddress = "10.245.0.10"
)

// webhook makes what the webhook of readiness gates needs in the cluster, and returns the controller's flags for it.
func (s *stage) webhook(t *testing.T) []string {
	t.Helper()
	release, err := sandbox.Claim(netip.MustParsePrefix(webhookAddress + "/32"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = release() })
	s.webhookService(t)
	s.webhookConfiguration(t)
	return []string{
		"--webhook-service=" + s.ns + "/" + webhookName, "--webhook-port=" + strconv.Itoa(webhookPort),
		"--webhook-configuration=" + s.ns,
	}
}

func (s *stage) webhookService(t *testing.T) {
	t.Helper()
	name, port, ready := "https", int32(webhookPort), true
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: webhookName},
		Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{
			Name: name, Port: 443, TargetPort: intstr.FromInt32(webhookPort),
		}}},
	}
	if _, err := s.client.CoreV1().Services(s.ns).Create(t.Context(), service, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name: webhookName, Labels: map[string]string{discoveryv1.LabelServiceName: webhookName},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints: []discoveryv1.Endpoint{{
			Addresses: []string{webhookAddress}, Conditions: discoveryv1.EndpointConditions{Ready: &ready},
		}},
		Ports: []discoveryv1.EndpointPort{{Name: &name, Port: &port}},
	}
	if _, err := s.client.DiscoveryV1().EndpointSlices(s.ns).Create(t.Context(), slice, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) webhookConfiguration(t *testing.T) {
	t.Helper()
	path, ignore, none := "/readiness-gates", admissionv1.Ignore, admissionv1.SideEffectClassNone
	configuration := &admissionv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: s.ns},
		Webhooks: []admissionv1.MutatingWebhook{{
			Name:                    "gates.headgate.io",
			AdmissionReviewVersions: []string{"v1"}, SideEffects: &none, FailurePolicy: &ignore,
			ClientConfig: admissionv1.WebhookClientConfig{
				Service: &admissionv1.ServiceReference{Namespace: s.ns, Name: webhookName, Path: &path},
			},
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: s.ns}},
			Rules: []admissionv1.RuleWithOperations{{
				Operations: []admissionv1.OperationType{admissionv1.Create},
				Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
		}},
	}
	all := s.client.AdmissionregistrationV1().MutatingWebhookConfigurations()
	if _, err := all.Create(t.Context(), configuration, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = all.Delete(context.Background(), s.ns, metav1.DeleteOptions{}) })
}

// awaitGates waits until new pods of a Service are given a gate. Nothing is made to find out.
func (s *stage) awaitGates(t *testing.T, service string) {
	t.Helper()
	of := template(service, nil)
	eventually(t, "the webhook gives gates", func(ctx context.Context) error {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{GenerateName: service + "-", Labels: of.Labels}, Spec: of.Spec,
		}
		pod, err := s.client.CoreV1().Pods(s.ns).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil && len(pod.Spec.ReadinessGates) == 0 {
			return errors.New("a new pod has none")
		}
		return err
	})
}
