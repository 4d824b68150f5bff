// Package deploy_test checks that the parts of deploy/ agree with each other, with the Kubernetes
// API, and with the code.
package deploy_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/api/krusty"
	kustomize "sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	sigsyaml "sigs.k8s.io/yaml"
)

// root is the folder under test.
const root = "../../deploy"

// namespace is the namespace in the overlays.
const namespace = "headgate"

// clouds returns the clouds that have an overlay.
func clouds(t *testing.T) []string {
	t.Helper()
	overlays, err := os.ReadDir(filepath.Join(root, "kustomize", "overlays"))
	if err != nil || len(overlays) < 3 {
		t.Fatalf("overlays: %v, %v", overlays, err)
	}
	var names []string
	for _, o := range overlays {
		names = append(names, o.Name())
	}
	return names
}

// object is a decoded manifest.
type object map[string]any

func (o object) at(path ...string) any {
	var v any = map[string]any(o)
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

// key returns "Kind namespace/name".
func (o object) key() string {
	return fmt.Sprintf("%v %v/%v", o.at("kind"), cmp.Or[any](o.at("metadata", "namespace"), ""), o.at("metadata", "name"))
}

// objects are rendered objects by key.
type objects map[string]object

// byKustomize renders the overlay of a cloud.
func byKustomize(t *testing.T, cloud string) objects {
	t.Helper()
	o := krusty.MakeDefaultOptions()
	o.LoadRestrictions = kustomize.LoadRestrictionsRootOnly
	out, err := krusty.MakeKustomizer(o).Run(filesys.MakeFsOnDisk(), filepath.Join(root, "kustomize", "overlays", cloud))
	if err != nil {
		t.Fatal(err)
	}
	text, err := out.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return plain(t, parse(t, text))
}

// byHelm renders the chart with the example values of a cloud, overridden by more values in YAML.
func byHelm(t *testing.T, cloud, more string) objects {
	t.Helper()
	out, err := renderChart(cloud, more)
	if err != nil {
		t.Fatal(err)
	}
	all := objects{}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		if strings.HasSuffix(name, ".yaml") {
			maps.Copy(all, parse(t, []byte(out[name])))
		}
	}
	return plain(t, all)
}

func renderChart(cloud, more string) (map[string]string, error) {
	chart, err := loader.LoadDir(filepath.Join(root, "helm", "headgate"))
	if err != nil {
		return nil, err
	}
	values, err := chartutil.ReadValuesFile(filepath.Join(root, "helm", "examples", cloud+".yaml"))
	if err != nil {
		return nil, err
	}
	changed, err := chartutil.ReadValues([]byte(more))
	if err != nil {
		return nil, err
	}
	merged := chartutil.CoalesceTables(changed, values)
	full, err := chartutil.ToRenderValues(chart, merged, chartutil.ReleaseOptions{Name: "headgate", Namespace: namespace, IsInstall: true},
		&chartutil.Capabilities{KubeVersion: chartutil.KubeVersion{Version: "v1.37.0", Major: "1", Minor: "37"}})
	if err != nil {
		return nil, err
	}
	return engine.Engine{Strict: true}.Render(chart, full)
}

func parse(t *testing.T, text []byte) objects {
	t.Helper()
	all := objects{}
	d := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		var o object
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
		if len(o) == 0 {
			continue
		}
		if _, twice := all[o.key()]; twice {
			t.Fatalf("%s is rendered twice", o.key())
		}
		all[o.key()] = o
	}
}

// checksum is the annotation by which a changed config restarts the pods of the chart.
const checksum = "checksum/config"

// plain removes the one necessary difference: a new config restarts the pods by a new ConfigMap
// name with kustomize, and by a checksum on the pods with Helm.
func plain(t *testing.T, all objects) objects {
	t.Helper()
	out := objects{}
	for _, o := range all {
		switch o.at("kind") {
		case "ConfigMap":
			unhash(o.at("metadata").(map[string]any))
		case "Deployment":
			unhash(o.at("spec", "template", "spec", "volumes").([]any)[0].(map[string]any)["configMap"].(map[string]any))
			template := o.at("spec", "template", "metadata").(map[string]any)
			if a, ok := template["annotations"].(map[string]any); ok {
				delete(a, checksum)
				if len(a) == 0 {
					delete(template, "annotations")
				}
			}
		}
		out[o.key()] = o
	}
	return out
}

// unhash removes the hash from the name of a generated ConfigMap: headgate-config-aws-abcdefghij.
func unhash(m map[string]any) {
	m["name"] = strings.Join(strings.SplitN(m["name"].(string), "-", 4)[:3], "-")
}

func read(t *testing.T, parts ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{root}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func manifest(t *testing.T, all objects) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(all)) {
		text, err := sigsyaml.Marshal(all[key])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "---\n%s", text)
	}
	return b.Bytes()
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
