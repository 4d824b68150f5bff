package azuretest

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/internal/wire"
)

func TestLooksForTheEndOfAWriteArePolls(t *testing.T) {
	for name, tc := range map[string]struct {
		delay time.Duration
		want  []wire.Kind
	}{
		"it has ended":     {0, []wire.Kind{wire.Write, wire.Poll, wire.Read}},
		"it has not ended": {time.Hour, []wire.Kind{wire.Write, wire.Poll, wire.Poll}},
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
			if diff := cmp.Diff([]wire.Kind{wire.Poll}, kinds(s)); diff != "" {
				t.Errorf("a look at the operation (-want +got):\n%s", diff)
			}
		})
	}
}

func kinds(s *Server) []wire.Kind {
	var kinds []wire.Kind
	for _, c := range s.Wire().Calls() {
		kinds = append(kinds, c.Kind)
	}
	return kinds
}
