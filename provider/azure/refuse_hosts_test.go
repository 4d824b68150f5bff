package azure_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// hosts returns a load balancer with n hosts over HTTPS, each with a redirect over HTTP. The last
// host is the oldest.
func hosts(t *testing.T, n int) model.LoadBalancer {
	t.Helper()
	cert := namedCertificate(t, "default/tls", 0)
	plain := model.Listener{Name: "http", Port: 80, Protocol: model.HTTP}
	secure := model.Listener{Name: "https", Port: 443, Protocol: model.HTTPS, TLS: &model.ListenerTLS{Certificates: []model.Certificate{cert}}}
	for i := range n {
		r := forward(fmt.Sprintf("host-%03d", i), fmt.Sprintf("host-%03d.example.com", i), "/", "default/web:80")
		r.Age = time.Unix(int64(1000+n-i), 0)
		secure.Routes = append(secure.Routes, r)
		r.Action = model.Action{Redirect: &model.Redirect{Scheme: "https"}}
		plain.Routes = append(plain.Routes, r)
	}
	return model.LoadBalancer{ID: "default/shop", Groups: []model.Group{groupOf("default/web:80", "10.0.1.1")}, Listeners: []model.Listener{plain, secure}}
}

// Sixty hosts with a redirect have 120 listeners, 60 of which are active.
func TestListenersThatOnlyRedirectAreNotActive(t *testing.T) {
	w := newWorld(t)
	p := newProvider(t, w.s, "", w.clk)
	lb := hosts(t, 60)
	if refusals := p.Refuse(seal(t, lb)); len(refusals) > 0 {
		t.Fatalf("refused: %+v", refusals)
	}
	for _, q := range p.Capabilities().Quotas {
		if q.Kind == "HTTPListener" && q.Max != 200 {
			t.Errorf("the quota of listeners is %d", q.Max)
		}
	}
	batch := creates(t, p, lb)
	for _, kind := range []string{"PublicIPAddress", "ApplicationGateway"} {
		if outcomes := p.Do(t.Context(), opsOf(batch, scopeOf(batch, kind))); states(outcomes)[provider.Done] != len(outcomes) {
			t.Errorf("%s: %v: %v", kind, states(outcomes), outcomes[0].Err)
		}
	}
}

// Of more hosts than a gateway has active listeners, the newest are left out.
func TestNewestHostsAreLeftOutOfAFullGateway(t *testing.T) {
	w := newWorld(t)
	p := newProvider(t, w.s, "", w.clk)
	lb := hosts(t, 98)
	for i := range 5 {
		r := forward(fmt.Sprintf("plain-%d", i), fmt.Sprintf("plain-%d.example.com", i), "/", "default/web:80")
		r.Age = time.Unix(int64(2000+i), 0)
		lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, r)
	}
	sealed := seal(t, lb)
	refusals := p.Refuse(sealed)
	var parts []model.Part
	for _, r := range refusals {
		parts = append(parts, r.Part)
		if len(r.Part.Route) < 5 || r.Part.Route[:5] != "plain" || r.Part.Route < "plain-2" {
			t.Errorf("refused %+v", r.Part)
		}
	}
	left, ok := model.Without(sealed, parts)
	if len(parts) != 3 || !ok || len(p.Refuse(left)) > 0 {
		t.Errorf("%d refused, and then %v", len(parts), p.Refuse(left))
	}
}
