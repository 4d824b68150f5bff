package main

import (
	"fmt"
	"sync"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// follow returns a function that writes progress to standard error, or nil if that is no terminal.
func (s *session) follow() func(reconcile.Event) {
	if !s.progress || s.options.quiet {
		return nil
	}
	f := &follower{program: s.program}
	return f.event
}

// follower writes events. It writes the reason of a wait only once.
type follower struct {
	program
	mu     sync.Mutex
	waited string
}

func (f *follower) event(e reconcile.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case e.Waiting != "":
		if e.Waiting != f.waited {
			f.line("waiting: %s", e.Waiting)
		}
		f.waited = e.Waiting
	case e.Step.Outcome == nil:
		f.line("%s %s …", e.Step.Action, e.Step.Key)
	case e.Step.Outcome.State == provider.Failed:
		f.line("%s %s failed: %v", e.Step.Action, e.Step.Key, e.Step.Outcome.Err)
	default:
		f.line("%s %s %s", e.Step.Action, e.Step.Key, e.Step.Outcome.State)
	}
}

func (f *follower) line(format string, args ...any) {
	// progress is best effort
	_, _ = fmt.Fprintf(f.stderr, "  %s\n", oneLine(fmt.Sprintf(format, args...)))
}
