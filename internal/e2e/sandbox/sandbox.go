// Package sandbox runs a test binary in its own network, process and mount namespaces. Pods can
// have any address and load balancers any port without any effect on the machine's network, and
// every process that the tests start ends with them.
package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/vishvananda/netlink"
)

// variable is set in the environment of the process inside.
const variable = "HEADGATE_E2E_SANDBOX"

// Inside reports whether this process runs in the sandbox.
func Inside() bool { return os.Getenv(variable) != "" }

// ErrUnavailable reports that this machine does not let the process create namespaces.
var ErrUnavailable = errors.New("namespaces cannot be made here (needs root, or unprivileged user namespaces)")

// Check returns an error if this machine does not let the process create a sandbox. It creates one
// without running tests, and is called before anything slow.
func Check() error {
	cmd, err := again("-test.list=^$")
	if err != nil {
		return err
	}
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %w: %s", ErrUnavailable, err, bytes.TrimSpace(text))
	}
	return nil
}

// Run executes this binary again in the sandbox, with the same arguments and env added to its
// environment, and returns its exit status.
func Run(env ...string) (int, error) {
	cmd, err := again(os.Args[1:]...)
	if err != nil {
		return 0, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(cmd.Env, env...)
	return supervise(cmd)
}

// again returns a command that executes this binary inside.
func again(args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this binary: %w", err)
	}
	cmd := exec.Command(self, args...) //nolint:noctx // It ends with its parent.
	cmd.Env = append(os.Environ(), variable+"=1")
	cmd.SysProcAttr = attributes(os.Geteuid())
	return cmd, nil
}

// attributes requests the namespaces. A process without root privileges first needs a user
// namespace in which its user is root.
func attributes(uid int) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if uid != 0 {
		a.Cloneflags |= syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	return a
}

// supervise starts cmd, forwards the signals by which `go test` ends a test that hangs, and waits.
func supervise(cmd *exec.Cmd) (int, error) {
	runtime.LockOSThread() // The parent-death signal follows the thread that started the process.
	defer runtime.UnlockOSThread()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	done := make(chan struct{})
	defer close(done)
	go forward(cmd.Process, signals, done)
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, fmt.Errorf("wait for the sandbox: %w", err)
	}
	return status(cmd.ProcessState), nil
}

// status returns the exit status to pass on: that of the process, or 2 if a signal ended it.
func status(state *os.ProcessState) int {
	if code := state.ExitCode(); code >= 0 {
		return code
	}
	return 2
}

func forward(p *os.Process, signals <-chan os.Signal, done <-chan struct{}) {
	for {
		select {
		case s := <-signals:
			_ = p.Signal(s) // It may just have exited.
		case <-done:
			return
		}
	}
}

// Prepare completes the namespaces from inside: it brings loopback up, and mounts a /proc that
// shows the processes of the sandbox by their own IDs.
func Prepare() error {
	if !Inside() {
		return errors.New("prepare the sandbox: not inside one")
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find loopback: %w", err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return fmt.Errorf("bring loopback up: %w", err)
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return nil
}
