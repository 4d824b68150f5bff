package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

const applyLong = `Create, change and delete load balancers as the objects ask for, and wait until the cloud is done,
up to --timeout.

If an object is refused, a line on standard error has the reason. Everything else is applied, and
the exit status is 3.

If a rule, a path or a certificate of an Ingress can no longer be read, the last known good routes
of its load balancer are retained until the Ingress is fixed. The report lists them with "=".
Endpoints are updated as usual.`

func (p program) applyCommand() *cobra.Command {
	o := new(options)
	c := &cobra.Command{
		Use:   "apply -f PATH --provider NAME --config FILE",
		Short: "Create, change and delete load balancers as the objects ask for",
		Long:  applyLong,
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return p.apply(c.Context(), o) },
	}
	o.inputFlags(c)
	o.cloudFlags(c, p.cloudNames())
	o.outputFlag(c, "(default text)")
	o.timeoutFlag(c)
	c.Flags().BoolVar(&o.prune, "prune", false, pruneUsage)
	return c
}

const pruneUsage = "also delete the load balancers of this cluster that no object asks for"

func (p program) deleteCommand() *cobra.Command {
	o := new(options)
	c := &cobra.Command{
		Use:   "delete -f PATH --provider NAME --config FILE",
		Short: "Delete the load balancers that the objects ask for, with all their resources",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return p.delete(c.Context(), o) },
	}
	o.inputFlags(c)
	o.cloudFlags(c, p.cloudNames())
	o.outputFlag(c, "(default text)")
	o.timeoutFlag(c)
	return c
}

func (p program) apply(ctx context.Context, o *options) error {
	ctx, cancel := o.bounded(ctx)
	defer cancel()
	s, err := p.begin(ctx, o, reconcile.Guard{})
	if err != nil {
		return err
	}
	p.reportSkipped(s.in, o.quiet)
	s.want()
	if err := s.prune(ctx); err != nil {
		return s.unreadable(ctx, "apply", err)
	}
	return s.applyAll(ctx, "apply")
}

// delete disables the guard, because a person has named the load balancers to delete.
func (p program) delete(ctx context.Context, o *options) error {
	ctx, cancel := o.bounded(ctx)
	defer cancel()
	s, err := p.begin(ctx, o, reconcile.Guard{Off: true})
	if err != nil {
		return err
	}
	p.reportSkipped(s.in, o.quiet)
	// the problems of objects do not matter for their deletion
	s.in.problems, s.in.loose = nil, nil
	for _, id := range s.in.ids {
		s.engine.Drop(id)
	}
	return s.applyAll(ctx, "delete")
}

// applyAll applies the desired state of the engine and writes the report.
func (s *session) applyAll(ctx context.Context, command string) error {
	s.applied = true
	r, err := s.engine.Apply(ctx)
	if len(r.Results) == 0 && err != nil {
		return s.unreadable(ctx, command, err)
	}
	s.complete(&r)
	if err := s.write(r); err != nil {
		return err
	}
	refused := s.reportRefusals(s.in, append(r.Problems(), s.in.loose...))
	if err := s.verdict(ctx, command, r, err); err != nil {
		return err
	}
	if refused {
		return status(statusRefused)
	}
	return nil
}

// verdict returns an error of one line if the apply is not complete.
func (s *session) verdict(ctx context.Context, command string, r reconcile.Report, err error) error {
	left := r.Remaining()
	failed := r.Err()
	switch {
	case ctx.Err() != nil && (len(left) > 0 || err != nil):
		return fmt.Errorf("%s: %w; %s; run the command again to continue", command, ended(ctx), describeRemaining(left))
	case failed != nil:
		return fmt.Errorf("%s: %w", command, s.cloud.explain(first(failed)))
	case len(left) > 0:
		return fmt.Errorf("%s: %s", command, describeRemaining(left))
	case err != nil && r.Again > 0:
		return fmt.Errorf("%s: %w", command, s.cloud.explain(first(err)))
	default:
		return nil
	}
}

var errInterrupted = errors.New("interrupted, writes in flight were finished")

// ended returns why a context ended.
func ended(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, errTimeout) {
		return err
	}
	return errInterrupted
}

// describeRemaining returns how many ops remain, and the first of them with its reason.
func describeRemaining(left []reconcile.Step) string {
	if len(left) == 0 {
		return "the cloud is still provisioning"
	}
	s := left[0]
	text := fmt.Sprintf("%s remaining, first: %s %s", count(len(left), "change"), s.Action, s.Key)
	switch {
	case s.Wait != "":
		return text + " (" + s.Wait + ")"
	case s.Outcome != nil && s.Outcome.Err != nil:
		return text + " (" + s.Outcome.Err.Error() + ")"
	case s.Outcome != nil && s.Outcome.State == provider.Pending:
		return text + " (in progress)"
	default:
		return text
	}
}
