package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
)

// withAcme runs the command line with one more cloud, whose section of the config file package
// config does not know. zone is the value of its field.
func withAcme(t *testing.T, args ...string) (o outcome, zone string) {
	t.Helper()
	server := fake.NewCloud(fake.CloudOptions{})
	t.Cleanup(server.Close)
	acme := cloud{
		name:   "acme",
		fields: []config.Field{{Name: "zone", Text: &zone}},
		open: func(_ context.Context, c config.Config) (provider.Provider, error) {
			return fake.New(server, fake.Options{ClusterID: c.ClusterID})
		},
	}
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), append(args, "--provider", "acme"), program{
		stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, env: environment(),
		clouds: append(clouds(), acme),
	})
	return outcome{status, stdout.String(), stderr.String()}, zone
}

func TestNewCloudIsOneRow(t *testing.T) {
	path := file(t, "config.yaml", "clusterID: demo\nacme: {zone: north}\n")
	plan, zone := withAcme(t, "plan", "-f", "testdata/shop.yaml", "--config", path)
	if plan.status != 0 || !strings.Contains(plan.stdout, "LoadBalancer") || zone != "north" {
		t.Errorf("plan: status %d, zone %q\n%s%s", plan.status, zone, plan.stdout, plan.stderr)
	}
	path = file(t, "config.yaml", "clusterID: demo\nacme: {}\n")
	plan, _ = withAcme(t, "plan", "-f", "testdata/shop.yaml", "--config", path)
	if plan.status != 1 || !strings.Contains(plan.stderr, "acme.zone is missing") {
		t.Errorf("without a zone: status %d\n%s", plan.status, plan.stderr)
	}
	emulate, _ := withAcme(t, "emulate")
	if emulate.status != 1 || !strings.Contains(emulate.stderr, "no embedded cloud for acme") {
		t.Errorf("emulate: status %d\n%s", emulate.status, emulate.stderr)
	}
}
