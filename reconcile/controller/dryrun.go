package controller

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// planReporter reports what a dry run would do. A nil planReporter reports nothing.
type planReporter struct {
	provider string // its name
	log      *slog.Logger
}

// events returns an event with a summary of the plan for each object of a load balancer, and logs
// the whole plan.
func (p *planReporter) events(ctx context.Context, origins []model.Ref, r reconcile.Report) []event {
	if p == nil || r.Empty() {
		return nil
	}
	var whole strings.Builder
	if err := r.WriteText(&whole, reconcile.TextOptions{Provider: p.provider}); err != nil {
		return nil
	}
	p.log.InfoContext(ctx, "planned", "loadBalancer", r.Results[0].ID, "plan", whole.String())
	key, note := eventKey{reason: "Planned", action: "Plan", normal: true, detail: whole.String()}, summary(r.Results[0].Steps)
	out := make([]event, 0, len(origins))
	for _, o := range origins {
		key.object = o.Object()
		out = append(out, event{key, note})
	}
	return out
}

// summary returns how many steps of each action there are, and on which resources.
func summary(steps []reconcile.Step) string {
	var parts []string
	for _, a := range []provider.Action{provider.Create, provider.Update, provider.Delete} {
		var keys []string
		for _, s := range steps {
			if s.Action == a {
				keys = append(keys, s.Key.String())
			}
		}
		if len(keys) > 0 {
			parts = append(parts, fmt.Sprintf("%s %d: %s", a, len(keys), strings.Join(keys, ", ")))
		}
	}
	return "dry run, nothing was changed; would " + strings.Join(parts, "; ")
}
