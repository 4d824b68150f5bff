package azuretest

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/clock"
)

// These tests compare the server with recorded traffic of the service, from the tests of its
// command line and PowerShell module.

// busyServer returns a server whose operations do not end by themselves, and the ID of a public IP
// address.
func busyServer(t *testing.T, o Options) (s *Server, publicIP string) {
	t.Helper()
	o.OperationDelay = time.Hour
	s = newTestServer(t, o)
	publicIP, _ = s.SeedPublicIP(group, "ip")
	return s, publicIP
}

// endOperations ends all operations in progress.
func endOperations(s *Server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range s.operations {
		s.finish(op)
	}
}

func gatewayPath() string { return GatewayID(defaultSubscription, group, gateway) }

// shown returns the reply to a GET of the gateway.
func shown(t *testing.T, s *Server) (object, *http.Response) {
	t.Helper()
	reply := send(t, s, http.MethodGet, gatewayPath(), nil)
	if reply.StatusCode != http.StatusOK {
		t.Fatalf("get answers %d", reply.StatusCode)
	}
	return decode[object](t, reply), reply
}

// put writes a gateway, which the server must accept.
func put(t *testing.T, s *Server, body object, status int) (object, *http.Response) {
	t.Helper()
	reply := putGatewayBody(t, s, body)
	if reply.StatusCode != status {
		t.Fatalf("put answers %d, want %d: %v", reply.StatusCode, status, codes(t, reply))
	}
	return decode[object](t, reply), reply
}

// etags returns the distinct ETags of the gateway and its parts.
func etags(body object) []string {
	all := map[string]bool{str(body["etag"]): true}
	for _, l := range body["properties"].(object) {
		for _, item := range list(l) {
			if etag, ok := item["etag"].(string); ok {
				all[etag] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func TestEachWriteHasThreeETags(t *testing.T) {
	s, ip := busyServer(t, Options{})
	for _, status := range []int{http.StatusCreated, http.StatusOK} {
		answer, reply := put(t, s, gatewayBody(s, ip), status)
		if reply.Header.Get("Etag") != "" || reply.Header.Get("Location") != "" {
			t.Errorf("the reply has ETag %q and Location %q", reply.Header.Get("Etag"), reply.Header.Get("Location"))
		}
		if reply.Header.Get("Azure-AsyncOperation") == "" || reply.Header.Get("Azure-AsyncNotification") != "Enabled" {
			t.Errorf("the headers of the reply are %v", reply.Header)
		}
		meanwhile, get := shown(t, s)
		again, _ := shown(t, s)
		if get.Header.Get("Etag") != meanwhile["etag"] || meanwhile["etag"] != again["etag"] {
			t.Errorf("during the operation: header %q, body %q, later %q", get.Header.Get("Etag"), meanwhile["etag"], again["etag"])
		}
		endOperations(s)
		after, _ := shown(t, s)
		seen := slices.Concat(etags(answer), etags(meanwhile), etags(after))
		if slices.Sort(seen); len(slices.Compact(seen)) != 3 {
			t.Errorf("etags are %v, %v and %v, want one for each step", etags(answer), etags(meanwhile), etags(after))
		}
		if reply := putGatewayBody(t, s, gatewayBody(s, ip), "If-Match", str(answer["etag"])); reply.StatusCode != http.StatusPreconditionFailed {
			t.Errorf("a write with the etag of the reply gets %d", reply.StatusCode)
		}
	}
}

func TestETagOfTheReplyIsStaleDuringTheOperation(t *testing.T) {
	s, ip := busyServer(t, Options{WhileBusy: BusySupersede})
	answer, _ := put(t, s, gatewayBody(s, ip), http.StatusCreated)
	if reply := putGatewayBody(t, s, gatewayBody(s, ip), "If-Match", str(answer["etag"])); reply.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("status %d", reply.StatusCode)
	}
	now, _ := shown(t, s)
	if reply := putGatewayBody(t, s, gatewayBody(s, ip), "If-Match", str(now["etag"])); reply.StatusCode != http.StatusOK {
		t.Errorf("with the etag of a GET: status %d", reply.StatusCode)
	}
}

func TestRefusedETagIsReportedAsWeak(t *testing.T) {
	s := newTestServer(t, Options{SharedGateway: "shared"})
	reply := send(t, s, http.MethodPut, PublicIPID(defaultSubscription, group, "shared-ip"), []byte(`{}`), "If-Match", "invalid")
	e := decode[errorBody](t, reply)
	if reply.StatusCode != http.StatusPreconditionFailed || !strings.HasPrefix(e.Error.Details[0].Message, `Etag provided in if-match header W/"invalid" does not match etag W/"`) {
		t.Errorf("status %d, %+v", reply.StatusCode, e)
	}
}

func TestPollReturnsOnlyTheStatus(t *testing.T) {
	s, ip := busyServer(t, Options{})
	_, begun := put(t, s, gatewayBody(s, ip), http.StatusCreated)
	for _, want := range []string{`{"status":"InProgress"}`, `{"status":"Succeeded"}`} {
		reply := poll(t, begun.Header.Get("Azure-AsyncOperation"))
		body, err := io.ReadAll(reply.Body)
		if err != nil || string(body) != want || reply.StatusCode != http.StatusOK || reply.Header.Get("Etag") != "" {
			t.Errorf("poll answers %d %q with etag %q, want %q: %v", reply.StatusCode, body, reply.Header.Get("Etag"), want, err)
		}
		endOperations(s)
	}
	if id := begun.Header.Get("X-Ms-Request-Id"); id == "" || !strings.Contains(begun.Header.Get("Azure-AsyncOperation"), "/operations/"+id+"?") {
		t.Errorf("request ID %q, operation %q", id, begun.Header.Get("Azure-AsyncOperation"))
	}
}

// poll polls an operation once.
func poll(t *testing.T, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reply.Body.Close() })
	return reply
}

// pauses returns the waits in the replies to a write and to the polls of its operation. The last
// poll finds the operation ended.
func pauses(t *testing.T, s *Server, begun *http.Response, header string, polls int) []string {
	t.Helper()
	all := []string{begun.Header.Get(header)}
	for range polls {
		all = append(all, poll(t, begun.Header.Get("Azure-AsyncOperation")).Header.Get(header))
	}
	endOperations(s)
	return append(all, poll(t, begun.Header.Get("Azure-AsyncOperation")).Header.Get(header))
}

func TestPausesGrowAndEndWithTheOperation(t *testing.T) {
	s, ip := busyServer(t, Options{})
	_, begun := put(t, s, gatewayBody(s, ip), http.StatusCreated)
	if diff := cmp.Diff([]string{"5", "1", "2", "4", "8", "10", "10", ""}, pauses(t, s, begun, "Retry-After", 6)); diff != "" {
		t.Errorf("gateway:\n%s", diff)
	}
	address := []byte(`{"location":"westeurope","sku":{"name":"Standard"},"properties":{"publicIPAllocationMethod":"Static"}}`)
	begun = send(t, s, http.MethodPut, PublicIPID(defaultSubscription, group, "new"), address)
	if got := pauses(t, s, begun, "Retry-After", 0); got[0] != "1" || got[1] != "" {
		t.Errorf("public IP address: %v", got)
	}
	begun = send(t, s, http.MethodDelete, gatewayPath(), nil)
	if diff := cmp.Diff([]string{"10", "10", "20", "20", "100", ""}, pauses(t, s, begun, "Retry-After", 4)); diff != "" {
		t.Errorf("deletion:\n%s", diff)
	}
}

func TestPausesFollowTheClock(t *testing.T) {
	s, ip := busyServer(t, Options{Clock: clock.Scaled(1000)})
	_, begun := put(t, s, gatewayBody(s, ip), http.StatusCreated)
	if diff := cmp.Diff([]string{"5", "1", "2", ""}, pauses(t, s, begun, "Retry-After-Ms", 2)); diff != "" {
		t.Error(diff)
	}
	if got := begun.Header.Get("Retry-After"); got != "" {
		t.Errorf("Retry-After is also set: %q", got)
	}
}

func TestDeletionIsVisibleUntilItEnds(t *testing.T) {
	s, ip := busyServer(t, Options{})
	put(t, s, gatewayBody(s, ip), http.StatusCreated)
	endOperations(s)
	before, _ := shown(t, s)

	reply := send(t, s, http.MethodDelete, gatewayPath(), nil)
	body, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != http.StatusAccepted || len(body) > 0 || reply.Header.Get("Content-Length") != "0" {
		t.Errorf("delete answers %d %q, length %q: %v", reply.StatusCode, body, reply.Header.Get("Content-Length"), err)
	}
	location, operation := reply.Header.Get("Location"), reply.Header.Get("Azure-AsyncOperation")
	if !strings.Contains(location, "/operationResults/") || !strings.Contains(operation, "/operations/") {
		t.Errorf("Location is %q, operation %q", location, operation)
	}
	result := poll(t, location)
	if body, _ := io.ReadAll(result.Body); result.StatusCode != http.StatusAccepted || string(body) != "null" || result.Header.Get("Location") == "" {
		t.Errorf("the Location answers %d %q during the operation", result.StatusCode, body)
	}
	meanwhile, _ := shown(t, s)
	p := meanwhile["properties"].(object)
	if p["provisioningState"] != "Deleting" || props(meanwhile, "httpListeners", 0)["provisioningState"] != "Deleting" || p["operationalState"] != "Running" {
		t.Errorf("during the deletion the state is %v, that of the listener %v, and the gateway is %v", p["provisioningState"], props(meanwhile, "httpListeners", 0)["provisioningState"], p["operationalState"])
	}
	if meanwhile["etag"] == before["etag"] {
		t.Error("the etag has not changed")
	}
	endOperations(s)
	gone := send(t, s, http.MethodGet, gatewayPath(), nil)
	if gone.StatusCode != http.StatusNotFound {
		t.Errorf("a deleted gateway answers %d", gone.StatusCode)
	}
}

func TestNotFoundHasTwoForms(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	never := `{"error":{"code":"ResourceNotFound","message":"The Resource 'Microsoft.Network/applicationGateways/gw' under resource group 'rg' was not found. ` +
		`For more details please go to https://aka.ms/ARMResourceNotFoundFix"}}`
	gone := `{"error":{"code":"NotFound","details":[],"message":"Resource ` + gatewayPath() + ` not found."}}`
	check := func(want, cause string) {
		t.Helper()
		reply := send(t, s, http.MethodGet, gatewayPath(), nil)
		body, err := io.ReadAll(reply.Body)
		if err != nil || reply.StatusCode != http.StatusNotFound || string(body) != want || reply.Header.Get("X-Ms-Failure-Cause") != cause {
			t.Errorf("%d, cause %q, body\n%s\nwant\n%s: %v", reply.StatusCode, reply.Header.Get("X-Ms-Failure-Cause"), body, want, err)
		}
	}
	check(never, "gateway")
	put(t, s, gatewayBody(s, ip), http.StatusCreated)
	send(t, s, http.MethodDelete, gatewayPath(), nil)
	check(gone, "")
	put(t, s, gatewayBody(s, ip), http.StatusCreated)
	send(t, s, http.MethodDelete, gatewayPath(), nil)
	check(gone, "")
}

func TestGatewayIsRunningOnceItIsCreated(t *testing.T) {
	s, ip := busyServer(t, Options{WhileBusy: BusySupersede})
	is := func(body object) string { return str(dig(body, "properties", "operationalState")) }
	step := func(status int, want string) {
		t.Helper()
		answer, _ := put(t, s, gatewayBody(s, ip), status)
		if now, _ := shown(t, s); is(answer) != want || is(now) != want {
			t.Errorf("the state is %s in the reply and %s after it, want %s", is(answer), is(now), want)
		}
	}
	step(http.StatusCreated, "Stopped")
	step(http.StatusOK, "Stopped") // the creation is not over
	endOperations(s)
	if now, _ := shown(t, s); is(now) != "Running" {
		t.Errorf("the state is %s at the end", is(now))
	}
	step(http.StatusOK, "Running")
}

func TestConcurrentSecondWriteIsAcceptedAndAnswered(t *testing.T) {
	s, ip := busyServer(t, Options{WhileBusy: BusySupersede})
	first, begun := put(t, s, gatewayBody(s, ip), http.StatusCreated)
	body := gatewayBody(s, ip)
	props(body, "backendHttpSettingsCollection", 0)["port"] = 9090.0
	second, more := put(t, s, body, http.StatusOK)
	if props(second, "backendHttpSettingsCollection", 0)["port"] != 9090.0 || dig(second, "properties", "provisioningState") != "Updating" {
		t.Errorf("the reply is %v", second)
	}
	if more.Header.Get("Azure-AsyncOperation") == begun.Header.Get("Azure-AsyncOperation") || first["etag"] == second["etag"] {
		t.Error("the second write does not have its own operation and etag")
	}
	endOperations(s)
	if now, _ := shown(t, s); props(now, "backendHttpSettingsCollection", 0)["port"] != 9090.0 || dig(now, "properties", "provisioningState") != "Succeeded" {
		t.Errorf("the result is %v", now)
	}
}

func TestAddressIsAssignedOnSuccess(t *testing.T) {
	s, _ := busyServer(t, Options{})
	path := PublicIPID(defaultSubscription, group, "new")
	body := []byte(`{"location":"West Europe","sku":{"name":"Standard"},"properties":{"publicIPAllocationMethod":"Static"}}`)
	reply := send(t, s, http.MethodPut, path, body)
	answer := decode[object](t, reply)
	if reply.StatusCode != http.StatusCreated || dig(answer, "properties", "ipAddress") != nil || dig(answer, "properties", "provisioningState") != "Updating" {
		t.Errorf("status %d, %v", reply.StatusCode, answer)
	}
	if reply.Header.Get("Etag") != "" || answer["location"] != "westeurope" {
		t.Errorf("etag %q, location %v", reply.Header.Get("Etag"), answer["location"])
	}
	refused := putGatewayBody(t, s, gatewayBody(s, path))
	if diff := cmp.Diff([]string{"RetryableError", "ReferencedResourceNotProvisioned"}, codes(t, refused)); diff != "" {
		t.Errorf("a gateway with an address that is not provisioned: %s", diff)
	}
	endOperations(s)
	now := decode[object](t, send(t, s, http.MethodGet, path, nil))
	if str(dig(now, "properties", "ipAddress")) == "" || now["etag"] == answer["etag"] {
		t.Errorf("the result is %v", now)
	}
	// A write without changes succeeds at once, although it has an operation.
	reply = send(t, s, http.MethodPut, path, body)
	again := decode[object](t, reply)
	if reply.StatusCode != http.StatusOK || dig(again, "properties", "provisioningState") != "Succeeded" || reply.Header.Get("Azure-AsyncOperation") == "" {
		t.Errorf("status %d, %v", reply.StatusCode, again)
	}
	if diff := cmp.Diff(now["properties"], again["properties"]); diff != "" {
		t.Error(diff)
	}
}

func TestNetworkHasANewETagAtTheEnd(t *testing.T) {
	s, _ := busyServer(t, Options{})
	for path, body := range map[string]string{
		resourceID(defaultSubscription, group, typeNetwork, "n"):           `{"location":"westeurope","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/8"]}}}`,
		SubnetID(defaultSubscription, group, NetworkName, "more"):          `{"properties":{"addressPrefix":"10.9.0.0/24"}}`,
		resourceID(defaultSubscription, group, typeSecurity, "permissive"): `{"location":"westeurope","properties":{}}`,
	} {
		reply := send(t, s, http.MethodPut, path, []byte(body))
		answer := decode[object](t, reply)
		meanwhile := decode[object](t, send(t, s, http.MethodGet, path, nil))
		endOperations(s)
		now := decode[object](t, send(t, s, http.MethodGet, path, nil))
		if reply.StatusCode != http.StatusCreated || reply.Header.Get("Etag") != "" || answer["etag"] == meanwhile["etag"] || meanwhile["etag"] == now["etag"] {
			t.Errorf("%s: status %d, header %q, etags %v %v %v", path, reply.StatusCode, reply.Header.Get("Etag"), answer["etag"], meanwhile["etag"], now["etag"])
		}
	}
}
