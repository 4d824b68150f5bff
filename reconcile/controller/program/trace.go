package program

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// traces is the destination of spans. The tracer is nil if there is none.
type traces struct {
	tracer trace.Tracer
	end    func()
}

// flushTime bounds how long a process that ends waits until its last spans are sent.
const flushTime = 5 * time.Second

func (f *flags) traces(ctx context.Context, cloud, cluster string) (traces, error) {
	if f.otlpEndpoint == "" && os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return traces{end: func() {}}, nil
	}
	var o []otlptracehttp.Option
	if f.otlpEndpoint != "" {
		o = append(o, otlptracehttp.WithEndpointURL(f.otlpEndpoint))
	}
	exporter, err := otlptracehttp.New(ctx, o...)
	if err != nil {
		return traces{}, fmt.Errorf("--otlp-endpoint: %w", err)
	}
	about := resource.NewSchemaless(attribute.String("service.name", "headgate-"+cloud), attribute.String("k8s.cluster.name", cluster))
	p := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	return traces{tracer: p.Tracer("github.com/headgate-io/headgate"), end: func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
		defer cancel()
		_ = p.Shutdown(ctx) // only the spans are lost
	}}, nil
}
