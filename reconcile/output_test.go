package reconcile_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/providertest"
	"github.com/headgate-io/headgate/reconcile"
)

func step(action provider.Action, kind, place, name, why string, fields ...provider.Field) reconcile.Step {
	return reconcile.Step{Op: provider.Op{Action: action, Key: provider.Key{Kind: kind, Place: place, Name: name}, Why: why, Fields: fields}}
}

func ended(s reconcile.Step, state provider.State, err error) reconcile.Step {
	s.Outcome = &provider.Outcome{Key: s.Key, State: state, Err: err}
	return s
}

func planned() reconcile.Report {
	waiting := step(provider.Delete, "TargetGroup", "", "hg-old", "no longer needed")
	waiting.Wait = "still referenced by Rule web/1"
	return reconcile.Report{Results: []reconcile.Result{
		{ID: "default/idle"},
		{ID: "default/shop", Steps: []reconcile.Step{
			step(provider.Create, "TargetGroup", "", "hg-shop", "needed by Ingress default/shop"),
			step(provider.Update, "Rule", "web", "1", "differs from the desired state",
				provider.Field{Path: "priority", Have: "2", Want: "1"}, provider.Field{Path: "host", Want: "<shop>"}),
			waiting,
		}, Problems: []model.Problem{{
			Origin: model.Ref{Kind: "Ingress", Namespace: "default", Name: "shop", Field: "spec.rules[1]"}, Reason: model.ReasonNotFound, Message: "no Service \x1b[2Jx",
		}}},
	}}
}

func applied() reconcile.Report {
	r := planned()
	s := r.Results[1].Steps
	s[0] = ended(s[0], provider.Done, nil)
	s[1] = ended(s[1], provider.Failed, errors.New("modify Rule web/1:\nthrottled"))
	s[2] = ended(s[2], provider.Blocked, nil)
	r.Results[1].Addresses = []string{"203.0.113.7"}
	r.Results[0].Err = errors.New("load balancer default/idle: nothing to serve")
	return r
}

// withRetained is a report with a retained delete and an op that comes after it.
func withRetained() reconcile.Report {
	r := planned()
	s := r.Results[1].Steps
	s[2].Retained, s[2].Wait = true, "Ingress default/shop spec.tls[0] is refused; the current configuration is retained until it is fixed"
	after := step(provider.Delete, "LoadBalancer", "", "hg-old", "no longer needed")
	after.Retained = true
	r.Results[1].Steps = append(r.Results[1].Steps, after)
	return r
}

// onlyRetained is a report of retained steps only.
func onlyRetained() reconcile.Report {
	r := withRetained()
	r.Results[1].Steps = r.Results[1].Steps[2:]
	for i, s := range r.Results[1].Steps {
		r.Results[1].Steps[i] = ended(s, provider.Blocked, nil)
	}
	return r
}

func TestReportsMatchGoldenFiles(t *testing.T) {
	noLB := []model.Problem{{Origin: model.Ref{Kind: "Service", Namespace: "default", Name: "x"}, Reason: model.ReasonInvalid, Message: "bad"}}
	tests := []struct {
		name   string
		report reconcile.Report
		text   reconcile.TextOptions
		json   reconcile.JSONOptions
	}{
		{"plan", planned(), reconcile.TextOptions{}, reconcile.JSONOptions{}},
		{"short", planned(), reconcile.TextOptions{Short: true, Color: true}, reconcile.JSONOptions{Problems: noLB}},
		{"notes", planned(), reconcile.TextOptions{OmitRefusals: true}, reconcile.JSONOptions{}},
		{"applied", applied(), reconcile.TextOptions{Applied: true}, reconcile.JSONOptions{Applied: true}},
		{"retained", withRetained(), reconcile.TextOptions{}, reconcile.JSONOptions{}},
		{"retained-applied", onlyRetained(), reconcile.TextOptions{Applied: true}, reconcile.JSONOptions{Applied: true}},
		{"empty", reconcile.Report{}, reconcile.TextOptions{}, reconcile.JSONOptions{}},
		{"settled", reconcile.Report{Results: []reconcile.Result{{ID: "default/idle"}}}, reconcile.TextOptions{Applied: true}, reconcile.JSONOptions{Applied: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.text.Provider, tt.json.Provider = "aws", "aws"
			var text strings.Builder
			if err := tt.report.WriteText(&text, tt.text); err != nil {
				t.Fatal(err)
			}
			data, err := tt.report.JSON(tt.json)
			if err != nil {
				t.Fatal(err)
			}
			providertest.Golden(t, "output/"+tt.name+".txt", text.String())
			providertest.Golden(t, "output/"+tt.name+".json", string(data))
			if strings.Contains(string(data), "null") {
				t.Error("a list is null")
			}
		})
	}
}

func TestJSONHasTheDocumentedKeysOnly(t *testing.T) {
	data, err := planned().JSON(reconcile.JSONOptions{Provider: "aws"})
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string][]map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"id", "ops", "problems", "provider"}, keys(doc["loadBalancers"][0])); diff != "" {
		t.Error(diff)
	}
	op := doc["loadBalancers"][1]["ops"].([]any)[0].(map[string]any)
	if diff := cmp.Diff([]string{"action", "fields", "kind", "name", "why"}, keys(op)); diff != "" {
		t.Error(diff)
	}
}

func keys(m map[string]any) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func TestRemainingReturnsStepsThatAreNotDone(t *testing.T) {
	if n := len(applied().Remaining()); n != 2 {
		t.Errorf("%d steps are left, want 2", n)
	}
	if p := applied().Problems(); len(p) != 1 {
		t.Errorf("got problems %v", p)
	}
}
