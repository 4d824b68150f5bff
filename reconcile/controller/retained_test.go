package controller

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
)

// What an object served before a part of it became unreadable goes on, in the process that saw it
// and in the next.
func TestAPartThatTurnsUnreadableKeepsWhatItServed(t *testing.T) {
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
