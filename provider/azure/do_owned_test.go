package azure_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
)

// opsOf returns the ops of a batch in one write scope.
func opsOf(batch provider.Batch, scope string) provider.Batch {
	batch.WriteScope = scope
	all := batch.Ops
	batch.Ops = nil
	for _, op := range all {
		if op.WriteScope == scope {
			batch.Ops = append(batch.Ops, op)
		}
	}
	return batch
}

func TestResourceOfAnotherOwnerIsNotAdopted(t *testing.T) {
	w := newWorld(t)
	p := newProvider(t, w.s, "", w.clk)
	batch := creates(t, p, shop(nil))
	for _, op := range batch.Ops {
		switch op.Key.Kind {
		case azure.KindPublicIP:
			w.s.SeedPublicIP(group, op.Key.Name)
		case azure.KindGateway:
			_, _ = w.s.SeedPublicIP(group, "theirs")
			subnet := azuretest.SubnetID(subscription, group, azuretest.NetworkName, azuretest.GatewaySubnet)
			body := azuretest.SharedGateway(location, subnet, azuretest.PublicIPID(subscription, group, "theirs"))
			if err := w.s.SeedGateway(group, op.Key.Name, body); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := w.s.Snapshot()
	for _, kind := range []string{azure.KindPublicIP, azure.KindGateway} {
		for _, o := range p.Do(t.Context(), opsOf(batch, scopeOf(batch, kind))) {
			if o.State != provider.Failed || !errors.Is(o.Err, provider.ErrNotOwned) || !provider.IsCode(o.Err, provider.Conflict) {
				t.Errorf("%s is %s: %v", o.Key, o.State, o.Err)
			}
		}
	}
	if diff := differs(before, w.s.Snapshot()); diff != "" {
		t.Error(diff)
	}
}

// scopeOf returns the write scope of the first op of a kind.
func scopeOf(batch provider.Batch, kind string) string {
	for _, op := range batch.Ops {
		if op.Key.Kind == kind {
			return op.WriteScope
		}
	}
	return ""
}

// setTag sets a tag of a resource, as another client would.
func setTag(t *testing.T, s *azuretest.Server, id, name, value string) {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(call(t, s, http.MethodGet, id, nil), &body); err != nil {
		t.Fatal(err)
	}
	tags, _ := body["tags"].(map[string]any)
	tags[name] = value
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	call(t, s, http.MethodPut, id, raw)
}

// call sends a request as another client, and returns the body of the reply.
func call(t *testing.T, s *azuretest.Server, method, id string, body []byte) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+id+"?api-version=2025-05-01", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	raw, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: status %d, %v", method, id, reply.StatusCode, err)
	}
	return raw
}

// A gateway that was handed to another owner since it was observed is not deleted.
func TestDeleteChecksTheOwnerAgain(t *testing.T) {
	w := newWorld(t)
	p := newProvider(t, w.s, "", w.clk)
	batch := creates(t, p, shop(nil))
	for _, kind := range []string{azure.KindPublicIP, azure.KindGateway} {
		if outcomes := p.Do(t.Context(), opsOf(batch, scopeOf(batch, kind))); states(outcomes)[provider.Done] != len(outcomes) {
			t.Fatalf("%s: %v", kind, states(outcomes))
		}
	}
	observed, err := p.Observe(t.Context(), provider.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	deletes := map[string]provider.Batch{}
	for i := range observed {
		r := &observed[i]
		if r.Key.Kind == azure.KindGateway || r.Key.Kind == azure.KindPublicIP {
			deletes[r.Key.Kind] = provider.Batch{WriteScope: r.WriteScope, Have: batch.Have, Ops: []provider.Op{
				{Action: provider.Delete, Key: r.Key, WriteScope: r.WriteScope, Have: r},
			}}
			setTag(t, w.s, r.Output.ID, "headgate-cluster", "another")
		}
	}
	for _, kind := range []string{azure.KindGateway, azure.KindPublicIP} {
		for _, o := range p.Do(t.Context(), deletes[kind]) {
			if !errors.Is(o.Err, provider.ErrNotOwned) {
				t.Errorf("%s is %s: %v", o.Key, o.State, o.Err)
			}
		}
	}
	for _, batch := range deletes {
		call(t, w.s, http.MethodGet, batch.Ops[0].Have.Output.ID, nil) // fails if it does not exist
	}
}

// A part that the record states to be another load balancer's is neither adopted nor deleted,
// although the name is the same.
func TestPartOfAnotherLoadBalancerIsNotAdopted(t *testing.T) {
	w := newWorld(t)
	p := newProvider(t, w.s, shared, w.clk)
	batch := creates(t, p, shop(nil))
	if outcomes := p.Do(t.Context(), batch); states(outcomes)[provider.Done] != len(outcomes) {
		t.Fatalf("outcomes are %v", states(outcomes))
	}
	before := w.s.Snapshot()
	again := creates(t, p, shop(nil))
	for i := range again.Ops {
		op := &again.Ops[i]
		op.Want.Owner.LoadBalancer = "other/thief" // as if the hashes of the two collided
		if i%2 == 0 {
			op.Action, op.Want, op.Have = provider.Delete, nil, op.Want
		}
	}
	for _, o := range p.Do(t.Context(), again) {
		if o.State != provider.Blocked && !errors.Is(o.Err, provider.ErrNotOwned) {
			t.Errorf("%s is %s: %v", o.Key, o.State, o.Err)
		}
	}
	if diff := differs(before, w.s.Snapshot()); diff != "" {
		t.Error(diff)
	}
}
