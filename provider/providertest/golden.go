package providertest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Resources returns what a plugin makes of a model, members included, as JSON for a golden file. As
// in the engine, what the plugin refuses is left out first.
func Resources(t *testing.T, p provider.Provider, s model.Sealed) string {
	t.Helper()
	s = accepted(t, p, s)
	all, err := p.Translate(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range s.Groups() {
		members, err := p.Members(s, g.ID, g.Endpoints)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, members...)
	}
	shown := make([]shownResource, 0, len(all))
	for _, r := range all {
		shown = append(shown, show(p, r))
	}
	raw, err := json.MarshalIndent(shown, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw) + "\n"
}

func accepted(t *testing.T, p provider.Provider, s model.Sealed) model.Sealed {
	t.Helper()
	r := provider.ExtensionsOf(p).Refuser
	if r == nil {
		return s
	}
	var parts []model.Part
	for _, refused := range r.Refuse(s) {
		parts = append(parts, refused.Part)
	}
	left, ok := model.Without(s, parts)
	if !ok {
		t.Fatal("the provider refuses the whole model")
	}
	return left
}

// shownResource is a resource as golden files show it. Its fields are those that a plan lists for
// its creation.
type shownResource struct {
	Key        string
	WriteScope string
	Needs      []string      `json:",omitempty"`
	Staged     []string      `json:",omitempty"`
	Group      model.GroupID `json:",omitempty"`
	DrainDelay string        `json:",omitempty"`
	Fields     []string      `json:",omitempty"`
	Spec       any
}

func show(p provider.Provider, r provider.Resource) shownResource {
	out := shownResource{Key: r.Key.String(), WriteScope: r.WriteScope, Needs: names(r.Needs), Staged: names(r.Staged), Group: r.Group, Spec: r.Spec}
	if r.DrainDelay > 0 {
		out.DrainDelay = r.DrainDelay.String()
	}
	for _, f := range p.Compare(r, provider.Resource{Key: r.Key}) {
		out.Fields = append(out.Fields, f.Path+": "+f.Want)
	}
	return out
}

func names(keys []provider.Key) []string {
	var out []string
	for _, k := range keys {
		out = append(out, k.String())
	}
	return out
}

// Golden compares got with the file of that name under testdata. With UPDATE_GOLDEN set in the
// environment it writes the file first.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file) //nolint:gosec // the test names the file
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-file +got); UPDATE_GOLDEN=1 writes it:\n%s", file, diff)
	}
}
