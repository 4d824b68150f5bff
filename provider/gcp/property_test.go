package gcp_test

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/cloudtest"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
	"github.com/headgate-io/headgate/provider/providertest"
	"github.com/headgate-io/headgate/reconcile"
)

// TestDataPlaneMatchesTheModel applies random models, each to an empty cloud and then over another
// one. The load balancers must route random requests as the model does, and a new process must plan
// nothing.
func TestDataPlaneMatchesTheModel(t *testing.T) {
	clk := providertest.NewClock(5000)
	c := newCloud(t, gcptest.Options{Dial: refuse, Clock: clk})
	p := c.process(t)
	features := without(modeltest.Served(p.Capabilities()), model.FeatureStaticAddress, model.FeatureCertificateRef)
	models := modeltest.LoadBalancers(modeltest.Options{Features: features})
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		id := model.ID(fmt.Sprintf("default/run-%d", run))
		first, second := placed(models.Draw(t, "model")), placed(models.Draw(t, "model"))
		engine := reconcile.New(p, reconcile.Options{Clock: hasty{clk}})
		// The first model is created, and then changed to the second.
		for _, lb := range []model.LoadBalancer{first, second} {
			lb.ID = id
			accepted, report, ok := become(t, engine, p, lb)
			if !ok {
				continue
			}
			for range 5 {
				check(t, c, p, accepted, report, modeltest.Requests(accepted).Draw(t, "request"))
			}
			nothingLeftToDo(t, reconcile.New(p, reconcile.Options{Clock: c.clock}), accepted)
		}
		engine.Drop(id)
		if _, err := engine.Apply(context.Background(), id); err != nil {
			t.Fatalf("delete: %v", err)
		}
		if left := c.Snapshot(); len(left) > 0 {
			t.Fatalf("left over: %v", left)
		}
	})
}

// hasty is a clock that never waits: it skips the time. It is for engines that run without clients.
type hasty struct{ *providertest.Clock }

func (h hasty) After(d time.Duration) <-chan time.Time {
	h.Skip(d)
	return h.Clock.After(0)
}

// become applies the part of a model that the provider supports, and returns it. It is false if
// that part is empty.
func become(t *rapid.T, engine *reconcile.Engine, p provider.Provider, lb model.LoadBalancer) (model.Sealed, reconcile.Report, bool) {
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	accepted, _, ok := reconcile.Accept(p, sealed)
	if !ok {
		return accepted, reconcile.Report{}, false
	}
	// The refused part is not set: it would retain what it served before.
	engine.Set(accepted)
	report, err := engine.Apply(context.Background(), sealed.ID())
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return accepted, report, true
}

// nothingLeftToDo checks that an engine that only knows what it observes plans nothing.
func nothingLeftToDo(t *rapid.T, engine *reconcile.Engine, lb model.Sealed) {
	engine.Set(lb)
	plan, err := engine.Plan(context.Background(), lb.ID())
	if err != nil || plan.Results[0].Err != nil || len(plan.Results[0].Steps) > 0 {
		t.Fatalf("a new process plans %+v, %v", plan.Results[0], err)
	}
}

// placed assigns endpoints to zones that exist.
func placed(lb model.LoadBalancer) model.LoadBalancer {
	zones := []string{"us-central1-a", "us-central1-b", "us-central1-c"}
	for i := range lb.Groups {
		for j := range lb.Groups[i].Endpoints {
			e := &lb.Groups[i].Endpoints[j]
			e.Zone, e.Node = zones[j%len(zones)], "node-"+strconv.Itoa(j)
		}
	}
	return lb
}

// without returns the features except those that are gone.
func without(all []model.Feature, gone ...model.Feature) []model.Feature {
	return slices.DeleteFunc(all, func(f model.Feature) bool { return slices.Contains(gone, f) })
}

func check(t *rapid.T, c *emulated, p provider.Provider, lb model.Sealed, report reconcile.Report, q model.Request) {
	want := model.Decide(lb, q)
	if want.Action == model.ActionNone || len(lb.Listeners()) == 0 {
		return
	}
	if q.Port != 80 && q.Port != 443 {
		q.Host += ":" + strconv.Itoa(q.Port) // as clients do if the scheme does not imply the port
	}
	address := net.JoinHostPort(report.Results[0].Addresses[0], strconv.Itoa(q.Port))
	got, ok := c.Route(address, httpRequest(q))
	if !ok {
		t.Fatalf("nothing listens at %s", address)
	}
	if diff := gocmp.Diff(expected(t, p, lb, want, q), folded(got)); diff != "" {
		t.Fatalf("request %+v: the cloud routes differently (-model +cloud):\n%s\ndecision %+v", q, diff, want)
	}
}

// httpRequest returns the request as a load balancer receives it.
func httpRequest(q model.Request) *http.Request {
	r := httptest.NewRequest(q.Method, "/", nil)
	uri := q.Path
	if uri == "" {
		uri = "/"
	}
	query := q.RawQuery
	if query == "" {
		query = url.Values(q.Query).Encode()
	}
	if query != "" {
		uri += "?" + query
	}
	r.Host, r.RequestURI, r.Header = q.Host, uri, http.Header(q.Headers)
	r.URL = &url.URL{Path: q.Path, RawPath: q.Path, RawQuery: query}
	return r
}

// fixedBody is the body of every fixed response, which is an injected fault.
const fixedBody = "fault filter abort"

// expected returns what the load balancer must do for a decision of the model.
func expected(t *rapid.T, p provider.Provider, lb model.Sealed, d model.Decision, q model.Request) cloudtest.Routed {
	switch d.Action {
	case model.ActionFixed:
		return cloudtest.Routed{Status: d.Fixed.Status, Body: fixedBody}
	case model.ActionRedirect:
		return cloudtest.Routed{Status: d.Redirect.Status, Location: d.Redirect.Location}
	default:
	}
	out := cloudtest.Routed{Groups: map[string]int{}, Host: q.Host, Path: cmp.Or(q.Path, "/")}
	if d.Match != nil {
		out = rewritten(out, d, q)
	}
	resources, err := p.Translate(lb)
	if err != nil {
		t.Fatalf("translate: %v", err)
	}
	for _, w := range d.Groups {
		if w.Weight > 0 {
			out.Groups[serviceOf(t, resources, w.Group)] += w.Weight
		}
	}
	if len(out.Groups) == 0 {
		return cloudtest.Routed{Status: http.StatusServiceUnavailable, Body: fixedBody}
	}
	if len(d.Groups) == 1 {
		for name := range out.Groups {
			out.Groups[name] = 1
		}
	}
	return out
}

// rewritten returns out with the host and path that the backend receives.
func rewritten(out cloudtest.Routed, d model.Decision, q model.Request) cloudtest.Routed {
	rw := d.Match.Route.Filters.Rewrite
	if rw == nil {
		return out
	}
	out.Host = cmp.Or(rw.Host, out.Host)
	if rw.Path != nil {
		out.Path = model.RewritePath(*rw.Path, d.Match.Match.Path, q.Path)
	}
	return out
}

func serviceOf(t *rapid.T, resources []provider.Resource, group model.GroupID) string {
	for _, r := range resources {
		if r.Key.Kind == "BackendService" && r.Group == group {
			return r.Key.Name
		}
	}
	t.Fatalf("group %s has no backend service", group)
	return ""
}

// folded returns r with the host of its Location in lower case.
func folded(r cloudtest.Routed) cloudtest.Routed {
	u, err := url.Parse(r.Location)
	if err == nil && u.Host != "" {
		r.Location = strings.Replace(r.Location, u.Host, strings.ToLower(u.Host), 1)
	}
	return r
}
