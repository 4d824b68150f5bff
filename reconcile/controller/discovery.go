package controller

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// discoverer finds the load balancers in the cloud, once, before the first pass.
type discoverer interface {
	Discover(ctx context.Context) ([]model.ID, error)
}

// observer reads what a scope owns in the cloud.
type observer interface {
	Observe(ctx context.Context, scope provider.Scope) ([]provider.Resource, error)
}

// candidateAdder takes candidates for garbage collection.
type candidateAdder interface {
	add(id model.ID)
}

// discovery finds what this cluster owns in the cloud after a start, so that what no object claims
// is collected.
type discovery struct {
	engine     discoverer
	cloud      observer
	owners     claimantLister
	garbage    candidateAdder
	clock      clock.Clock
	log        *slog.Logger
	permission func(error) string

	tried chan struct{} // closed after the first try
}

// firstDiscovery bounds how long passes wait for the first look at the cloud.
const firstDiscovery = 30 * time.Second

// start looks at the cloud until it succeeds. Passes wait for its first try, so that all load
// balancers cost one observation, not one each.
func (d *discovery) start(ctx context.Context) error {
	found, err := d.first(ctx)
	close(d.tried)
	for failures := 0; err != nil; failures++ {
		d.log.WarnContext(ctx, "cannot list what the cluster owns in the cloud; garbage collection waits for it", "error", explain(err, d.permission))
		select {
		case <-ctx.Done():
			return nil
		case <-d.clock.After(retryPolicyFor(provider.CodeOf(err)).delay(failures)):
		}
		found, err = d.again(ctx)
	}
	return d.collect(ctx, found)
}

func (d *discovery) first(ctx context.Context) ([]model.ID, error) {
	ctx, cancel := context.WithTimeout(ctx, firstDiscovery)
	defer cancel()
	return d.engine.Discover(ctx) //nolint:wrapcheck // the log message has the context
}

// again reads the cloud without the engine, because passes have begun by now.
func (d *discovery) again(ctx context.Context) ([]model.ID, error) {
	rs, err := d.cloud.Observe(ctx, provider.Scope{})
	if err != nil {
		return nil, err //nolint:wrapcheck // the log message has the context
	}
	ids := map[model.ID]bool{}
	for i := range rs {
		if id := rs[i].Owner.LoadBalancer; id != "" && !rs[i].External {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids)), nil
}

// collect makes load balancers without any object candidates for garbage collection.
func (d *discovery) collect(ctx context.Context, found []model.ID) error {
	for _, id := range found {
		claiming, released, err := d.owners.claimants(ctx, id)
		if err != nil {
			return err
		}
		if len(claiming)+len(released) == 0 {
			d.garbage.add(id)
		}
	}
	return nil
}
