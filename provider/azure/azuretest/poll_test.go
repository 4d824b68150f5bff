package azuretest

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

func TestReadsUntilTheEndOfAWriteArePolls(t *testing.T) {
	for name, tc := range map[string]struct {
		delay time.Duration
		want  []cloudtest.Kind
	}{
		"it has ended":     {0, []cloudtest.Kind{cloudtest.Write, cloudtest.Poll, cloudtest.Read}},
		"it has not ended": {time.Hour, []cloudtest.Kind{cloudtest.Write, cloudtest.Poll, cloudtest.Poll}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t, Options{OperationDelay: tc.delay})
			ip, _ := s.SeedPublicIP(group, "ip")
			s.Wire().Reset()
			put := putGatewayBody(t, s, gatewayBody(s, ip))
			for range 2 {
				send(t, s, http.MethodGet, GatewayID(defaultSubscription, group, gateway), nil)
			}
			if diff := cmp.Diff(tc.want, kinds(s)); diff != "" {
				t.Errorf("kinds of calls (-want +got):\n%s", diff)
			}
			s.Wire().Reset()
			poll(t, put.Header.Get("Azure-AsyncOperation"))
			if diff := cmp.Diff([]cloudtest.Kind{cloudtest.Poll}, kinds(s)); diff != "" {
				t.Errorf("a poll of the operation (-want +got):\n%s", diff)
			}
		})
	}
}

func kinds(s *Server) []cloudtest.Kind {
	var kinds []cloudtest.Kind
	for _, c := range s.Wire().Calls() {
		kinds = append(kinds, c.Kind)
	}
	return kinds
}
