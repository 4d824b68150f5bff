package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

const applyLong = `Bring the cloud to what the objects ask for. It waits where the cloud does, up to --timeout.

An object that is refused is named on standard error, all else is applied, and the exit status is 3. Where a certificate, or a rule or path of an Ingress,
cannot be read any more, and the plan would take away what may have been served by it, all routes of that load balancer stay as they are until the
object is mended, or asks for less itself: the report marks that with "=" and "spared". Endpoints go on.`

func (p program) applyCommand() *cobra.Command {
	o := new(options)
	c := &cobra.Command{
		Use:   "apply -f PATH --provider NAME --config FILE",
		Short: "Bring the cloud to what the objects ask for",
		Long:  applyLong,
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return p.apply(c.Context(), o) },
	}
	o.inputFlags(c)
	o.cloudFlags(c, p.cloudNames())
	o.outputFlag(c, "(default text)")
	o.timeoutFlag(c)
	c.Flags().BoolVar(&o.prune, "prune", false, "also delete the load balancers of this cluster that the input does not ask for")
	return c
}

func (p program) deleteCommand() *cobra.Command {
	o := new(options)
	c := &cobra.Command{
		Use:   "delete -f PATH --provider NAME --config FILE",
		Short: "Delete the load balancers that the objects ask for, and all that belongs to them",
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
	p.mention(s.in, o.quiet)
	s.want()
	if err := s.prune(ctx); err != nil {
		return s.unreadable(ctx, "apply", err)
	}
	return s.carryOut(ctx, "apply")
}

// delete takes the guard off: a person has named what is to go.
func (p program) delete(ctx context.Context, o *options) error {
	ctx, cancel := o.bounded(ctx)
	defer cancel()
	s, err := p.begin(ctx, o, reconcile.Guard{Off: true})
	if err != nil {
		return err
	}
	p.mention(s.in, o.quiet)
	// what is wrong with an object does not matter when it goes
	s.in.problems, s.in.loose = nil, nil
	for _, id := range s.in.ids {
		s.engine.Drop(id)
	}
	return s.carryOut(ctx, "delete")
}

// carryOut applies what the engine was told, reports, and says what is left.
func (s *session) carryOut(ctx context.Context, command string) error {
	s.applied = true
	r, err := s.engine.Apply(ctx)
	if len(r.Results) == 0 && err != nil {
		return s.unreadable(ctx, command, err)
	}
	s.complete(&r)
	if err := s.write(r); err != nil {
		return err
	}
	refused := s.complain(s.in, append(r.Problems(), s.in.loose...))
	if err := s.verdict(ctx, command, r, err); err != nil {
		return err
	}
	if refused {
		return status(statusRefused)
	}
	return nil
}

// verdict is the one line about an apply that did not come to its end.
func (s *session) verdict(ctx context.Context, command string, r reconcile.Report, err error) error {
	left := r.Remaining()
	failed := r.Err()
	switch {
	case ctx.Err() != nil && (len(left) > 0 || err != nil):
		return fmt.Errorf("%s: %w; %s: run it again to go on", command, ended(ctx), leftovers(left))
	case failed != nil:
		return fmt.Errorf("%s: %w", command, s.cloud.explain(first(failed)))
	case len(left) > 0:
		return fmt.Errorf("%s: %s", command, leftovers(left))
	case err != nil && r.Again > 0:
		return fmt.Errorf("%s: %w", command, s.cloud.explain(first(err)))
	default:
		return nil
	}
}

var errInterrupted = errors.New("interrupted, writes in flight were finished")

// ended is why a context ended.
func ended(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, errTimeout) {
		return err
	}
	return errInterrupted
}

// leftovers says how many ops are left, and what the first of them waits for.
func leftovers(left []reconcile.Step) string {
	if len(left) == 0 {
		return "the cloud has yet to finish"
	}
	s := left[0]
	text := fmt.Sprintf("%s left, first %s %s", count(len(left), "op"), s.Action, s.Key)
	switch {
	case s.Wait != "":
		return text + " (" + s.Wait + ")"
	case s.Outcome != nil && s.Outcome.Err != nil:
		return text + " (" + s.Outcome.Err.Error() + ")"
	case s.Outcome != nil && s.Outcome.State == provider.Pending:
		return text + " (the cloud is busy with it)"
	default:
		return text
	}
}
