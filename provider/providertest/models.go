package providertest

import (
	"slices"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
)

// The names that the models of the suite use.
const (
	balancer = model.ID("default/shop")
	host     = "shop.example.com"
	web      = model.GroupID("default/web:80")
	api      = model.GroupID("default/api:80")
	blog     = model.GroupID("default/blog:80")
	news     = model.GroupID("default/news:80")
)

// draining is long enough for a busy machine: a fast clock makes it less than a second.
const draining = 2 * time.Minute

func ingress(name, field string) model.Ref {
	return model.Ref{Kind: "Ingress", Namespace: "default", Name: name, Field: field}
}

// group returns a group with a health check that every cloud accepts.
func group(id model.GroupID, service string, eps []model.Endpoint) model.Group {
	return model.Group{
		ID: id, Port: podPort, Draining: draining, Endpoints: eps,
		Health:  model.HealthCheck{Interval: 10 * time.Second, Timeout: 5 * time.Second},
		Origins: []model.Ref{{Kind: "Service", Namespace: "default", Name: service}},
	}
}

func prefix(name, host, path string, g model.GroupID) model.Route {
	return model.Route{
		Name: name, Hosts: []model.Host{{Name: host}}, Action: model.ForwardTo(g), Origin: ingress("shop", "spec.rules[0]"),
		Matches: []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: path}}},
	}
}

// few endpoints are enough for a change of routes: one in each of three zones, and one more.
const few = 4

// shop returns a load balancer of one host, two paths and two groups of ten endpoints. Small
// returns the same with few endpoints.
func (p *pods) shop(id model.ID) model.LoadBalancer { return p.shopOf(id, 10) }

func (p *pods) small() model.LoadBalancer { return p.shopOf(balancer, few) }

func (p *pods) shopOf(id model.ID, size int) model.LoadBalancer {
	return model.LoadBalancer{
		ID: id, Origins: []model.Ref{ingress("shop", "")},
		Listeners: []model.Listener{{
			Port: 80, Protocol: model.HTTP, Origins: []model.Ref{ingress("shop", "")},
			Routes: []model.Route{prefix("api", host, "/api", api), prefix("web", host, "/", web)},
		}},
		Groups: []model.Group{group(web, "web", p.endpoints("web", 0, size)), group(api, "api", p.endpoints("api", 0, size))},
	}
}

// secureShop returns a shop with an HTTPS listener that serves the same, and smallSecure a small
// one.
func (p *pods) secureShop(cert model.Certificate) model.LoadBalancer {
	return secured(p.shop(balancer), cert)
}

func (p *pods) smallSecure(cert model.Certificate) model.LoadBalancer {
	return secured(p.small(), cert)
}

func secured(lb model.LoadBalancer, cert model.Certificate) model.LoadBalancer {
	secure := lb.Listeners[0]
	secure.Port, secure.Protocol = 443, model.HTTPS
	secure.Routes = slices.Clone(secure.Routes)
	secure.TLS = &model.ListenerTLS{Certificates: []model.Certificate{cert}}
	lb.Listeners = append(lb.Listeners, secure)
	return lb
}

// webOf returns the group of the web, for a change.
func webOf(lb *model.LoadBalancer) *model.Group {
	for i := range lb.Groups {
		if lb.Groups[i].ID == web {
			return &lb.Groups[i]
		}
	}
	return nil
}

func certificate(t *testing.T) model.Certificate {
	t.Helper()
	c, err := modeltest.Certificate("default/shop-tls", host)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func seal(t *testing.T, lb model.LoadBalancer) model.Sealed {
	t.Helper()
	s, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
