package e2e_test

import (
	"context"
	"fmt"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The API server accepts everything that deploy/ renders, in a namespace that enforces the
// restricted pod security standard. A controller that runs with the Deployment's arguments serves
// the IngressClass that comes with it.
func TestDeployedControllerServes(t *testing.T) {
	onEachCloud(t, func(t *testing.T, s *stage) {
		s.label(t, "pod-security.kubernetes.io/enforce", "restricted")
		s.apply(t)
		eventually(t, "two pods are made", func(ctx context.Context) error {
			pods, err := s.client.CoreV1().Pods(s.ns).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/instance=" + s.account()})
			if err == nil && len(pods.Items) != 2 {
				err = fmt.Errorf("there are %d", len(pods.Items))
			}
			return err
		})
		// The pods of this test are not under test.
		s.label(t, "pod-security.kubernetes.io/enforce", "privileged")
		s.webhook(t)
		s.run(t, append(s.arguments(t), "--config="+s.file, "--controller=headgate.io/"+s.name)...)
		s.service(t, s.ns, "shop")
		s.ingress(t, "front", "shop")
		s.reclass(t, "front", s.account())
		s.awaitGates(t, "shop")
		s.deployment(t, s.ns, "shop", 2, nil)
		s.awaitReady(t, s.ns, "shop", 2)
		s.awaitServing(t, "front", "/", "shop", 2)
		s.retire(t, "front")
	})
}

// reclass changes the class of an Ingress.
func (s *stage) reclass(t *testing.T, name, class string) {
	t.Helper()
	ingresses := s.client.NetworkingV1().Ingresses(s.ns)
	revise(t, name, ingresses.Get, ingresses.Update, func(i *networkingv1.Ingress) { i.Spec.IngressClassName = &class })
}

// A controller of one namespace needs roles in that namespace only.
func TestNamespacedControllerStaysInItsNamespace(t *testing.T) {
	server, account := openAWS()
	t.Cleanup(server.Close)
	s := stageOn(t, "aws", server, account)
	s.put(t, s.rendered(t, "aws-namespaced"), "ClusterRole", "Role", "RoleBinding")
	s.run(t, "--namespace="+s.ns)
	s.workload(t, s.ns, "shop", 2, nil)
	s.ingress(t, "front", "shop")
	s.awaitServing(t, "front", "/", "shop", 2)
	s.retire(t, "front")
	accesses, err := s.cluster.Accesses(s.user())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, a := range accesses {
		switch a.Resource {
		case "ingressclasses", "nodes", "namespaces": // Cluster-scoped.
		default:
			seen++
			if a.Namespace != s.ns {
				t.Errorf("the controller of %s did %s", s.ns, a)
			}
		}
	}
	if seen < 5 {
		t.Errorf("only this was seen: %v", accesses)
	}
}
