package fake_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/provider/providertest"
)

// neighbour creates a group of a cluster whose name begins as ours does.
func neighbour(t *testing.T, cloud *fake.Cloud) {
	t.Helper()
	k := provider.Key{Kind: fake.KindGroup, Name: "demo-2.default/shop/default/web:80.http.8080"}
	r := provider.Resource{Key: k, WriteScope: k.String(), Owner: provider.Owner{Cluster: "demo-2", LoadBalancer: "default/shop"}, Spec: fake.GroupSpec{Health: model.HealthCheck{Interval: time.Minute}}}
	out := process(t, cloud, fake.Options{ClusterID: "demo-2"}).Do(t.Context(), provider.Batch{WriteScope: r.WriteScope, Ops: []provider.Op{
		{Action: provider.Create, Key: k, WriteScope: r.WriteScope, Want: &r},
	}})
	if out[0].State != provider.Done {
		t.Fatal(out[0].Err)
	}
	cloud.ResetCalls()
}

// foreign returns the objects that our cluster does not own, without its document.
func foreign(cloud *fake.Cloud) func() map[string]string {
	return func() map[string]string {
		all := cloud.Snapshot()
		maps.DeleteFunc(all, func(k, v string) bool {
			return strings.HasPrefix(k, fake.KindDocument) || strings.Contains(v, `"Cluster":"demo"`)
		})
		return all
	}
}

func controls(cloud *fake.Cloud) providertest.Controls {
	return providertest.Controls{
		Calls: func() providertest.Calls {
			var n providertest.Calls
			for _, c := range cloud.Calls() {
				if c.Write {
					n.Writes++
				} else {
					n.Reads++
				}
			}
			return n
		},
		Reset:      cloud.ResetCalls,
		CrashAfter: cloud.CrashAfter,
		Heal:       cloud.Heal,
		Inject: func(f providertest.Fault) {
			cloud.Inject(fake.Fault{Times: f.Times, Kind: kind(f.Kind)})
		},
	}
}

func kind(k providertest.FaultKind) fake.FaultKind {
	switch k {
	case providertest.Throttle:
		return fake.Throttle
	case providertest.FailBefore:
		return fake.FailBefore
	case providertest.FailAfter:
		return fake.FailAfter
	case providertest.LoseReply:
		return fake.LoseReply
	case providertest.Refuse:
		return fake.Refuse
	}
	return fake.FailBefore
}
