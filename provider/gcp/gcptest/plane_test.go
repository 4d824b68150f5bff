package gcptest_test

import (
	"crypto/tls"
	"net/http"
	"slices"
	"sync"
	"testing"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// shop creates a load balancer with one backend service in two zones, and returns its address.
func shop(c *cloud, pods ...*pod) (address string) {
	c.t.Helper()
	a, b := pods[:len(pods)/2], pods[len(pods)/2:]
	service := c.service("web", c.neg("us-central1-a", "web", a...), c.neg("us-central1-b", "web", b...))
	c.done(c.api.UrlMaps.Insert(project, &compute.UrlMap{Name: "shop", DefaultService: service}).Do())
	return c.front("shop")
}

// healthOf counts the endpoints of a NEG by health.
func (c *cloud) healthOf(zone, neg string) map[string]int {
	c.t.Helper()
	list, err := c.api.NetworkEndpointGroups.ListNetworkEndpoints(project, zone, neg, &compute.NetworkEndpointGroupsListEndpointsRequest{HealthStatus: "SHOW"}).Do()
	if err != nil {
		c.t.Fatalf("list endpoints: %v", err)
	}
	out := map[string]int{}
	for _, e := range list.Items {
		for _, h := range e.Healths {
			out[h.HealthState]++
		}
	}
	return out
}

func TestRequestsReachPodsOfAllZones(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	address := shop(c, newPod(t, "one", nil), newPod(t, "two", nil), newPod(t, "three", nil), newPod(t, "four", nil))
	c.until("all healthy", func() bool {
		return c.healthOf("us-central1-a", "web")["HEALTHY"] == 2 && c.healthOf("us-central1-b", "web")["HEALTHY"] == 2
	})
	h := c.http(address, nil)
	seen := map[string]int{}
	for range 20 {
		status, body := c.get(h, "http://shop.example/")
		if status != http.StatusOK {
			t.Fatalf("status = %d %s", status, body)
		}
		seen[body]++
	}
	for _, name := range []string{"one", "two", "three", "four"} {
		if seen[name] != 5 {
			t.Errorf("pod %s answered %d of 20, want 5: %v", name, seen[name], seen)
		}
	}
	health, err := c.api.BackendServices.GetHealth(project, "web", &compute.ResourceGroupReference{
		Group: "https://www.googleapis.com/compute/v1/projects/demo/zones/us-central1-a/networkEndpointGroups/web"}).Do()
	if err != nil || len(health.HealthStatus) != 2 || health.HealthStatus[0].HealthState != "HEALTHY" {
		t.Errorf("getHealth = %+v, %v", health, err)
	}
}

func TestUnreferencedBackendServiceIsNotChecked(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	var checks sync.WaitGroup
	checks.Add(1)
	once := sync.OnceFunc(checks.Done)
	p := newPod(t, "one", func(http.ResponseWriter, *http.Request) { once() })
	service := c.service("web", c.neg("us-central1-a", "web", p))
	c.done(c.api.UrlMaps.Insert(project, &compute.UrlMap{Name: "shop", DefaultService: service}).Do())
	if got := c.healthOf("us-central1-a", "web"); len(got) != 0 {
		t.Errorf("health before the URL map is in use = %v, want none", got)
	}
	c.front("shop")
	checks.Wait()
	c.until("healthy", func() bool { return c.healthOf("us-central1-a", "web")["HEALTHY"] == 1 })
}

func TestNoHealthyEndpointIs503(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	sick := newPod(t, "sick", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	address := shop(c, sick)
	c.until("unhealthy", func() bool { return c.healthOf("us-central1-b", "web")["UNHEALTHY"] == 1 })
	if status, body := c.get(c.http(address, nil), "http://shop.example/"); status != http.StatusServiceUnavailable || body != "no healthy upstream" {
		t.Errorf("reply = %d %q", status, body)
	}
}

func TestRollingChangeLosesNoRequest(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	old := []*pod{newPod(t, "old-1", nil), newPod(t, "old-2", nil)}
	address := shop(c, old...)
	c.until("healthy", func() bool {
		return c.healthOf("us-central1-a", "web")["HEALTHY"] == 1 && c.healthOf("us-central1-b", "web")["HEALTHY"] == 1
	})
	stop, failures, sent, tick := make(chan struct{}), []string{}, 0, make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		h := c.http(address, nil)
		for {
			select {
			case <-stop:
				return
			case tick <- struct{}{}:
			default:
			}
			if status, body := c.get(h, "http://shop.example/"); status != http.StatusOK {
				failures = append(failures, body)
			}
			sent++
		}
	})
	for i, zone := range []string{"us-central1-a", "us-central1-b"} {
		c.attach(zone, "web", newPod(t, "new", nil))
		c.until("new pod healthy", func() bool { return c.healthOf(zone, "web")["HEALTHY"] == 2 })
		c.detach(zone, "web", old[i])
		<-tick
		<-tick // the request that was in flight at the detach has ended
		old[i].Close()
	}
	close(stop)
	sending.Wait()
	if len(failures) > 0 || sent == 0 {
		t.Errorf("%d of %d requests failed: %v", len(failures), sent, failures[:min(len(failures), 3)])
	}
	if status, body := c.get(c.http(address, nil), "http://shop.example/"); status != http.StatusOK || body != "new" {
		t.Errorf("after the change: %d %q", status, body)
	}
}

func TestTLSIsTerminatedBySNI(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	shop(c, newPod(t, "one", nil))
	for _, name := range []string{"first", "second"} {
		chain, private := pair(t, name+".example")
		c.done(c.api.SslCertificates.Insert(project, &compute.SslCertificate{Name: name, Certificate: chain, PrivateKey: private}).Do())
	}
	c.done(c.api.TargetHttpsProxies.Insert(project, &compute.TargetHttpsProxy{Name: "secure", UrlMap: "global/urlMaps/shop",
		SslCertificates: []string{"global/sslCertificates/first", "global/sslCertificates/second"}}).Do())
	address := c.rule("secure", "global/targetHttpsProxies/secure", "443")
	c.until("healthy", func() bool { return c.healthOf("us-central1-b", "web")["HEALTHY"] == 1 })
	for sni, want := range map[string]string{"first.example": "first.example", "second.example": "second.example", "other.example": "first.example"} {
		var got []string
		config := &tls.Config{InsecureSkipVerify: true, ServerName: sni, VerifyConnection: func(s tls.ConnectionState) error {
			got = s.PeerCertificates[0].DNSNames
			return nil
		}}
		status, _ := c.get(c.http(address, config), "https://"+sni+"/")
		if status != http.StatusOK || !slices.Equal(got, []string{want}) {
			t.Errorf("SNI %s: status %d, certificate %v, want %s", sni, status, got, want)
		}
	}
}
