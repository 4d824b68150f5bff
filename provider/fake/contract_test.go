package fake_test

import (
	"testing"

	"github.com/headgate-io/headgate/internal/clock"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/provider/providertest"
)

func TestContract(t *testing.T) {
	tests := []struct {
		name    string
		options fake.Options
		budget  providertest.Budget
	}{
		{"a unit for each thing", fake.Options{Cluster: "demo"}, providertest.Budget{Create: 7, Grow: providertest.Calls{Writes: 1}}},
		{"one document", fake.Options{Cluster: "demo", Document: "gateway"}, providertest.Budget{Create: 1, Grow: providertest.Calls{Writes: 1}}},
		{"draining that the cloud does not tell of", fake.Options{Cluster: "demo", Linger: true}, providertest.Budget{Create: 7, Grow: providertest.Calls{Writes: 1}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			providertest.Run(t, providertest.Harness{
				New: func(t *testing.T, pods providertest.Dialer) *providertest.Fixture {
					return fixture(t, test.options, pods)
				},
				Budget: test.budget,
				Shared: test.options.Document != "",
			})
		})
	}
}

// foreignGroup is somebody else's, and is named as ours are.
func foreignGroup() provider.Key {
	return provider.Key{Kind: fake.KindGroup, Name: "demo.default/shop/default/web:80.http.8082"}
}

func fixture(t *testing.T, o fake.Options, pods providertest.Dialer) *providertest.Fixture {
	t.Helper()
	clk := clock.Scaled(300)
	cloud := fake.NewCloud(fake.CloudOptions{Clock: clk, Dial: pods})
	t.Cleanup(cloud.Close)
	cloud.Put(foreignGroup(), fake.GroupSpec{})
	neighbour(t, cloud)
	return &providertest.Fixture{
		Process:  func() provider.Provider { return process(t, cloud, o) },
		Clock:    clk,
		Controls: controls(cloud),
		Snapshot: cloud.Snapshot,
		Foreign:  foreign(cloud),
		Squat: func(_ *testing.T, want provider.Resource) bool {
			cloud.Put(want.Key, fake.GroupSpec{})
			return true
		},
		Dial: cloud.Dial,
	}
}

func process(t *testing.T, cloud *fake.Cloud, o fake.Options) provider.Provider {
	t.Helper()
	p, err := fake.New(cloud, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
