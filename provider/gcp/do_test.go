package gcp_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/gcp"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

func TestUpdateOfAChangedResourceIsAConflict(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Dial: onePod(t)})
	p := c.process(t)
	e := c.engine(t)
	apply(t, e, simple(t))
	have, err := p.Observe(t.Context(), provider.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(have, func(r provider.Resource) bool { return r.Key.Kind == "BackendService" })
	want := have[i]
	spec, _ := want.Spec.(gcp.BackendServiceSpec)
	spec.Timeout = 77
	want.Spec = spec
	api := sdk(t, c)
	b, err := api.BackendServices.Get(project, want.Key.Name).Do()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.BackendServices.Patch(project, b.Name, &compute.BackendService{TimeoutSec: 99, Fingerprint: b.Fingerprint}).Do(); err != nil {
		t.Fatal(err)
	}
	out := p.Do(t.Context(), provider.Batch{WriteScope: want.WriteScope, Ops: []provider.Op{{Action: provider.Update, Key: want.Key, WriteScope: want.WriteScope, Want: &want, Have: &have[i]}}})
	if provider.CodeOf(out[0].Err) != provider.Conflict {
		t.Errorf("outcome = %+v, want Conflict", out[0])
	}
}

// TestManualChangesAreUndone checks that the next process removes fields that were set in a URL map
// outside Headgate.
func TestManualChangesAreUndone(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Dial: onePod(t)})
	apply(t, c.engine(t), simple(t))
	api := sdk(t, c)
	list, err := api.UrlMaps.List(project).Do()
	if err != nil || len(list.Items) != 1 {
		t.Fatal(err, list)
	}
	m := list.Items[0]
	m.PathMatchers[0].RouteRules[0].UrlRedirect = nil
	m.PathMatchers[0].RouteRules, m.PathMatchers[0].PathRules = nil, []*compute.PathRule{{Paths: []string{"/*"}, Service: m.DefaultService}}
	m.HeaderAction = &compute.HttpHeaderAction{RequestHeadersToRemove: []string{"X-Secret"}}
	if _, err := api.UrlMaps.Update(project, m.Name, m).Do(); err != nil {
		t.Fatal(err)
	}
	e := c.engine(t)
	apply(t, e, simple(t))
	list, err = api.UrlMaps.List(project).Do()
	if err != nil || list.Items[0].HeaderAction != nil || len(list.Items[0].PathMatchers[0].PathRules) > 0 || len(list.Items[0].PathMatchers[0].RouteRules) != 2 {
		t.Errorf("the URL map is still %+v, %v", list.Items[0], err)
	}
}

// TestRejectedEndpointAffectsOnlyItself checks that the error names an endpoint on a deleted node,
// and that all others are attached.
func TestRejectedEndpointAffectsOnlyItself(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Dial: onePod(t), Instances: []gcptest.Instance{{Name: "node-1", Zone: "us-central1-a", Address: "10.128.0.2", AliasRanges: []string{"10.0.0.0/16"}}}})
	lb := model.LoadBalancer{ID: "default/web", Groups: []model.Group{{ID: "default/web:80"}}}
	for i := range 9 {
		node := "node-1"
		if i == 6 {
			node = "node-gone"
		}
		lb.Groups[0].Endpoints = append(lb.Groups[0].Endpoints, model.Endpoint{Address: netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), Port: 80, Zone: "us-central1-a", Node: node})
	}
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	e := c.engine(t)
	e.Set(sealed)
	report, err := e.Sync(t.Context(), lb.ID)
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(report.Err()); !strings.Contains(text, "endpoint 10.0.0.7:80 on node-gone") || strings.Contains(text, "10.0.0.6") {
		t.Errorf("error = %s, want it to name the endpoint", text)
	}
	have, err := c.process(t).Observe(t.Context(), provider.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range have {
		if s, ok := r.Spec.(gcp.NetworkEndpointsSpec); ok && len(s.Zones[0].Members) != 8 {
			t.Errorf("%d endpoints are attached, want 8", len(s.Zones[0].Members))
		}
	}
}

// TestResourceOfAnotherGroupIsNotAdopted checks that a resource of the same load balancer under a
// wanted name is neither adopted nor changed if it belongs to another group.
func TestResourceOfAnotherGroupIsNotAdopted(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{gcp.KindBackendService, gcp.KindNetworkEndpoints} {
		c := newCloud(t, gcptest.Options{Dial: onePod(t)})
		api, lb := sdk(t, c), simple(t)
		r := wanted(t, c.process(t), lb, kind)
		text := fmt.Sprintf(`{"headgate":{"cluster":%q,"loadBalancer":"default/web","group":"default/other:80"}}`, cluster)
		if kind == gcp.KindBackendService {
			must(t)(api.BackendServices.Insert(project, &compute.BackendService{Name: r.Key.Name, Description: text, LoadBalancingScheme: "EXTERNAL_MANAGED"}).Do())
		} else {
			must(t)(api.NetworkEndpointGroups.Insert(project, "us-central1-b", &compute.NetworkEndpointGroup{Name: r.Key.Name, Description: text, NetworkEndpointType: "GCE_VM_IP_PORT"}).Do())
		}
		before := c.Snapshot()
		for range 2 { // as creation, and as an update of what was observed
			e := c.engine(t)
			e.Set(lb)
			report, err := e.Sync(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(report.Err()); !strings.Contains(got, `group "default/other:80"`) {
				t.Errorf("%s: error %s", kind, got)
			}
		}
		after := c.Snapshot()
		for name, was := range before {
			if after[name] != was {
				t.Errorf("%s: %s was changed to %s", kind, name, after[name])
			}
		}
	}
}
