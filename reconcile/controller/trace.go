package controller

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/headgate-io/headgate/model"
)

// span begins a span where there is a tracer. end must be called once.
func (o Options) span(ctx context.Context, name string, attributes ...attribute.KeyValue) (inner context.Context, end func(error)) {
	if o.Tracer == nil {
		return ctx, func(error) {}
	}
	inner, s := o.Tracer.Start(ctx, name, trace.WithAttributes(attributes...))
	return inner, func(err error) {
		if err != nil {
			s.RecordError(err)
			s.SetStatus(codes.Error, err.Error())
		}
		s.End()
	}
}

func (c *controller) span(ctx context.Context, name string, id model.ID) (context.Context, func(error)) {
	return c.o.span(ctx, "headgate."+name, attribute.String("headgate.load_balancer", string(id)))
}
