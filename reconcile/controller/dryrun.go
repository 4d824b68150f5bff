package controller

import (
	"context"
	"fmt"
	"strings"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// planNotices tells the objects of a load balancer what a dry run would do; the whole plan is
// logged. The same plan is told once.
func (c *controller) planNotices(ctx context.Context, b *balancer, r reconcile.Report) []notice {
	if !c.o.DryRun || r.Empty() {
		return nil
	}
	var whole strings.Builder
	if err := r.WriteText(&whole, reconcile.TextOptions{Provider: c.o.Provider.Name()}); err != nil {
		return nil
	}
	text := summary(r.Results[0].Steps)
	c.log.InfoContext(ctx, "planned", "loadBalancer", r.Results[0].ID, "plan", whole.String())
	out := make([]notice, 0, len(b.origins))
	for _, o := range b.origins {
		out = append(out, notice{about: o.Object(), reason: "Planned", action: "Plan", normal: true, of: whole.String(), text: &text})
	}
	return out
}

// summary is how many ops of each kind there are, and which.
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
