package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/provider/providertest"
)

// outcome is the result of one run.
type outcome struct {
	status         int
	stdout, stderr string
}

// headgate runs the command line in this process.
func headgate(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	return headgateIn(t.Context(), stdin, args...)
}

func headgateIn(ctx context.Context, stdin string, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	p := program{
		stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr,
		env: environment(), clouds: clouds(),
	}
	status := run(ctx, args, p)
	return outcome{status, stdout.String(), stderr.String()}
}

func environment() func(string) string { return func(string) string { return "" } }

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUsageErrorsAreOneLine(t *testing.T) {
	config := file(t, "config.yaml", "clusterID: demo\naws: {region: r, subnetIDs: [a, b]}\n")
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"unknown command", []string{"plann"}, `unknown command "plann" for "headgate"`},
		{"unknown flag", []string{"plan", "--nope"}, "unknown flag: --nope"},
		{"no provider", []string{"plan", "-f", "testdata/shop.yaml"}, "--provider is missing: one of aws, gcp, azure"},
		{"unknown provider", []string{"apply", "-f", "testdata/shop.yaml", "--provider", "oracle"}, `--provider must be one of aws, gcp, azure, found "oracle"`},
		{"unknown provider of check", []string{"check", "-f", "testdata/shop.yaml", "--provider", "oracle"}, `--provider must be one of aws, gcp, azure, found "oracle"`},
		{"unknown provider of emulate", []string{"emulate", "--provider", "oracle"}, `--provider must be one of aws, gcp, azure, found "oracle"`},
		{"no config", []string{"delete", "-f", "testdata/shop.yaml", "--provider", "aws"}, "--config is missing: the YAML file with the ID of the cluster and the cloud account"},
		{"config that is not there", []string{"plan", "-f", "testdata/shop.yaml", "--provider", "aws", "--config", "testdata/none.yaml"}, "config testdata/none.yaml: no such file or directory"},
		{"field that is missing", []string{"plan", "-f", "testdata/shop.yaml", "--provider", "aws", "--config", config}, "config " + config + ": aws.vpcID is missing"},
		{"section that is missing", []string{"plan", "-f", "testdata/shop.yaml", "--provider", "gcp", "--config", config}, "config " + config + ": gcp is missing: the section of the provider"},
		{"no input", []string{"check"}, "-f is missing: a file or folder of manifests, or - for standard input (or --kubeconfig)"},
		{"two inputs", []string{"check", "-f", "x", "--kubeconfig", "y"}, "-f and --kubeconfig cannot be used together"},
		{"standard input twice", []string{"check", "-f", "-", "-f", "-"}, "-f - is set twice: standard input can be read only once"},
		{"file that is not there", []string{"check", "-f", "testdata/none.yaml"}, "read testdata/none.yaml: no such file or directory"},
		{"kubeconfig that is not there", []string{"check", "--kubeconfig", "testdata/none"}, "kubeconfig testdata/none: stat testdata/none: no such file or directory"},
		{"output", []string{"check", "-f", "testdata/shop.yaml", "-o", "yaml"}, `--output must be text or json, found "yaml"`},
		{"URL", []string{"trace", "-f", "testdata/shop.yaml", "shop.example.com/x"}, `trace: the argument must be a URL of scheme http or https, such as https://shop.example.com/cart?x=1, found "shop.example.com/x"`},
		{"port", []string{"trace", "-f", "testdata/shop.yaml", "http://shop.example.com:70000/"}, `trace: the argument must be a URL of scheme http or https, such as https://shop.example.com/cart?x=1, found port "70000"`},
		{"header", []string{"trace", "-f", "testdata/shop.yaml", "-H", "nonsense", "http://shop.example.com/x"}, `trace: -H must be 'Name: value', found "nonsense"`},
		{"method", []string{"trace", "-f", "testdata/shop.yaml", "-X", "GE T", "http://shop.example.com/x"}, `trace: -X must be a method such as GET, found "GE T"`},
		{"no URL", []string{"trace", "-f", "testdata/shop.yaml"}, "trace: exactly one URL is required, such as https://shop.example.com/cart"},
		{"address", []string{"emulate", "--provider", "aws", "--listen", "nonsense"}, "emulate: --listen nonsense: address nonsense: missing port in address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := headgate(t, "", tt.args...)
			if diff := cmp.Diff(outcome{1, "", "headgate: " + tt.want + "\n"}, got, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMalformedManifestsAreNamedByFileAndField(t *testing.T) {
	tests := []struct{ path, want string }{
		{"testdata/malformed.yaml", "headgate: testdata/malformed.yaml: document 1 (line 1): parse YAML: "},
		{"testdata/typo.yaml", "headgate: testdata/typo.yaml: document 1 (line 1): Ingress default/typo: spec.rules[0].hostt: unknown field"},
	}
	for _, tt := range tests {
		got := headgate(t, "", "check", "-f", "testdata/shop.yaml", "-f", tt.path)
		if got.status != 1 || got.stdout != "" || !strings.HasPrefix(got.stderr, tt.want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: %+v", tt.path, got)
		}
	}
}

func TestFoldersAreReadRecursively(t *testing.T) {
	dir := t.TempDir()
	shop, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"a/shop.yml": string(shop), "notes.txt": "{", ".hidden/x.yaml": "{", "kustomization.yaml": "resources: []",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := headgate(t, "", "check", "-f", dir); got.status != 0 || got.stdout != "default/shop: 1 listener, 2 routes, 2 groups: ok\n" {
		t.Errorf("%+v", got)
	}
	empty := t.TempDir()
	if got := headgate(t, "", "check", "-f", empty); got.status != 1 || got.stderr != "headgate: read "+empty+": no manifest (*.yaml, *.yml, *.json) in the folder\n" {
		t.Errorf("%+v", got)
	}
}

func TestCheckReports(t *testing.T) {
	shop, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		args   []string
		status int
		golden string
		stderr string
	}{
		{"text", []string{"-f", "-"}, 0, "check.txt", ""},
		{"json", []string{"-f", "-", "-o", "json"}, 0, "check.json", ""},
		{"a bad secret", []string{"-f", "-", "-f", "testdata/badsecret.yaml", "-o", "json"}, 3, "check-badsecret.json",
			"headgate: refused (Invalid): testdata/badsecret.yaml: Ingress default/secure spec.tls[0].secretName: "},
		{"other controllers", []string{"-f", "-", "-f", "testdata/classes.yaml"}, 0, "check-classes.txt",
			"headgate: ignored 1 object of other controllers\nheadgate: ignored 1 object of other kinds\n"},
		{"another controller", []string{"-f", "-", "-f", "testdata/classes.yaml", "--controller", "k8s.io/ingress-nginx", "-q"}, 0, "check-nginx.txt", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := headgate(t, string(shop), append([]string{"check"}, tt.args...)...)
			if got.status != tt.status || !strings.HasPrefix(got.stderr, tt.stderr) || (tt.stderr == "" && got.stderr != "") {
				t.Errorf("status %d, stderr %q", got.status, got.stderr)
			}
			providertest.Golden(t, tt.golden, got.stdout)
			if strings.Contains(got.stdout+got.stderr, "hunter2") {
				t.Error("the output holds the content of a Secret")
			}
		})
	}
}

func TestTraceDecides(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		golden string
	}{
		{"forward", []string{"http://shop.example.com/cart/1?x=2"}, "trace-forward.json"},
		{"default", []string{"http://other.example.com/"}, "trace-default.json"},
		{"host header", []string{"-H", "Host: shop.example.com", "-X", "POST", "http://127.0.0.1/"}, "trace-host.json"},
		{"no listener", []string{"https://shop.example.com/"}, "trace-none.json"},
		{"no listener as text", []string{"-o", "text", "https://shop.example.com/"}, "trace-none.txt"},
		{"text", []string{"-o", "text", "http://shop.example.com/cart/1"}, "trace-forward.txt"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := headgate(t, "", append([]string{"trace", "-f", "testdata/shop.yaml"}, tt.args...)...)
			if got.status != 0 || got.stderr != "" {
				t.Errorf("status %d, stderr %q", got.status, got.stderr)
			}
			providertest.Golden(t, tt.golden, got.stdout)
		})
	}
}

func TestTraceShowsTheMostSpecificLoadBalancer(t *testing.T) {
	got := headgate(t, "", "trace", "-f", "testdata/shop.yaml", "-f", "testdata/classes.yaml", "-o", "text", "http://shop.example.com/cart")
	if !strings.HasPrefix(got.stdout, "load balancer  default/shop\n") || got.status != 0 {
		t.Errorf("%+v", got)
	}
}

func TestVersionAndHelpGoToStandardOutput(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"--help"}, {}, {"plan", "--help"}} {
		if got := headgate(t, "", args...); got.status != 0 || got.stdout == "" || got.stderr != "" {
			t.Errorf("%v: %+v", args, got)
		}
	}
}
