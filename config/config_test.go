package config_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/headgate-io/headgate/config"
)

const full = `clusterID: demo
aws:   {region: us-east-1, vpcID: vpc-1, subnetIDs: [subnet-1, subnet-2], endpoint: "http://127.0.0.1:5000"}
gcp:   {project: demo, network: default, endpoint: "http://127.0.0.1:5001"}
azure: {subscriptionID: 0000, resourceGroup: rg, location: westeurope, subnetID: /subscriptions/s, gateway: shared-gw, endpoint: "http://127.0.0.1:5002"}
`

func fullConfig() config.Config {
	return config.Config{
		ClusterID: "demo",
		AWS:       &config.AWS{Region: "us-east-1", VPCID: "vpc-1", SubnetIDs: []string{"subnet-1", "subnet-2"}, Endpoint: "http://127.0.0.1:5000"},
		GCP:       &config.GCP{Project: "demo", Network: "default", Endpoint: "http://127.0.0.1:5001"},
		Azure: &config.Azure{SubscriptionID: "0000", ResourceGroup: "rg", Location: "westeurope", SubnetID: "/subscriptions/s",
			Gateway: "shared-gw", Endpoint: "http://127.0.0.1:5002"},
	}
}

func ignoreFile() cmp.Option { return cmpopts.IgnoreUnexported(config.Config{}) }

func TestParseReadsEveryField(t *testing.T) {
	got, err := config.Parse("c.yaml", []byte(full), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fullConfig(), got, ignoreFile()); diff != "" {
		t.Error(diff)
	}
	for _, cloud := range []string{"aws", "gcp", "azure"} {
		if err := got.Require(cloud); err != nil {
			t.Error(err)
		}
	}
}

func TestMarshalIsReadBack(t *testing.T) {
	out, err := config.Marshal(fullConfig())
	if err != nil {
		t.Fatal(err)
	}
	got, err := config.Parse("c.yaml", out, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fullConfig(), got, ignoreFile()); diff != "" {
		t.Errorf("%s\n%s", out, diff)
	}
}

func TestEnvironmentFillsWhatTheFileLeavesOut(t *testing.T) {
	env := map[string]string{"AWS_DEFAULT_REGION": "eu-west-1", "GOOGLE_CLOUD_PROJECT": "p", "AZURE_SUBSCRIPTION_ID": "s"}
	got, err := config.Parse("c.yaml", []byte("clusterID: demo\naws: {}\ngcp: {project: mine}\nazure:\n"), func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	if got.AWS.Region != "eu-west-1" || got.GCP.Project != "mine" || got.Azure.SubscriptionID != "s" {
		t.Errorf("got %+v %+v %+v", got.AWS, got.GCP, got.Azure)
	}
}

func TestMalformedFilesAreRefusedByLineAndField(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"empty", "", "config c.yaml: clusterID is missing: the file is empty"},
		{"not YAML", "clusterID: demo\naws: {region: a\n", "config c.yaml: malformed YAML: line "},
		{"not a mapping", "- demo\n", "config c.yaml: line 1: the document must be a mapping of clusterID, aws, gcp, azure, found a list"},
		{"unknown key", "clusterID: demo\naws:\n  vpcId: x\n", "config c.yaml: line 3: aws.vpcId is not a known field, allowed are region, vpcID, subnetIDs, endpoint"},
		{"unknown section", "cluster: demo\n", "config c.yaml: line 1: cluster is not a known field, allowed are clusterID, aws, gcp, azure"},
		{"key twice", "clusterID: a\nclusterID: b\n", "config c.yaml: line 2: clusterID is set twice"},
		{"list for text", "clusterID: [a]\n", "config c.yaml: line 1: clusterID must be text, found a list"},
		{"text for list", "aws: {subnetIDs: subnet-1}\n", `config c.yaml: line 1: aws.subnetIDs must be a list, found "subnet-1"`},
		{"mapping in list", "aws: {subnetIDs: [a, {b: c}]}\n", "config c.yaml: line 1: aws.subnetIDs[1] must be text, found a mapping"},
		{"two documents", "clusterID: a\n---\nclusterID: b\n", "config c.yaml: must be one YAML document"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Parse("c.yaml", []byte(tt.yaml), nil)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestRequireNamesWhatIsMissing(t *testing.T) {
	tests := []struct{ name, cloud, old, new, want string }{
		{"cluster", "aws", "clusterID: demo", "", "clusterID is missing"},
		{"cluster pattern", "gcp", "clusterID: demo", "clusterID: Demo_1", `clusterID must be at most 63 lower case letters, digits and inner '-', found "Demo_1"`},
		{"aws vpc", "aws", "vpcID: vpc-1, ", "", "aws.vpcID is missing"},
		{"aws region", "aws", "region: us-east-1, ", "", "aws.region is missing"},
		{"aws subnets", "aws", "subnetIDs: [subnet-1, subnet-2], ", "subnetIDs: [], ", "aws.subnetIDs is missing"},
		{"one aws subnet", "aws", "subnetIDs: [subnet-1, subnet-2], ", "subnetIDs: [subnet-1], ", "aws.subnetIDs must name at least two subnets, in different zones, found 1"},
		{"aws endpoint", "aws", "http://127.0.0.1:5000", "127.0.0.1:5000", `aws.endpoint: must be a URL such as http://127.0.0.1:5000, found "127.0.0.1:5000"`},
		{"gcp project", "gcp", "project: demo, ", "", "gcp.project is missing"},
		{"gcp network", "gcp", "network: default, ", "", "gcp.network is missing"},
		{"azure subscription", "azure", "subscriptionID: 0000, ", "", "azure.subscriptionID is missing"},
		{"azure group", "azure", "resourceGroup: rg, ", "", "azure.resourceGroup is missing"},
		{"azure subnet of own gateways", "azure", "subnetID: /subscriptions/s, gateway: shared-gw, ", "", "azure.subnetID is missing"},
		{"azure location of own gateways", "azure", "location: westeurope, subnetID: /subscriptions/s, gateway: shared-gw, ", "subnetID: s, ", "azure.location is missing"},
		{"unknown cloud", "oracle", "", "", "oracle is missing: the section of the provider"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := config.Parse("c.yaml", []byte(strings.Replace(full, tt.old, tt.new, 1)), nil)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Require(tt.cloud)
			if err == nil || err.Error() != "config c.yaml: "+tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestSharedGatewayNeedsNoSubnet(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte("clusterID: a\nazure: {subscriptionID: s, resourceGroup: rg, gateway: g}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Require("azure"); err != nil {
		t.Error(err)
	}
}

func TestReadNamesTheFileOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none.yaml")
	_, err := config.Read(file, nil)
	if want := "config " + file + ": no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("a: &x [*x]"))
	f.Add([]byte("aws: {subnetIDs: [null, 1]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("c.yaml", data, nil)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error has more than one line: %q", err)
			}
			return
		}
		_ = c.Require("aws") // any answer but a panic
	})
}

func TestParseReadsADeclaredSection(t *testing.T) {
	var endpoint, zone string
	var pools []string
	acme := config.Section{Name: "acme", Fields: []config.Field{
		{Name: "endpoint", Text: &endpoint, Optional: true}, {Name: "zone", Text: &zone}, {Name: "pools", Texts: &pools},
	}}
	tests := []struct{ name, yaml, want string }{
		{"complete", "acme: {zone: west, pools: [a, b]}", ""},
		{"no section", "aws: {}", "acme is missing: the section of the provider"},
		{"missing text", "acme: {pools: [a]}", "acme.zone is missing"},
		{"missing list", "acme: {zone: west}", "acme.pools is missing"},
		{"malformed endpoint", "acme: {zone: west, pools: [a], endpoint: x}", `acme.endpoint: must be a URL such as http://127.0.0.1:5000, found "x"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			endpoint, zone, pools = "", "", nil
			c, err := config.Parse("c.yaml", []byte("clusterID: demo\n"+tt.yaml), nil, acme)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Require("acme"); (err == nil) != (tt.want == "") || err != nil && err.Error() != "config c.yaml: "+tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if c.Endpoint("acme") != endpoint {
				t.Errorf("endpoint %q, want %q", c.Endpoint("acme"), endpoint)
			}
		})
	}
	if _, err := config.Parse("c.yaml", nil, nil, config.Section{Name: "acme", Fields: []config.Field{{Name: "zone"}}}); err == nil {
		t.Error("a field without a variable is accepted")
	}
}
