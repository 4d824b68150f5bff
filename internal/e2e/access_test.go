package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/headgate-io/headgate/internal/e2e/cluster"
)

// The life of one Ingress with TLS, readiness gates, leader election, a renewed certificate and a
// repeated event uses every permission of the roles in deploy/. The API server enforces that the
// controller uses no other: these roles are all that it has.
func TestRolesAllowExactlyWhatControllersDo(t *testing.T) {
	onEachCloud(t, func(t *testing.T, s *stage) {
		s.service(t, s.ns, "shop")
		s.ingress(t, "front", "shop")
		flags := s.webhook(t)
		first := s.run(t, flags...)
		s.awaitGates(t, "shop")
		if err := first.Kill(); err != nil {
			t.Fatal(err)
		}
		s.wearOut(t)
		s.runSupervised(t, flags...)
		s.awaitRenewal(t)
		s.deployment(t, s.ns, "shop", 2, nil)
		s.awaitReady(t, s.ns, "shop", 2)
		s.awaitServing(t, "front", "/", "shop", 2)
		s.complainTwice(t)
		s.retire(t, "front")

		accesses, err := s.cluster.Accesses(s.user())
		if err != nil {
			t.Fatal(err)
		}
		unused := s.rules(t)
		for _, a := range accesses {
			t.Log(a)
			delete(unused, a)
			a.Namespace = "" // A rule for all namespaces covers this one.
			delete(unused, a)
			// API servers without streaming lists get a list request first.
			if a.Verb == "watch" {
				a.Verb = "list"
				delete(unused, a)
			}
		}
		for a := range unused {
			t.Errorf("a role allows %s, which was never used", a)
		}
	})
}

// worn replaces a certificate with one that must be renewed.
const worn = "run out"

// wearOut replaces the webhook's certificate with an invalid one, which the controller must renew.
func (s *stage) wearOut(t *testing.T) {
	t.Helper()
	secrets := s.client.CoreV1().Secrets(s.ns)
	revise(t, s.webhookName()+"-cert", secrets.Get, secrets.Update, func(s *corev1.Secret) { s.Data[corev1.TLSCertKey] = []byte(worn) })
}

func (s *stage) awaitRenewal(t *testing.T) {
	t.Helper()
	eventually(t, "the certificate is renewed", func(ctx context.Context) error {
		secret, err := s.client.CoreV1().Secrets(s.ns).Get(ctx, s.webhookName()+"-cert", metav1.GetOptions{})
		if err == nil && string(secret.Data[corev1.TLSCertKey]) == worn {
			return errors.New("it is not")
		}
		return err
	})
	s.awaitGates(t, "shop")
}

// complainTwice makes the controller publish the same event twice, so that the second publication
// updates the series of the first. The Ingress must not change in between.
func (s *stage) complainTwice(t *testing.T) {
	t.Helper()
	s.encrypt(t, "front", "front-tls")
	s.awaitEvent(t, "a complaint", func(e eventsv1.Event) bool { return e.Reason == "NotFound" })
	roots := s.secret(t, "front-tls", "front.example.com")
	eventually(t, "HTTPS serves", func(ctx context.Context) error { return s.sendTLS(ctx, "front", roots) })
	if err := s.client.CoreV1().Secrets(s.ns).Delete(t.Context(), "front-tls", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	s.awaitEvent(t, "a series of complaints", func(e eventsv1.Event) bool { return e.Reason == "NotFound" && e.Series != nil })
}

func (s *stage) awaitEvent(t *testing.T, what string, wanted func(eventsv1.Event) bool) {
	t.Helper()
	eventually(t, what, func(ctx context.Context) error {
		list, err := s.client.EventsV1().Events(s.ns).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, e := range list.Items {
			if e.Regarding.Kind == "Ingress" && wanted(e) {
				return nil
			}
		}
		return fmt.Errorf("not among %d events", len(list.Items))
	})
}

// rules returns every single access that the roles of deploy/ allow. Rules of the ClusterRole have
// no namespace; rules of the Role have that of the test.
func (s *stage) rules(t *testing.T) map[cluster.Access]bool {
	t.Helper()
	all := map[cluster.Access]bool{}
	for _, o := range s.deployed(t) {
		var role rbacv1.ClusterRole
		if !slices.Contains([]string{"ClusterRole", "Role"}, o.GetKind()) {
			continue
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &role); err != nil {
			t.Fatal(err)
		}
		for _, r := range role.Rules {
			maps.Copy(all, accesses(r, o.GetNamespace()))
		}
	}
	if len(all) == 0 {
		t.Fatal("there are no rules")
	}
	return all
}

func accesses(r rbacv1.PolicyRule, namespace string) map[cluster.Access]bool {
	all := map[cluster.Access]bool{}
	for _, group := range r.APIGroups {
		for _, resource := range r.Resources {
			for _, verb := range r.Verbs {
				all[cluster.Access{Verb: verb, Group: group, Resource: resource, Namespace: namespace}] = true
			}
		}
	}
	return all
}
