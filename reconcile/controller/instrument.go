package controller

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

var errFenced = &provider.Error{
	Code: provider.Unavailable, Op: "fence",
	Err: errors.New("this process is no longer the leader; the request was not sent"),
}

// instrumentation is what happens around each call of a provider.
type instrumentation struct {
	leader       leader
	connectivity *connectivity
	metrics      *Metrics
	tracer       tracer
	clock        clock.Clock
}

// instrument counts and traces the calls of a provider, and refuses a Do while this process does
// not lead. It asks before each batch; a write in flight is finished.
func (i instrumentation) instrument(p provider.Provider) provider.Provider {
	return provider.Intercept(p, func(ctx context.Context, call provider.Call, next func(context.Context) error) error {
		if call.Method == provider.MethodDo && !i.leader.MayWrite() {
			return errFenced
		}
		begun := i.clock.Now()
		ctx, end := i.tracer.start(ctx, "headgate.provider."+string(call.Method), attributesOf(call)...)
		err := next(ctx)
		end(err)
		i.metrics.called(string(call.Method), i.clock.Now().Sub(begun))
		i.connectivity.record(err)
		return err
	})
}

func attributesOf(call provider.Call) []attribute.KeyValue {
	switch call.Method {
	case provider.MethodObserve:
		return []attribute.KeyValue{attribute.Int("headgate.load_balancers", len(call.Scope.LoadBalancers))}
	case provider.MethodDo:
		return []attribute.KeyValue{attribute.String("headgate.write_scope", call.Batch.WriteScope), attribute.Int("headgate.ops", len(call.Batch.Ops))}
	case provider.MethodHealth:
	}
	return nil
}
