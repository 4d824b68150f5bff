package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
)

// ingresses returns objects that ask for one load balancer of each name.
func ingresses(names ...string) string {
	objects := fmt.Sprintf(backend, 8080)
	for _, n := range names {
		objects += ingress(n, []string{n + ".example.com"}, nil)
	}
	return objects
}

// as returns the account with the ID of another cluster.
func (a testAccount) as(t *testing.T, cluster string) testAccount {
	t.Helper()
	data, err := os.ReadFile(a.config)
	if err != nil {
		t.Fatal(err)
	}
	a.config = file(t, "config.yaml", strings.Replace(string(data), "clusterID: "+demo, "clusterID: "+cluster, 1))
	return a
}

// bring applies objects until the plan is complete.
func (a testAccount) bring(t *testing.T, names ...string) {
	t.Helper()
	if got := a.run(t, "apply", "-f", file(t, "objects.yaml", ingresses(names...))); got.status != 0 || got.stderr != "" {
		t.Fatalf("%+v", got)
	}
}

func TestGCDeletesOnlyUnrequestedLoadBalancers(t *testing.T) {
	for _, a := range accounts(t) {
		t.Run(a.provider, func(t *testing.T) {
			a.as(t, "other").bring(t, "one", "three")
			others := a.cloud.Snapshot()
			a.bring(t, "one", "two")
			asked := a.cloud.Snapshot()
			a.bring(t, "three")
			all := a.cloud.Snapshot()
			objects, none := file(t, "objects.yaml", ingresses("one", "two")), file(t, "none.yaml", fmt.Sprintf(backend, 8080))

			listed := a.run(t, "gc", "-f", objects, "--dry-run", "-o", "json")
			if d := parse(t, listed.stdout); listed.status != 0 || listed.stderr != "" || len(d.LoadBalancers) != 1 || d.LoadBalancers[0].ID != "default/three" ||
				len(d.LoadBalancers[0].Ops) == 0 || d.LoadBalancers[0].Ops[0].Action != "delete" {
				t.Errorf("list: %+v", listed)
			}
			guarded := a.run(t, "gc", "-f", none, "-q")
			if guarded.status != 1 || guarded.stdout != "" || strings.Count(guarded.stderr, "\n") != 1 ||
				!strings.HasPrefix(guarded.stderr, "headgate: gc: guard: 3 of 3 load balancers would be deleted at once") {
				t.Errorf("guarded: %+v", guarded)
			}
			if diff := cmp.Diff(all, a.cloud.Snapshot()); diff != "" {
				t.Errorf("a list or a guarded collection changed something:\n%s", diff)
			}
			if got := a.run(t, "gc", "-f", objects); got.status != 0 || got.stderr != "" || strings.Contains(got.stdout, "default/one") || !strings.Contains(got.stdout, "default/three") {
				t.Errorf("gc: %+v", got)
			}
			if diff := cmp.Diff(asked, a.cloud.Snapshot()); diff != "" {
				t.Errorf("gc left or removed something:\n%s", diff)
			}
			if got := a.run(t, "gc", "-f", objects); got.status != 0 || got.stdout != "No changes.\n" || got.stderr != "" {
				t.Errorf("second gc: %+v", got)
			}
			if got := a.run(t, "gc", "-f", none, "-q", "--force"); got.status != 0 || got.stderr != "" {
				t.Errorf("forced: %+v", got)
			}
			if diff := cmp.Diff(others, a.cloud.Snapshot()); diff != "" {
				t.Errorf("of another cluster, gc left or removed something:\n%s", diff)
			}
		})
	}
}

func TestGCPreservesForeignPartsOfASharedGateway(t *testing.T) {
	server, a := sharedGateway(t)
	objects := func(hosts ...string) string {
		return file(t, "objects.yaml", strings.ReplaceAll(ingresses(hosts...), "127.0.0.1", "10.0.0.9"))
	}
	if got := a.as(t, "other").run(t, "apply", "-f", objects("theirs")); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	if got := a.run(t, "apply", "-f", objects("one", "two")); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	before, _ := server.Gateway(azureGroup, "shared-gw")
	if got := a.run(t, "apply", "-f", objects("three")); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	if got := a.run(t, "gc", "-f", objects("one", "two")); got.status != 0 || got.stderr != "" {
		t.Fatalf("%+v", got)
	}
	if after, _ := server.Gateway(azureGroup, "shared-gw"); withoutEtags(string(before)) != withoutEtags(string(after)) {
		t.Errorf("the gateway was\n%s\nand is\n%s", before, after)
	}
}

func TestGCDryRunListsWhatTheGuardStops(t *testing.T) {
	b := newBench(t)
	b.bring("one")
	b.cloud.ResetCalls()
	none := file(t, "none.yaml", fmt.Sprintf(backend, 8080))
	got := b.run("gc", "-f", none, "--dry-run", "-q")
	if got.status != 0 || !strings.Contains(got.stdout, "default/one") || strings.Count(got.stderr, "\n") != 1 ||
		!strings.HasPrefix(got.stderr, "headgate: gc: without --force, nothing would be deleted: guard: 1 of 1 ") {
		t.Errorf("%+v", got)
	}
	if got := b.run("gc", "-f", none, "-q"); got.status != 1 || b.writes() != 0 {
		t.Errorf("the only one there is: %+v, %d writes", got, b.writes())
	}
}

func (b *bench) bring(names ...string) {
	b.t.Helper()
	if got := b.run("apply", "-f", file(b.t, "objects.yaml", ingresses(names...))); got.status != 0 {
		b.t.Fatalf("%+v", got)
	}
}

func TestGCRetainsWhatAnUnreadableObjectMayAskFor(t *testing.T) {
	b := newBench(t)
	grouped := func(group, name string) string {
		return strings.Replace(ingress(name, []string{name + ".example.com"}, nil), "namespace: default}", "namespace: default, annotations: {headgate.io/group: "+group+"}}", 1)
	}
	objects := ingresses("one", "two", "three") + grouped("shared", "four")
	if got := b.run("apply", "-f", file(t, "objects.yaml", objects)); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	b.cloud.ResetCalls()
	got := b.run("gc", "-f", file(t, "objects.yaml", ingresses("one", "two", "three")+grouped("'not a name'", "four")))
	if got.status != 0 || b.writes() != 0 || !strings.Contains(got.stderr, "headgate: load balancer group/shared is retained: Ingress default/four may ask for it, but cannot be read\n") {
		t.Errorf("%+v after %d writes", got, b.writes())
	}
}

// watching is a provider that reports when the cloud is read.
type watching struct {
	*fake.Provider
	read func()
}

func (w watching) Observe(ctx context.Context, scope provider.Scope) ([]provider.Resource, error) {
	rs, err := w.Provider.Observe(ctx, scope)
	w.read()
	return rs, err
}

func TestGCReadsTheClusterAfterTheCloud(t *testing.T) {
	b := newBench(t)
	b.bring("one", "two", "three")
	b.cloud.ResetCalls()
	var g loaded
	if err := g.read(file(t, "objects.yaml", ingresses("one", "two", "three")), nil); err != nil {
		t.Fatal(err)
	}
	for _, i := range g.objects.Ingresses {
		i.Annotations = map[string]string{"kubernetes.io/ingress.class": "mine"}
	}
	if err := g.read("testdata/classes.yaml", nil); err != nil {
		t.Fatal(err)
	}
	late := g.objects
	late.Ingresses = late.Ingresses[:2]
	var current atomic.Pointer[httptest.Server]
	current.Store(cluster(t, late))
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { current.Load().Config.Handler.ServeHTTP(w, r) }))
	t.Cleanup(api.Close)
	b.before = func(p provider.Provider) provider.Provider {
		// the third came while the cloud was read
		return watching{p.(*fake.Provider), func() { current.Store(cluster(t, g.objects)) }}
	}
	got := b.run("gc", "--kubeconfig", kubeconfig(t, api.URL), "-q")
	if got.status != 0 || got.stdout != "No changes.\n" || b.writes() != 0 {
		t.Errorf("%+v after %d writes", got, b.writes())
	}
}
