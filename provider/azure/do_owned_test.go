package azure_test

import (
	"errors"
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
