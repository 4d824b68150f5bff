package gcptest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/compute/v1"
	"google.golang.org/api/option"

	"github.com/headgate-io/headgate/provider/cloudtest"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

func TestInsertGetDeleteWithErrors(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	_, err := c.api.HealthChecks.Get(project, "hc").Do()
	wantFault(t, err, 404, "notFound")
	c.done(c.api.HealthChecks.Insert(project, healthCheck("hc")).Do())
	_, err = c.api.HealthChecks.Insert(project, healthCheck("hc")).Do()
	wantFault(t, err, 409, "alreadyExists")
	got, err := c.api.HealthChecks.Get(project, "hc").Do()
	if err != nil || got.UnhealthyThreshold != 2 || got.Id == 0 || got.SelfLink != "https://www.googleapis.com/compute/v1/projects/demo/global/healthChecks/hc" {
		t.Errorf("get = %+v, %v", got, err)
	}
	for _, name := range []string{"", "Upper", "1x", "x-", strings.Repeat("x", 64)} {
		_, err = c.api.HealthChecks.Insert(project, healthCheck(name)).Do()
		wantFault(t, err, 400, "invalid")
	}
	c.done(c.api.HealthChecks.Delete(project, "hc").Do())
	_, err = c.api.HealthChecks.Delete(project, "hc").Do()
	wantFault(t, err, 404, "notFound")
}

func TestBothFormsOfEndpointWork(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	api, err := compute.NewService(t.Context(), option.WithEndpoint(c.URL()+"/compute/v1/"), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.Zones.List(project).Do(); err != nil {
		t.Errorf("with the path of the API: %v", err)
	}
	if zones, err := c.api.Zones.List("any-project").Filter("name eq us-central1-.*").Do(); err != nil || len(zones.Items) != 4 {
		t.Errorf("without it: %v, %v", zones, err)
	}
}

func TestUnknownAndUnemulatedFieldsAreRefused(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	post := func(path, body string) string {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL()+path, strings.NewReader(body))
		reply, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = reply.Body.Close() }()
		raw := make([]byte, 4096)
		n, _ := reply.Body.Read(raw)
		return fmt.Sprint(reply.StatusCode, string(raw[:n]))
	}
	path := "/compute/v1/projects/demo/global/healthChecks"
	for body, want := range map[string]string{
		`{"name":"x","typo":1}`:                      `Unknown name \"typo\"`,
		`{"name":"x","httpHealthCheck":{"typo":1}}`:  `Unknown name \"typo\"`,
		`{"name":"x","type":"ICMP"}`:                 `Invalid value for field 'resource.type'`,
		`{"name":"x","checkIntervalSec":"soon"}`:     `Invalid value at 'resource.checkIntervalSec'`,
		`{"name":"x","grpcHealthCheck":{"port":80}}`: `not emulated`,
		`{`: `Parse Error`,
	} {
		if got := post(path, body); !strings.HasPrefix(got, "400") || !strings.Contains(got, want) {
			t.Errorf("body %s: %s, want 400 and %s", body, got, want)
		}
	}
}

func TestReferencesMustExistAndPreventDeletion(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	_, err := c.api.UrlMaps.Insert(project, &compute.UrlMap{Name: "shop", DefaultService: "global/backendServices/none"}).Do()
	wantFault(t, err, 404, "notFound")
	_, err = c.api.UrlMaps.Insert(project, &compute.UrlMap{Name: "shop", DefaultService: "global/healthChecks/none"}).Do()
	wantFault(t, err, 400, "invalid")
	shop(c, newPod(t, "one", nil))
	for name, remove := range map[string]func() (*compute.Operation, error){
		"neg": func() (*compute.Operation, error) {
			return c.api.NetworkEndpointGroups.Delete(project, "us-central1-a", "web").Do()
		},
		"check": func() (*compute.Operation, error) { return c.api.HealthChecks.Delete(project, "web").Do() },
		"bs":    func() (*compute.Operation, error) { return c.api.BackendServices.Delete(project, "web").Do() },
		"map":   func() (*compute.Operation, error) { return c.api.UrlMaps.Delete(project, "shop").Do() },
		"proxy": func() (*compute.Operation, error) { return c.api.TargetHttpProxies.Delete(project, "shop").Do() },
	} {
		_, err := remove()
		if err == nil {
			t.Fatalf("%s could be deleted while in use", name)
		}
		wantFault(t, err, 400, "resourceInUseByAnotherResource")
	}
	c.done(c.api.GlobalForwardingRules.Delete(project, "shop").Do())
	c.done(c.api.TargetHttpProxies.Delete(project, "shop").Do())
	c.done(c.api.UrlMaps.Delete(project, "shop").Do())
	c.done(c.api.BackendServices.Delete(project, "web").Do())
	c.done(c.api.HealthChecks.Delete(project, "web").Do())
	for _, zone := range []string{"us-central1-a", "us-central1-b"} {
		c.done(c.api.NetworkEndpointGroups.Delete(project, zone, "web").Do())
	}
	if left := c.Snapshot(); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestStaleFingerprintIsRefused(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	c.service("web")
	b, err := c.api.BackendServices.Get(project, "web").Do()
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.api.BackendServices.Patch(project, "web", &compute.BackendService{TimeoutSec: 5}).Do()
	wantFault(t, err, 412, "conditionNotMet")
	c.done(c.api.BackendServices.Patch(project, "web", &compute.BackendService{TimeoutSec: 5, Fingerprint: b.Fingerprint}).Do())
	_, err = c.api.BackendServices.Patch(project, "web", &compute.BackendService{TimeoutSec: 6, Fingerprint: b.Fingerprint}).Do()
	wantFault(t, err, 412, "conditionNotMet")
	after, err := c.api.BackendServices.Get(project, "web").Do()
	if err != nil || after.TimeoutSec != 5 || len(after.HealthChecks) != 1 || after.Fingerprint == b.Fingerprint || after.Id != b.Id {
		t.Errorf("after the patch: %+v, %v", after, err)
	}
	_, err = c.api.BackendServices.Patch(project, "web", &compute.BackendService{LoadBalancingScheme: "EXTERNAL", Fingerprint: after.Fingerprint}).Do()
	wantFault(t, err, 400, "invalid")
}

func TestPatchedBackendsHaveTheDefaultCapacity(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	group := c.neg("us-central1-a", "web")
	c.service("web")
	b, err := c.api.BackendServices.Get(project, "web").Do()
	if err != nil {
		t.Fatal(err)
	}
	patch := &compute.BackendService{Fingerprint: b.Fingerprint, Backends: []*compute.Backend{{Group: group, BalancingMode: "RATE", MaxRatePerEndpoint: 1}}}
	c.done(c.api.BackendServices.Patch(project, "web", patch).Do())
	if b, err = c.api.BackendServices.Get(project, "web").Do(); err != nil || len(b.Backends) != 1 || b.Backends[0].CapacityScaler != 1 {
		t.Errorf("backends = %+v, %v, want one with capacity scaler 1", b.Backends, err)
	}
}

func TestOperationDelay(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{OperationDelay: 30 * time.Second})
	op, err := c.api.HealthChecks.Insert(project, healthCheck("hc")).RequestId("11111111-1111-4111-8111-111111111111").Do()
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.api.HealthChecks.Get(project, "hc").Do()
	wantFault(t, err, 404, "notFound")
	_, err = c.api.BackendServices.Insert(project, backendService("hc")).Do()
	wantFault(t, err, 400, "resourceNotReady")
	_, err = c.api.HealthChecks.Insert(project, healthCheck("hc")).Do()
	wantFault(t, err, 409, "alreadyExists")
	again, err := c.api.HealthChecks.Insert(project, healthCheck("hc")).RequestId("11111111-1111-4111-8111-111111111111").Do()
	if err != nil || again.Name != op.Name {
		t.Errorf("the same requestId started another operation: %v, %v", again, err)
	}
	c.done(op, nil)
	if _, err := c.api.HealthChecks.Get(project, "hc").Do(); err != nil {
		t.Errorf("after the operation: %v", err)
	}
	remove, err := c.api.HealthChecks.Delete(project, "hc").Do()
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.api.BackendServices.Insert(project, backendService("hc")).Do()
	wantFault(t, err, 400, "resourceNotReady")
	c.done(remove, nil)
}

func TestOperationCanFail(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	c.FailOperation("healthChecks.insert", 503, "INTERNAL_ERROR", "try again")
	err := c.await(c.api.HealthChecks.Insert(project, healthCheck("hc")).Do())
	if err == nil || !strings.Contains(err.Error(), "INTERNAL_ERROR") {
		t.Errorf("error = %v", err)
	}
	_, err = c.api.HealthChecks.Get(project, "hc").Do()
	wantFault(t, err, 404, "notFound")
	c.done(c.api.HealthChecks.Insert(project, healthCheck("hc")).Do())
}

func TestQuotaAndThrottling(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Quotas: map[string]int{"HEALTH_CHECKS": 1}})
	c.done(c.api.HealthChecks.Insert(project, healthCheck("one")).Do())
	_, err := c.api.HealthChecks.Insert(project, healthCheck("two")).Do()
	wantFault(t, err, 403, "quotaExceeded")
	c.Wire().Inject(cloudtest.Fault{API: "healthChecks.get", Times: 1, Kind: cloudtest.Throttle})
	_, err = c.api.HealthChecks.Get(project, "one").Do()
	wantFault(t, err, 403, "rateLimitExceeded")
	if _, err = c.api.HealthChecks.Get(project, "one").Do(); err != nil {
		t.Error(err)
	}
}

func TestCallsHaveTheNamesOfTheAPI(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	shop(c, newPod(t, "one", nil))
	if status, _ := c.get(http.DefaultClient, c.URL()+"/nothing/of/the/kind"); status != http.StatusNotFound {
		t.Errorf("an unknown path returns status %d", status)
	}
	seen := map[string]bool{}
	for _, call := range c.Wire().Calls() {
		seen[fmt.Sprint(call.API, " ", call.Kind)] = true
	}
	for _, want := range []string{"networkEndpointGroups.insert write", "networkEndpointGroups.attachNetworkEndpoints write", "backendServices.insert write",
		"globalForwardingRules.insert write", "globalForwardingRules.get read", "globalOperations.wait poll", "zoneOperations.wait poll", "GET /nothing/of/the/kind read"} {
		if !seen[want] {
			t.Errorf("no call %q in %v", want, seen)
		}
	}
}

func TestListsFilterAndPage(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	for _, zone := range []string{"us-central1-a", "europe-west1-b"} {
		for i := range 3 {
			c.neg(zone, fmt.Sprintf("web-%d", i))
		}
	}
	pages, found := 0, map[string]int{}
	err := c.api.NetworkEndpointGroups.AggregatedList(project).Filter("name:web*").MaxResults(2).Pages(t.Context(), func(l *compute.NetworkEndpointGroupAggregatedList) error {
		pages++
		for scope, items := range l.Items {
			found[scope] += len(items.NetworkEndpointGroups)
			if len(items.NetworkEndpointGroups) == 0 && items.Warning.Code != "NO_RESULTS_ON_PAGE" {
				t.Errorf("%s: no warning", scope)
			}
		}
		return nil
	})
	if err != nil || pages != 3 || found["zones/us-central1-a"] != 3 || found["zones/europe-west1-b"] != 3 || found["zones/us-central1-f"] != 0 {
		t.Errorf("%d pages, %v, %v", pages, found, err)
	}
	list, err := c.api.NetworkEndpointGroups.List(project, "us-central1-a").Filter(`name = "web-1"`).Do()
	if err != nil || len(list.Items) != 1 {
		t.Errorf("list = %v, %v", list, err)
	}
	_, err = c.api.NetworkEndpointGroups.List(project, "us-central1-a").Filter("name").Do()
	wantFault(t, err, 400, "invalid")
	_, err = c.api.NetworkEndpointGroups.List(project, "moon-central1-a").Do()
	wantFault(t, err, 400, "invalid")
}

func TestLostReplyDoesNotUndoTheWrite(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	crashed := c.Wire().CrashAfter(1)
	if _, err := c.api.HealthChecks.Insert(project, healthCheck("hc")).Do(); err == nil {
		t.Error("the reply was not lost")
	}
	<-crashed
	c.Wire().Heal()
	if _, err := c.api.HealthChecks.Get(project, "hc").Do(); err != nil {
		t.Errorf("the effect was lost: %v", err)
	}
}

func TestOperationsHaveOnlyTheEmulatedMethods(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	op, err := c.api.HealthChecks.Insert(project, healthCheck("hc")).Do()
	if err != nil {
		t.Fatal(err)
	}
	wantFault(t, c.api.GlobalOperations.Delete(project, op.Name).Do(), 404, "notFound")
	if got, err := c.api.GlobalOperations.Get(project, op.Name).Do(); err != nil || got.Status != "DONE" {
		t.Errorf("get = %+v, %v", got, err)
	}
}
