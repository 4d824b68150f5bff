package model_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
)

func TestWithoutLeavesOutPartsAndWhatNeedsThem(t *testing.T) {
	route := func(name, path string, g model.GroupID) model.Route {
		return model.Route{Name: name, Matches: []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: path}}}, Action: model.ForwardTo(g)}
	}
	group := func(id model.GroupID) model.Group {
		return model.Group{ID: id, Endpoints: []model.Endpoint{{Address: netip.MustParseAddr("10.0.0.1"), Port: 80}}}
	}
	s, err := model.Seal(model.LoadBalancer{
		ID: "default/shop",
		Listeners: []model.Listener{{Name: "http-80", Port: 80, Protocol: model.HTTP, Default: model.ForwardTo("home"),
			Routes: []model.Route{route("cart", "/cart", "cart"), route("cart-old", "/basket", "cart"), route("help", "/help", "help")}}},
		Groups: []model.Group{group("home"), group("cart"), group("help")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		parts        []model.Part
		routes       []string
		groups       []model.GroupID
		home, intact bool
	}{
		"nothing":         {nil, []string{"cart", "cart-old", "help"}, []model.GroupID{"cart", "help", "home"}, true, true},
		"unknown":         {[]model.Part{{Listener: "x"}, {Listener: "http-80", Route: "x"}, {Group: "x"}}, []string{"cart", "cart-old", "help"}, []model.GroupID{"cart", "help", "home"}, true, true},
		"a route":         {[]model.Part{{Listener: "http-80", Route: "help"}}, []string{"cart", "cart-old"}, []model.GroupID{"cart", "home"}, true, false},
		"one of a group":  {[]model.Part{{Listener: "http-80", Route: "cart"}}, []string{"cart-old", "help"}, []model.GroupID{"cart", "help", "home"}, true, false},
		"a group":         {[]model.Part{{Group: "cart"}}, []string{"help"}, []model.GroupID{"help", "home"}, true, false},
		"a default":       {[]model.Part{{Listener: "http-80"}}, []string{"cart", "cart-old", "help"}, []model.GroupID{"cart", "help"}, false, false},
		"a default group": {[]model.Part{{Group: "home"}}, []string{"cart", "cart-old", "help"}, []model.GroupID{"cart", "help"}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			left, ok := model.Without(s, test.parts)
			if !ok {
				t.Fatal("nothing is left")
			}
			var routes []string
			for _, r := range left.Listeners()[0].Routes {
				routes = append(routes, r.Name)
			}
			var groups []model.GroupID
			for _, g := range left.Groups() {
				groups = append(groups, g.ID)
			}
			if diff := cmp.Diff(test.routes, routes); diff != "" {
				t.Errorf("routes: %s", diff)
			}
			if diff := cmp.Diff(test.groups, groups); diff != "" {
				t.Errorf("groups: %s", diff)
			}
			if home := left.Listeners()[0].Default.Forward != nil; home != test.home {
				t.Errorf("the default forwards: %v", home)
			}
			if intact := left.Digest() == s.Digest(); intact != test.intact {
				t.Errorf("intact: %v", intact)
			}
		})
	}
}

func TestWithoutRemovesCertificates(t *testing.T) {
	listener := func(name string, port int, certificates ...string) model.Listener {
		l := model.Listener{Name: name, Port: port, Protocol: model.HTTPS, TLS: &model.ListenerTLS{}}
		for _, c := range certificates {
			l.TLS.Certificates = append(l.TLS.Certificates, model.Certificate{Name: c, Reference: c})
		}
		return l
	}
	s, err := model.Seal(model.LoadBalancer{ID: "default/shop", Listeners: []model.Listener{listener("both", 443, "good", "bad"), listener("one", 8443, "bad")}})
	if err != nil {
		t.Fatal(err)
	}
	names := func(s model.Sealed) map[string][]string {
		out := map[string][]string{}
		for _, l := range s.Listeners() {
			for _, c := range l.TLS.Certificates {
				out[l.Name] = append(out[l.Name], c.Name)
			}
		}
		return out
	}
	before := names(s)
	left, ok := model.Without(s, []model.Part{{Certificate: "bad"}, {Certificate: "unknown"}})
	if diff := cmp.Diff(map[string][]string{"both": {"good"}}, names(left)); diff != "" || !ok {
		t.Errorf("left %v: %s", ok, diff)
	}
	if diff := cmp.Diff(before, names(s)); diff != "" || left.Digest() == s.Digest() {
		t.Errorf("the model was changed, or its digest was not: %s", diff)
	}
	if left, ok := model.Without(s, []model.Part{{Certificate: "unknown"}}); !ok || left.Digest() != s.Digest() {
		t.Error("an unknown certificate changes the model")
	}
	if _, ok := model.Without(s, []model.Part{{Certificate: "bad"}, {Certificate: "good"}}); ok {
		t.Error("a listener without a certificate is left")
	}
}

func TestAcceptRemovesAnUnsupportedCertificateAlone(t *testing.T) {
	culprit := model.Ref{Kind: "Ingress", Namespace: "default", Name: "young"}
	uploaded, err := modeltest.Certificate("default/good", "shop.example.com")
	if err != nil {
		t.Fatal(err)
	}
	reference := model.Certificate{Name: "x", Reference: "x", Origin: culprit}
	listener := func(name string, port int, certificates ...model.Certificate) model.Listener {
		return model.Listener{Name: name, Port: port, Protocol: model.HTTPS, TLS: &model.ListenerTLS{Certificates: certificates}}
	}
	s, err := model.Seal(model.LoadBalancer{
		ID: "default/shop", Origins: []model.Ref{{Kind: "Ingress", Namespace: "default", Name: "old"}},
		Listeners: []model.Listener{listener("both", 443, uploaded, reference), listener("one", 8443, reference)},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := model.Capabilities{Features: map[model.Feature]model.Support{}}
	for _, f := range model.AllFeatures() {
		c.Features[f] = model.Support{Level: model.Supported}
	}
	c.Features[model.FeatureCertificateRef] = model.Support{Level: model.Unsupported}
	left, problems, ok := model.Accept(s, c)
	if !ok || len(left.Listeners()) != 1 || len(left.Listeners()[0].TLS.Certificates) != 1 || left.Listeners()[0].TLS.Certificates[0].Name != "default/good" {
		t.Errorf("left %v: %+v", ok, left.Listeners())
	}
	if len(problems) != 1 || problems[0].Origin != culprit || problems[0].Reason != model.ReasonUnsupported {
		t.Errorf("problems are %+v", problems)
	}
}
