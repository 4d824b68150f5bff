package controller

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The last known good configuration of an object that becomes unreadable in part is retained, in
// this process and in the next.
func TestAnObjectThatBecomesUnreadableRetainsItsConfiguration(t *testing.T) {
	for name, damage := range map[string]func(*networkingv1.Ingress){
		"a host": func(i *networkingv1.Ingress) { i.Spec.Rules[1].Host = "a_b.example" },
		"a path": func(i *networkingv1.Ingress) { i.Spec.Rules[1].HTTP.Paths[0].Path = "/a b" },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, e *env) {
				i := ingress("web", "cart", "pay")
				e.put(class(), service("cart"), service("pay"), slice("cart", 1, 2), slice("pay", 3), i)
				e.wait(time.Minute)
				before := e.cloud.Snapshot()
				damage(i)
				e.put(i)
				e.wait(10 * time.Minute)
				if diff := cmp.Diff(before, e.cloud.Snapshot()); diff != "" {
					t.Errorf("(-before +after):\n%s", diff)
				}
				e.restart()
				e.wait(10 * time.Minute)
				if diff := cmp.Diff(before, e.cloud.Snapshot()); diff != "" {
					t.Errorf("in a new process (-before +after):\n%s", diff)
				}
			})
		})
	}
}

func TestAnInvalidSecretDeletesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		made, err := makeCertificate("cart.web.example", time.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		cert := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cert"}, Type: corev1.SecretTypeTLS,
			Data: map[string][]byte{corev1.TLSCertKey: made.chain, corev1.TLSPrivateKeyKey: made.key}}
		i := ingress("web", "cart")
		i.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{"cart.web.example"}, SecretName: "cert"}}
		e.put(class(), service("cart"), slice("cart", 1), cert, i)
		e.wait(time.Minute)
		before := slices.Sorted(maps.Keys(e.cloud.Snapshot()))
		if !strings.Contains(strings.Join(before, "\n"), "/443") {
			t.Fatalf("no listener for HTTPS: %v", before)
		}
		bad := cert.DeepCopy()
		bad.Data[corev1.TLSPrivateKeyKey] = []byte("no key")
		e.put(bad)
		e.wait(10 * time.Minute)
		e.remove(bad)
		e.wait(10 * time.Minute)
		e.restart()
		e.put(slice("cart", 2))
		e.wait(10 * time.Minute)
		if got := e.members("shop/web"); !slices.Equal(got, []string{"10.0.0.2:8080"}) {
			t.Errorf("endpoints are not updated: %v", got)
		}
		if after := slices.Sorted(maps.Keys(e.cloud.Snapshot())); !slices.Equal(before, after) {
			t.Errorf("before %v\nafter %v", before, after)
		}
		off := e.read(i).(*networkingv1.Ingress) //nolint:forcetypeassert // it is one
		off.Spec.TLS = nil
		e.put(off)
		e.wait(10 * time.Minute)
		if after := strings.Join(slices.Sorted(maps.Keys(e.cloud.Snapshot())), "\n"); strings.Contains(after, "/443") {
			t.Errorf("HTTPS was removed from the Ingress and is still served: %v", after)
		}
	})
}
