package aws

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/providertest"
)

func offline(t testing.TB) *Provider {
	t.Helper()
	p, err := New(&Client{}, Options{ClusterID: "demo", VPCID: "vpc-1", SubnetIDs: []string{"subnet-2", "subnet-1"}})
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

func goldenCases(t testing.TB) map[string]model.LoadBalancer {
	web := model.Group{ID: "default/web:80", Port: 8080, Draining: 60 * time.Second, Endpoints: []model.Endpoint{
		{Address: netip.MustParseAddr("10.0.0.1"), Port: 8080}, {Address: netip.MustParseAddr("10.0.0.2"), Port: 8080, State: model.NotReady},
	}}
	api := model.Group{ID: "default/api:80", Port: 9090, Affinity: model.Affinity{Type: model.AffinityCookie, TTL: time.Hour}, Health: model.HealthCheck{Path: "/healthz", Port: 9091, Statuses: model.StatusRange{From: 200, To: 200}}}
	shop := hostsOf(t, model.OneLabel, "shop.example.com")
	shared := model.Action{Forward: &model.Forward{Groups: []model.Weighted{{Group: web.ID, Weight: 30}, {Group: api.ID, Weight: 10}}}}
	return map[string]model.LoadBalancer{
		"shop": {
			ID: "default/shop", Groups: []model.Group{web, api}, Tags: map[string]string{"team": "shop"},
			Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
				{Name: "api", Hosts: shop, Matches: matching(model.PathPrefix, "/api"), Action: model.ForwardTo(api.ID)},
				{Name: "one", Hosts: shop, Matches: matching(model.PathExact, "/api/one"), Action: model.ForwardTo(web.ID)},
				{Name: "odd", Hosts: shop, Matches: matching(model.PathPrefix, "/a*b%20c"), Action: model.ForwardTo(web.ID)},
				{Name: "web", Hosts: shop, Action: shared},
				{Name: "wild", Hosts: hostsOf(t, model.OneLabel, "*.example.com"), Matches: matching(model.PathPrefix, "/w/"), Action: model.ForwardTo(web.ID)},
				{Name: "none", Action: model.Action{Forward: &model.Forward{Groups: []model.Weighted{{Group: web.ID}}}}, Hosts: hostsOf(t, model.AnyLabels, "*.test.example")},
			}}},
		},
		"tls": {
			ID: "default/tls", Scheme: model.Internal, Groups: []model.Group{web},
			Listeners: []model.Listener{
				{Port: 80, Protocol: model.HTTP, Default: model.Action{Redirect: &model.Redirect{Scheme: "https", Status: 301}}},
				{Port: 8443, Protocol: model.HTTPS, Routes: []model.Route{{Name: "web", Hosts: shop, Action: model.ForwardTo(web.ID)}}, TLS: &model.ListenerTLS{
					Policy:       model.TLS13,
					Certificates: []model.Certificate{{Name: "a", Reference: "arn:aws:acm:us-east-1:123456789012:certificate/a"}, {Name: "b", Reference: "arn:aws:acm:us-east-1:123456789012:certificate/b"}},
				}},
			},
		},
		"hostnames": {
			ID: "default/gateway", Groups: []model.Group{web, api},
			Listeners: []model.Listener{
				{Name: "any", Port: 80, Protocol: model.HTTP, Routes: []model.Route{{Name: "any", Action: model.ForwardTo(web.ID)}}},
				{Name: "shop", Port: 80, Protocol: model.HTTP, Hostname: shop[0], Routes: []model.Route{{Name: "shop", Matches: matching(model.PathExact, "/api"), Action: model.ForwardTo(api.ID)}}},
			},
		},
	}
}

// TestTranslate compares the resources of some models with golden files, or writes the files if
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

func TestValuesOutOfBoundsAreRefused(t *testing.T) {
	web := model.Group{ID: "default/web:80"}
	long := strings.Repeat("a", 60)
	base := func(change func(*model.LoadBalancer)) model.LoadBalancer {
		lb := model.LoadBalancer{ID: "default/x", Origins: []model.Ref{{Kind: "Ingress", Namespace: "default", Name: "x"}}, Groups: []model.Group{web}, Listeners: []model.Listener{{
			Port: 80, Protocol: model.HTTP, Routes: []model.Route{{Name: "r", Action: model.ForwardTo(web.ID)}},
		}}}
		change(&lb)
		return lb
	}
	route := func(change func(*model.Route)) model.LoadBalancer {
		return base(func(lb *model.LoadBalancer) { change(&lb.Listeners[0].Routes[0]) })
	}
	health := func(h model.HealthCheck) model.LoadBalancer {
		return base(func(lb *model.LoadBalancer) { lb.Groups[0].Health = h })
	}
	for name, c := range map[string]struct {
		lb   model.LoadBalancer
		want string
	}{
		"check too often":    {health(model.HealthCheck{Interval: 2 * time.Second, Timeout: time.Second}), "interval 2s"},
		"timeout too long":   {health(model.HealthCheck{Interval: 10 * time.Second, Timeout: 10 * time.Second}), "timeout 10s"},
		"threshold of one":   {health(model.HealthCheck{Healthy: 1}), "thresholds 1 and 2"},
		"statuses up to 599": {health(model.HealthCheck{Statuses: model.StatusRange{From: 200, To: 599}}), "statuses 200-599"},
		"affinity over a week": {base(func(lb *model.LoadBalancer) {
			lb.Groups[0].Affinity = model.Affinity{Type: model.AffinityCookie, TTL: 8 * 24 * time.Hour}
		}), "affinity of 192h0m0s"},
		"check over TCP":     {health(model.HealthCheck{Protocol: model.BackendTCP}), "protocol TCP"},
		"long path":          {route(func(r *model.Route) { r.Matches = matching(model.PathExact, "/"+long+"/"+long+"/"+long) }), "longer than 128"},
		"redirect to itself": {route(func(r *model.Route) { r.Action = model.Action{Redirect: &model.Redirect{Scheme: "http"}} }), "leads back"},
		"fixed redirect":     {route(func(r *model.Route) { r.Action = model.Action{Fixed: &model.Fixed{Status: 302}} }), "status 302"},
		"six values": {route(func(r *model.Route) {
			r.Matches = []model.Match{{Method: "GET", Headers: []model.ValueMatch{{Name: "A", Value: "1"}, {Name: "B", Value: "1"}, {Name: "C", Value: "1"}, {Name: "D", Value: "1"}}, Path: model.PathMatch{Value: "/x", Type: model.PathPrefix}}}
		}), "6 condition values"},
	} {
		t.Run(name, func(t *testing.T) {
			sealed, err := model.Seal(c.lb)
			if err != nil {
				t.Fatal(err)
			}
			p := offline(t)
			if _, err = p.Translate(sealed); provider.CodeOf(err) != provider.Unsupported || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error about %q", err, c.want)
			}
			refused := p.Refuse(sealed)
			if len(refused) != 1 || len(refused[0].Problems) != 1 || !strings.Contains(refused[0].Problems[0].Message, c.want) {
				t.Fatalf("refused: %+v", refused)
			}
			left, ok := model.Without(sealed, []model.Part{refused[0].Part})
			if !ok {
				t.Fatal("nothing is left to serve")
			}
			if _, err := p.Translate(left); err != nil {
				t.Errorf("without the refused part: %v", err)
			}
		})
	}
}

func TestCapabilitiesDeclareEveryFeature(t *testing.T) {
	features := offline(t).Capabilities().Features
	for _, f := range model.AllFeatures() {
		s, ok := features[f]
		if !ok || (s.Level == model.Supported) != (s.Reason == "") {
			t.Errorf("%s is declared as %+v (%v)", f, s, ok)
		}
	}
}
