package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headgate-io/headgate/internal/e2e/process"
)

// metrics returns the address at which the controller serves its metrics, if started with it. Every
// stage has another address.
func (s *stage) metrics() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// run starts the cloud's controller with exactly the permissions that deploy/ gives it. The end of
// the test kills it if it still runs.
func (s *stage) run(t *testing.T, flags ...string) *process.Process {
	t.Helper()
	p, err := process.Start(s.controller(t, flags))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill() })
	return p
}

// restartAfter is how long a controller that exited is down. A kubelet's first backoff is no
// shorter.
const restartAfter = time.Second

// runSupervised is run with restarts: a controller that loses its lease exits, and is restarted as
// a kubelet would.
func (s *stage) runSupervised(t *testing.T, flags ...string) {
	t.Helper()
	spec := s.controller(t, flags)
	ctx, cancel := context.WithCancel(context.Background())
	var keeper sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		keeper.Wait()
	})
	keeper.Go(func() {
		for ctx.Err() == nil {
			p, err := process.Start(spec)
			if err != nil {
				t.Error(err)
				return
			}
			select {
			case <-p.Exited():
			case <-ctx.Done():
			}
			_ = p.Kill() // It may have exited by itself.
			select {
			case <-time.After(restartAfter):
			case <-ctx.Done():
			}
		}
	})
}

// controller returns how to start the cloud's controller.
func (s *stage) controller(t *testing.T, flags []string) process.Spec {
	t.Helper()
	args := []string{
		"--config=" + s.file, "--kubeconfig=" + s.kubeconfig, "--controller=" + s.controllerName(),
		"--lease-namespace=" + s.ns, "--lease-duration=6s", "--renew-deadline=4s", "--retry-period=500ms",
		"--metrics-address=0", "--probe-address=0", "--log-level=debug",
	}
	log := filepath.Join(s.dir, "controllers", strings.ReplaceAll(t.Name(), "/", "-")+".log")
	return process.Spec{
		Name: "controller-" + s.name, Path: filepath.Join(os.Getenv(variablePrograms), "controller-"+s.name),
		Args: append(args, flags...), Log: log,
		Env: append(os.Environ(), "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any"),
	}
}
