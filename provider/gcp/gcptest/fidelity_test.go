package gcptest

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// discovery is the part of the API's discovery document that the tests use.
type discovery struct {
	Schemas   map[string]discoveredSchema `json:"schemas"`
	Resources map[string]struct {
		Methods map[string]struct {
			HTTPMethod string `json:"httpMethod"`
			Path       string `json:"path"`
		} `json:"methods"`
	} `json:"resources"`
}

type discoveredSchema struct {
	Properties map[string]discoveredField `json:"properties"`
}

type discoveredField struct {
	Type     string           `json:"type"`
	Ref      string           `json:"$ref"`
	Enum     []string         `json:"enum"`
	ReadOnly bool             `json:"readOnly"`
	Items    *discoveredField `json:"items"`
}

// fidelityData reads the discovery document, or skips the test if the file does not exist.
func fidelityData(t *testing.T) discovery {
	t.Helper()
	raw := fidelityFile(t, "compute-v1-discovery.subset.json")
	var d discovery
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func fidelityFile(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "fidelity", "gcp", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the vendor's documents are not in ../shared/fidelity")
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestFieldsAreThoseOfTheAPI checks that the emulated members are inputs in the discovery document,
// and that the enumerations are equal.
func TestFieldsAreThoseOfTheAPI(t *testing.T) {
	t.Parallel()
	d := fidelityData(t)
	for _, k := range kinds() {
		if k.check != nil {
			checkSchemaAgainst(t, d, k.model, map[string]bool{})
		}
	}
}

func checkSchemaAgainst(t *testing.T, d discovery, model reflect.Type, seen map[string]bool) {
	t.Helper()
	name := model.Name()
	schema, known := d.Schemas[name]
	if seen[name] || !known {
		return
	}
	seen[name] = true
	allowed := emulated(name)
	for _, member := range allowed {
		if f, ok := schema.Properties[member]; !ok || f.ReadOnly {
			t.Errorf("%s.%s is emulated, but the API has no such input", name, member)
		}
	}
	for member, typ := range fieldsOf(model) {
		f, ok := schema.Properties[member]
		if !ok || f.ReadOnly || allowed != nil && !slices.Contains(allowed, member) {
			continue
		}
		enum := f.Enum
		if f.Items != nil {
			enum = f.Items.Enum
		}
		if got := enumOf(name, member); !slices.Equal(got, enum) {
			t.Errorf("%s.%s: values %v, the API has %v", name, member, got, enum)
		}
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() == reflect.Struct {
			checkSchemaAgainst(t, d, typ, seen)
		}
	}
}

// TestMethodsHaveThePathsOfTheAPI checks the paths and names of the methods of emulated kinds.
func TestMethodsHaveThePathsOfTheAPI(t *testing.T) {
	t.Parallel()
	d := fidelityData(t)
	placeholder := regexp.MustCompile(`\{\w+\}`)
	all := kinds()
	for resource, r := range d.Resources {
		for method, m := range r.Methods {
			path := placeholder.ReplaceAllString(m.Path, "x")
			target, ok := parseTarget("/" + path)
			if !ok {
				t.Errorf("%s.%s: path %s cannot be parsed", resource, method, m.Path)
				continue
			}
			if _, known := all[target.collection]; !known && target.collection != "operations" {
				continue
			}
			c := call{method: m.HTTPMethod, target: target}
			if got, want := c.api(), resource+"."+method; got != want && method != "listAvailableFeatures" && method != "listUsable" {
				t.Errorf("%s %s is %s, want %s", m.HTTPMethod, m.Path, got, want)
			}
		}
	}
}

// TestRepliesMatchTheSchemas checks that stored resources and operations only have members of the
// API's schemas.
func TestRepliesMatchTheSchemas(t *testing.T) {
	t.Parallel()
	d := fidelityData(t)
	s := NewHandler(Options{})
	t.Cleanup(s.Close)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open("demo")
	for _, o := range s.state.objects {
		checkReply(t, d, o.kind.model.Name(), map[string]any(s.state.render(o)))
	}
	c := &call{method: "POST", target: target{project: "demo", collection: "urlMaps", name: "x", scope: scope{regional, "us-central1"}}}
	op := s.newOperation(c, c.target.key(), "1")
	op.failure = &fault{status: 400, reason: "X", message: "x"}
	checkReply(t, d, "Operation", map[string]any(op.document(true)))
	delete(s.state.operations, op.key)
}

func checkReply(t *testing.T, d discovery, schema string, doc map[string]any) {
	t.Helper()
	known := d.Schemas[schema]
	if known.Properties == nil {
		return
	}
	for member, value := range doc {
		f, ok := known.Properties[member]
		if !ok {
			t.Errorf("reply %s has a member %s that is not in the API", schema, member)
			continue
		}
		if sub, isObject := value.(map[string]any); isObject && f.Ref != "" {
			checkReply(t, d, f.Ref, sub)
		}
		if text, isText := value.(string); isText && len(f.Enum) > 0 && !slices.Contains(f.Enum, text) {
			t.Errorf("reply %s.%s = %q, not one of %v", schema, member, text, f.Enum)
		}
	}
}

// TestOperationAndErrorHaveTheRecordedShape compares running and done operations, and the body of a
// 404, with recordings of the API.
func TestOperationAndErrorHaveTheRecordedShape(t *testing.T) {
	t.Parallel()
	log := string(fidelityFile(t, filepath.Join("confirmed-real", "computenetwork__computenetworkbasic.log")))
	s := NewHandler(Options{})
	t.Cleanup(s.Close)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{method: "POST", target: target{project: "demo", collection: "networks"}}
	k := key{project: "demo", collection: "networks", name: "x"}
	op := s.newOperation(c, k, "1")
	op.ended = s.clock.Now()
	running, done := recordedBodies(t, log, `"status": "RUNNING"`), recordedBodies(t, log, `"status": "DONE"`)
	compareMembers(t, "running operation", map[string]any(op.document(false)), running[0])
	compareMembers(t, "done operation", map[string]any(op.document(true)), done[0])
	delete(s.state.operations, op.key)
	missing := recordedBodies(t, log, `"reason": "notFound"`)[0]
	fault, _ := missing["error"].(map[string]any)
	want := strings.NewReplacer("${projectId}", "demo", "${networkID}", "x").Replace(fault["message"].(string))
	if got := notFound(k.path()).message; got != want {
		t.Errorf("message = %q, the recording has %q", got, want)
	}
}

// recordedBodies returns the JSON bodies in a recording that contain a text.
func recordedBodies(t *testing.T, log, text string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for part := range strings.SplitSeq(log, "\n\n") {
		var body map[string]any
		if strings.Contains(part, text) && json.Unmarshal([]byte(part), &body) == nil {
			out = append(out, body)
		}
	}
	if len(out) == 0 {
		t.Fatalf("the recording has no body with %s", text)
	}
	return out
}

func compareMembers(t *testing.T, what string, got, want map[string]any) {
	t.Helper()
	if a, b := sortedKeys(got), sortedKeys(want); !slices.Equal(a, b) {
		t.Errorf("%s has members %v, the recording %v", what, a, b)
	}
	for _, member := range []string{"kind", "operationType", "progress", "status", "user"} {
		x, _ := json.Marshal(got[member])
		y, _ := json.Marshal(want[member])
		if string(x) != string(y) {
			t.Errorf("%s: %s = %s, the recording has %s", what, member, x, y)
		}
	}
}
