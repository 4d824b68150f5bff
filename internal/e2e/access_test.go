package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/headgate-io/headgate/internal/e2e/cluster"
)

// What a controller does at the API server, over the life of one Ingress with TLS, gates and an election. Writes are looked at closely: they are
// to what the controller owns, and to nothing else.
func TestControllersWriteOnlyWhatIsTheirs(t *testing.T) {
	onEachCloud(t, func(t *testing.T, s *stage) {
		s.keepRunning(t, s.webhook(t)...)
		s.service(t, s.ns, "shop")
		roots := s.secret(t, "front-tls", "front.example.com")
		s.ingress(t, "front", "shop")
		s.encrypt(t, "front", "front-tls")
		s.awaitGates(t, "shop")
		s.deployment(t, s.ns, "shop", 2, nil)
		eventually(t, "HTTPS serves", func(ctx context.Context) error { return s.sendTLS(ctx, "front", roots) })
		s.awaitReady(t, s.ns, "shop", 2)
		s.retire(t, "front")

		accesses, err := s.cluster.Accesses(s.user())
		if err != nil {
			t.Fatal(err)
		}
		var writes []string
		for _, a := range accesses {
			t.Log(a)
			if w := written(a); w != "" && !slices.Contains(writes, w) {
				writes = append(writes, w)
			}
		}
		for _, w := range writes {
			if !slices.Contains(theirs(), w) {
				t.Errorf("the controller writes %s", w)
			}
		}
		for _, w := range []string{"leases.coordination.k8s.io", "ingresses/status.networking.k8s.io", "pods/status"} {
			if !slices.Contains(writes, w) {
				t.Errorf("the controller does not write %s", w)
			}
		}
	})
}

// written is the resource of a write, or "" for a read.
func written(a cluster.Access) string {
	if slices.Contains([]string{"get", "list", "watch"}, a.Verb) {
		return ""
	}
	if a.Group == "" {
		return a.Resource
	}
	return fmt.Sprintf("%s.%s", a.Resource, a.Group)
}

// theirs is what a controller may write: finalizers and status of its objects, gates, events, its lease, and its webhook's certificate.
func theirs() []string {
	return []string{
		"ingresses.networking.k8s.io", "ingresses/status.networking.k8s.io", "pods/status", "events.events.k8s.io", "events",
		"leases.coordination.k8s.io", "secrets", "mutatingwebhookconfigurations.admissionregistration.k8s.io",
	}
}
