package providertest_test

import (
	"fmt"
	"testing"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/provider/providertest"
)

// harness is what the author of a plugin writes. The test is providertest.Run(t, harness()).
func harness() providertest.Harness {
	return providertest.Harness{
		New: func(t *testing.T, pods providertest.Dialer) *providertest.Fixture {
			t.Helper()
			clk := providertest.NewClock(50)
			cloud := fake.NewCloud(fake.CloudOptions{Clock: clk, Dial: pods})
			t.Cleanup(cloud.Close)
			return &providertest.Fixture{
				Clock:    clk,
				Snapshot: cloud.Snapshot,
				Dial:     cloud.Dial,
				Process: func() provider.Provider {
					p, err := fake.New(cloud, fake.Options{ClusterID: "demo"})
					if err != nil {
						t.Fatal(err)
					}
					return p
				},
				// Controls record and disturb the calls of the cloud's API.
			}
		},
		Budget: providertest.Budget{Create: 7, Grow: providertest.Calls{Writes: 1}},
	}
}

// One test runs the whole contract on a plugin.
func ExampleRun() {
	test := func(t *testing.T) { providertest.Run(t, harness()) }
	_ = test // go test runs it as TestContract
	fmt.Println("at most", harness().Budget.Create, "writes for the first apply")
	// Output: at most 7 writes for the first apply
}
