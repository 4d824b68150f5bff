package gcp_test

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
	"github.com/headgate-io/headgate/provider/providertest"
	"github.com/headgate-io/headgate/reconcile"
)

// TestDataPlaneDecidesAsTheModel: for random models, made anew or out of another, and random
// requests, the load balancers that the plugin makes send each request where the reference router
// does, or the feature was refused; afterwards a new process has nothing to do.
func TestDataPlaneDecidesAsTheModel(t *testing.T) {
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
		// made anew, then changed into another
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

// hasty is the clock of an engine that nobody sends requests beside: it never waits, time is
// skipped.
type hasty struct{ *providertest.Clock }

func (h hasty) After(d time.Duration) <-chan time.Time {
	h.Skip(d)
	return h.Clock.After(0)
}

// become applies what the provider can express of a model, and returns it; false where that is
// nothing.
func become(t *rapid.T, engine *reconcile.Engine, p provider.Provider, lb model.LoadBalancer) (model.Sealed, reconcile.Report, bool) {
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	accepted, _, ok := reconcile.Accept(p, sealed)
	if !ok {
		return accepted, reconcile.Report{}, false
	}
	engine.Set(accepted) // not all of sealed: what is refused would go on serving what it served
	report, err := engine.Apply(context.Background(), sealed.ID())
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return accepted, report, true
}

// nothingLeftToDo holds that a new process, which reads all from the cloud, plans nothing.
func nothingLeftToDo(t *rapid.T, engine *reconcile.Engine, lb model.Sealed) {
	engine.Set(lb)
	plan, err := engine.Plan(context.Background(), lb.ID())
	if err != nil || plan.Results[0].Err != nil || len(plan.Results[0].Steps) > 0 {
		t.Fatalf("a new process plans %+v, %v", plan.Results[0], err)
	}
}

// placed puts endpoints into zones that the cloud has.
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

func without(all []model.Feature, gone ...model.Feature) []model.Feature {
	var out []model.Feature
	for _, f := range all {
		if !contains(gone, f) {
			out = append(out, f)
		}
	}
	return out
}

func contains(list []model.Feature, f model.Feature) bool {
	for _, x := range list {
		if x == f {
			return true
		}
	}
	return false
}

func check(t *rapid.T, c *emulated, p provider.Provider, lb model.Sealed, report reconcile.Report, q model.Request) {
	want := model.Decide(lb, q)
	if want.Action == model.ActionNone || len(lb.Listeners()) == 0 {
		return
	}
	if q.Port != 80 && q.Port != 443 {
		q.Host += ":" + strconv.Itoa(q.Port) // as clients do where the port is not the scheme's own
	}
	address := net.JoinHostPort(report.Results[0].Addresses[0], strconv.Itoa(q.Port))
	got, ok := c.Trace(address, httpRequest(q))
	if !ok {
		t.Fatalf("nothing listens at %s", address)
	}
	if diff := gocmp.Diff(expected(t, p, lb, want, q), folded(got)); diff != "" {
		t.Fatalf("request %+v: the cloud decides otherwise (-model +cloud):\n%s\ndecision %+v", q, diff, want)
	}
}

// httpRequest is the request as a load balancer gets it.
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

// expected is what the cloud has to do for a decision, in the cloud's words.
func expected(t *rapid.T, p provider.Provider, lb model.Sealed, d model.Decision, q model.Request) gcptest.Trace {
	switch d.Action {
	case model.ActionFixed:
		return gcptest.Trace{Status: d.Fixed.Status}
	case model.ActionRedirect:
		return gcptest.Trace{Status: d.Redirect.Status, Location: d.Redirect.Location}
	default:
	}
	out := gcptest.Trace{Services: map[string]int64{}, Host: q.Host, Path: cmp.Or(q.Path, "/")}
	if d.Match != nil {
		out = rewritten(out, d, q)
	}
	resources, err := p.Translate(lb)
	if err != nil {
		t.Fatalf("translate: %v", err)
	}
	for _, w := range d.Groups {
		if w.Weight > 0 {
			out.Services[serviceOf(t, resources, w.Group)] += int64(w.Weight)
		}
	}
	if len(out.Services) == 0 {
		return gcptest.Trace{Status: http.StatusServiceUnavailable}
	}
	if len(d.Groups) == 1 {
		for name := range out.Services {
			out.Services[name] = 1
		}
	}
	return out
}

// rewritten is what the backend sees of a request.
func rewritten(out gcptest.Trace, d model.Decision, q model.Request) gcptest.Trace {
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

// folded has the host in lower case.
func folded(trace gcptest.Trace) gcptest.Trace {
	u, err := url.Parse(trace.Location)
	if err == nil && u.Host != "" {
		trace.Location = strings.Replace(trace.Location, u.Host, strings.ToLower(u.Host), 1)
	}
	return trace
}
