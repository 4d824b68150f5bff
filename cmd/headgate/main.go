// Command headgate plans, applies and traces cloud load balancers for Kubernetes objects.
//
// It reads manifests (-f) or a live cluster (--kubeconfig), turns them into load balancers, and
// compares those with what a cloud has. Run "headgate help" for its commands. Its exit status is 0
// when all is done; 1 after a failure, with one line on standard error; 2 when plan was asked for
// it by --detailed-exitcode and something is to be done; 3 when all is done but for objects that
// were refused, each of which is named on standard error.
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
	// The first signal ends the context, so that writes in flight are finished. A second one ends
	// the process, as if nobody listened.
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
