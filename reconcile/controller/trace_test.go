package controller

import (
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/headgate-io/headgate/provider/fake"
)

// recordSpans records the spans of a controller.
func recordSpans(r *tracetest.SpanRecorder) setting {
	p := sdk.NewTracerProvider(sdk.WithSpanProcessor(r))
	return func(o *Options, _ *fake.CloudOptions) { o.Tracer = p.Tracer("test") }
}

// passes returns the number of passes over each load balancer.
func passes(r *tracetest.SpanRecorder) map[string]int {
	out := map[string]int{}
	for _, s := range r.Ended() {
		if s.Name() == "headgate.reconcile" {
			out[attributeOf(s, "headgate.load_balancer")]++
		}
	}
	return out
}

func attributeOf(s sdk.ReadOnlySpan, name string) string {
	for _, a := range s.Attributes() {
		if a.Key == attribute.Key(name) {
			return a.Value.String()
		}
	}
	return ""
}

func TestSpansOfTheProviderAreChildrenOfTheirPass(t *testing.T) {
	r := tracetest.NewSpanRecorder()
	inBubble(t, func(_ *testing.T, e *env) { e.shop() }, recordSpans(r))
	parents := map[string]string{}
	byID := map[string]string{}
	for _, s := range r.Ended() {
		byID[s.SpanContext().SpanID().String()] = s.Name()
	}
	for _, s := range r.Ended() {
		parents[s.Name()] = byID[s.Parent().SpanID().String()]
	}
	if parents["headgate.provider.do"] != "headgate.sync" || parents["headgate.sync"] != "headgate.reconcile" {
		t.Errorf("parents: %v", parents)
	}
}
