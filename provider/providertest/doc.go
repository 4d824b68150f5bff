// Package providertest is the contract of package provider as a test suite that any plugin runs.
//
// The author of a plugin writes one test, which gives the suite a [Harness]:
//
//	func TestContract(t *testing.T) {
//		providertest.Run(t, providertest.Harness{
//			New: func(t *testing.T, pods providertest.Dialer) *providertest.Fixture {
//				clk := providertest.NewClock(50)
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
// Each sentence of the contract is a subtest that quotes it. The scenarios drive the plugin through
// reconcile.Engine: they create, change and delete load balancers, crash at every write and run
// again, while a client sends requests through the cloud's data plane where it has one. What a
// plugin or its cloud cannot do is skipped, and the skipped subtest says why.
//
// The clock should be a [Clock] of this package, for the fixture and its cloud both. Time on it
// passes fifty times as fast as on the machine and is skipped where nothing is left to do but to
// wait, once no request is on its way: the minutes in which requests drain cost nothing, and health
// checks come with the work that is done. Any other clock will do; it has to be so fast that the
// suite ends, which a slow machine takes for a storm of health checks.
package providertest
