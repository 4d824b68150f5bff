// Package process runs programs for tests. Their output goes to a file, a channel signals their
// end, and none outlives the test binary.
package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Spec describes a program to run.
type Spec struct {
	// Name identifies the program in errors.
	Name string
	// Path is the program, and Args are its arguments.
	Path string
	Args []string
	// Env is the whole environment. If nil, the program inherits this process's environment.
	Env []string
	// Dir is the working directory. If empty, it is this process's.
	Dir string
	// Log is the file to which standard output and standard error are appended.
	Log string
}

// Process is a program that was started.
type Process struct {
	spec Spec
	cmd  *exec.Cmd
	done chan struct{}
}

// Start runs a program in its own process group, so that an interrupt from the terminal reaches
// only the tests, which then stop it.
func Start(s Spec) (*Process, error) {
	if err := os.MkdirAll(filepath.Dir(s.Log), 0o755); err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	log, err := os.OpenFile(s.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	defer func() { _ = log.Close() }()     // The child has its own descriptor.
	cmd := exec.Command(s.Path, s.Args...) //nolint:noctx // Stop ends it gracefully.
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = s.Env, s.Dir, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	p := &Process{spec: s, cmd: cmd, done: make(chan struct{})}
	go p.wait()
	return p, nil
}

func (p *Process) wait() {
	_ = p.cmd.Wait() // The exit status is in the ProcessState.
	close(p.done)
}

// Exited returns a channel that is closed when the program has ended.
func (p *Process) Exited() <-chan struct{} { return p.done }

// ExitCode returns the exit status of a program that has ended. As in shells, it is 128 plus the
// signal's number after a signal.
func (p *Process) ExitCode() int {
	<-p.done
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return p.cmd.ProcessState.ExitCode()
}

// PID returns the process ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal, unless the program has ended.
func (p *Process) Signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s: %w", p.spec.Name, err)
	}
	return nil
}

// Kill kills the program and returns when it has exited.
func (p *Process) Kill() error {
	err := p.Signal(syscall.SIGKILL)
	<-p.done
	return err
}

// Stop sends SIGTERM, kills the program if it still runs after grace, and returns when it has
// exited.
func (p *Process) Stop(grace time.Duration) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
		return p.Kill()
	}
}

// Resident returns the resident memory of the program, in bytes (proc_pid_statm(5), "resident").
func (p *Process) Resident() (int64, error) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.PID()), "statm"))
	if err != nil {
		return 0, fmt.Errorf("read the memory of %s: %w", p.spec.Name, err)
	}
	fields := bytes.Fields(data)
	if len(fields) < 2 {
		return 0, fmt.Errorf("read the memory of %s: %q", p.spec.Name, data)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the memory of %s: %w", p.spec.Name, err)
	}
	return pages * int64(os.Getpagesize()), nil
}

// Failure returns an error for a program that ended unexpectedly: its exit status and the end of
// its output.
func (p *Process) Failure() error {
	<-p.done
	return fmt.Errorf("%s ended: %s: %s", p.spec.Name, p.cmd.ProcessState, p.tail(2000))
}

func (p *Process) tail(n int) []byte {
	data, err := os.ReadFile(p.spec.Log)
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.TrimSpace(data[max(0, len(data)-n):])
}
