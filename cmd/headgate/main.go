// Command headgate plans, applies and traces cloud load balancers for Kubernetes objects.
//
// It reads manifests (-f) or a live cluster (--kubeconfig), converts them into load balancers, and
// compares those with the state of a cloud. Run "headgate help" for its commands.
//
// The exit status is 0 on success; 1 after a failure, with one line on standard error; 2 if plan
// --detailed-exitcode finds changes; and 3 if some objects were refused, each with a line on
// standard error, and everything else was done.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

func main() { os.Exit(mainStatus()) }

func mainStatus() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal ends the context, so that writes in flight are finished. The second one ends
	// the process.
	context.AfterFunc(ctx, stop)
	plain := os.Getenv("NO_COLOR") != ""
	return run(ctx, os.Args[1:], program{
		stdin:    os.Stdin,
		stdout:   os.Stdout,
		stderr:   os.Stderr,
		env:      os.Getenv,
		clouds:   clouds(),
		terminal: isTerminal(os.Stdout),
		progress: isTerminal(os.Stderr),
		color:    isTerminal(os.Stdout) && !plain,
	})
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
