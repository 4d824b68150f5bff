package gcp_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/api/compute/v1"
	"google.golang.org/api/option"

	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/gcp"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
	"github.com/headgate-io/headgate/provider/providertest"
)

func TestContract(t *testing.T) {
	providertest.Run(t, providertest.Harness{
		New:    fixture,
		Budget: providertest.Budget{Create: 19, Grow: providertest.Calls{Writes: 3, Polls: 3}},
		Lacks:  []providertest.Setting{providertest.HealthStatuses, providertest.Tags},
	})
}

func fixture(t *testing.T, pods providertest.Dialer) *providertest.Fixture {
	t.Helper()
	c := newCloud(t, gcptest.Options{Clock: providertest.NewClock(50), Dial: pods, PropagationDelay: 3 * time.Second})
	api := sdk(t, c)
	foreign(t, api, c.process(t))
	return &providertest.Fixture{
		Process:  func() provider.Provider { return c.process(t) },
		Clock:    c.clock,
		Controls: providertest.OnWire(c.Wire()),
		Snapshot: c.Snapshot,
		Squat:    func(t *testing.T, want provider.Resource) bool { return squat(t, api, want) },
		Dial:     c.Front().Dial,
		Zones:    []string{"us-central1-a", "us-central1-b", "us-central1-c"},
	}
}

// sdk returns a client of the API that does not belong to a provider.
func sdk(t *testing.T, c *emulated) *compute.Service {
	t.Helper()
	api, err := compute.NewService(context.Background(), option.WithEndpoint(c.URL()), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// foreign creates resources without an owner and of another cluster, with names that resemble those
// of the provider. Those named other are what resources of squat refer to.
func foreign(t *testing.T, api *compute.Service, p *gcp.Provider) {
	t.Helper()
	own, err := p.Translate(simple(t))
	if err != nil {
		t.Fatal(err)
	}
	name := own[0].Key.Name[:20] + "ffffffffffffffff-check-0000000"
	for i, description := range []string{"", `{"headgate":{"cluster":"another","loadBalancer":"default/web"}}`, `{"headgate":null}`} {
		must(t)(api.HealthChecks.Insert(project, tcpCheck(name+string(rune('0'+i)), description)).Do())
	}
	must(t)(api.BackendServices.Insert(project, &compute.BackendService{Name: "other", LoadBalancingScheme: "EXTERNAL_MANAGED"}).Do())
	must(t)(api.UrlMaps.Insert(project, &compute.UrlMap{Name: "other", DefaultService: "global/backendServices/other"}).Do())
	must(t)(api.TargetHttpProxies.Insert(project, &compute.TargetHttpProxy{Name: "other", UrlMap: "global/urlMaps/other"}).Do())
	must(t)(api.SslCertificates.Insert(project, certificate(t, "other")).Do())
}

func must(t *testing.T) func(*compute.Operation, error) {
	t.Helper()
	return func(_ *compute.Operation, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func tcpCheck(name, description string) *compute.HealthCheck {
	return &compute.HealthCheck{Name: name, Description: description, Type: "TCP", TcpHealthCheck: &compute.TCPHealthCheck{Port: 80}}
}

func certificate(t *testing.T, name string) *compute.SslCertificate {
	t.Helper()
	c, err := modeltest.Certificate("default/other", "other.example.com")
	if err != nil {
		t.Fatal(err)
	}
	return &compute.SslCertificate{Name: name, Certificate: string(c.PEM), PrivateKey: string(c.Key.Reveal())}
}

// squat creates a resource without an owner under the name of a wanted one.
func squat(t *testing.T, api *compute.Service, want provider.Resource) bool {
	t.Helper()
	name := want.Key.Name
	switch want.Key.Kind {
	case "HealthCheck":
		must(t)(api.HealthChecks.Insert(project, tcpCheck(name, "mine")).Do())
	case "NetworkEndpoints":
		must(t)(api.NetworkEndpointGroups.Insert(project, "us-central1-b", &compute.NetworkEndpointGroup{Name: name, NetworkEndpointType: "GCE_VM_IP_PORT"}).Do())
	case "BackendService":
		must(t)(api.BackendServices.Insert(project, &compute.BackendService{Name: name, LoadBalancingScheme: "EXTERNAL_MANAGED"}).Do())
	case "URLMap":
		must(t)(api.UrlMaps.Insert(project, &compute.UrlMap{Name: name, DefaultService: "global/backendServices/other"}).Do())
	case "TargetHTTPProxy":
		must(t)(api.TargetHttpProxies.Insert(project, &compute.TargetHttpProxy{Name: name, UrlMap: "global/urlMaps/other"}).Do())
	case "TargetHTTPSProxy":
		must(t)(api.TargetHttpsProxies.Insert(project, &compute.TargetHttpsProxy{Name: name, UrlMap: "global/urlMaps/other", SslCertificates: []string{"global/sslCertificates/other"}}).Do())
	case "SSLPolicy":
		must(t)(api.SslPolicies.Insert(project, &compute.SslPolicy{Name: name}).Do())
	case "SSLCertificate":
		must(t)(api.SslCertificates.Insert(project, certificate(t, name)).Do())
	case "ForwardingRule":
		must(t)(api.GlobalForwardingRules.Insert(project, &compute.ForwardingRule{Name: name, Target: "global/targetHttpProxies/other", PortRange: "9999", LoadBalancingScheme: "EXTERNAL_MANAGED"}).Do())
	case "Address":
		must(t)(api.GlobalAddresses.Insert(project, &compute.Address{Name: name}).Do())
	default:
		t.Fatalf("kind %s is not known to this test", want.Key.Kind)
	}
	return true
}
