package providertest

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/reconcile"
)

// gallery is one load balancer for several examples.
type gallery struct {
	lb       model.LoadBalancer
	requests []model.Request
	spread   []model.Request // must be answered by each pod that may
}

func (g *gallery) add(x example, lb model.LoadBalancer) {
	if g.lb.ID == "" {
		g.lb = lb
		g.lb.Listeners = slices.Clone(lb.Listeners)
	} else {
		g.lb.Listeners[0].Routes = append(g.lb.Listeners[0].Routes, lb.Listeners[0].Routes...)
	}
	for _, own := range lb.Groups {
		if !slices.ContainsFunc(g.lb.Groups, func(have model.Group) bool { return have.ID == own.ID }) {
			g.lb.Groups = append(g.lb.Groups, own)
		}
	}
	g.requests = append(g.requests, x.requests...)
	if x.spread {
		g.spread = append(g.spread, x.requests[0])
	}
}

// secure adds an HTTPS listener with the redirects that do not lead there.
func (g *gallery) secure(cert model.Certificate) {
	l := model.Listener{Port: 443, Protocol: model.HTTPS, Default: model.ForwardTo(web), TLS: &model.ListenerTLS{Certificates: []model.Certificate{cert}}}
	for _, r := range g.lb.Listeners[0].Routes {
		if r.Action.Redirect == nil || r.Action.Redirect.Scheme != "" {
			continue
		}
		l.Routes = append(l.Routes, r)
		for _, q := range g.requests {
			if q.Host == r.Hosts[0].Name {
				q.Scheme, q.Port = "https", 443
				g.requests = append(g.requests, q)
			}
		}
	}
	if len(l.Routes) > 0 {
		g.lb.Listeners = append(g.lb.Listeners, l)
	}
}

// serve applies the load balancer and compares the answers to all requests.
func (g gallery) serve(t *testing.T, s *stage, e *reconcile.Engine) {
	t.Helper()
	r := s.apply(t, e, &g.lb)
	if len(r.Addresses) == 0 {
		t.Fatal("the load balancer has no address")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	o := s.oracle(seal(t, g.lb))
	if objection := s.compare(ctx, o, r.Addresses[0], g.requests); objection != "" {
		t.Fatal(objection)
	}
	for _, q := range g.spread {
		s.checkSpread(ctx, t, o, r.Addresses[0], q)
	}
}

// checkSpread fails unless each pod that may answer a request answers some of many.
func (s *stage) checkSpread(ctx context.Context, t *testing.T, o oracle, address string, q model.Request) {
	t.Helper()
	const many = 200
	c := s.visitor(address)
	defer c.http.CloseIdleConnections()
	want, got := map[string]bool{}, map[string]bool{}
	for _, w := range model.Decide(o.lb, q).Groups {
		for _, pod := range o.readyPods(w.Group) {
			want[pod] = true
		}
	}
	for range many {
		if got[c.ask(ctx, q).pod] = true; len(got) >= len(want) {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s%s: the pods that answer %d requests (-want +got):\n%s", q.Host, q.Path, many, diff)
	}
}
