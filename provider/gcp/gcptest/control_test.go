package gcptest_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/compute/v1"
	"google.golang.org/api/googleapi"
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

// TestVariablesInHeadersAreRejected checks that a header value with a variable, which the cloud
// replaces, is not stored as text.
func TestVariablesInHeadersAreRejected(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	shop(c, newPod(t, "one", nil))
	for value, accepted := range map[string]bool{"text": true, "{client_region}": false, "}": false} {
		name := map[bool]string{true: "text", false: "variable"}[accepted]
		m := &compute.UrlMap{Name: name, DefaultService: "global/backendServices/web", HeaderAction: &compute.HttpHeaderAction{
			ResponseHeadersToAdd: []*compute.HttpHeaderOption{{HeaderName: "X-Where", HeaderValue: value}}}}
		_, err := c.api.UrlMaps.Insert(project, m).Do()
		if accepted {
			if err != nil {
				t.Errorf("%q: %v", value, err)
			}
			continue
		}
		wantFault(t, err, 400, "notEmulated")
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

func TestEndpoints(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	c.neg("us-central1-a", "web")
	attach := func(es ...*compute.NetworkEndpoint) error {
		return c.await(c.api.NetworkEndpointGroups.AttachNetworkEndpoints(project, "us-central1-a", "web", &compute.NetworkEndpointGroupsAttachEndpointsRequest{NetworkEndpoints: es}).Do())
	}
	detach := func(es ...*compute.NetworkEndpoint) error {
		return c.await(c.api.NetworkEndpointGroups.DetachNetworkEndpoints(project, "us-central1-a", "web", &compute.NetworkEndpointGroupsDetachEndpointsRequest{NetworkEndpoints: es}).Do())
	}
	one := &compute.NetworkEndpoint{Instance: "node-1", IpAddress: "10.0.0.1", Port: 80}
	two := &compute.NetworkEndpoint{Instance: "node-1", IpAddress: "10.0.0.2", Port: 80}
	for range 2 { // idempotent
		if err := attach(one); err != nil {
			t.Fatal(err)
		}
	}
	neg, err := c.api.NetworkEndpointGroups.Get(project, "us-central1-a", "web").Do()
	if err != nil || neg.Size != 1 || last(neg.Subnetwork) != "default" {
		t.Errorf("neg = %+v, %v", neg, err)
	}
	wantFault(t, detach(one, two), 404, "notFound")
	wantFault(t, attach(&compute.NetworkEndpoint{IpAddress: "10.0.0.3", Port: 80}), 400, "required")
	wantFault(t, attach(&compute.NetworkEndpoint{Instance: "node-1", IpAddress: "8.8.8.8", Port: 80}), 400, "invalid")
	wantFault(t, attach(&compute.NetworkEndpoint{Instance: "node-1", IpAddress: "10.0.0.3"}), 400, "invalid")
	wantFault(t, attach(&compute.NetworkEndpoint{Instance: "zones/us-central1-b/instances/node-1", IpAddress: "10.0.0.3", Port: 80}), 400, "invalid")
	wantFault(t, attach(two, two), 400, "invalid")
	var many []*compute.NetworkEndpoint
	for i := range 501 {
		many = append(many, &compute.NetworkEndpoint{Instance: "node-1", IpAddress: fmt.Sprintf("10.1.%d.%d", i/256, i%256), Port: 80})
	}
	wantFault(t, attach(many...), 400, "invalid")
	if err := attach(many[:500]...); err != nil {
		t.Fatal(err)
	}
	if err := detach(one); err != nil {
		t.Fatal(err)
	}
	count := 0
	err = c.api.NetworkEndpointGroups.ListNetworkEndpoints(project, "us-central1-a", "web", &compute.NetworkEndpointGroupsListEndpointsRequest{}).MaxResults(200).
		Pages(t.Context(), func(p *compute.NetworkEndpointGroupsListNetworkEndpoints) error { count += len(p.Items); return nil })
	if err != nil || count != 500 {
		t.Errorf("%d endpoints, %v, want 500", count, err)
	}
}

func TestKnownInstancesAreChecked(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{Instances: []gcptest.Instance{{Name: "node-1", Zone: "us-central1-a", Address: "10.128.0.2", AliasRanges: []string{"10.4.0.0/24"}}}})
	c.neg("us-central1-a", "web")
	attach := func(instance, ip string) error {
		return c.await(c.api.NetworkEndpointGroups.AttachNetworkEndpoints(project, "us-central1-a", "web", &compute.NetworkEndpointGroupsAttachEndpointsRequest{
			NetworkEndpoints: []*compute.NetworkEndpoint{{Instance: instance, IpAddress: ip, Port: 80}}}).Do())
	}
	if err := attach("node-1", "10.4.0.9"); err != nil {
		t.Error(err)
	}
	wantFault(t, attach("node-1", "10.4.1.9"), 400, "invalid")
	wantFault(t, attach("node-2", "10.4.0.9"), 404, "notFound")
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

func TestURLMapIsChecked(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	s := c.service("web")
	rule := func(paths ...string) *compute.PathRule { return &compute.PathRule{Paths: paths, Service: s} }
	matcher := func(p compute.PathMatcher) *compute.UrlMap {
		p.Name, p.DefaultService = "m", s
		return &compute.UrlMap{Name: "map", DefaultService: s, HostRules: []*compute.HostRule{{Hosts: []string{"*"}, PathMatcher: "m"}}, PathMatchers: []*compute.PathMatcher{&p}}
	}
	hosts := func(hosts ...string) *compute.UrlMap {
		m := matcher(compute.PathMatcher{})
		m.HostRules = nil
		for _, h := range hosts {
			m.HostRules = append(m.HostRules, &compute.HostRule{Hosts: []string{h}, PathMatcher: "m"})
		}
		return m
	}
	route := func(r compute.HttpRouteRule) *compute.UrlMap {
		if r.MatchRules == nil {
			r.MatchRules = []*compute.HttpRouteRuleMatch{{PrefixMatch: "/"}}
		}
		return matcher(compute.PathMatcher{RouteRules: []*compute.HttpRouteRule{&r}})
	}
	match := func(m compute.HttpRouteRuleMatch) *compute.UrlMap {
		return route(compute.HttpRouteRule{Service: s, MatchRules: []*compute.HttpRouteRuleMatch{&m}})
	}
	action := func(a compute.HttpRouteAction) *compute.UrlMap {
		return route(compute.HttpRouteRule{Service: s, RouteAction: &a})
	}
	for name, m := range map[string]*compute.UrlMap{
		"no default":                 {Name: "map"},
		"two defaults":               {Name: "map", DefaultService: s, DefaultUrlRedirect: &compute.HttpRedirectAction{HttpsRedirect: true}},
		"unknown matcher":            {Name: "map", DefaultService: s, HostRules: []*compute.HostRule{{Hosts: []string{"*"}, PathMatcher: "none"}}},
		"unused matcher":             {Name: "map", DefaultService: s, PathMatchers: []*compute.PathMatcher{{Name: "m", DefaultService: s}}},
		"host twice":                 hosts("a.example", "A.example"),
		"host twice in two rules":    hosts("a.example", "a.example"),
		"wildcard inside":            hosts("a.*.example"),
		"wildcard without separator": hosts("*example"),
		"path without slash":         matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("a")}}),
		"star inside":                matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("/a*")}}),
		"star not at end":            matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("/*/a")}}),
		"query in path":              matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("/a?b")}}),
		"path twice":                 matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("/a"), rule("/a")}}),
		"no paths":                   matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule()}}),
		"both rules": matcher(compute.PathMatcher{PathRules: []*compute.PathRule{rule("/a")},
			RouteRules: []*compute.HttpRouteRule{{Service: s, MatchRules: []*compute.HttpRouteRuleMatch{{PrefixMatch: "/"}}}}}),
		"priority twice": matcher(compute.PathMatcher{RouteRules: []*compute.HttpRouteRule{
			{Service: s, MatchRules: []*compute.HttpRouteRuleMatch{{PrefixMatch: "/"}}}, {Service: s, MatchRules: []*compute.HttpRouteRuleMatch{{PrefixMatch: "/"}}}}}),
		"no match":                          route(compute.HttpRouteRule{Service: s, MatchRules: []*compute.HttpRouteRuleMatch{}}),
		"match without path":                match(compute.HttpRouteRuleMatch{HeaderMatches: []*compute.HttpHeaderMatch{{HeaderName: "x", PresentMatch: true}}}),
		"two paths":                         match(compute.HttpRouteRuleMatch{PrefixMatch: "/", FullPathMatch: "/"}),
		"regex on global":                   match(compute.HttpRouteRuleMatch{RegexMatch: "/.*"}),
		"prefix without /":                  match(compute.HttpRouteRuleMatch{PrefixMatch: "a"}),
		"header without test":               match(compute.HttpRouteRuleMatch{PrefixMatch: "/", HeaderMatches: []*compute.HttpHeaderMatch{{HeaderName: "x"}}}),
		"no outcome":                        route(compute.HttpRouteRule{RouteAction: &compute.HttpRouteAction{Timeout: &compute.Duration{Seconds: 1}}}),
		"weight too big":                    route(compute.HttpRouteRule{RouteAction: &compute.HttpRouteAction{WeightedBackendServices: []*compute.WeightedBackendService{{BackendService: s, Weight: 1001}}}}),
		"all weights zero":                  route(compute.HttpRouteRule{RouteAction: &compute.HttpRouteAction{WeightedBackendServices: []*compute.WeightedBackendService{{BackendService: s, ForceSendFields: []string{"Weight"}}}}}),
		"bad abort status":                  action(compute.HttpRouteAction{FaultInjectionPolicy: &compute.HttpFaultInjection{Abort: &compute.HttpFaultAbort{HttpStatus: 99, Percentage: 100}}}),
		"template rewrite without template": action(compute.HttpRouteAction{UrlRewrite: &compute.UrlRewrite{PathTemplateRewrite: "/{x}"}}),
	} {
		if err := c.await(c.api.UrlMaps.Insert(project, m).Do()); err == nil {
			t.Errorf("%s: accepted", name)
			c.done(c.api.UrlMaps.Delete(project, "map").Do())
		} else if failed, ok := errors.AsType[*googleapi.Error](err); !ok || failed.Code != 400 {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.done(c.api.UrlMaps.Insert(project, match(compute.HttpRouteRuleMatch{PrefixMatch: "/"})).Do())
}

func TestHTTPSProxyAcceptsFifteenCertificatesAndNoHTTPSRedirect(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	c.service("web")
	c.done(c.api.UrlMaps.Insert(project, &compute.UrlMap{Name: "shop", DefaultService: "global/backendServices/web"}).Do())
	c.done(c.api.UrlMaps.Insert(project, &compute.UrlMap{Name: "redirect", DefaultUrlRedirect: &compute.HttpRedirectAction{HttpsRedirect: true}}).Do())
	chain, private := pair(t, "a.example")
	_, other := pair(t, "b.example")
	_, err := c.api.SslCertificates.Insert(project, &compute.SslCertificate{Name: "bad", Certificate: chain, PrivateKey: other}).Do()
	wantFault(t, err, 400, "sslCertificateCouldNotParseCert")
	var links []string
	for i := range 16 {
		name := fmt.Sprintf("cert-%d", i)
		c.done(c.api.SslCertificates.Insert(project, &compute.SslCertificate{Name: name, Certificate: chain, PrivateKey: private}).Do())
		links = append(links, "global/sslCertificates/"+name)
	}
	for key, doc := range c.Snapshot() {
		if strings.Contains(doc, "PRIVATE KEY") {
			t.Errorf("%s contains a private key", key)
		}
	}
	proxy := func(urlMap string, certificates []string) error {
		return c.await(c.api.TargetHttpsProxies.Insert(project, &compute.TargetHttpsProxy{Name: "p", UrlMap: "global/urlMaps/" + urlMap, SslCertificates: certificates}).Do())
	}
	wantFault(t, proxy("shop", links), 400, "invalid")
	wantFault(t, proxy("shop", nil), 400, "required")
	wantFault(t, proxy("redirect", links[:1]), 400, "invalid")
	if err := proxy("shop", links[:1]); err != nil {
		t.Fatal(err)
	}
	c.done(c.api.TargetHttpsProxies.SetSslCertificates(project, "p", &compute.TargetHttpsProxiesSetSslCertificatesRequest{SslCertificates: links[1:3]}).Do())
	c.done(c.api.SslCertificates.Delete(project, "cert-0").Do())
	_, err = c.api.SslCertificates.Delete(project, "cert-1").Do()
	wantFault(t, err, 400, "resourceInUseByAnotherResource")
	c.done(c.api.SslPolicies.Insert(project, &compute.SslPolicy{Name: "modern", Profile: "MODERN", MinTlsVersion: "TLS_1_2"}).Do())
	c.done(c.api.TargetHttpsProxies.SetSslPolicy(project, "p", &compute.SslPolicyReference{SslPolicy: "global/sslPolicies/modern"}).Do())
	_, err = c.api.SslPolicies.Delete(project, "modern").Do()
	wantFault(t, err, 400, "resourceInUseByAnotherResource")
}

func TestForwardingRules(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	shop(c, newPod(t, "one", nil))
	c.done(c.api.GlobalAddresses.Insert(project, &compute.Address{Name: "static"}).Do())
	a, err := c.api.GlobalAddresses.Get(project, "static").Do()
	if err != nil || a.Status != "RESERVED" {
		t.Fatalf("address = %+v, %v", a, err)
	}
	insert := func(name string, change func(*compute.ForwardingRule)) error {
		fr := &compute.ForwardingRule{Name: name, Target: "global/targetHttpProxies/shop", PortRange: "80-80", LoadBalancingScheme: "EXTERNAL_MANAGED", IPAddress: a.Address}
		change(fr)
		return c.await(c.api.GlobalForwardingRules.Insert(project, fr).Do())
	}
	if err := insert("one", func(fr *compute.ForwardingRule) { fr.Labels = map[string]string{"a": "b"} }); err != nil {
		t.Fatal(err)
	}
	// Another rule with the same address and port is rejected.
	wantFault(t, insert("two", func(*compute.ForwardingRule) {}), 400, "invalid")
	wantFault(t, insert("two", func(fr *compute.ForwardingRule) { fr.PortRange = "80-90" }), 400, "invalid")
	wantFault(t, insert("two", func(fr *compute.ForwardingRule) { fr.IPAddress = "203.0.113.200" }), 400, "invalid")
	wantFault(t, insert("two", func(fr *compute.ForwardingRule) { fr.Target = "global/urlMaps/shop" }), 400, "invalid")
	wantFault(t, insert("two", func(fr *compute.ForwardingRule) { fr.Labels = map[string]string{"A": "b"}; fr.PortRange = "81" }), 400, "invalid")
	if err := insert("two", func(fr *compute.ForwardingRule) { fr.PortRange = "8080" }); err != nil {
		t.Error(err)
	}
	a, err = c.api.GlobalAddresses.Get(project, "static").Do()
	if err != nil || a.Status != "IN_USE" || len(a.Users) != 2 {
		t.Errorf("address in use = %+v, %v", a, err)
	}
	_, err = c.api.GlobalAddresses.Delete(project, "static").Do()
	wantFault(t, err, 400, "resourceInUseByAnotherResource")
	fr, err := c.api.GlobalForwardingRules.Get(project, "one").Do()
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.api.GlobalForwardingRules.SetLabels(project, "one", &compute.GlobalSetLabelsRequest{Labels: map[string]string{"a": "c"}}).Do()
	wantFault(t, err, 412, "conditionNotMet")
	c.done(c.api.GlobalForwardingRules.SetLabels(project, "one", &compute.GlobalSetLabelsRequest{Labels: map[string]string{"a": "c"}, LabelFingerprint: fr.LabelFingerprint}).Do())
	c.done(c.api.TargetHttpProxies.Insert(project, &compute.TargetHttpProxy{Name: "next", UrlMap: "global/urlMaps/shop"}).Do())
	c.done(c.api.GlobalForwardingRules.SetTarget(project, "one", &compute.TargetReference{Target: "global/targetHttpProxies/next"}).Do())
	fr, err = c.api.GlobalForwardingRules.Get(project, "one").Do()
	if err != nil || last(fr.Target) != "next" || fr.Labels["a"] != "c" || fr.PortRange != "80-80" {
		t.Errorf("forwarding rule = %+v, %v", fr, err)
	}
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
