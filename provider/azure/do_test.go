package azure_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

// creates returns a batch that creates all resources of some models.
func creates(t *testing.T, p *azure.Provider, models ...model.LoadBalancer) provider.Batch {
	t.Helper()
	observed, err := p.Observe(t.Context(), provider.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	have := map[provider.Key]provider.Resource{}
	for _, r := range observed {
		have[r.Key] = r
	}
	batch := provider.Batch{Have: func(k provider.Key) (provider.Resource, bool) { r, ok := have[k]; return r, ok }}
	for _, lb := range models {
		sealed := seal(t, lb)
		want, err := p.Translate(sealed)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range sealed.Groups() {
			members, err := p.Members(sealed, g.ID, g.Endpoints)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, members...)
		}
		for i := range want {
			batch.Ops = append(batch.Ops, provider.Op{Action: provider.Create, Key: want[i].Key, WriteScope: want[i].WriteScope, Want: &want[i]})
		}
	}
	return batch
}

func states(outcomes []provider.Outcome) map[provider.State]int {
	n := map[provider.State]int{}
	for _, o := range outcomes {
		n[o.State]++
	}
	return n
}

func TestConcurrentWriteOfAnotherClientIsRetained(t *testing.T) {
	w := newWorld(t)
	p := newProvider(t, w.s, shared, w.clk)
	batch := creates(t, p, shop(nil))

	// Another client adds a pool after the core has observed the gateway.
	raw, ok := w.s.Gateway(group, shared)
	if !ok {
		t.Fatal("no gateway")
	}
	other := bytes.Replace(raw, []byte(`"backendAddressPools":[`), []byte(`"backendAddressPools":[{"name":"late","properties":{}},`), 1)
	put(t, w.s, other)

	outcomes := p.Do(t.Context(), batch)
	if n := states(outcomes); n[provider.Done] != len(outcomes) {
		t.Fatalf("outcomes are %v: %v", n, outcomes[0].Err)
	}
	now, _ := w.s.Gateway(group, shared)
	if !bytes.Contains(now, []byte(`"name":"late"`)) {
		t.Error("the pool of the other client is lost")
	}
}

// send starts to write or to delete the shared gateway, as another client.
func send(t *testing.T, s *azuretest.Server, method string, body []byte, status int) {
	t.Helper()
	url := s.URL() + azuretest.GatewayID(subscription, group, shared) + "?api-version=2025-05-01"
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	if reply.StatusCode != status {
		t.Fatalf("status %d", reply.StatusCode)
	}
}

// put writes a gateway and waits for the operation.
func put(t *testing.T, s *azuretest.Server, body []byte) {
	t.Helper()
	send(t, s, http.MethodPut, body, http.StatusOK)
	for limit := time.After(10 * time.Second); ; {
		changed := s.Changed()
		if now, _ := s.Gateway(group, shared); bytes.Contains(now, []byte(`"operationalState":"Running"`)) && !bytes.Contains(now, []byte(`"Updating"`)) {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatal("the operation does not end")
		}
	}
}

func TestFailedOperationIsReportedAndRepaired(t *testing.T) {
	w := newWorld(t, "10.0.1.1", "10.0.1.2", "10.0.2.1")
	p := newProvider(t, w.s, shared, w.clk)
	w.s.FailNextOperation("InternalServerError", "An error occurred.")
	outcomes := p.Do(t.Context(), creates(t, p, shop(nil)))
	if n := states(outcomes); n[provider.Failed] != len(outcomes) {
		t.Fatalf("outcomes are %v", n)
	}
	if err := outcomes[0].Err; provider.CodeOf(err) != provider.Unavailable || !strings.Contains(err.Error(), "An error occurred.") {
		t.Errorf("error is %v", err)
	}
	// The document is stored but not in effect. A new process observes that and writes it again.
	e := w.engine(t, shared)
	e.Set(seal(t, shop(nil)))
	report := apply(t, e, "default/shop")
	w.served(t, report.Results[0].Addresses[0], "shop.example.com", "/")
}

func TestInvalidLoadBalancerDoesNotBlockOthers(t *testing.T) {
	w := newWorld(t)
	p := newProvider(t, w.s, shared, w.clk)
	big := model.LoadBalancer{ID: "default/big", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP}}}
	for i := range 110 {
		id := model.GroupID(fmt.Sprintf("default/s%d:80", i))
		big.Groups = append(big.Groups, groupOf(id, "10.0.3.1"))
		big.Listeners[0].Routes = append(big.Listeners[0].Routes, forward(string(id), fmt.Sprintf("h%d.example.com", i), "/", id))
	}
	batch := creates(t, p, big, shop(nil))
	outcomes := p.Do(t.Context(), batch)
	for i, o := range outcomes {
		want := provider.Done
		if batch.Ops[i].Want.Owner.LoadBalancer == big.ID {
			want = provider.Failed
		}
		if o.State != want {
			t.Fatalf("%s of %s is %s: %v", o.Key, batch.Ops[i].Want.Owner.LoadBalancer, o.State, o.Err)
		}
		if want == provider.Failed && provider.CodeOf(o.Err) != provider.Quota {
			t.Fatalf("error is %v", o.Err)
		}
	}
	writes := w.s.Wire().Writes()
	if i := slices.IndexFunc(writes, func(c cloudtest.Call) bool { return c.Status == http.StatusOK }); i < 0 {
		t.Errorf("nothing was written: %v", writes)
	}
}

func TestBusyGatewayIsReportedAsPending(t *testing.T) {
	for name, busy := range map[string]azuretest.Busy{"conflict": azuretest.BusyConflict, "retry": azuretest.BusyRetry} {
		t.Run(name, func(t *testing.T) {
			s := azuretest.NewServer(azuretest.Options{OperationDelay: time.Hour, WhileBusy: busy})
			t.Cleanup(s.Close)
			seedShared(t, s)
			p := newProvider(t, s, shared, clock.System())
			batch := creates(t, p, shop(nil))
			raw, _ := s.Gateway(group, shared)
			send(t, s, http.MethodPut, raw, http.StatusOK) // an operation of an hour
			outcomes := p.Do(t.Context(), batch)
			if o := outcomes[0]; o.State != provider.Failed || provider.CodeOf(o.Err) != provider.InProgress {
				t.Errorf("%s: %v", o.State, o.Err)
			}
		})
	}
}
