package controller

import (
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

func finalizersIn(api client.Client, events reporter) *finalizers {
	status := &statusWriter{client: api, owners: ownersIn(api), events: events}
	return &finalizers{name: testFinalizer, objects: api, reader: api, status: status, events: events}
}

func TestAnObjectIsReleasedByItsLastLoadBalancer(t *testing.T) {
	web := shared("web", "a b")
	web.Data["addresses"] = "192.0.2.1"
	api := store(web)
	f := finalizersIn(api, &reports{})
	if err := f.release(t.Context(), "a", claimantsOf(t, api, "web")); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, api, "web"); len(got.Finalizers) != 1 || got.Data["addresses"] == "" {
		t.Errorf("released although b still serves it: %v %v", got.Finalizers, got.Data)
	}
	if err := f.release(t.Context(), "b", claimantsOf(t, api, "web")); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, api, "web"); len(got.Finalizers) != 0 || got.Data["addresses"] != "" {
		t.Errorf("not released: %v %v", got.Finalizers, got.Data)
	}
}

func TestAnObjectThatIsClaimedAgainIsReleasedByAllLoadBalancersAgain(t *testing.T) {
	api := store(shared("web", "a b"))
	f := finalizersIn(api, &reports{})
	if err := f.release(t.Context(), "a", claimantsOf(t, api, "web")); err != nil {
		t.Fatal(err)
	}
	if err := f.add(t.Context(), claimantsOf(t, api, "web")); err != nil {
		t.Fatal(err)
	}
	if err := f.release(t.Context(), "b", claimantsOf(t, api, "web")); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, api, "web"); len(got.Finalizers) != 1 {
		t.Errorf("released although a serves it again: %v", got.Finalizers)
	}
}

func TestAFinalizerIsAddedOnce(t *testing.T) {
	web := shared("web", "a")
	web.Finalizers = []string{"example.com/other"}
	api := store(web)
	f := finalizersIn(api, &reports{})
	for range 2 {
		if err := f.add(t.Context(), claimantsOf(t, api, "web")); err != nil {
			t.Fatal(err)
		}
	}
	if got := stored(t, api, "web").Finalizers; len(got) != 2 || got[1] != testFinalizer {
		t.Errorf("finalizers: %v", got)
	}
}

func TestAnAbandonedObjectIsReportedAndReleased(t *testing.T) {
	web := shared("web", "a")
	web.Annotations = map[string]string{AnnotationAbandon: "true"}
	api, events := store(web, shared("other", "a")), &reports{}
	f := finalizersIn(api, events)
	gone := f.abandoned(t.Context(), append(claimantsOf(t, api, "web"), claimantsOf(t, api, "other")...))
	if err := f.abandon(t.Context(), "a", gone); err != nil {
		t.Fatal(err)
	}
	if len(*events) != 1 || !strings.HasPrefix((*events)[0], "web Abandoned: load balancer a and its resources stay in the cloud") {
		t.Errorf("events: %v", *events)
	}
	if web, other := stored(t, api, "web").Finalizers, stored(t, api, "other").Finalizers; len(web) != 0 || len(other) != 1 {
		t.Errorf("finalizers: %v and %v", web, other)
	}
}
