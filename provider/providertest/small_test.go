package providertest_test

import (
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/providertest"
	"github.com/headgate-io/headgate/provider/providertest/internal/small"
)

const ours, theirs = "demo", "demo-2"

// smallHarness returns the harness of the small provider. It changes the provider of each process.
func smallHarness(change func(provider.Provider) provider.Provider) providertest.Harness {
	return providertest.Harness{
		New: func(t *testing.T, pods providertest.Dialer) *providertest.Fixture {
			t.Helper()
			c := small.NewCloud(pods)
			t.Cleanup(c.Close)
			c.Put(foreignGroup())
			return &providertest.Fixture{
				Process:  func() provider.Provider { return change(small.New(c, ours)) },
				Clock:    providertest.NewClock(1000),
				Controls: smallControls(c),
				Snapshot: c.Snapshot,
				Foreign:  func() map[string]string { return foreign(c.Snapshot()) },
				Squat: func(_ *testing.T, want provider.Resource) bool {
					want.Owner.Cluster = theirs
					c.Put(want)
					return true
				},
				Intrude: func(_ *testing.T, have map[provider.Key]provider.Resource) { intrude(c, have) },
				Dial:    c.Dial,
			}
		},
		Budget: providertest.Budget{Create: 7, Grow: providertest.Calls{Writes: 1}},
	}
}

// foreignGroup returns a group of another cluster whose name begins as that of our groups.
func foreignGroup() provider.Resource {
	return provider.Resource{
		Key: provider.Key{Kind: small.KindGroup, Name: ours + ".default/shop.default/web:80.GRPC"}, Owner: provider.Owner{Cluster: theirs, LoadBalancer: "default/shop"},
		Group: "default/web:80", Spec: small.GroupSpec{},
	}
}

// intrude adds a foreign rule to each listener.
func intrude(c *small.Cloud, have map[provider.Key]provider.Resource) {
	for k := range have {
		if k.Kind != small.KindListener {
			continue
		}
		c.Put(provider.Resource{
			Key: provider.Key{Kind: small.KindRule, Place: k.Name, Name: "api.0.foreign"}, Owner: provider.Owner{Cluster: theirs},
			Spec: small.RuleSpec{Listener: k, Priority: 1000, Host: model.Host{Name: "foreign.example.com"}, Action: small.Action{Fixed: &model.Fixed{Status: 404}}},
		})
	}
}

func foreign(all map[string]string) map[string]string {
	maps.DeleteFunc(all, func(_, v string) bool { return strings.Contains(v, `"Cluster":"`+ours+`"`) })
	return all
}

func smallControls(c *small.Cloud) providertest.Controls {
	return providertest.Controls{
		Calls:      func() providertest.Calls { return providertest.Calls{Reads: c.Calls().Reads, Writes: c.Calls().Writes} },
		Reset:      c.Reset,
		CrashAfter: c.CrashAfter,
		Heal:       c.Heal,
		Inject: func(f providertest.Fault) {
			fault := small.Fault{Code: provider.Unavailable, Effect: f.Kind == providertest.FailAfter || f.Kind == providertest.LoseReply}
			if f.Kind == providertest.Throttle {
				fault.Code = provider.Throttled
			}
			c.Inject(fault)
		},
	}
}

// mutantVariable names, in the environment of a child process, the mutant that it tests.
const mutantVariable = "PROVIDERTEST_MUTANT"

// The small provider passes the suite. In a child process of TestMutants it is a mutant, which must
// not.
func TestSmallProvider(t *testing.T) {
	name := os.Getenv(mutantVariable)
	providertest.Run(t, smallHarness(func(p provider.Provider) provider.Provider {
		for _, m := range mutants() {
			if m.name == name {
				f := &faulty{Provider: p}
				m.change(f)
				return f
			}
		}
		return p
	}))
}
