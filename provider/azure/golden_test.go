package azure

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/providertest"
)

func host(name string) []model.Host {
	h, err := model.ParseHost(name, model.OneLabel)
	if err != nil {
		panic(err)
	}
	return []model.Host{h}
}

func path(kind model.PathType, value string) []model.Match {
	return []model.Match{{Path: model.PathMatch{Type: kind, Value: value}}}
}

func goldenCases() map[string]model.LoadBalancer {
	web := model.Group{ID: "default/web:80", Port: 8080, Draining: 60 * time.Second, Endpoints: []model.Endpoint{
		{Address: netip.MustParseAddr("10.0.0.1"), Port: 8080}, {Address: netip.MustParseAddr("10.0.0.2"), Port: 8080, State: model.NotReady},
	}}
	api := model.Group{
		ID: "default/api:80", Port: 9090, Timeout: 10 * time.Second, Affinity: model.Affinity{Type: model.AffinityCookie},
		Health: model.HealthCheck{Path: "/healthz", Host: "api.internal", Port: 9091},
	}
	return map[string]model.LoadBalancer{
		"shop": {
			ID: "default/shop", Groups: []model.Group{web, api},
			Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
				{Name: "api", Hosts: host("shop.example.com"), Matches: path(model.PathPrefix, "/api"), Action: model.ForwardTo(api.ID)},
				{Name: "one", Hosts: host("shop.example.com"), Matches: path(model.PathExact, "/api/one"), Action: model.ForwardTo(web.ID)},
				{Name: "web", Hosts: host("shop.example.com"), Action: model.ForwardTo(web.ID)},
				{Name: "wild", Hosts: host("*.example.com"), Matches: path(model.PathPrefix, "/w/"), Action: model.ForwardTo(web.ID)},
			}}},
		},
		"redirect": {
			ID: "default/moved", Scheme: model.Internal, Addresses: []string{"10.255.0.9"},
			Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
				{Name: "https", Hosts: host("shop.example.com"), Action: model.Action{Redirect: &model.Redirect{Scheme: "https", Status: 301}}},
				{Name: "wild", Hosts: host("*.example.com"), Action: model.Action{Redirect: &model.Redirect{Scheme: "https"}}},
				{Name: "gone", Hosts: host("old.example.com"), Action: model.Action{Redirect: &model.Redirect{Host: "new.example.com", Port: 8443}}},
			}}},
		},
	}
}

// TestTranslate compares the resources of some models with files. UPDATE_GOLDEN=1 writes the files.
func TestTranslate(t *testing.T) {
	for name, lb := range goldenCases() {
		for mode, gateway := range map[string]string{"shared": "shared-gw", "own": ""} {
			t.Run(name+" "+mode, func(t *testing.T) {
				p := testProvider(t, gateway)
				sealed, err := model.Seal(lb)
				if err != nil {
					t.Fatal(err)
				}
				providertest.Golden(t, filepath.Join(name, mode+".json"), providertest.Resources(t, p, sealed))
			})
		}
	}
}

func TestEveryFeatureIsDeclared(t *testing.T) {
	for _, gateway := range []string{"", "shared"} {
		c := testProvider(t, gateway).Capabilities()
		for _, f := range model.AllFeatures() {
			s, ok := c.Features[f]
			if !ok || (s.Level != model.Supported) != (s.Reason != "") {
				t.Errorf("%s is declared as %+v, %v", f, s, ok)
			}
		}
	}
}

func TestCompareNamesPropertiesAsAzureDoes(t *testing.T) {
	p := testProvider(t, "shared")
	want := provider.Resource{Spec: SettingsSpec{Port: 80, Timeout: 60, Draining: 30, Probe: "a"}}
	have := provider.Resource{Spec: SettingsSpec{Port: 8080, Timeout: 60, Draining: 30, Affinity: true, Probe: "a"}}
	diff := cmp.Diff([]provider.Field{
		{Path: "port", Have: "8080", Want: "80"}, {Path: "cookieBasedAffinity", Have: "true", Want: "false"},
	}, p.Compare(want, have))
	if diff != "" {
		t.Error(diff)
	}
	longer := provider.Resource{Spec: PathMapSpec{Rules: []PathRule{{Paths: []string{"/a"}, To: Destination{Pool: "p", Settings: "p"}}}}}
	if fields := p.Compare(provider.Resource{Spec: PathMapSpec{}}, longer); len(fields) != 2 || fields[0].Path != "pathRules[0].paths" || fields[0].Have != "/a" {
		t.Errorf("fields are %+v", fields)
	}
}

func TestInexpressibleValuesAreRefusedIndividually(t *testing.T) {
	toHTTPS := model.Action{Redirect: &model.Redirect{Scheme: "https"}}
	api := model.Group{ID: "default/api:80", Port: 8080, Health: model.HealthCheck{Protocol: model.BackendTCP}}
	fine := model.Group{ID: "default/fine:80", Port: 8080}
	other := fine
	other.ID = "default/other:80"
	listener := model.Listener{Name: "http", Port: 80, Protocol: model.HTTP, Default: toHTTPS, Routes: []model.Route{
		{Name: "wild", Hosts: host("*.example.com"), Action: toHTTPS}, {Name: "exact", Hosts: host("a.example.com"), Action: toHTTPS},
		{Name: "elsewhere", Hosts: host("*.example.org"), Action: model.Action{Redirect: &model.Redirect{Host: "b.example.com"}}},
	}}
	for i := range 102 {
		to := fine.ID
		if i%2 == 1 {
			to = other.ID
		}
		listener.Routes = append(listener.Routes, model.Route{
			Name: fmt.Sprintf("many-%03d", i), Hosts: host("many.example.com"), Matches: path(model.PathPrefix, fmt.Sprintf("/%03d", i)), Action: model.ForwardTo(to),
		})
	}
	sealed, err := model.Seal(model.LoadBalancer{
		ID: "default/shop", Groups: []model.Group{api, fine, other}, Listeners: []model.Listener{listener},
		Origins: []model.Ref{{Kind: "Ingress", Namespace: "default", Name: "shop"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range testProvider(t, "shared").Refuse(sealed) {
		got = append(got, string(r.Part.Group)+r.Part.Listener+"/"+r.Part.Route)
		if len(r.Problems) == 0 || r.Problems[0].Message == "" || r.Problems[0].Origin.Kind == "" {
			t.Errorf("%+v has no message", r)
		}
	}
	want := []string{"default/api:80/", "http/wild", "http/", "http/many-100", "http/many-101"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
