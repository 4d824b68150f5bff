package controller

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestComponentsDoNotReferToTheReconciler allows only the files of the reconciler itself, and those
// that compose it, to name its type.
func TestComponentsDoNotReferToTheReconciler(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || slices.Contains([]string{"reconcile.go", "deletion.go", "controller.go", "setup.go"}, file) {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == "reconciler" {
				t.Errorf("%s refers to the reconciler", file)
			}
			return true
		})
	}
}
