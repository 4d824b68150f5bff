package azure_test

import (
	"testing"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/provider/providertest"
)

func harness(gateway string, create int) providertest.Harness {
	lacks := []providertest.Setting{providertest.HealthyThreshold}
	if gateway != "" {
		lacks = append(lacks, providertest.Tags) // those of the gateway are its owner's
	}
	return providertest.Harness{
		New: func(t *testing.T, pods providertest.Dialer) *providertest.Fixture {
			clk := clock.Scaled(200)
			s := azuretest.NewServer(azuretest.Options{Clock: clk, Dial: pods, OperationDelay: 2 * time.Second})
			t.Cleanup(s.Close)
			seedShared(t, s)
			ours := newProvider(t, s, gateway, clk).NamePrefix()
			return &providertest.Fixture{
				Process:  func() provider.Provider { return newProvider(t, s, gateway, clk) },
				Clock:    clk,
				Controls: providertest.OnWire(s.Wire()),
				Snapshot: s.Snapshot,
				Foreign:  func() map[string]string { return foreign(s, ours) },
				Dial:     s.Front().Dial,
			}
		},
		Budget: providertest.Budget{Create: create, Grow: providertest.Calls{Writes: 1, Polls: 1}},
		Shared: gateway != "",
		Lacks:  lacks,
	}
}

func TestContractOnASharedGateway(t *testing.T) { providertest.Run(t, harness(shared, 1)) }

func TestContractOnOwnGateways(t *testing.T) { providertest.Run(t, harness("", 2)) }
