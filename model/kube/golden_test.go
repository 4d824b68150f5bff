package kube_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

func TestBuildMakesTheGoldenModels(t *testing.T) {
	cases, err := filepath.Glob("testdata/*/in.yaml")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, in := range cases {
		dir := filepath.Dir(in)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			text, err := os.ReadFile(in)
			if err != nil {
				t.Fatal(err)
			}
			r := kube.Build(decode(t, string(text)), kube.Options{Controller: "headgate.io/test"})
			for _, lb := range r.LoadBalancers {
				if _, err := model.Seal(lb); err != nil {
					t.Errorf("what was built does not seal: %v", err)
				}
			}
			compare(t, filepath.Join(dir, "model.json"), canonical(t, r.LoadBalancers))
			compare(t, filepath.Join(dir, "problems.txt"), problems(r))
		})
	}
}

func problems(r kube.Result) string {
	var b strings.Builder
	for _, p := range r.Problems {
		b.WriteString(string(p.Reason) + " " + p.String() + "\n")
	}
	for _, s := range r.Skipped {
		b.WriteString("skipped " + s.String() + "\n")
	}
	return b.String()
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// canonical is JSON without what is empty.
func canonical(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(prune(tree), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out) + "\n"
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if e = prune(e); e == nil {
				delete(v, k)
			} else {
				v[k] = e
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			if v[i] = prune(v[i]); v[i] == nil {
				v[i] = map[string]any{}
			}
		}
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" || v == "0001-01-01T00:00:00Z" {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return v
}

// TestASettingThatIsAddedChangesNoGoldenModel guards upgrades: a version that knows one more
// setting must not replace the groups of a cluster that does not use it.
func TestASettingThatIsAddedChangesNoGoldenModel(t *testing.T) {
	added := model.Setting[model.Group]{
		Name: "added", Field: "added", Example: "1", Bounds: model.Bounds{Min: 1, Max: 9},
		At: func(*model.Group) model.Value { return new(model.Number) },
	}
	cases, err := filepath.Glob("testdata/*/in.yaml")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, in := range cases {
		text, err := os.ReadFile(in)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(filepath.Dir(in), "model.json"))
		if err != nil {
			t.Fatal(err)
		}
		r := kube.BuildWith(decode(t, string(text)), kube.Options{Controller: "headgate.io/test"}, added)
		if diff := cmp.Diff(string(want), canonical(t, r.LoadBalancers)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
}
