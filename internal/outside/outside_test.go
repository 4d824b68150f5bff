package outside_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAModuleOutsideTheRepository compiles and tests the module in testdata, together with the Go
// code of the README. It needs no network: the module has the same dependencies as this one.
func TestAModuleOutsideTheRepository(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, "go.mod", goMod(t, root))
	write(t, dir, "go.sum", read(t, root, "go.sum"))
	copyFiles(t, dir)
	copyReadme(t, root, dir)
	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
		run(t, dir, args...)
	}
}

// goMod returns the go.mod file of the repository with another module name, which requires this
// checkout.
func goMod(t *testing.T, root string) string {
	t.Helper()
	const module = "github.com/headgate-io/headgate"
	own := read(t, root, "go.mod")
	out := strings.Replace(own, "module "+module+"\n", "module example.com/acme\n", 1)
	if out == own {
		t.Fatal("go.mod does not name the module")
	}
	return out + fmt.Sprintf("\nrequire %[1]s v0.0.0\n\nreplace %[1]s => %[2]q\n", module, root)
}

func copyFiles(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.go.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files in testdata, error %v", len(files), err)
	}
	for _, f := range files {
		write(t, dir, strings.TrimSuffix(filepath.Base(f), ".txt"), read(t, ".", f))
	}
}

// copyReadme makes a package of each Go block of the README.
func copyReadme(t *testing.T, root, dir string) {
	t.Helper()
	blocks := strings.Split(read(t, root, "README.md"), "\n```go\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("the README has no Go block")
	}
	for i, block := range blocks {
		code, _, closed := strings.Cut(block, "\n```\n")
		if !closed {
			t.Fatal("a Go block of the README has no end")
		}
		write(t, dir, fmt.Sprintf("readme%d/readme.go", i), code+"\n")
	}
}

func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
