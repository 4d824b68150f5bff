//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// drained are the sentences about endpoints that are not ready, or not any more.
func drained() []sentence {
	return []sentence{
		{"an endpoint that is not ready receives no request and no health check", testNotReadyTraffic},
		{"a request in flight completes after its endpoint is deregistered", inFlight(removeEndpoint)},
		{"a request in flight completes after its group is deleted", inFlight(removeGroup)},
	}
}

func testNotReadyTraffic(t *testing.T, h Harness) {
	s := newStage(t, h)
	if s.Dial == nil {
		t.Skip("the cloud has no data plane")
	}
	lb := s.pods.small()
	eps := s.pods.endpoints("web", 0, 6)
	eps[1].State, eps[3].State = model.Draining, model.NotReady
	webOf(&lb).Endpoints = eps
	r := s.apply(t, s.engine(), &lb)
	o := s.oracle(seal(t, lb))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if objection := s.compare(ctx, o, r.Addresses[0], []model.Request{get(host, "/")}); objection != "" {
		t.Fatal(objection)
	}
	s.checkSpread(ctx, t, o, r.Addresses[0], get(host, "/"))
	for _, pod := range []string{"web-1", "web-3"} {
		if n := s.pods.received(pod); n > 0 {
			t.Errorf("pod %s is not ready, and got %d requests", pod, n)
		}
	}
}

// longDraining is longer than the test, even on a fast clock.
const longDraining = time.Hour

func removeEndpoint(lb *model.LoadBalancer, pod string) {
	g := &lb.Groups[slices.IndexFunc(lb.Groups, func(g model.Group) bool { return g.ID == api })]
	g.Endpoints = slices.DeleteFunc(slices.Clone(g.Endpoints), func(e model.Endpoint) bool { return e.Pod == "default/"+pod })
}

func removeGroup(lb *model.LoadBalancer, _ string) {
	lb.Listeners[0].Routes = slices.DeleteFunc(lb.Listeners[0].Routes, func(r model.Route) bool { return r.Name == "api" })
	lb.Groups = slices.DeleteFunc(lb.Groups, func(g model.Group) bool { return g.ID == api })
}

// inFlight returns the test that a request completes although a change removes the endpoint that
// serves it. The pod answers the request after the change.
func inFlight(change func(lb *model.LoadBalancer, pod string)) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		s := newStage(t, h)
		if s.Dial == nil {
			t.Skip("the cloud has no data plane")
		}
		lb := s.slowShop()
		e := s.engine()
		r := s.apply(t, e, &lb)
		c := s.client(t, r.Addresses[0])
		c.await(t, shopProbes()[:1])
		answers := make(chan answer, 1)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		go func() { answers <- c.patient(ctx, get(host, slowPath)) }()
		pod := <-s.pods.slow.arrived
		change(&lb, pod)
		s.passes(ctx, t, e, want(t, e, &lb))
		select {
		case a := <-answers:
			t.Fatalf("the request in flight ended early: %v", a)
		default:
		}
		close(s.pods.slow.release)
		if a := <-answers; a.pod != pod {
			t.Errorf("the request in flight got %v, want an answer of %s", a, pod)
		}
	}
}

// slowShop returns a shop with a route for slow requests instead of that for the API.
func (s *stage) slowShop() model.LoadBalancer {
	lb := s.pods.small()
	lb.Listeners[0].Routes[0] = prefix("api", host, slowPath, api)
	for i := range lb.Groups {
		lb.Groups[i].Draining = longDraining
	}
	return lb
}

// patient repeats a request until it reaches a pod.
func (c *client) patient(ctx context.Context, q model.Request) answer {
	for {
		if a := c.ask(ctx, q); a.pod != "" || a.err != nil || a.status < http.StatusInternalServerError {
			return a
		}
	}
}

// passes makes some passes over a change. It does not wait for what is pending.
func (*stage) passes(ctx context.Context, t *testing.T, e *reconcile.Engine, id model.ID) {
	t.Helper()
	const some = 8
	for range some {
		r, err := e.Sync(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range r.Results[0].Steps {
			if st.Outcome.State == provider.Failed && !provider.CodeOf(st.Outcome.Err).Retryable() {
				t.Fatalf("%s %s: %v", st.Action, st.Key, st.Outcome.Err)
			}
		}
	}
}
