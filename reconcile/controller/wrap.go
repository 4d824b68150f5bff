package controller

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

var errFenced = errors.New("this process does not lead any more; the request was not sent")

// watched is a provider whose calls are counted, traced and fenced.
type watched struct {
	provider.Provider
	o     Options
	reach *reach
}

type watchedHealth struct {
	*watched
	health provider.HealthReader
}

// wrap gives the provider's calls to metrics and traces, and refuses writes once the fence is down.
// It has the optional interfaces that the provider has.
func wrap(o Options, r *reach) provider.Provider {
	w := &watched{o.Provider, o, r}
	health, tells := o.Provider.(provider.HealthReader)
	stager, stages := o.Provider.(provider.Stager)
	switch {
	case tells && stages:
		return struct {
			*watchedHealth
			provider.Stager
		}{&watchedHealth{w, health}, stager}
	case tells:
		return &watchedHealth{w, health}
	case stages:
		return struct {
			*watched
			provider.Stager
		}{w, stager}
	default:
		return w
	}
}

// Observe reads what a scope owns.
func (w *watched) Observe(ctx context.Context, scope provider.Scope) ([]provider.Resource, error) {
	ctx, end := w.begin(ctx, "observe", attribute.Int("headgate.load_balancers", len(scope.LoadBalancers)))
	rs, err := w.Provider.Observe(ctx, scope)
	end(err)
	return rs, err //nolint:wrapcheck // it is the provider's, as it is
}

// Do carries out a batch while this process leads. A write in flight is finished; the fence is
// asked before each batch, which is one write where the cloud allows.
func (w *watched) Do(ctx context.Context, b provider.Batch) []provider.Outcome {
	if !w.o.Fence.Holds() {
		return refuseAll(b)
	}
	ctx, end := w.begin(ctx, "do", attribute.String("headgate.unit", b.Unit), attribute.Int("headgate.ops", len(b.Ops)))
	out := w.Provider.Do(ctx, b)
	end(firstFailure(out))
	return out
}

func refuseAll(b provider.Batch) []provider.Outcome {
	out := make([]provider.Outcome, len(b.Ops))
	for i, op := range b.Ops {
		out[i] = provider.Outcome{Key: op.Key, State: provider.Failed,
			Err: &provider.Error{Code: provider.Unavailable, Op: "do", Key: op.Key, Err: errFenced}}
	}
	return out
}

func firstFailure(out []provider.Outcome) error {
	for _, o := range out {
		if o.State == provider.Failed {
			return o.Err
		}
	}
	return nil
}

// begin starts a span and the time of one call.
func (w *watched) begin(ctx context.Context, call string, a ...attribute.KeyValue) (context.Context, func(error)) {
	begun := w.o.Clock.Now()
	ctx, end := w.o.span(ctx, "headgate.provider."+call, a...)
	return ctx, func(err error) {
		w.reach.note(err)
		w.o.Metrics.called(call, w.o.Clock.Now().Sub(begun))
		end(err)
	}
}

// Health reads how the cloud sees the endpoints of groups.
func (w *watchedHealth) Health(ctx context.Context, have []provider.Resource) (map[provider.Key][]provider.EndpointHealth, error) {
	ctx, end := w.begin(ctx, "health")
	h, err := w.health.Health(ctx, have)
	end(err)
	return h, err //nolint:wrapcheck // it is the provider's, as it is
}

// Registered is what an observed membership holds.
func (w *watchedHealth) Registered(have provider.Resource) []model.Endpoint {
	return w.health.Registered(have)
}
