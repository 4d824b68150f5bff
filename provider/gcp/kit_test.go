package gcp_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/gcp"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
	"github.com/headgate-io/headgate/reconcile"
)

const (
	cluster = "demo-cluster"
	project = "demo"
	region  = "us-central1"
)

// emulated is an embedded cloud with its clock.
type emulated struct {
	*gcptest.Server
	clock clock.Clock
}

func newCloud(t testing.TB, o gcptest.Options) *emulated {
	t.Helper()
	if o.Clock == nil {
		o.Clock = clock.Scaled(200)
	}
	o.ProxyOnlySubnets = []string{region}
	s := gcptest.NewServer(o)
	t.Cleanup(s.Close)
	return &emulated{Server: s, clock: o.Clock}
}

// process returns the provider of a new process.
func (c *emulated) process(t testing.TB) *gcp.Provider {
	t.Helper()
	client, err := gcp.NewClient(context.Background(), gcp.ClientOptions{Endpoint: c.URL()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := gcp.New(client, gcp.Options{ClusterID: cluster, Project: project, Region: region, Clock: c.clock})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (c *emulated) engine(t testing.TB) *reconcile.Engine {
	t.Helper()
	return reconcile.New(c.process(t), reconcile.Options{Clock: c.clock})
}

// apply applies a load balancer.
func apply(t testing.TB, e *reconcile.Engine, lb model.Sealed) reconcile.Report {
	t.Helper()
	e.Set(lb)
	report, err := e.Apply(context.Background(), lb.ID())
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	for _, r := range report.Results {
		if r.Err != nil {
			t.Fatalf("apply: %v", r.Err)
		}
	}
	return report
}

// refuse is a dialer for tests without pods.
func refuse(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }

// simple returns a load balancer with one host, two paths and two groups over three zones.
func simple(t testing.TB) model.Sealed {
	t.Helper()
	origin := model.Ref{Kind: "Ingress", Namespace: "default", Name: "web"}
	lb := model.LoadBalancer{ID: "default/web", Origins: []model.Ref{origin}, Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP}}}
	for i, path := range []string{"/", "/api"} {
		id := model.GroupID(fmt.Sprintf("default/svc-%d:80", i))
		g := model.Group{ID: id}
		for j, zone := range []string{"us-central1-a", "us-central1-b", "us-central1-c"} {
			g.Endpoints = append(g.Endpoints, model.Endpoint{Address: netip.AddrFrom4([4]byte{10, 0, byte(i), byte(j + 1)}), Port: 8080, Zone: zone, Node: "node-" + zone})
		}
		lb.Groups = append(lb.Groups, g)
		lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, model.Route{Name: path, Hosts: []model.Host{{Name: "shop.example.com"}}, Origin: origin,
			Matches: []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: path}}}, Action: model.ForwardTo(id)})
	}
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}
