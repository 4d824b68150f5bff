// Package binaries builds the programs that the tests run, and caches the slow ones: the control
// plane takes minutes to build, and changes only with its go.mod.
package binaries

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// ControlPlane holds the paths of the control plane's programs.
type ControlPlane struct{ Etcd, APIServer, ControllerManager string }

// In names the programs in a folder that BuildControlPlane filled.
func In(dir string) ControlPlane {
	return ControlPlane{
		Etcd:              filepath.Join(dir, "etcd"),
		APIServer:         filepath.Join(dir, "kube-apiserver"),
		ControllerManager: filepath.Join(dir, "kube-controller-manager"),
	}
}

// Module returns the folder of this module, found from the working directory as the go command
// finds it.
func Module(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	file := strings.TrimSpace(string(out))
	if file == "" || file == os.DevNull {
		return "", errors.New("find the module: the working directory is in none")
	}
	return filepath.Dir(file), nil
}

// BuildControlPlane returns the folder with the programs of the control plane. It builds them if
// the cache has none for this go.mod, compiler and machine, and writes to progress why that takes
// minutes.
func BuildControlPlane(ctx context.Context, progress io.Writer) (string, error) {
	module, err := Module(ctx)
	if err != nil {
		return "", err
	}
	source := filepath.Join(module, "controlplane")
	key, err := digest(source)
	if err != nil {
		return "", err
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, key)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	_, _ = fmt.Fprintf(progress, "building the control plane into %s: some minutes, once\n", dir)
	return dir, buildInto(ctx, source, dir)
}

// buildInto builds in a temporary folder and renames it, so that an interrupted build leaves
// nothing that looks complete.
func buildInto(ctx context.Context, source, dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("build the control plane: %w", err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "building-")
	if err != nil {
		return fmt.Errorf("build the control plane: %w", err)
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	flags, err := versionFlags(source)
	if err != nil {
		return err
	}
	if err := Build(ctx, source, fresh, []string{"-ldflags", flags}, "./..."); err != nil {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("build the control plane: %w", err)
	}
	return nil
}

// Build compiles main packages of the module in source into the folder out.
func Build(ctx context.Context, source, out string, flags []string, packages ...string) error {
	args := append([]string{"build", "-buildvcs=false", "-o", out + string(filepath.Separator)}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, packages...)...)
	cmd.Dir = source
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", strings.Join(packages, " "), err, text)
	}
	return nil
}

// versionFlags returns the linker flags that set the release of the programs, as Kubernetes' own
// build does. Without them they report v0.0.0-master.
func versionFlags(source string) (string, error) {
	data, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("read the release of the control plane: %w", err)
	}
	_, rest, found := strings.Cut(string(data), "\tk8s.io/kubernetes v")
	version, _, _ := strings.Cut(rest, "\n")
	part := strings.Split(version, ".")
	if !found || len(part) != 3 {
		return "", fmt.Errorf("read the release of the control plane: %q", version)
	}
	const pkg = " -X k8s.io/component-base/version."
	return "-s -w" + pkg + "gitVersion=v" + version + pkg + "gitMajor=" + part[0] + pkg + "gitMinor=" + part[1], nil
}

// digest returns the name of the build: a hash of its sources and of what builds them.
func digest(source string) (string, error) {
	hash := sha256.New() // Writing to it never fails.
	_, _ = fmt.Fprintln(hash, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, pattern := range []string{"go.mod", "go.sum", "*/*.go"} {
		files, err := filepath.Glob(filepath.Join(source, pattern))
		if err != nil {
			return "", fmt.Errorf("list the control plane's sources: %w", err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return "", fmt.Errorf("read the control plane's sources: %w", err)
			}
			_, _ = fmt.Fprintf(hash, "%s %d\n%s", filepath.Base(file), len(data), data)
		}
	}
	return hex.EncodeToString(hash.Sum(nil))[:16], nil
}

// cacheDir returns the folder for builds: HEADGATE_E2E_CACHE, or the user's cache.
func cacheDir() (string, error) {
	if dir := os.Getenv("HEADGATE_E2E_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache: %w", err)
	}
	return filepath.Join(dir, "headgate-e2e"), nil
}
