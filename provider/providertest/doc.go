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
//				createForeign(t, cloud) // resources of others, with similar names
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
// again. If the cloud has a data plane, a client sends requests through it all the time. What a
// plugin or its cloud does not support is skipped, and the skipped subtest gives the reason.
//
// Two sentences compare the data plane with model.Decide. One serves an example of each feature
// that the plugin supports. The other serves random models that use these features, and sends
// random requests. It tests a few models by default, and as many as -rapid.checks asks for:
//
//	go test ./provider/aws -run 'TestContract/contract/the_data_plane_answers' -rapid.checks=2000
//
// The clock of the fixture and its cloud should be a [Clock] of this package. It runs faster than
// the clock of the machine, and it is skipped while there is nothing to do but to wait and no
// request is in flight. Then the minutes of draining cost nothing, and health checks follow the
// work that is done. Any other clock works if it is fast enough for the suite to end, but a slow
// machine may not keep up with its health checks.
//
// The suite has tests of its own. A small provider passes it, and each of its mutants fails.
package providertest
