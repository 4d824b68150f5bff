package controller

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/headgate-io/headgate/model"
)

// tracer starts spans. Without an OpenTelemetry tracer it starts none.
type tracer struct{ otel trace.Tracer }

// start starts a span. The caller calls end once.
func (t tracer) start(ctx context.Context, name string, attributes ...attribute.KeyValue) (inner context.Context, end func(error)) {
	if t.otel == nil {
		return ctx, func(error) {}
	}
	inner, s := t.otel.Start(ctx, name, trace.WithAttributes(attributes...))
	return inner, func(err error) {
		if err != nil {
			s.RecordError(err)
			s.SetStatus(codes.Error, err.Error())
		}
		s.End()
	}
}

func balancerAttribute(id model.ID) attribute.KeyValue {
	return attribute.String("headgate.load_balancer", string(id))
}
