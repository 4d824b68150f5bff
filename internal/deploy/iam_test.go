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

// set is permissions, or names of methods.
type set map[string]bool

func (s set) sorted() []string { return slices.Sorted(maps.Keys(s)) }

// walk visits the sources of a provider, tests left out, function by function.
func walk(t *testing.T, cloud string, visit func(function string, n ast.Node)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "provider", cloud, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources of %s: %v", cloud, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
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

// dotted is a chain of selectors, as a.b.c; empty for anything else.
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

// statement is one of a policy of AWS.
type statement struct {
	Sid       string
	Action    oneOrMore
	Resource  oneOrMore
	Condition map[string]map[string]oneOrMore
}

// oneOrMore is a JSON string, or several.
type oneOrMore []string

// UnmarshalJSON reads either form.
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

// callsOfAWS is the actions of the operations that the provider's client has.
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

// Permissions that no operation of the client is named after.
func besidesOfAWS() set {
	return set{
		// What Elastic Load Balancing looks up in the caller's name when it makes a load balancer
		// ("Amazon EKS node IAM role" and cluster role troubleshooting pages name them). Unverified
		// against an account: whether all of them are still asked for.
		"ec2:DescribeAccountAttributes": true, "ec2:DescribeAddresses": true, "ec2:DescribeInternetGateways": true, "ec2:DescribeSubnets": true,
		// The first load balancer of an account makes the role of the service ("Elastic Load
		// Balancing service-linked role").
		"iam:CreateServiceLinkedRole": true,
		// Tags that travel with an import ("Tagging ACM certificates").
		"acm:AddTagsToCertificate": true,
	}
}

func TestPolicyOfAWSAllowsWhatTheProviderCalls(t *testing.T) {
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

// Every write is bound to the tag of the cluster, on what is made or on what is changed.
func TestPolicyOfAWSBindsWritesToTheTagOfTheCluster(t *testing.T) {
	// the last is about the VPC, which has no such tag
	free := []string{"Read", "FirstLoadBalancerOfTheAccount", "CreateSecurityGroupInAnyVPC"}
	for _, s := range policyOfAWS(t) {
		if slices.Contains(free, s.Sid) {
			continue
		}
		tags := s.Condition["StringEquals"]
		if !slices.Equal(tags["aws:RequestTag/headgate.io/cluster"], []string{"CLUSTER_ID"}) && !slices.Equal(tags["aws:ResourceTag/headgate.io/cluster"], []string{"CLUSTER_ID"}) {
			t.Errorf("%s asks for no tag: %v", s.Sid, s.Condition)
		}
	}
	for _, s := range policyOfAWS(t) {
		for _, a := range s.Action {
			_, verb, _ := strings.Cut(a, ":")
			if s.Sid == "Read" && !strings.HasPrefix(verb, "Describe") && !strings.HasPrefix(verb, "List") && !strings.HasPrefix(verb, "Get") {
				t.Errorf("%s is no read", a)
			}
		}
	}
}

// The policy binds what it allows to the tag that the provider gives.
func TestTheTagOfTheClusterIsTheProvidersOwn(t *testing.T) {
	found := false
	walk(t, "aws", func(_ string, n ast.Node) {
		if s := dotted(n); len(s) == 1 && s[0] == "tagCluster" {
			found = true
		}
	})
	consts := constants(t, "aws", "names.go")
	if got := consts["tagPrefix"] + consts["tagCluster"]; !found || got != "headgate.io/cluster" {
		t.Errorf("the provider's tag is %q", got)
	}
}

// constants are the string literals of a file's constants by name; of a sum, the last literal.
func constants(t *testing.T, cloud, name string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "provider", cloud, name), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
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
	return out
}

// A call that is denied is told with the line of the policy that it needs, whatever the cloud's own
// message says.
func TestDenialsNameLinesOfThePolicies(t *testing.T) {
	deny := func(op, message string) error {
		return &provider.Error{Code: provider.Denied, Op: op, Err: errors.New(message)}
	}
	for action := range callsOfAWS(t) {
		_, op, _ := strings.Cut(action, ":")
		if got := program.PermissionOfAWS(deny(op, "You are not authorized to perform this operation.")); got != action {
			t.Errorf("%s denied: told %q, and the policy says %s", op, got, action)
		}
	}
	for _, p := range roleOfGCP(t) {
		if got := program.PermissionOfGCP(deny("insert", "googleapi: Error 403: Required '"+p+"' permission for 'projects/demo', forbidden")); got != p {
			t.Errorf("%s denied: told %q", p, got)
		}
	}
	for _, a := range roleOfAzure(t) {
		err := deny("put", "The client 'c' does not have authorization to perform action '"+a+"' over scope '/subscriptions/0' or the scope is invalid.")
		if got := program.PermissionOfAzure(err); got != a {
			t.Errorf("%s denied: told %q", a, got)
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
