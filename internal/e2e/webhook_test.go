package e2e_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/internal/e2e/sandbox"
)

const (
	webhookPort = 9443
	// webhookAddress is where the API server reaches the controller, which is not a pod here.
	webhookAddress = "10.245.0.10"
)

// webhookName is the name of the Service in deploy/.
func (s *stage) webhookName() string { return "headgate-webhook-" + s.name }

// webhook applies what deploy/ has for the webhook of readiness gates, and returns the controller's
// flags for it.
func (s *stage) webhook(t *testing.T) []string {
	t.Helper()
	release, err := sandbox.Claim(netip.MustParsePrefix(webhookAddress + "/32"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = release() })
	s.label(t, "headgate.io/readiness-gates", "enabled")
	s.apply(t, "Service", "MutatingWebhookConfiguration")
	s.webhookEndpoint(t)
	return []string{"--webhook-service=" + s.ns + "/" + s.webhookName(), "--webhook-configuration=" + s.account()}
}

// webhookEndpoint makes the Service lead to the controller.
func (s *stage) webhookEndpoint(t *testing.T) {
	t.Helper()
	name, port, ready := "https", int32(webhookPort), true
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name: s.webhookName(), Labels: map[string]string{discoveryv1.LabelServiceName: s.webhookName()},
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

// awaitGates waits until new pods of a Service get a gate. It uses dry-run requests.
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
