// Package process runs programs for tests: their output goes to a file, their end is a channel, and
// none outlives the test binary.
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

// Spec says what to run.
type Spec struct {
	// Name stands in errors.
	Name string
	// Path is the program; Args what follows it.
	Path string
	Args []string
	// Env is the whole environment; nil = this process's own.
	Env []string
	// Dir is the working directory; "" = this process's own.
	Dir string
	// Log is the file that gets both outputs, appended.
	Log string
}

// Process is a program that was started.
type Process struct {
	spec Spec
	cmd  *exec.Cmd
	done chan struct{}
}

// Start runs a program in a process group of its own, so that an interrupt from the terminal
// reaches only the tests, which then end it.
func Start(s Spec) (*Process, error) {
	if err := os.MkdirAll(filepath.Dir(s.Log), 0o755); err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	log, err := os.OpenFile(s.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	defer func() { _ = log.Close() }()     // The child has its own descriptor.
	cmd := exec.Command(s.Path, s.Args...) //nolint:noctx // Stop and the parent-death signal end it; a context would only SIGKILL.
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
	_ = p.cmd.Wait() // How it ended stands in its ProcessState.
	close(p.done)
}

// Exited is closed when the program has ended.
func (p *Process) Exited() <-chan struct{} { return p.done }

// ExitCode is the exit status of a program that ended: 128 and the signal's number for one that a
// signal ended, as shells say it.
func (p *Process) ExitCode() int {
	<-p.done
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return p.cmd.ProcessState.ExitCode()
}

// PID is the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal; a program that has ended gets none.
func (p *Process) Signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s: %w", p.spec.Name, err)
	}
	return nil
}

// Kill ends the program at once and returns when it is gone.
func (p *Process) Kill() error {
	err := p.Signal(syscall.SIGKILL)
	<-p.done
	return err
}

// Stop asks the program to end, kills it when it has not after grace, and returns when it is gone.
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

// Resident is the memory that the program holds, in bytes (proc_pid_statm(5), "resident").
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

// Failure describes a program that ended when it should not have: how, and the last of what it
// wrote.
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
