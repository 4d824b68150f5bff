// Package e2e_test runs the library against a real Kubernetes control plane, in a sandbox.
package e2e_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"

	"github.com/headgate-io/headgate/internal/e2e/binaries"
	"github.com/headgate-io/headgate/internal/e2e/cluster"
	"github.com/headgate-io/headgate/internal/e2e/node"
	"github.com/headgate-io/headgate/internal/e2e/sandbox"
)

// Environment variables that pass the location of the programs to the process inside the sandbox,
// and by which CI forbids skipping.
const (
	variableControlPlane = "HEADGATE_E2E_CONTROL_PLANE"
	variablePrograms     = "HEADGATE_E2E_PROGRAMS"
	variableRequired     = "HEADGATE_E2E_REQUIRED"
)

func TestMain(m *testing.M) {
	if sandbox.Inside() {
		os.Exit(inside(m))
	}
	status, err := outside()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
	}
	os.Exit(status)
}

// outside builds the programs, which needs the network and the go command, and then runs the tests
// inside the sandbox.
func outside() (int, error) {
	if err := sandbox.Check(); err != nil && os.Getenv(variableRequired) == "" {
		return 0, fmt.Errorf("every test is SKIPPED: %w", err)
	} else if err != nil {
		return 1, err
	}
	ctx := context.Background()
	controlPlane, err := binaries.BuildControlPlane(ctx, os.Stderr)
	if err != nil {
		return 1, err
	}
	programs, err := os.MkdirTemp("", "headgate-e2e-")
	if err != nil {
		return 1, fmt.Errorf("make a folder for programs: %w", err)
	}
	defer func() { _ = os.RemoveAll(programs) }()
	module, err := binaries.Module(ctx)
	if err != nil {
		return 1, err
	}
	if err := buildPrograms(ctx, module, programs); err != nil {
		return 1, err
	}
	status, err := sandbox.Run(variableControlPlane+"="+controlPlane, variablePrograms+"="+programs)
	if err != nil {
		return 1, err
	}
	return status, nil
}

func buildPrograms(ctx context.Context, module, out string) error {
	small := []string{"-ldflags", "-s -w"}
	if err := binaries.Build(ctx, module, out, small, "./echo"); err != nil {
		return err
	}
	library := filepath.Join(module, "..", "..")
	return binaries.Build(ctx, library, out, small, "./examples/controller-aws", "./examples/controller-gcp", "./examples/controller-azure")
}

func inside(m *testing.M) int {
	if err := sandbox.Prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	status := m.Run()
	shared.close(status != 0)
	return status
}

// shared is the cluster that all tests of a run share, each in a namespace of its own.
var shared environment

// environment is a control plane with three nodes in three zones.
type environment struct {
	once    sync.Once
	stages  atomic.Int32 // number of stages created so far
	err     error
	dir     string
	cluster *cluster.Cluster
	nodes   *node.Agent
	client  kubernetes.Interface
}

// start returns the environment, started on first use.
func (e *environment) start(t *testing.T) *environment {
	t.Helper()
	e.once.Do(func() { e.err = e.bringUp() })
	if e.err != nil {
		t.Fatal(e.err)
	}
	return e
}

func (e *environment) bringUp() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var err error
	if e.dir, err = os.MkdirTemp("", "headgate-e2e-cluster-"); err != nil {
		return err
	}
	e.cluster, err = cluster.Start(ctx, cluster.Options{Programs: binaries.In(os.Getenv(variableControlPlane)), Dir: e.dir})
	if err != nil {
		return err
	}
	if e.client, err = kubernetes.NewForConfig(e.cluster.Config()); err != nil {
		return err
	}
	e.nodes, err = node.Start(ctx, node.Options{
		Config: e.cluster.Config(), Dir: filepath.Join(e.dir, "pods"),
		Nodes:  node.InZones(netip.MustParsePrefix("10.244.0.0/16"), region, zones[:]...),
		Images: map[string]node.Image{"headgate.io/echo": {Path: filepath.Join(os.Getenv(variablePrograms), "echo")}},
	})
	return err
}

// close stops everything. With preserve, the folder with the logs of all programs stays.
func (e *environment) close(preserve bool) {
	if e.nodes != nil {
		_ = e.nodes.Close()
	}
	if e.cluster != nil {
		_ = e.cluster.Close()
	}
	if preserve && e.dir != "" {
		fmt.Fprintln(os.Stderr, "e2e: logs are in", e.dir)
		return
	}
	_ = os.RemoveAll(e.dir)
}
