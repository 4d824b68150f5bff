package gcp

import (
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/providertest"
)

func offline(t testing.TB) *Provider {
	t.Helper()
	p, err := New(&Client{}, Options{ClusterID: "demo", Project: "demo", Region: "us-central1"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func hostsOf(t testing.TB, w model.Wildcard, names ...string) []model.Host {
	t.Helper()
	var all []model.Host
	for _, name := range names {
		h, err := model.ParseHost(name, w)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
	return all
}

func matching(kind model.PathType, value string) []model.Match {
	return []model.Match{{Path: model.PathMatch{Type: kind, Value: value}}}
}

// goldenCases are models similar to those of the other clouds, so that the golden files compare
// easily.
func goldenCases(t testing.TB) map[string]model.LoadBalancer {
	web := model.Group{ID: "default/web:80", Port: 8080, Draining: 60 * time.Second, Endpoints: []model.Endpoint{
		{Address: netip.MustParseAddr("10.0.0.1"), Port: 8080, Zone: "us-central1-a", Node: "node-1"},
		{Address: netip.MustParseAddr("10.0.0.2"), Port: 8080, Zone: "us-central1-b", Node: "node-2", State: model.NotReady},
		{Address: netip.MustParseAddr("10.0.0.3"), Port: 8080, Zone: "", Node: "node-3"},
	}}
	api := model.Group{ID: "default/api:80", Port: 9090, Health: model.HealthCheck{Path: "/healthz", Port: 9091}}
	shop := hostsOf(t, model.AnyLabels, "shop.example.com")
	shared := model.Action{Forward: &model.Forward{Groups: []model.Weighted{{Group: web.ID, Weight: 30}, {Group: api.ID, Weight: 10}}}}
	return map[string]model.LoadBalancer{
		"shop": {
			ID: "default/shop", Groups: []model.Group{web, api},
			Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
				{Name: "api", Hosts: shop, Matches: matching(model.PathPrefix, "/api"), Action: model.ForwardTo(api.ID)},
				{Name: "one", Hosts: shop, Matches: matching(model.PathExact, "/api/one"), Action: model.ForwardTo(web.ID)},
				{Name: "web", Hosts: shop, Action: shared},
				{Name: "wild", Hosts: hostsOf(t, model.AnyLabels, "*.example.com"), Matches: matching(model.PathPrefix, "/w/"), Action: model.ForwardTo(web.ID)},
				{Name: "none", Action: model.Action{Forward: &model.Forward{Groups: []model.Weighted{{Group: web.ID}}}}, Hosts: hostsOf(t, model.AnyLabels, "*.test.example")},
			}}},
		},
		"tls": {
			ID: "default/tls", Scheme: model.Internal, Groups: []model.Group{web},
			Listeners: []model.Listener{
				{Port: 80, Protocol: model.HTTP, Default: model.Action{Redirect: &model.Redirect{Scheme: "https", Status: 301}}},
				{Port: 8443, Protocol: model.HTTPS, Routes: []model.Route{{Name: "web", Hosts: shop, Action: model.ForwardTo(web.ID)}}, TLS: &model.ListenerTLS{
					Certificates: []model.Certificate{{Name: "a", Reference: "mine"}},
				}},
			},
		},
		"hostnames": {
			ID: "default/gateway", Groups: []model.Group{web, api}, Addresses: []string{"front"},
			Listeners: []model.Listener{
				{Name: "any", Port: 80, Protocol: model.HTTP, Routes: []model.Route{{Name: "any", Action: model.ForwardTo(web.ID)}}},
				{Name: "shop", Port: 80, Protocol: model.HTTP, Hostname: shop[0], Routes: []model.Route{{Name: "shop", Matches: matching(model.PathExact, "/api"), Action: model.ForwardTo(api.ID)}}},
			},
		},
	}
}

// TestTranslate compares the resources of some models with golden files. It writes the files if
// UPDATE_GOLDEN is set.
func TestTranslate(t *testing.T) {
	for name, lb := range goldenCases(t) {
		t.Run(name, func(t *testing.T) {
			sealed, err := model.Seal(lb)
			if err != nil {
				t.Fatal(err)
			}
			providertest.Golden(t, filepath.Join(name, "resources.json"), providertest.Resources(t, offline(t), sealed))
		})
	}
}

// TestEveryFeatureIsDeclared checks that each feature is declared, with a reason unless it is
// supported.
func TestEveryFeatureIsDeclared(t *testing.T) {
	for _, p := range []*Provider{offline(t), {options: Options{ClusterID: "x"}}} {
		c := p.Capabilities()
		for _, f := range model.AllFeatures() {
			s, ok := c.Features[f]
			if !ok || (s.Level != model.Supported) == (s.Reason == "") {
				t.Errorf("%s: declared %v, %+v", f, ok, s)
			}
		}
	}
}

func TestNewReportsEveryProblem(t *testing.T) {
	for want, test := range map[string]struct {
		client  *Client
		options Options
	}{
		"the client is nil":     {nil, Options{ClusterID: "c", Project: "p"}},
		"ClusterID is required": {&Client{}, Options{Project: "p"}},
		"Project is required":   {&Client{}, Options{ClusterID: "c"}},
		`Region "Moon" is malformed: want a name such as europe-west1`:                                                             {&Client{}, Options{ClusterID: "c", Project: "p", Region: "Moon"}},
		`the client is nil; ClusterID is required; Project is required; Region "1" is malformed: want a name such as europe-west1`: {nil, Options{Region: "1"}},
	} {
		if _, err := New(test.client, test.options); err == nil || err.Error() != "new gcp provider: "+want {
			t.Errorf("error = %v, want %s", err, want)
		}
	}
}
