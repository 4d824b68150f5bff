package controller

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"

	"github.com/headgate-io/headgate/provider"
)

var errFenced = &provider.Error{
	Code: provider.Unavailable, Op: "fence",
	Err: errors.New("this process does not lead any more; the request was not sent"),
}

// instrument counts and traces the calls of a provider, and refuses a Do once the fence is down. A
// write in flight is finished: the fence is asked before each batch.
func instrument(o Options, r *reach) provider.Provider {
	return provider.Intercept(o.Provider, func(ctx context.Context, call provider.Call, next func(context.Context) error) error {
		if call.Method == provider.MethodDo && !o.Fence.Holds() {
			return errFenced
		}
		begun := o.Clock.Now()
		ctx, end := o.span(ctx, "headgate.provider."+string(call.Method), attributesOf(call)...)
		err := next(ctx)
		end(err)
		o.Metrics.called(string(call.Method), o.Clock.Now().Sub(begun))
		r.note(err)
		return err
	})
}

func attributesOf(call provider.Call) []attribute.KeyValue {
	switch call.Method {
	case provider.MethodObserve:
		return []attribute.KeyValue{attribute.Int("headgate.load_balancers", len(call.Scope.LoadBalancers))}
	case provider.MethodDo:
		return []attribute.KeyValue{attribute.String("headgate.unit", call.Batch.WriteScope), attribute.Int("headgate.ops", len(call.Batch.Ops))}
	case provider.MethodHealth:
	}
	return nil
}
