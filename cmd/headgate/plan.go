package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/headgate-io/headgate/reconcile"
)

func (p program) planCommand() *cobra.Command {
	o := new(options)
	c := &cobra.Command{
		Use:   "plan -f PATH --provider NAME --config FILE",
		Short: "Show what apply would change",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return p.plan(c.Context(), o) },
	}
	o.inputFlags(c)
	o.cloudFlags(c, p.cloudNames())
	o.outputFlag(c, "(default text)")
	o.timeoutFlag(c)
	c.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit with status 2 if the plan is not empty")
	c.Flags().BoolVar(&o.prune, "prune", false, pruneUsage)
	return c
}

func (p program) plan(ctx context.Context, o *options) error {
	ctx, cancel := o.bounded(ctx)
	defer cancel()
	s, err := p.begin(ctx, o, reconcile.Guard{})
	if err != nil {
		return err
	}
	p.reportSkipped(s.in, o.quiet)
	s.want()
	if err := s.prune(ctx); err != nil {
		return s.unreadable(ctx, "plan", err)
	}
	r, err := s.engine.Plan(ctx)
	if err != nil {
		return s.unreadable(ctx, "plan", err)
	}
	s.complete(&r)
	if err := s.write(r); err != nil {
		return err
	}
	refused := p.reportRefusals(s.in, append(r.Problems(), s.in.loose...))
	if err := r.Err(); err != nil {
		return fmt.Errorf("plan: %w", first(err))
	}
	return planStatus(o.detailed && !r.Empty(), refused)
}

// planStatus returns the exit status. Changes have precedence over refusals.
func planStatus(changes, refused bool) error {
	switch {
	case changes:
		return status(statusChanges)
	case refused:
		return status(statusRefused)
	default:
		return nil
	}
}

// unreadable returns the error of a command that could not observe the cloud.
func (s *session) unreadable(ctx context.Context, command string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w; nothing was changed: %w", command, ended(ctx), first(err))
	}
	return fmt.Errorf("%s: %w; nothing was changed", command, s.cloud.explain(first(err)))
}

// first returns the first of several errors, with the number of the others.
func first(err error) error {
	if guard, ok := errors.AsType[*reconcile.GuardError](err); ok {
		return guard // all load balancers have the same one
	}
	all := failures(err)
	if len(all) < 2 {
		return err
	}
	return fmt.Errorf("%w (and %s)", all[0], count(len(all)-1, "other failure"))
}
