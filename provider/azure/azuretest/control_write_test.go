package azuretest

import (
	"net/http"
	"testing"
	"time"

	armnetwork "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v9"
	"github.com/google/go-cmp/cmp"
)

func TestWriteWithAStaleETagIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		ignore bool
		want   int
	}{"honoured": {false, http.StatusPreconditionFailed}, "ignored": {true, http.StatusOK}} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t, Options{IgnoreIfMatch: tc.ignore})
			ip, _ := s.SeedPublicIP(group, "ip")
			first := putGatewayBody(t, s, gatewayBody(s, ip))
			if first.StatusCode != http.StatusCreated {
				t.Fatalf("create answers %d: %v", first.StatusCode, codes(t, first))
			}
			reply := putGatewayBody(t, s, gatewayBody(s, ip), "If-Match", str(decode[object](t, first)["etag"]))
			if reply.StatusCode != tc.want {
				t.Fatalf("status %d, want %d", reply.StatusCode, tc.want)
			}
			if tc.want == http.StatusPreconditionFailed {
				if diff := cmp.Diff([]string{"PreconditionFailed", "PreconditionFailedEtagMismatch"}, codes(t, reply)); diff != "" {
					t.Error(diff)
				}
			}
			now := send(t, s, http.MethodGet, GatewayID(defaultSubscription, group, gateway), nil)
			reply = putGatewayBody(t, s, gatewayBody(s, ip), "If-Match", now.Header.Get("Etag"))
			if reply.StatusCode != http.StatusOK {
				t.Errorf("write with the current etag answers %d", reply.StatusCode)
			}
		})
	}
}

func TestWriteDuringAnOperation(t *testing.T) {
	for name, tc := range map[string]struct {
		busy   Busy
		status int
		codes  []string
	}{
		"conflict":  {BusyConflict, http.StatusConflict, []string{"AnotherOperationInProgress"}},
		"retry":     {BusyRetry, http.StatusTooManyRequests, []string{"RetryableError", "RetryableErrorDueToAnotherOperation"}},
		"supersede": {BusySupersede, http.StatusOK, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t, Options{WhileBusy: tc.busy, OperationDelay: time.Hour})
			ip, _ := s.SeedPublicIP(group, "ip")
			first := putGatewayBody(t, s, gatewayBody(s, ip))
			reply := putGatewayBody(t, s, gatewayBody(s, ip))
			if reply.StatusCode != tc.status {
				t.Fatalf("status %d, want %d", reply.StatusCode, tc.status)
			}
			if tc.codes != nil {
				if diff := cmp.Diff(tc.codes, codes(t, reply)); diff != "" {
					t.Error(diff)
				}
				return
			}
			polled := pollOperation(t, first)
			if polled.Status != "Canceled" || polled.Error.Details[0].Code != "CanceledAndSupersededDueToAnotherOperation" {
				t.Errorf("first operation is %+v", polled)
			}
		})
	}
}

type polledOperation struct {
	Status string
	errorBody
}

func pollOperation(t *testing.T, begun *http.Response) polledOperation {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, begun.Header.Get("Azure-AsyncOperation"), nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	return decode[polledOperation](t, reply)
}

func TestFailedOperationLeavesTheDataPlaneUnchanged(t *testing.T) {
	s := newTestServer(t, Options{})
	c := newClients(t, s)
	ip, address := s.SeedPublicIP(group, "ip")
	create(t, s, c, gatewayBody(s, ip))

	body := gatewayBody(s, ip)
	props(body, "frontendPorts", 0)["port"] = 81.0
	s.FailNextOperation("InternalServerError", "An error occurred.")
	reply := putGatewayBody(t, s, body)
	if reply.StatusCode != http.StatusOK {
		t.Fatalf("status %d", reply.StatusCode)
	}
	if polled := pollOperation(t, reply); polled.Status != "Failed" || polled.Error.Code != "InternalServerError" {
		t.Errorf("operation is %+v", polled)
	}
	got, err := c.gateways.Get(t.Context(), group, gateway, nil)
	if err != nil || *got.Properties.ProvisioningState != armnetwork.ProvisioningStateFailed {
		t.Errorf("state %v, %v", *got.Properties.ProvisioningState, err)
	}
	addresses := s.Front().Addresses()
	if addresses[address+":80"] == "" || addresses[address+":81"] != "" {
		t.Errorf("data plane listens at %v", addresses)
	}
}
