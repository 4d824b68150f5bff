package program

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func execute(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	c := Command(Cloud{Name: "aws", API: APIOfAWS, Permission: PermissionOfAWS, Credentials: "Credentials come from somewhere."})
	var b bytes.Buffer
	c.SetOut(&b)
	c.SetErr(&b)
	c.SetArgs(args)
	err = c.ExecuteContext(t.Context())
	return b.String(), err
}

func TestHelpNamesEveryFlagWithItsDefault(t *testing.T) {
	out, err := execute(t, "--help")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Credentials come from somewhere.", "--config string", "--dry-run", "(default 500ms)", `(default "headgate.io/aws")`, "--webhook-service", "--pprof-address"} {
		if !strings.Contains(out, want) {
			t.Errorf("the help lacks %q:\n%s", want, out)
		}
	}
	for line := range strings.Lines(out) {
		if len(line) > 200 {
			t.Errorf("line too long: %s", line)
		}
	}
}

func TestInvalidFlagsAreReportedBeforeAnyCall(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte("clusterID: demo\naws: {region: us-east-1, vpcID: vpc-1, subnetIDs: [a, b]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "--config is missing"},
		{[]string{"--config", file + "x", "--leader-elect=false"}, "config.yamlx"},
		{[]string{"--config", file, "--leader-elect=false", "--webhook-service", "hook"}, `--webhook-service "hook" must be NAMESPACE/NAME`},
		{[]string{"--config", file}, "--lease-namespace is missing"},
		{[]string{"--config", file, "--lease-namespace", "n", "--log-level", "loud"}, "--log-level"},
		{[]string{"--config", file, "--lease-namespace", "n", "--log-format", "xml"}, "--log-format must be json or text"},
		{[]string{"--config", file, "--leader-elect=false", "--kubeconfig", file + "x"}, "kubeconfig: "},
		{[]string{"positional"}, "unknown command"},
	} {
		_, err := execute(t, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
		}
	}
}
