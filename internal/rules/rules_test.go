package rules_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/headgate-io/headgate"

// pkg has the fields read from the output of go list.
type pkg struct {
	ImportPath, Dir, Name, Doc                string
	Imports, Deps, GoFiles                    []string
	TestGoFiles, XTestGoFiles, IgnoredGoFiles []string
	Standard                                  bool
}

func (p pkg) rel() string { return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/") }

// list returns every package of the module.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func under(p, root string) bool { return p == root || strings.HasPrefix(p, root+"/") }

func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// clouds returns the folders of provider that have an embedded cloud: aws has awstest.
func clouds(pkgs []pkg) []string {
	var names []string
	for _, p := range pkgs {
		parent, base := path.Split(p.rel())
		cloud := path.Base(parent)
		if path.Dir(path.Clean(parent)) == "provider" && base == cloud+"test" {
			names = append(names, cloud)
		}
	}
	return names
}

// isClient reports whether a file may import the SDK of its cloud.
func isClient(file string) bool { return strings.HasPrefix(file, "client") }

// sdks returns the modules that the client files of the clouds import, by the first two elements of
// their import paths.
func sdks(t *testing.T, pkgs []pkg) []string {
	t.Helper()
	var found []string
	for _, p := range pkgs {
		if !slices.Contains(clouds(pkgs), strings.TrimPrefix(p.rel(), "provider/")) {
			continue
		}
		for _, file := range p.GoFiles {
			if !isClient(file) {
				continue
			}
			for _, imp := range imports(t, path.Join(p.Dir, file)) {
				if !standard(imp) && !under(imp, module) && !under(imp, "golang.org/x") {
					found = append(found, firstTwo(imp))
				}
			}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(found)))
}

func firstTwo(importPath string) string {
	elements := strings.SplitN(importPath, "/", 3)
	return path.Join(elements[:min(2, len(elements))]...)
}

func isAny(importPath string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return under(importPath, root) })
}

func isKubernetes(importPath string) bool {
	return strings.HasPrefix(importPath, "k8s.io/") || strings.HasPrefix(importPath, "sigs.k8s.io/gateway-api") || strings.HasPrefix(importPath, "sigs.k8s.io/controller-runtime")
}

// rule forbids packages some dependencies, direct or not. bad returns the reason, or "" if the
// dependency is allowed.
type rule struct {
	name  string
	about func(rel string) bool
	bad   func(rel, dep string) string
}

// dependencyRules returns the rules, given the clouds and the roots of their SDKs.
func dependencyRules(clouds, sdks []string) []rule {
	return []rule{
		{"model imports only the standard library",
			func(rel string) bool { return rel == "model" },
			func(_, dep string) string {
				if !standard(dep) && dep != module+"/model" {
					return "not the standard library"
				}
				return ""
			}},
		{"provider imports model",
			func(rel string) bool { return rel == "provider" },
			func(_, dep string) string {
				if !standard(dep) && !under(dep, module+"/model") && dep != module+"/provider" {
					return "neither the standard library nor model"
				}
				return ""
			}},
		{"model/kube imports model and Kubernetes API types, never a client",
			func(rel string) bool { return under(rel, "model/kube") },
			func(_, dep string) string {
				if strings.HasPrefix(dep, "k8s.io/client-go") || strings.HasPrefix(dep, "sigs.k8s.io/controller-runtime") || isAny(dep, sdks) || under(dep, module+"/provider") || under(dep, module+"/reconcile") {
					return "a client, a cloud or the core"
				}
				return ""
			}},
		{"a cloud knows no other cloud, no reconcile, no Kubernetes",
			func(rel string) bool {
				return slices.ContainsFunc(clouds, func(c string) bool { return under(rel, "provider/"+c) })
			},
			func(rel, dep string) string {
				own := strings.Split(rel, "/")[1]
				for _, c := range clouds {
					if c != own && under(dep, module+"/provider/"+c) {
						return "another cloud"
					}
				}
				if under(dep, module+"/reconcile") || isKubernetes(dep) {
					return "the core or Kubernetes"
				}
				return ""
			}},
		{"an embedded cloud knows nothing of the neutral model",
			func(rel string) bool {
				return strings.HasSuffix(path.Dir(rel+"/x"), "test") && under(rel, "provider") && rel != "provider/providertest"
			},
			func(_, dep string) string {
				if under(dep, module+"/model") || dep == module+"/provider" || under(dep, module+"/reconcile") {
					return "the neutral model"
				}
				return ""
			}},
		{"reconcile imports model and provider, no cloud and no Kubernetes client",
			func(rel string) bool { return rel == "reconcile" },
			func(_, dep string) string {
				if isAny(dep, sdks) || isKubernetes(dep) {
					return "a cloud or Kubernetes"
				}
				return ""
			}},
	}
}

func TestDependencyRules(t *testing.T) {
	pkgs := list(t)
	for _, r := range dependencyRules(clouds(pkgs), sdks(t, pkgs)) {
		t.Run(r.name, func(t *testing.T) {
			matched := 0
			for _, p := range pkgs {
				if !r.about(p.rel()) {
					continue
				}
				matched++
				for _, dep := range p.Deps {
					if why := r.bad(p.rel(), dep); why != "" {
						t.Errorf("%s depends on %s: %s", p.rel(), dep, why)
					}
				}
			}
			if matched == 0 {
				t.Error("no package is subject to this rule")
			}
		})
	}
}

// TestSDKsStayInClient checks that the SDK of a cloud is imported only in client*.go of its
// provider, in its embedded cloud and in tests.
func TestSDKsStayInClient(t *testing.T) {
	pkgs := list(t)
	all := sdks(t, pkgs)
	for _, p := range pkgs {
		if slices.ContainsFunc(clouds(pkgs), func(c string) bool { return under(p.rel(), "provider/"+c+"/"+c+"test") }) {
			continue
		}
		provider := slices.Contains(clouds(pkgs), strings.TrimPrefix(p.rel(), "provider/"))
		for _, file := range p.GoFiles {
			for _, imp := range imports(t, path.Join(p.Dir, file)) {
				if isAny(imp, all) && !(provider && isClient(file)) {
					t.Errorf("%s/%s imports %s", p.rel(), file, imp)
				}
			}
		}
	}
}

// TestCloudsAndSDKsAreFound checks that the rules above apply to something.
func TestCloudsAndSDKsAreFound(t *testing.T) {
	pkgs := list(t)
	if got := clouds(pkgs); !slices.Contains(got, "aws") || len(got) < 3 {
		t.Errorf("clouds %v", got)
	}
	if got := sdks(t, pkgs); !slices.Contains(got, "github.com/aws") || len(got) < 3 {
		t.Errorf("SDKs %v", got)
	}
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, i := range f.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

func TestNoInitAndNoRegistry(t *testing.T) {
	for _, p := range list(t) {
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), path.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s/%s has an init function", p.rel(), file)
				}
			}
		}
	}
}

func public(p pkg) bool {
	return p.Name != "main" && !strings.Contains(p.ImportPath, "/internal/") && len(p.GoFiles) > 0
}

// TestExportedNamesAreDocumented checks every public package.
func TestExportedNamesAreDocumented(t *testing.T) {
	for _, p := range list(t) {
		if !public(p) {
			continue
		}
		d := docOf(t, p)
		if d.Doc == "" {
			t.Errorf("%s has no package comment", p.rel())
		}
		for _, missing := range undocumented(d) {
			t.Errorf("%s: %s has no doc comment", p.rel(), missing)
		}
	}
}

func docOf(t *testing.T, p pkg) *doc.Package {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
		f, err := parser.ParseFile(fset, path.Join(p.Dir, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	d, err := doc.NewFromFiles(fset, files, p.ImportPath)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func undocumented(d *doc.Package) []string {
	var out []string
	note := func(name, text string) {
		if text == "" && token.IsExported(name) {
			out = append(out, name)
		}
	}
	for _, f := range d.Funcs {
		note(f.Name, f.Doc)
	}
	for _, ty := range d.Types {
		note(ty.Name, ty.Doc)
		for _, f := range slices.Concat(ty.Funcs, ty.Methods) {
			note(f.Name, f.Doc)
		}
		for _, v := range slices.Concat(ty.Consts, ty.Vars) {
			note(v.Names[0], v.Doc)
		}
	}
	for _, v := range slices.Concat(d.Consts, d.Vars) {
		note(v.Names[0], v.Doc)
	}
	return out
}

// TestPublicPackagesHaveAnExample checks that each public package has an example that the tests
// run.
func TestPublicPackagesHaveAnExample(t *testing.T) {
	for _, p := range list(t) {
		if !public(p) {
			continue
		}
		var examples []*doc.Example
		for _, name := range slices.Concat(p.TestGoFiles, p.XTestGoFiles) {
			f, err := parser.ParseFile(token.NewFileSet(), path.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			examples = append(examples, doc.Examples(f)...)
		}
		if !slices.ContainsFunc(examples, func(e *doc.Example) bool { return e.Output != "" || e.EmptyOutput }) {
			t.Errorf("%s has no example with an output", p.rel())
		}
	}
}
