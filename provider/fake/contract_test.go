package fake_test

import (
	"context"
	"testing"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/provider/providertest"
)

func TestContract(t *testing.T) {
	const minInterval = 2 * time.Second
	each := providertest.Budget{Create: 7, Grow: providertest.Calls{Writes: 1}}
	tests := []struct {
		name        string
		options     fake.Options
		budget      providertest.Budget
		cloud       fake.CloudOptions
		intercepted bool
	}{
		{"a write scope for each resource", fake.Options{ClusterID: "demo"}, each, fake.CloudOptions{}, false},
		{"intercepted calls", fake.Options{ClusterID: "demo"}, each, fake.CloudOptions{MinInterval: minInterval}, true},
		{"values that the cloud refuses", fake.Options{ClusterID: "demo"}, each, fake.CloudOptions{MinInterval: minInterval}, false},
		{"one document", fake.Options{ClusterID: "demo", Document: "gateway"}, providertest.Budget{Create: 1, Grow: providertest.Calls{Writes: 1}}, fake.CloudOptions{}, false},
		{"draining that the cloud does not report", fake.Options{ClusterID: "demo", HidesDraining: true}, each, fake.CloudOptions{}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			providertest.Run(t, providertest.Harness{
				New: func(t *testing.T, pods providertest.Dialer) *providertest.Fixture {
					f := fixture(t, test.options, test.cloud, pods)
					if test.intercepted {
						intercept(f)
					}
					return f
				},
				Budget: test.budget,
				Shared: test.options.Document != "",
			})
		})
	}
}

// foreignGroup is the key of a group that no cluster owns, although its name has our form.
func foreignGroup() provider.Key {
	return provider.Key{Kind: fake.KindGroup, Name: "demo.default/shop/default/web:80.http.8082"}
}

// intercept adds an interceptor to each process, as instrumentation does.
func intercept(f *providertest.Fixture) {
	bare := f.Process
	f.Process = func() provider.Provider {
		return provider.Intercept(bare(), func(ctx context.Context, _ provider.Call, next func(context.Context) error) error {
			return next(ctx)
		})
	}
}

func fixture(t *testing.T, o fake.Options, co fake.CloudOptions, pods providertest.Dialer) *providertest.Fixture {
	t.Helper()
	clk := clock.Scaled(300)
	co.Clock, co.Dial = clk, pods
	cloud := fake.NewCloud(co)
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
