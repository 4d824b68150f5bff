package process_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/internal/e2e/process"
)

// start runs a shell script and returns when it has written its first line.
func start(t *testing.T, script string) (*process.Process, string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "logs", "out")
	p, err := process.Start(process.Spec{Name: "script", Path: "/bin/sh", Args: []string{"-c", script}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill() })
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		data, err := os.ReadFile(log)
		if err == nil && strings.Contains(string(data), "\n") {
			return p, log
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the script writes nothing")
		case <-ticker.C:
		}
	}
}

func TestStopTerminatesGracefully(t *testing.T) {
	p, log := start(t, `trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.01; done`)
	if n, err := p.Resident(); err != nil || n <= 0 {
		t.Errorf("a running program uses %d bytes: %v", n, err)
	}
	if err := p.Stop(time.Minute); err != nil {
		t.Fatal(err)
	}
	if p.ExitCode() != 7 {
		t.Errorf("its exit status: %d", p.ExitCode())
	}
	if data, err := os.ReadFile(log); err != nil || string(data) != "up\nbye\n" {
		t.Errorf("its output: %q, %v", data, err)
	}
}

func TestStopKillsAfterGrace(t *testing.T) {
	p, _ := start(t, `trap '' TERM; echo up; while :; do sleep 0.01; done`)
	begin := time.Now()
	if err := p.Stop(200 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 200*time.Millisecond {
		t.Errorf("it was killed after %v of 200ms", took)
	}
	if p.ExitCode() != 128+9 {
		t.Errorf("its exit status: %d", p.ExitCode())
	}
}

func TestFailureReportsStatusAndOutput(t *testing.T) {
	p, _ := start(t, `echo the reason; exit 3`)
	if got := p.Failure().Error(); got != "script ended: exit status 3: the reason" {
		t.Errorf("%q", got)
	}
	if err := p.Signal(os.Interrupt); err != nil {
		t.Errorf("a signal to a program that has ended: %v", err)
	}
}
