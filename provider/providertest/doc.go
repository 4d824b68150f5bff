// Package providertest is the contract of package provider as a test suite that any plugin runs.
//
// The author of a plugin writes one test, which gives the suite a [Harness]:
//
//	func TestContract(t *testing.T) {
//		providertest.Run(t, providertest.Harness{
//			New: func(t *testing.T, pods providertest.Dialer) *providertest.Fixture {
//				clk := providertest.NewClock(200)
//				cloud := awstest.NewServer(awstest.Options{Clock: clk, Dial: pods})
//				t.Cleanup(cloud.Close)
//				foreign := makeForeign(t, cloud) // things of somebody else, with names like ours
//				return &providertest.Fixture{
//					Process:  func() provider.Provider { return newProvider(t, cloud, clk) },
//					Clock:    clk,
//					Controls: providertest.OnWire(cloud.Wire()),
//					Snapshot: cloud.Snapshot,
//					Dial:     cloud.Front().Dial,
//				}
//			},
//			Budget: providertest.Budget{Create: 10, Grow: providertest.Calls{Writes: 1}},
//		})
//	}
//
// Each sentence of the contract is a subtest that quotes it. The scenarios drive the plugin through reconcile.Engine: they create, change
// and delete load balancers, crash at every write and run again, while a client sends requests through the cloud's data plane
// where it has one. What a plugin or its cloud cannot do is skipped, and the skipped subtest says why.
//
// The clock should run as fast as the machine allows: at a pace of 200 a health check every ten seconds takes fifty milliseconds. With a [Clock] of this package
// as the clock of both fixture and cloud the suite also skips the minutes in which requests drain, once it has seen that none is left.
package providertest
