package rules_test

import (
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestPublicSignaturesMentionNoInternalType checks that a program outside this module can name
// every type that the public packages use in their exported functions, methods, fields, variables
// and types.
func TestPublicSignaturesMentionNoInternalType(t *testing.T) {
	imp := exportImporter(t)
	for _, p := range list(t) {
		if !public(p) {
			continue
		}
		pkg, err := imp.Import(p.ImportPath)
		if err != nil {
			t.Fatal(err)
		}
		for _, mention := range internalMentions(pkg) {
			t.Errorf("%s: %s", p.rel(), mention)
		}
	}
}

// exportImporter returns an importer that reads the export data of the go command's build cache.
func exportImporter(t *testing.T) types.Importer {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list -export: %v", err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[path] = file
	}
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(files[path])
	})
}

// internalMentions returns a line for each exported name of a package whose type mentions a type of
// an internal package of this module.
func internalMentions(pkg *types.Package) []string {
	var out []string
	check := func(name string, t types.Type) {
		if path := internalType(t, map[types.Type]bool{}); path != "" {
			out = append(out, name+" mentions "+path)
		}
	}
	for _, name := range pkg.Scope().Names() {
		o := pkg.Scope().Lookup(name)
		if !o.Exported() {
			continue
		}
		if _, isType := o.(*types.TypeName); !isType {
			check(name, o.Type())
			continue
		}
		check(name, definition(o.Type()))
		for m := range types.NewMethodSet(types.NewPointer(o.Type())).Methods() {
			if m.Obj().Exported() {
				check(fmt.Sprintf("%s.%s", name, m.Obj().Name()), m.Type())
			}
		}
	}
	return out
}

// definition returns what stands behind the name of a type. For an alias that is the aliased type
// itself, named or not.
func definition(t types.Type) types.Type {
	if a, ok := t.(*types.Alias); ok {
		return a.Rhs()
	}
	return t.Underlying()
}

// internalType returns the name of an internal type that t mentions, or "".
func internalType(t types.Type, seen map[types.Type]bool) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	if n, ok := t.(interface {
		Obj() *types.TypeName
		TypeArgs() *types.TypeList
	}); ok {
		return internalName(n.Obj(), n.TypeArgs(), seen)
	}
	for _, part := range parts(t) {
		if name := internalType(part, seen); name != "" {
			return name
		}
	}
	return ""
}

func internalName(o *types.TypeName, args *types.TypeList, seen map[types.Type]bool) string {
	if o.Pkg() != nil && under(o.Pkg().Path(), module+"/internal") {
		return o.Pkg().Path() + "." + o.Name()
	}
	for arg := range args.Types() {
		if name := internalType(arg, seen); name != "" {
			return name
		}
	}
	return ""
}

// parts returns the types that the literal of a type is made of, without unexported fields.
func parts(t types.Type) []types.Type {
	switch t := t.(type) {
	case *types.Map:
		return []types.Type{t.Key(), t.Elem()}
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		return []types.Type{t.Elem()}
	case *types.Signature:
		return []types.Type{t.Params(), t.Results()}
	case *types.Tuple:
		return tuple(t)
	case *types.Struct:
		return exportedFields(t)
	case *types.Interface:
		return methods(t)
	}
	return nil
}

func tuple(t *types.Tuple) []types.Type {
	var out []types.Type
	for v := range t.Variables() {
		out = append(out, v.Type())
	}
	return out
}

func exportedFields(t *types.Struct) []types.Type {
	var out []types.Type
	for f := range t.Fields() {
		if f.Exported() {
			out = append(out, f.Type())
		}
	}
	return out
}

func methods(t *types.Interface) []types.Type {
	var out []types.Type
	for m := range t.Methods() {
		if m.Exported() {
			out = append(out, m.Type())
		}
	}
	return out
}
