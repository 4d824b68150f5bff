package binaries

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVersionMatchesModule(t *testing.T) {
	module, err := Module(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	flags, err := versionFlags(filepath.Join(module, "controlplane"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"version.gitVersion=v1.", "version.gitMajor=1 ", "version.gitMinor="} {
		if !strings.Contains(flags, want) {
			t.Errorf("%q is not in %q", want, flags)
		}
	}
	if flags, err := versionFlags(t.TempDir()); err == nil {
		t.Errorf("no module has the flags %q", flags)
	}
}

func TestSourceChangesCauseABuild(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]string{}
	for _, file := range []string{"go.mod", "go.sum", "etcd/main.go", "kube-apiserver/main.go"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := digest(dir)
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := seen[key]; twice {
			t.Errorf("with %s the key is that with %s", file, other)
		}
		seen[key] = file
	}
}
