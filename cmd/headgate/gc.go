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

const gcLong = `Delete the load balancers, and all that belongs to them, which this cluster owns in the cloud and no object asks for.

What is this cluster's is told by its clusterID, in tags, labels, names and descriptions; what belongs to another cluster or to nobody is never
touched. Objects are read from manifests (-f) or from a live cluster (--kubeconfig), which is read after the cloud, so that a load balancer
that came meanwhile has its object. An object that is refused asks for its load balancer like any other. Give all objects of the cluster:
what is left out counts as deleted.

--dry-run lists what would go, and deletes nothing.

A guard stops with exit status 1, and nothing is deleted, where more than half of the load balancers would go at once, or the only one
there is: that is what a wrong folder, a wrong context or a wrong clusterID looks like. --force takes the guard off.

A running controller collects by itself, after a time of grace. This command is for what it let go without cleaning up, for what was applied from the
command line, and for a cluster whose controller is gone.`

func (p program) gcCommand() *cobra.Command {
	o := new(options)
	c := &cobra.Command{
		Use:   "gc (-f PATH | --kubeconfig FILE) --provider NAME --config FILE [--dry-run]",
		Short: "Delete what the cluster owns in the cloud and no object asks for",
		Long:  gcLong,
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return p.gc(c.Context(), o) },
	}
	o.inputFlags(c)
	o.cloudFlags(c, p.cloudNames())
	o.outputFlag(c, "(default text)")
	o.timeoutFlag(c)
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "list what would be deleted, and delete nothing")
	c.Flags().BoolVar(&o.force, "force", false, "delete even more than half of the load balancers at once")
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
	if o.kubeconfig != "" { // what the cloud had a moment ago has its object by now
		if s.in, err = p.gather(ctx, o); err != nil {
			return err
		}
	}
	p.mention(s.in, o.quiet)
	s.drop(found)
	if o.dryRun {
		return s.listOrphans(ctx)
	}
	return s.collect(ctx)
}

// drop tells the engine to let go what no object asks for.
func (s *session) drop(found []model.ID) {
	for _, id := range found {
		by, asked := s.in.asker(id)
		switch {
		case !asked:
			s.engine.Drop(id)
		case by != "" && !s.options.quiet:
			s.say("load balancer %s is kept: %s may ask for it, and cannot be read", id, by)
		}
	}
}

// asker tells whether an object asks for a load balancer. One that cannot be read so far that its
// load balancer is known may ask for its own or for that of any group; it is named then.
func (in *input) asker(id model.ID) (by string, asked bool) {
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

// listOrphans shows what would go. The guard stops no list; that it would stop the rest is said.
func (s *session) listOrphans(ctx context.Context) error {
	r, err := s.engine.Plan(ctx)
	if err != nil {
		return s.unreadable(ctx, "gc", err)
	}
	if guard, ok := errors.AsType[*reconcile.GuardError](r.Err()); ok { // each that would go has it
		s.say("gc: without --force nothing would be deleted: %v", guard)
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

// collect deletes what was dropped.
func (s *session) collect(ctx context.Context) error {
	s.applied = true
	r, err := s.engine.Apply(ctx)
	if len(r.Results) == 0 && err != nil {
		return s.unreadable(ctx, "gc", err)
	}
	if guard, ok := errors.AsType[*reconcile.GuardError](r.Err()); ok {
		return fmt.Errorf("gc: %w; nothing was deleted; --dry-run lists them, --force lets them go", guard)
	}
	if err := s.write(r); err != nil {
		return err
	}
	return s.verdict(ctx, "gc", r, err)
}
