package deploy_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile/controller/program"
)

// set is a set of permissions or of method names.
type set map[string]bool

func (s set) sorted() []string { return slices.Sorted(maps.Keys(s)) }

// sources parses the files of a provider, except tests.
func sources(t *testing.T, cloud string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", "provider", cloud, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources of %s: %v", cloud, err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// walk visits every function in the sources of a provider.
func walk(t *testing.T, cloud string, visit func(function string, n ast.Node)) {
	t.Helper()
	for _, file := range sources(t, cloud) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				ast.Inspect(f, func(n ast.Node) bool {
					visit(f.Name.Name, n)
					return true
				})
			}
		}
	}
}

// dotted returns a chain of selectors, such as a.b.c, or "" for any other expression.
func dotted(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.Ident:
		return []string{n.Name}
	case *ast.SelectorExpr:
		if inner := dotted(n.X); inner != nil {
			return append(inner, n.Sel.Name)
		}
	}
	return nil
}

// statement is a statement of an AWS policy.
type statement struct {
	Sid       string
	Action    oneOrMore
	Resource  oneOrMore
	Condition map[string]map[string]oneOrMore
}

// oneOrMore is a JSON string or a list of strings.
type oneOrMore []string

// UnmarshalJSON accepts either form.
func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = []string{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

func policyOfAWS(t *testing.T) []statement {
	t.Helper()
	var p struct {
		Version   string
		Statement []statement
	}
	if err := json.Unmarshal(read(t, "iam", "aws", "policy.json"), &p); err != nil {
		t.Fatal(err)
	}
	return p.Statement
}

// callsOfAWS returns the actions of the operations that the provider's client has.
func callsOfAWS(t *testing.T) set {
	t.Helper()
	service := map[string]string{"elb": "elasticloadbalancing", "ec2": "ec2", "acm": "acm", "tagging": "tag"}
	calls := set{}
	walk(t, "aws", func(_ string, n ast.Node) {
		s := dotted(n)
		switch {
		case len(s) == 3 && s[0] == "c" && service[s[1]] != "":
			calls[service[s[1]]+":"+s[2]] = true
		case len(s) == 2 && service[s[0]] != "" && strings.HasSuffix(s[1], "Paginator"):
			calls[service[s[0]]+":"+strings.TrimSuffix(strings.TrimPrefix(s[1], "New"), "Paginator")] = true
		}
	})
	return calls
}

// Permissions that do not have the name of an operation of the client.
func besidesOfAWS() set {
	return set{
		// Elastic Load Balancing looks these up in the caller's name when it creates a load
		// balancer ("Amazon EKS node IAM role" and cluster role troubleshooting pages name them).
		// Unverified against an account: whether all of them are still required.
		"ec2:DescribeAccountAttributes": true, "ec2:DescribeAddresses": true, "ec2:DescribeInternetGateways": true, "ec2:DescribeSubnets": true,
		// The first load balancer of an account creates the role of the service ("Elastic Load
		// Balancing service-linked role").
		"iam:CreateServiceLinkedRole": true,
		// Tags that are part of an import ("Tagging ACM certificates").
		"acm:AddTagsToCertificate": true,
	}
}

func TestAWSPolicyAllowsProviderCalls(t *testing.T) {
	got, want := set{}, besidesOfAWS()
	for _, s := range policyOfAWS(t) {
		for _, a := range s.Action {
			got[a] = true
		}
	}
	maps.Copy(want, callsOfAWS(t))
	if diff := cmp.Diff(want.sorted(), got.sorted()); diff != "" {
		t.Errorf("(-called +allowed):\n%s", diff)
	}
}

// Every write is restricted to the tag of the cluster, on what it creates or changes.
func TestAWSPolicyRestrictsWritesToClusterTag(t *testing.T) {
	// The last one is about the VPC, which does not have the tag.
	free := []string{"Read", "FirstLoadBalancerOfTheAccount", "CreateSecurityGroupInAnyVPC"}
	for _, s := range policyOfAWS(t) {
		if slices.Contains(free, s.Sid) {
			continue
		}
		tags := s.Condition["StringEquals"]
		if !slices.Equal(tags["aws:RequestTag/headgate.io/cluster"], []string{"CLUSTER_ID"}) && !slices.Equal(tags["aws:ResourceTag/headgate.io/cluster"], []string{"CLUSTER_ID"}) {
			t.Errorf("%s is not restricted to the tag: %v", s.Sid, s.Condition)
		}
	}
	for _, s := range policyOfAWS(t) {
		for _, a := range s.Action {
			_, verb, _ := strings.Cut(a, ":")
			if s.Sid == "Read" && !strings.HasPrefix(verb, "Describe") && !strings.HasPrefix(verb, "List") && !strings.HasPrefix(verb, "Get") {
				t.Errorf("%s is not a read", a)
			}
		}
	}
}

// The policy and the provider use the same tag.
func TestClusterTagMatchesProvider(t *testing.T) {
	found := false
	walk(t, "aws", func(_ string, n ast.Node) {
		if s := dotted(n); len(s) == 1 && s[0] == "tagCluster" {
			found = true
		}
	})
	consts := constants(t, "aws")
	if got := consts["tagPrefix"] + consts["tagCluster"]; !found || got != "headgate.io/cluster" {
		t.Errorf("the provider uses the tag %q", got)
	}
}

// constants returns the string constants of a provider by name; of a sum, the last literal.
func constants(t *testing.T, cloud string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, file := range sources(t, cloud) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			ast.Inspect(spec.Values[0], func(n ast.Node) bool {
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					out[spec.Names[0].Name] = strings.Trim(l.Value, `"`)
				}
				return true
			})
			return false
		})
	}
	return out
}

// The error for a denied call names the permission that it needs, whatever the cloud's own message
// is.
func TestDenialsNameThePermission(t *testing.T) {
	deny := func(op, message string) error {
		return &provider.Error{Code: provider.Denied, Op: op, Err: errors.New(message)}
	}
	for action := range callsOfAWS(t) {
		_, op, _ := strings.Cut(action, ":")
		if got := program.PermissionOfAWS(deny(op, "You are not authorized to perform this operation.")); got != action {
			t.Errorf("%s denied: got %q, want %s", op, got, action)
		}
	}
	for _, p := range roleOfGCP(t) {
		if got := program.PermissionOfGCP(deny("insert", "googleapi: Error 403: Required '"+p+"' permission for 'projects/demo', forbidden")); got != p {
			t.Errorf("%s denied: got %q", p, got)
		}
	}
	for _, a := range roleOfAzure(t) {
		err := deny("put", "The client 'c' does not have authorization to perform action '"+a+"' over scope '/subscriptions/0' or the scope is invalid.")
		if got := program.PermissionOfAzure(err); got != a {
			t.Errorf("%s denied: got %q", a, got)
		}
	}
}

func roleOfGCP(t *testing.T) []string {
	t.Helper()
	var role struct {
		Title, Description, Stage string
		IncludedPermissions       []string
	}
	if err := sigsyaml.UnmarshalStrict(read(t, "iam", "gcp", "role.yaml"), &role); err != nil {
		t.Fatal(err)
	}
	return role.IncludedPermissions
}

func roleOfAzure(t *testing.T) []string {
	t.Helper()
	var role struct {
		Name, Description                                                  string
		IsCustom                                                           bool
		Actions, NotActions, DataActions, NotDataActions, AssignableScopes []string
	}
	if err := sigsyaml.UnmarshalStrict(read(t, "iam", "azure", "role.json"), &role); err != nil {
		t.Fatal(err)
	}
	return role.Actions
}
