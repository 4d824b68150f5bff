package azure_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
)

// switchGateway starts or stops the shared gateway, and waits until its state begins with want.
func switchGateway(t *testing.T, s *azuretest.Server, action, want string) {
	t.Helper()
	url := s.URL() + azuretest.GatewayID(subscription, group, shared) + "/" + action + "?api-version=2025-05-01"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	limit := time.After(20 * time.Second)
	for !strings.HasPrefix(operationalState(t, s), want) {
		changed := s.Changed()
		select {
		case <-changed:
		case <-time.After(10 * time.Millisecond):
		case <-limit:
			t.Fatalf("the gateway is %s, want %s", operationalState(t, s), want)
		}
	}
}

func operationalState(t *testing.T, s *azuretest.Server) string {
	t.Helper()
	raw, _ := s.Gateway(group, shared)
	var d struct {
		Properties struct{ OperationalState string }
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d.Properties.OperationalState
}

func TestStoppedGatewayIsNotStarted(t *testing.T) {
	w := newWorld(t)
	p := newProvider(t, w.s, shared, w.clk)
	early := creates(t, p, shop(nil))                   // observed while the gateway runs
	for _, state := range []string{"Stop", "Stopped"} { // Stopping first, unless it is over
		switchGateway(t, w.s, "stop", state)
		for when, batch := range map[string]provider.Batch{"before": early, "after": creates(t, p, shop(nil))} {
			for _, o := range p.Do(t.Context(), batch) {
				if o.State != provider.Failed || provider.CodeOf(o.Err).Retryable() || !strings.Contains(o.Err.Error(), "stopped") || !strings.Contains(o.Err.Error(), "start it") {
					t.Fatalf("%s, observed %s: %s is %s: %v", state, when, o.Key, o.State, o.Err)
				}
			}
		}
	}
	if state := operationalState(t, w.s); state != "Stopped" {
		t.Errorf("the gateway is %s", state)
	}

	switchGateway(t, w.s, "start", "Running")
	if outcomes := p.Do(t.Context(), creates(t, p, shop(nil))); states(outcomes)[provider.Done] != len(outcomes) {
		t.Errorf("after the start: %v", states(outcomes))
	}
}

func TestStoppedGatewayThatNeedsNoWriteIsNoFailure(t *testing.T) {
	w := newWorld(t)
	e := w.engine(t, shared)
	e.Set(seal(t, shop(nil)))
	apply(t, e)
	switchGateway(t, w.s, "stop", "Stopped")
	e.Set(seal(t, shop(nil)))
	apply(t, e) // fails if a result has an error
}
