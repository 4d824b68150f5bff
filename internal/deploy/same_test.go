package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	sigsyaml "sigs.k8s.io/yaml"
)

func TestKustomizeAndHelmRenderTheSame(t *testing.T) {
	for _, cloud := range clouds(t) {
		t.Run(cloud, func(t *testing.T) {
			k := byKustomize(t, cloud)
			if diff := cmp.Diff(k, byHelm(t, cloud, "{}")); diff != "" {
				t.Errorf("(-kustomize +helm):\n%s", diff)
			}
			golden(t, cloud, manifest(t, k))
		})
	}
}

// golden returns what the end-to-end tests apply.
func golden(t *testing.T, cloud string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", cloud+".yaml")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestKustomizeAndHelmRenderTheSameMonitoring(t *testing.T) {
	helm := byHelm(t, "aws", "serviceMonitor: {create: true}")["ServiceMonitor headgate/headgate-aws"]
	if helm == nil {
		t.Fatal("the chart renders no ServiceMonitor")
	}
	if diff := cmp.Diff(helm, withMonitoring(t)["ServiceMonitor headgate/headgate-aws"]); diff != "" {
		t.Errorf("(-helm +kustomize):\n%s", diff)
	}
	service := byHelm(t, "aws", "{}")["Service headgate/headgate-metrics-aws"]
	selector, labels := helm.at("spec", "selector", "matchLabels"), service.at("metadata", "labels")
	if diff := cmp.Diff(selector, labels); diff != "" {
		t.Errorf("the monitor selects another service than the one there is (-selector +labels):\n%s", diff)
	}
}

func TestConfigChangeRestartsPods(t *testing.T) {
	out, err := renderChart("aws", "{}")
	if err != nil {
		t.Fatal(err)
	}
	other, err := renderChart("aws", "config: {clusterID: other}")
	if err != nil {
		t.Fatal(err)
	}
	values := struct{ Config map[string]any }{}
	if err := sigsyaml.Unmarshal(read(t, "helm", "examples", "aws.yaml"), &values); err != nil {
		t.Fatal(err)
	}
	text, err := sigsyaml.Marshal(values.Config)
	if err != nil {
		t.Fatal(err)
	}
	const file = "headgate/templates/deployment.yaml"
	if want := digest([]byte(strings.TrimSuffix(string(text), "\n"))); !strings.Contains(out[file], checksum+": "+want) {
		t.Errorf("no checksum %s of the config in:\n%s", want, out[file])
	}
	if out[file] == other[file] {
		t.Error("another config makes the same pods")
	}
}

func TestChartRejectsInvalidValues(t *testing.T) {
	for more, want := range map[string]string{
		"provider: vmware":                     "provider",
		"image: {repository: ''}":              "repository",
		"image: {tag: ''}":                     "image",
		"replica: 3":                           "replica",
		"config: {clusterID: Shouting}":        "clusterID",
		"config: {aws: {subnetIDs: [a]}}":      "subnetIDs",
		"provider: gcp":                        "gcp",
		"config: {aws: {subnets: [a, b]}}":     "subnets",
		"extraArgs: [dry-run]":                 "extraArgs",
		"readinessGates: {enabled: sometimes}": "enabled",
	} {
		if _, err := renderChart("aws", more); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error that names %s", more, err, want)
		}
	}
}

func TestChartPassesHelmLint(t *testing.T) {
	for _, cloud := range clouds(t) {
		values, err := chartutil.ReadValuesFile(filepath.Join(root, "helm", "examples", cloud+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range lint.All(filepath.Join(root, "helm", "headgate"), values, namespace, true).Messages {
			if m.Severity > support.InfoSev {
				t.Errorf("%s: %v", cloud, m)
			}
		}
	}
}
