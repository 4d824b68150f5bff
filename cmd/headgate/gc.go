package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/reconcile"
)

const gcLong = `Delete the load balancers that this cluster owns in the cloud and that no object asks for, with all
their resources.

The clusterID in tags, labels, names and descriptions identifies what this cluster owns. Other
resources are never changed. Pass all objects of the cluster: an object that is left out counts as
deleted. An object that is refused still asks for its load balancer.

--dry-run lists what would be deleted.

A guard stops the command if it would delete more than half of the load balancers, or the only one.
That is the usual result of a wrong folder, a wrong context or a wrong clusterID. --force disables
the guard.

A running controller does this by itself after a grace period. Use gc for load balancers that were
applied from the command line, or after the controller was removed.`

func (p program) gcCommand() *cobra.Command {
	o := new(options)
	c := &cobra.Command{
		Use:   "gc (-f PATH | --kubeconfig FILE) --provider NAME --config FILE [--dry-run]",
		Short: "Delete the load balancers of this cluster that no object asks for",
		Long:  gcLong,
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return p.gc(c.Context(), o) },
	}
	o.inputFlags(c)
	o.cloudFlags(c, p.cloudNames())
	o.outputFlag(c, "(default text)")
	o.timeoutFlag(c)
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "list what would be deleted, without deleting it")
	c.Flags().BoolVar(&o.force, "force", false, "disable the guard against too many deletions")
	return c
}

func (p program) gc(ctx context.Context, o *options) error {
	ctx, cancel := o.bounded(ctx)
	defer cancel()
	s, err := p.begin(ctx, o, reconcile.Guard{Off: o.force, CountSingle: true})
	if err != nil {
		return err
	}
	found, err := s.engine.Discover(ctx)
	if err != nil {
		return s.unreadable(ctx, "gc", err)
	}
	// The cluster is read after the cloud, so that each load balancer that was found has its
	// object.
	if o.kubeconfig != "" {
		if s.in, err = p.load(ctx, o); err != nil {
			return err
		}
	}
	p.reportSkipped(s.in, o.quiet)
	s.drop(found)
	if o.dryRun {
		return s.listCandidates(ctx)
	}
	return s.collect(ctx)
}

// drop drops the load balancers that no object asks for.
func (s *session) drop(found []model.ID) {
	for _, id := range found {
		by, asked := s.in.requestedBy(id)
		switch {
		case !asked:
			s.engine.Drop(id)
		case by != "" && !s.options.quiet:
			s.logf("load balancer %s is retained: %s may ask for it, but cannot be read", id, by)
		}
	}
}

// requestedBy reports whether an object asks for a load balancer. If its load balancer cannot be
// read from an object, the object may ask for its own or for that of any group; requestedBy then
// returns that object.
func (in *input) requestedBy(id model.ID) (by string, asked bool) {
	if slices.Contains(in.ids, id) {
		return "", true
	}
	for _, p := range in.all() {
		if !p.Refuses() || p.Origin.Kind != "Ingress" {
			continue
		}
		lost := slices.Contains(in.loose, p) && id == model.ID(p.Origin.Namespace+"/"+p.Origin.Name)
		if lost || strings.HasPrefix(string(id), "group/") && (slices.Contains(in.loose, p) || p.Origin.Field == groupField) {
			return p.Origin.Object().String(), true
		}
	}
	return "", false
}

const groupField = "metadata.annotations[" + ownDomain + "group]"

// listCandidates lists what would be deleted, also if the guard would stop it, with a warning.
func (s *session) listCandidates(ctx context.Context) error {
	r, err := s.engine.Plan(ctx)
	if err != nil {
		return s.unreadable(ctx, "gc", err)
	}
	if guard, ok := errors.AsType[*reconcile.GuardError](r.Err()); ok { // of each result
		s.logf("gc: without --force, nothing would be deleted: %v", guard)
		for i := range r.Results {
			r.Results[i].Err = nil
		}
	}
	if err := s.write(r); err != nil {
		return err
	}
	if failed := r.Err(); failed != nil {
		return fmt.Errorf("gc: %w", s.cloud.explain(first(failed)))
	}
	return nil
}

// collect deletes the dropped load balancers.
func (s *session) collect(ctx context.Context) error {
	s.applied = true
	r, err := s.engine.Apply(ctx)
	if len(r.Results) == 0 && err != nil {
		return s.unreadable(ctx, "gc", err)
	}
	if guard, ok := errors.AsType[*reconcile.GuardError](r.Err()); ok {
		return fmt.Errorf("gc: %w; nothing was deleted; use --dry-run to list them, --force to delete them", guard)
	}
	if err := s.write(r); err != nil {
		return err
	}
	return s.verdict(ctx, "gc", r, err)
}
