package azure_test

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/provider/cloudtest"
	"github.com/headgate-io/headgate/reconcile"
)

// write creates resources in the order of their needs, as the core would, in one batch.
func write(t *rapid.T, p *azure.Provider, want []provider.Resource) {
	have := map[provider.Key]provider.Resource{}
	observed, err := p.Observe(context.Background(), provider.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range observed {
		have[r.Key] = r
	}
	batch := provider.Batch{Have: func(k provider.Key) (provider.Resource, bool) { r, ok := have[k]; return r, ok }}
	done := map[provider.Key]bool{}
	for len(batch.Ops) < len(want) {
		before := len(batch.Ops)
		for i := range want {
			r := &want[i]
			ready := !slices.ContainsFunc(r.Needs, func(k provider.Key) bool { return !done[k] })
			if !done[r.Key] && ready {
				done[r.Key] = true
				batch.Ops = append(batch.Ops, provider.Op{Action: provider.Create, Key: r.Key, WriteScope: r.WriteScope, Want: r})
			}
		}
		if len(batch.Ops) == before {
			t.Fatal("needs have a cycle, or refer to other load balancers")
		}
	}
	for _, o := range p.Do(context.Background(), batch) {
		if o.State != provider.Done {
			t.Fatalf("%s is %s: %v", o.Key, o.State, o.Err)
		}
	}
}

// translate returns all resources of a model, with members.
func translate(t *rapid.T, p *azure.Provider, s model.Sealed) []provider.Resource {
	want, err := p.Translate(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range s.Groups() {
		members, err := p.Members(s, g.ID, g.Endpoints)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, members...)
	}
	return want
}

// served returns the features for which the data plane must agree with the model. It omits paths
// that differ by case.
func served(p *azure.Provider) modeltest.Options {
	features := modeltest.Served(p.Capabilities())
	return modeltest.Options{Features: slices.DeleteFunc(features, func(f model.Feature) bool {
		return f == model.FeatureCaseSensitivePath || f == model.FeatureInternal || f == model.FeatureStaticAddress
	})}
}

// For any model that the provider accepts, and any request, the embedded gateway does what Decide
// returns.
func TestDataPlaneAgreesWithTheModel(t *testing.T) {
	s := azuretest.NewServer(azuretest.Options{})
	t.Cleanup(s.Close)
	_, address := s.SeedPublicIP(group, "ip")
	body := azuretest.SharedGateway(location, azuretest.SubnetID(subscription, group, azuretest.NetworkName, azuretest.GatewaySubnet),
		azuretest.PublicIPID(subscription, group, "ip"))
	p := newProvider(t, s, shared, clock.System())
	models := modeltest.LoadBalancers(served(p))
	rapid.Check(t, func(rt *rapid.T) {
		if err := s.SeedGateway(group, shared, body); err != nil {
			rt.Fatal(err)
		}
		sealed, err := model.Seal(models.Draw(rt, "model"))
		if err != nil {
			rt.Fatal(err)
		}
		accepted, _, ok := reconcile.Accept(p, sealed)
		if !ok {
			return
		}
		want := translate(rt, p, accepted)
		write(rt, p, want)
		checkObserved(rt, p, want)
		for range 10 {
			agree(rt, s, p, address, accepted, modeltest.Requests(accepted).Draw(rt, "request"))
		}
	})
}

// checkObserved checks that the wanted resources are observed as they were applied, and no others.
func checkObserved(t *rapid.T, p *azure.Provider, want []provider.Resource) {
	observed, err := p.Observe(context.Background(), provider.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	have := map[provider.Key]provider.Resource{}
	for _, r := range observed {
		if !r.External {
			have[r.Key] = r
		}
	}
	for _, w := range want {
		h, ok := have[w.Key]
		if !ok {
			t.Fatalf("%s is not observed", w.Key)
		}
		if fields := p.Compare(w, h); len(fields) > 0 {
			t.Fatalf("%s differs after it was applied: %v", w.Key, fields)
		}
		if h.Owner != w.Owner || h.Group != w.Group || h.DrainDelay != w.DrainDelay || h.Member != w.Member || !sameKeys(h.Needs, w.Needs) {
			t.Fatalf("%s is observed as %+v, want %+v", w.Key, h, w)
		}
		delete(have, w.Key)
	}
	for k := range have {
		t.Fatalf("%s is observed but not wanted", k)
	}
}

func sameKeys(a, b []provider.Key) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, provider.CompareKeys)
	slices.SortFunc(b, provider.CompareKeys)
	return slices.Equal(a, b)
}

// agree sends one request to both.
func agree(t *rapid.T, s *azuretest.Server, p *azure.Provider, address string, lb model.Sealed, r model.Request) {
	d := model.Decide(lb, r)
	got, listens := route(t, s, address, r)
	refused := !listens || len(got.Groups) == 0 && got.Location == ""
	switch d.Action {
	case model.ActionForward:
		want := pool(t, p, lb, d.Groups[0])
		if want == "" && !refused || want != "" && !maps.Equal(got.Groups, map[string]int{want: 1}) {
			t.Fatalf("%s %s%s: the gateway does %+v, the model wants pool %q of %+v", r.Scheme, r.Host, r.Path, got, want, d)
		}
	case model.ActionRedirect:
		// The host of a location is compared without case.
		if !strings.EqualFold(got.Location, d.Redirect.Location) || got.Status != d.Redirect.Status {
			t.Fatalf("%s %s%s: the gateway does %+v, the model redirects to %+v", r.Scheme, r.Host, r.Path, got, d.Redirect)
		}
	case model.ActionFixed, model.ActionNone:
		if !refused {
			t.Fatalf("%s %s%s: the gateway does %+v, the model answers %+v", r.Scheme, r.Host, r.Path, got, d.Fixed)
		}
	}
}

// pool returns the name of a group's pool, or "" for a pool without members.
func pool(t *rapid.T, p *azure.Provider, lb model.Sealed, w model.Weighted) string {
	g, ok := lb.Group(w.Group)
	if !ok || w.Weight == 0 {
		return ""
	}
	members, err := p.Members(lb, g.ID, g.Endpoints)
	if err != nil {
		t.Fatal(err)
	}
	if addresses, ok := members[0].Spec.(azure.MembersSpec); !ok || len(addresses.Addresses) == 0 {
		return ""
	}
	return members[0].Key.Name
}

// route returns what the gateway does with a request.
func route(t *rapid.T, s *azuretest.Server, address string, r model.Request) (cloudtest.Routed, bool) {
	request := httptest.NewRequest(http.MethodGet, "http://x/", nil)
	request.Host, request.URL.RawQuery = r.Host, r.RawQuery
	path := r.Path
	if path == "" {
		path = "/"
	}
	u, err := request.URL.Parse("http://x" + path)
	if err != nil || strings.Contains(path, "//") {
		t.Skip("a request cannot have this path")
	}
	request.URL.Path, request.URL.RawPath = u.Path, u.RawPath
	port := r.Port
	if port == 0 {
		port = map[string]int{"https": 443}[r.Scheme]
	}
	return s.Route(net.JoinHostPort(address, strconv.Itoa(port)), request)
}
