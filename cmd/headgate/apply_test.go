package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/provider/providertest"
)

// bench runs the command line against the reference plugin, under the name "aws" so that the config
// file has a section for it. Each run opens a provider of its own, as a process does. The cloud
// outlives the runs.
type bench struct {
	t      *testing.T
	cloud  *fake.Cloud
	clock  clock.Clock
	config string
	plugin fake.Options
	// intercepts the calls of the command to the plugin, if set
	before func(provider.Provider) provider.Provider
}

func newBench(t *testing.T) *bench {
	t.Helper()
	hours := clock.Scaled(1000)
	cloud := fake.NewCloud(fake.CloudOptions{Clock: hours})
	t.Cleanup(cloud.Close)
	for _, pod := range []string{"10.0.1.10:8080", "10.0.2.10:8080", "10.0.1.20:8080"} {
		cloud.SetHealth(netip.MustParseAddrPort(pod), true)
	}
	return &bench{
		t: t, cloud: cloud, clock: hours, plugin: fake.Options{ClusterID: "demo"},
		config: file(t, "config.yaml", "clusterID: demo\naws: {region: r, vpcID: v, subnetIDs: [a, b]}\n"),
	}
}

func (b *bench) open(context.Context, config.Config) (provider.Provider, error) {
	p, err := fake.New(b.cloud, b.plugin)
	if err != nil || b.before == nil {
		return p, err
	}
	return b.before(p), nil
}

func (b *bench) program(stdout, stderr *bytes.Buffer) program {
	return program{
		stdin: strings.NewReader(""), stdout: stdout, stderr: stderr, env: environment(),
		clouds: []cloud{{name: "aws", open: b.open}}, clock: b.clock,
	}
}

// run runs one command with --provider and --config.
func (b *bench) run(args ...string) outcome {
	b.t.Helper()
	return b.runIn(b.t.Context(), false, args...)
}

func (b *bench) runIn(ctx context.Context, terminal bool, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	p := b.program(&stdout, &stderr)
	p.progress = terminal
	status := run(ctx, append(args, "--provider", "aws", "--config", b.config), p)
	return outcome{status, stdout.String(), stderr.String()}
}

func (b *bench) writes() int {
	n := 0
	for _, c := range b.cloud.Calls() {
		if c.Write {
			n++
		}
	}
	return n
}

// document is the JSON output of plan and apply.
type document struct {
	LoadBalancers []struct {
		ID        string
		Provider  string
		Addresses []string
		Ops       []struct{ Action, Kind, Name, Why, Outcome string }
		Problems  []struct{ Origin, Reason, Message string }
	}
}

func parse(t *testing.T, data string) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(data), &d); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return d
}

func TestPlanApplyPlanDelete(t *testing.T) {
	b := newBench(t)
	empty := len(b.cloud.Snapshot())
	plan := b.run("plan", "-f", "testdata/shop.yaml", "--detailed-exitcode")
	if plan.status != 2 || plan.stderr != "" || b.writes() != 0 {
		t.Fatalf("%+v after %d writes", plan, b.writes())
	}
	providertest.Golden(t, "plan.txt", plan.stdout)

	apply := b.run("apply", "-f", "testdata/shop.yaml", "-o", "json")
	if apply.status != 0 || apply.stderr != "" {
		t.Fatalf("%+v", apply)
	}
	d := parse(t, apply.stdout)
	if len(d.LoadBalancers) != 1 || len(d.LoadBalancers[0].Addresses) != 1 || len(d.LoadBalancers[0].Ops) == 0 {
		t.Fatalf("%s", apply.stdout)
	}
	for _, op := range d.LoadBalancers[0].Ops {
		if op.Outcome != "done" {
			t.Errorf("%s %s is %q", op.Kind, op.Name, op.Outcome)
		}
	}

	b.cloud.ResetCalls()
	again := b.run("plan", "-f", "testdata/shop.yaml", "--detailed-exitcode")
	if again.status != 0 || again.stdout != "No changes.\n" || b.writes() != 0 {
		t.Errorf("%+v after %d writes", again, b.writes())
	}

	gone := b.run("delete", "-f", "testdata/shop.yaml")
	if gone.status != 0 || gone.stderr != "" || len(b.cloud.Snapshot()) != empty {
		t.Errorf("%+v, left: %v", gone, b.cloud.Snapshot())
	}
	if nothing := b.run("delete", "-f", "testdata/shop.yaml"); nothing.status != 0 || nothing.stdout != "No changes.\n" {
		t.Errorf("deleting what is not there: %+v", nothing)
	}
}

func TestPlanIsTheSameByteForByte(t *testing.T) {
	b := newBench(t)
	one := b.run("plan", "-f", "testdata/shop.yaml", "-o", "json")
	two := b.run("plan", "-f", "testdata/shop.yaml", "-o", "json")
	if one.stdout != two.stdout || one.stdout == "" {
		t.Errorf("two plans differ:\n%s\n%s", one.stdout, two.stdout)
	}
}

func TestRefusedObjectsAreNamedAndTheRestIsApplied(t *testing.T) {
	b := newBench(t)
	got := b.run("apply", "-f", "testdata/shop.yaml", "-f", "testdata/badsecret.yaml", "-o", "json")
	const line = `headgate: refused (Invalid): testdata/badsecret.yaml: Ingress default/secure spec.tls[0].secretName: Secret "default/not-a-cert" data[tls.crt]: contains no certificate in PEM`
	if got.status != 3 || got.stderr != line+"\n" {
		t.Fatalf("status %d, stderr %s", got.status, got.stderr)
	}
	d := parse(t, got.stdout)
	if len(d.LoadBalancers) != 2 || len(d.LoadBalancers[0].Problems) != 1 || len(d.LoadBalancers[1].Addresses) != 1 {
		t.Errorf("%s", got.stdout)
	}
}

func TestAnUnsupportedFeatureRefusesOnlyItsObject(t *testing.T) {
	b := newBench(t)
	b.plugin.Without = []model.Feature{model.FeatureInternal}
	internal := strings.ReplaceAll(readFile(t, "testdata/shop.yaml"), "{name: shop, namespace: default}",
		"{name: inside, namespace: default, annotations: {headgate.io/scheme: internal}}")
	got := b.run("apply", "-f", "testdata/shop.yaml", "-f", file(t, "internal.yaml", strings.Split(internal, "---")[0]), "-o", "json")
	if got.status != 3 || !strings.Contains(got.stderr, "internal.yaml: Ingress default/inside") || strings.Count(got.stderr, "\n") != 1 {
		t.Fatalf("%+v", got)
	}
	d := parse(t, got.stdout)
	if len(d.LoadBalancers) != 2 || len(d.LoadBalancers[0].Ops) != 0 || len(d.LoadBalancers[0].Problems) != 1 || len(d.LoadBalancers[1].Addresses) != 1 {
		t.Errorf("%s", got.stdout)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPruneDeletesUnrequestedLoadBalancers(t *testing.T) {
	b := newBench(t)
	if got := b.run("apply", "-f", "testdata/shop.yaml", "-f", "testdata/classes.yaml"); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	if got := b.run("plan", "-f", "testdata/shop.yaml", "--detailed-exitcode"); got.status != 0 {
		t.Errorf("without --prune: %+v", got)
	}
	got := b.run("apply", "-f", "testdata/shop.yaml", "--prune", "-o", "json")
	d := parse(t, got.stdout)
	if got.status != 0 || len(d.LoadBalancers) != 2 || d.LoadBalancers[0].ID != "default/ours" || len(d.LoadBalancers[0].Ops) == 0 || len(d.LoadBalancers[1].Ops) != 0 {
		t.Errorf("%+v", got)
	}
	for _, op := range d.LoadBalancers[0].Ops {
		if op.Action != "delete" || op.Outcome != "done" {
			t.Errorf("%+v", op)
		}
	}
}

func TestPruneIsGuarded(t *testing.T) {
	b := newBench(t)
	if got := b.run("apply", "-f", "testdata/shop.yaml", "-f", "testdata/classes.yaml"); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	none := file(t, "none.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n")
	b.cloud.ResetCalls()
	got := b.run("apply", "-f", none, "--prune", "-q")
	if got.status != 1 || b.writes() != 0 || !strings.HasPrefix(got.stderr, "headgate: apply: guard: 2 of 2 load balancers would be deleted at once") {
		t.Errorf("%+v after %d writes", got, b.writes())
	}
}

func TestAnUnreadableCloudIsReportedInOneLine(t *testing.T) {
	b := newBench(t)
	b.cloud.Inject(fake.Fault{Read: true, Kind: fake.Refuse})
	for _, command := range []string{"plan", "apply", "delete"} {
		got := b.run(command, "-f", "testdata/shop.yaml")
		if got.status != 1 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || b.writes() != 0 ||
			!strings.HasPrefix(got.stderr, "headgate: "+command+": ") || !strings.HasSuffix(got.stderr, "; nothing was changed\n") {
			t.Errorf("%+v after %d writes", got, b.writes())
		}
	}
}

// interruptible is a provider that ends a context after the first write.
type interruptible struct {
	*fake.Provider
	interrupt context.CancelFunc
}

func (i interruptible) Do(ctx context.Context, batch provider.Batch) []provider.Outcome {
	out := i.Provider.Do(ctx, batch)
	i.interrupt()
	return out
}

func TestAnInterruptedApplyReportsWhatRemains(t *testing.T) {
	b := newBench(t)
	ctx, interrupt := context.WithCancel(t.Context())
	b.before = func(p provider.Provider) provider.Provider {
		return interruptible{p.(*fake.Provider), interrupt}
	}
	got := b.runIn(ctx, false, "apply", "-f", "testdata/shop.yaml")
	if got.status != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.HasPrefix(got.stderr, "headgate: apply: interrupted, writes in flight were finished; ") ||
		!strings.Contains(got.stderr, " remaining, first: create ") || !strings.HasSuffix(got.stderr, "; run the command again to continue\n") {
		t.Fatalf("%+v", got)
	}
	b.before = nil
	if again := b.run("apply", "-f", "testdata/shop.yaml"); again.status != 0 {
		t.Errorf("%+v", again)
	}
	if settled := b.run("plan", "-f", "testdata/shop.yaml", "--detailed-exitcode"); settled.status != 0 {
		t.Errorf("%+v", settled)
	}
}

func TestProgressIsShownOnATerminalOnly(t *testing.T) {
	b := newBench(t)
	if got := b.runIn(t.Context(), true, "apply", "-f", "testdata/shop.yaml"); got.status != 0 || !strings.Contains(got.stderr, "  create LoadBalancer ") {
		t.Errorf("%+v", got)
	}
	b = newBench(t)
	if got := b.runIn(t.Context(), true, "apply", "-q", "-f", "testdata/shop.yaml"); got.status != 0 || got.stderr != "" {
		t.Errorf("%+v", got)
	}
}

func TestATimeoutReportsWhatRemains(t *testing.T) {
	b := newBench(t)
	got := b.run("apply", "-f", "testdata/shop.yaml", "--timeout", "1ns")
	if got.status != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, "timed out after 1ns") {
		t.Errorf("%+v", got)
	}
}

func TestAFailedWriteIsRetried(t *testing.T) {
	b := newBench(t)
	b.cloud.Inject(fake.Fault{Op: "write", Times: 1, Kind: fake.FailAfter})
	got := b.run("apply", "-f", "testdata/shop.yaml", "-o", "json")
	if got.status != 0 || got.stderr != "" {
		t.Fatalf("%+v", got)
	}
	for _, op := range parse(t, got.stdout).LoadBalancers[0].Ops {
		if op.Outcome != "done" {
			t.Errorf("%+v", op)
		}
	}
}

func TestAPersistentFailureIsReportedInOneLine(t *testing.T) {
	b := newBench(t)
	b.cloud.Inject(fake.Fault{Op: "write", Skip: 3, Kind: fake.FailBefore})
	got := b.run("apply", "-f", "testdata/shop.yaml", "-o", "json")
	if got.status != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.HasPrefix(got.stderr, "headgate: apply: ") {
		t.Fatalf("%+v", got)
	}
	outcomes := map[string]int{}
	for _, op := range parse(t, got.stdout).LoadBalancers[0].Ops {
		outcomes[op.Outcome]++
	}
	if outcomes["done"] == 0 || outcomes["failed"] == 0 || outcomes["blocked"] == 0 || len(outcomes) != 3 {
		t.Errorf("outcomes are %v", outcomes)
	}
	b.cloud.Heal()
	if again := b.run("apply", "-f", "testdata/shop.yaml"); again.status != 0 {
		t.Errorf("%+v", again)
	}
}

func TestAFailedLoadBalancerDoesNotStopOthers(t *testing.T) {
	b := newBench(t)
	got := b.run("plan", "-f", "testdata/shop.yaml", "-f", "testdata/classes.yaml", "-o", "json")
	var kind, name string
	for _, op := range parse(t, got.stdout).LoadBalancers[0].Ops {
		if op.Kind == "LoadBalancer" {
			kind, name = op.Kind, op.Name
		}
	}
	b.cloud.Inject(fake.Fault{Key: provider.Key{Kind: kind, Name: name}, Kind: fake.FailBefore})
	got = b.run("apply", "-f", "testdata/shop.yaml", "-f", "testdata/classes.yaml", "-q", "-o", "json")
	d := parse(t, got.stdout)
	if got.status != 1 || len(d.LoadBalancers) != 2 || len(d.LoadBalancers[0].Addresses) != 0 || len(d.LoadBalancers[1].Addresses) != 1 {
		t.Fatalf("%+v", got)
	}
	for _, op := range d.LoadBalancers[1].Ops {
		if op.Outcome != "done" {
			t.Errorf("%+v", op)
		}
	}
}

func TestARefusalOfAValueRetainsNothing(t *testing.T) {
	b := newBench(t)
	b.bring("one")
	tests := map[string]string{
		"a Service that is not there": strings.Replace(ingress("one", []string{"other.example.com"}, nil), "name: web", "name: nobody", 1),
		"an unknown annotation":       strings.Replace(ingress("one", []string{"another.example.com"}, nil), "namespace: default}", "namespace: default, annotations: {headgate.io/nonsense: x}}", 1),
	}
	for name, objects := range tests {
		got := b.run("apply", "-f", file(t, "objects.yaml", fmt.Sprintf(backend, 8080)+objects))
		if got.status != 3 || strings.Contains(got.stdout, "retained") || !strings.Contains(got.stdout, "  - Rule ") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
