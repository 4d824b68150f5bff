package reconcile_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

// owned returns a route with an Ingress of its own as origin.
func owned(r model.Route, ingress string) model.Route {
	r.Origin = ref("Ingress", ingress)
	return r
}

// pair serves web of the Ingress "shop" and api of the Ingress "api", each with a certificate if
// secure is set.
func pair(t *testing.T, secure bool) model.LoadBalancer {
	t.Helper()
	lb := balancer(shop)
	lb.Listeners[0].Routes = []model.Route{owned(route("api", "/api", api), "api"), route("web", "/", web)}
	if !secure {
		return lb
	}
	https := model.Listener{Port: 443, Protocol: model.HTTPS, TLS: &model.ListenerTLS{}, Routes: slices.Clone(lb.Listeners[0].Routes)}
	for _, name := range []string{"api", "shop"} {
		c, err := modeltest.Certificate(name, "shop.example.com")
		if err != nil {
			t.Fatal(err)
		}
		https.TLS.Certificates = append(https.TLS.Certificates, c)
	}
	lb.Listeners = append(lb.Listeners, https)
	return lb
}

// without returns lb without the routes and the certificate of an Ingress and without the group of
// api.
func without(lb model.LoadBalancer, ingress string) model.LoadBalancer {
	lb.Listeners = slices.Clone(lb.Listeners)
	for i := range lb.Listeners {
		l := &lb.Listeners[i]
		l.Routes = slices.DeleteFunc(slices.Clone(l.Routes), func(r model.Route) bool { return r.Origin.Name == ingress })
		if l.TLS != nil {
			l.TLS = &model.ListenerTLS{Certificates: slices.DeleteFunc(slices.Clone(l.TLS.Certificates), func(c model.Certificate) bool { return c.Name == ingress })}
		}
	}
	lb.Groups = slices.DeleteFunc(slices.Clone(lb.Groups), func(g model.Group) bool { return g.ID == api && ingress == "api" })
	return lb
}

// broken is the problem of an Ingress that is refused.
func broken(ingress string) model.Problem {
	return model.Problem{Origin: fieldOf(ref("Ingress", ingress), "spec.tls[0]"), Reason: model.ReasonInvalid, Message: "is bad"}
}

// put sets and applies a load balancer with problems.
func put(t *testing.T, e *reconcile.Engine, lb model.LoadBalancer, found ...model.Problem) reconcile.Report {
	t.Helper()
	e.Set(seal(t, lb), found...)
	r, err := e.Apply(t.Context(), lb.ID)
	if err != nil {
		t.Fatal(err)
	}
	return finished(t, r)
}

func TestTheLastKnownGoodRoutesOfARefusedObjectStay(t *testing.T) {
	for _, secure := range []bool{false, true} {
		b := newBench(t, fake.CloudOptions{}, fake.Options{})
		e := b.engine()
		lb := pair(t, secure)
		put(t, e, lb)
		before := b.cloud.Snapshot()
		for _, ingress := range []string{"api", "shop"} {
			put(t, e, without(lb, ingress), broken(ingress))
			if diff := cmp.Diff(before, b.cloud.Snapshot()); diff != "" {
				t.Errorf("secure %v, with Ingress %s broken:\n%s", secure, ingress, diff)
			}
		}
		put(t, e, without(lb, "api"), model.Problem{Origin: ref("Ingress", "api"), Reason: model.ReasonDiffers})
		// that something differs is no refusal: nobody asks for it any more
		b.settled(t, without(lb, "api"))
	}
}

func TestTheListenerOfARefusedObjectStays(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	e := b.engine()
	lb := pair(t, true)
	put(t, e, lb)
	before := b.cloud.Snapshot()
	plain := lb
	plain.Listeners = lb.Listeners[:1]
	put(t, e, plain, broken("api"), broken("shop"))
	if diff := cmp.Diff(before, b.cloud.Snapshot()); diff != "" {
		t.Errorf("with both Secrets broken:\n%s", diff)
	}
	put(t, e, plain, broken("api"))
	// shop asks for no HTTPS any more, api's still serves, with the certificates that were there
	b.settled(t, func() model.LoadBalancer {
		retained := lb
		retained.Listeners = slices.Clone(lb.Listeners)
		retained.Listeners[1].Routes = retained.Listeners[1].Routes[:1]
		return retained
	}())
	put(t, e, plain)
	b.settled(t, plain)
}

func TestARefusedObjectDoesNotAffectOthers(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	e := b.engine()
	put(t, e, pair(t, false))
	next := without(pair(t, false), "api")
	next.Listeners[0].Routes = []model.Route{route("blog", "/blog", blog)} // instead of web
	next.Groups = []model.Group{group(blog, pods(3, 0, 10))}
	put(t, e, next, broken("api"))
	want := next
	want.Listeners = []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{owned(route("api", "/api", api), "api"), route("blog", "/blog", blog)}}}
	want.Groups = []model.Group{group(api, pods(1, 0, 10)), group(blog, pods(3, 0, 10))}
	b.settled(t, want)
}

func TestAValidRouteOfARefusedObjectIsUpdated(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	e := b.engine()
	put(t, e, pair(t, false))
	next := pair(t, false)
	next.Listeners[0].Routes[0] = owned(route("api", "/api", web), "api")
	next.Groups = next.Groups[1:]
	put(t, e, next, broken("api"))
	b.settled(t, next)
}

func TestForgetRepairsDrift(t *testing.T) {
	b, e := serving(t, fake.Options{})
	if _, err := e.Discover(t.Context()); err != nil { // all is known, and one is forgotten
		t.Fatal(err)
	}
	apply(t, b.engine(), halved(shop)) // another process removes the api
	b.cloud.ResetCalls()
	if r := sync(t, e, shop); !r.Empty() || len(b.cloud.Calls()) > 0 {
		t.Errorf("before an audit: %v, calls %v", text(r), b.cloud.Calls())
	}
	e.Forget("default/other")
	if sync(t, e, shop); len(b.cloud.Calls()) > 0 {
		t.Errorf("to forget one reads another: %v", b.cloud.Calls())
	}
	e.Forget(shop)
	sync(t, e, shop)
	if c := b.cloud.Calls(); len(c) == 0 || c[0].Op != "read" || len(b.writes()) == 0 {
		t.Errorf("an audit: %v", c)
	}
	finished(t, sync(t, e, shop)) // once what was made anew is healthy
	b.settled(t, balancer(shop))
	b.cloud.ResetCalls()
	if sync(t, e, shop); len(b.cloud.Calls()) > 0 {
		t.Errorf("after the audit: %v", b.cloud.Calls())
	}
}

// served returns the number of endpoints of each group that receive requests.
func served(t *testing.T, e *reconcile.Engine, groups ...model.GroupID) []int {
	t.Helper()
	got, err := e.Serving(t.Context(), shop, groups...)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int, len(groups))
	for i, g := range groups {
		out[i] = len(got[g])
		if _, there := got[g]; there != (out[i] > 0) {
			t.Errorf("%s has an entry, and nothing of it is served", g)
		}
	}
	return out
}

func TestServingReportsEndpointsThatReceiveRequests(t *testing.T) {
	b, e := serving(t, fake.Options{})
	check := func(what string, want ...int) {
		t.Helper()
		if diff := cmp.Diff(want, served(t, e, api, web, blog)); diff != "" {
			t.Errorf("%s: api, web, blog (-want +got):\n%s", what, diff)
		}
	}
	check("all healthy", 10, 10, 0)
	b.sick(pods(2, 0, 3), true)
	check("three are not", 10, 7, 0)
	b.sick(pods(3, 0, 10), true)
	e.Set(seal(t, swapped(shop)))
	sync(t, e, shop)
	b.sick(pods(3, 0, 10), false)
	check("blog is checked, and not used yet", 10, 7, 0)
	sync(t, e, shop)
	check("blog is used", 10, 0, 10)
	if got := served(t, b.engine(), api); got[0] != 0 {
		t.Error("an engine that has not looked knows what is served")
	}
	blind := reconcile.New(struct{ provider.Provider }{b.provider()}, reconcile.Options{})
	blind.Set(seal(t, swapped(shop)))
	sync(t, blind, shop)
	if got := served(t, blind, api); got[0] != 0 || blind.ReportsHealth() || !e.ReportsHealth() {
		t.Error("a provider without health knows it")
	}
}

func TestServingIsEmptyUntilProvisioned(t *testing.T) {
	b := newBench(t, fake.CloudOptions{Provisioning: 1 << 50}, fake.Options{})
	e := b.engine()
	e.Set(seal(t, balancer(shop)))
	sync(t, e, shop)
	if diff := cmp.Diff([]int{0, 0}, served(t, e, api, web)); diff != "" {
		t.Error(diff)
	}
}

func TestWantsReportsAcceptedGroups(t *testing.T) {
	b := newBench(t, fake.CloudOptions{}, fake.Options{})
	e := b.engine()
	wants := func() []bool { return []bool{e.Wants(shop, api), e.Wants(shop, blog), e.Wants("default/other", api)} }
	if diff := cmp.Diff([]bool{false, false, false}, wants()); diff != "" {
		t.Errorf("before Set:\n%s", diff)
	}
	e.Set(seal(t, balancer(shop)))
	if diff := cmp.Diff([]bool{true, false, false}, wants()); diff != "" {
		t.Errorf("after Set:\n%s", diff)
	}
	e.Drop(shop)
	if diff := cmp.Diff([]bool{false, false, false}, wants()); diff != "" {
		t.Errorf("after Drop:\n%s", diff)
	}
}
