package acceptance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/model/kube/manifest"
	"github.com/headgate-io/headgate/provider/providertest"
	"github.com/headgate-io/headgate/reconcile"
)

// TestCasesMatchGoldenFiles compares the plan, the status and the problems of one input on each
// cloud with files in one folder: testdata/<case>/{in.yaml, model.json, <cloud>.plan,
// <cloud>.status}. With UPDATE_GOLDEN set it writes them.
func TestCasesMatchGoldenFiles(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*/in.yaml")
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	eachCloud(t, func(t *testing.T, p *place) {
		for _, in := range inputs {
			dir := filepath.Dir(in)
			text, err := os.ReadFile(in)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(filepath.Base(dir), func(t *testing.T) { p.golden(t, filepath.Base(dir), text) })
		}
	})
}

func (p *place) golden(t *testing.T, dir string, text []byte) {
	t.Helper()
	var objects kube.Objects
	if _, err := manifest.Decode("in.yaml", text, &objects); err != nil {
		t.Fatal(err)
	}
	built := kube.Build(objects, kube.Options{Controller: "headgate.io/" + p.name})
	if p.name == "aws" { // the model is the same on each
		providertest.Golden(t, filepath.Join(dir, "model.json"), asJSON(t, built.LoadBalancers))
	}
	engine := reconcile.New(p.cloud, reconcile.Options{Clock: p.hours})
	for _, lb := range built.LoadBalancers {
		sealed, problems, err := model.SealValid(lb)
		if err != nil {
			t.Fatal(err)
		}
		built.Problems = append(built.Problems, problems...)
		engine.Set(sealed, built.Problems...)
	}
	plan, err := engine.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := plan.WriteText(&b, reconcile.TextOptions{Provider: p.name}); err != nil {
		t.Fatal(err)
	}
	providertest.Golden(t, filepath.Join(dir, p.name+".plan"), b.String())
	done, err := engine.Apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	providertest.Golden(t, filepath.Join(dir, p.name+".status"), statusOf(built.Problems, done))
}

// serial matches the number that AWS puts into a DNS name. It depends on the order of parallel
// calls.
var serial = regexp.MustCompile(`-\d{10}\.`)

// statusOf returns what a controller would report on the objects: their addresses, and what is not
// served as written.
func statusOf(problems []model.Problem, r reconcile.Report) string {
	var lines []string
	for _, p := range slices.Concat(problems, r.Problems()) {
		lines = append(lines, fmt.Sprintf("%s %s\n", p.Reason, p))
	}
	slices.Sort(lines)
	var b strings.Builder
	for _, res := range r.Results {
		fmt.Fprintf(&b, "%s is reached at %s\n", res.ID, serial.ReplaceAllString(strings.Join(res.Addresses, ", "), "-N."))
	}
	return b.String() + strings.Join(slices.Compact(lines), "")
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw) + "\n"
}
