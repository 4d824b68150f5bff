package controller

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Transport counts, times and traces the calls of a cloud's SDK to its API. base sends them; nil is net/http's default. name gives the operation of a
// request, of which there must be few; it may read the body of a request through its GetBody alone.
func Transport(base http.RoundTripper, m *Metrics, t trace.Tracer, name func(*http.Request) string) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{base: base, metrics: m, tracer: t, name: name}
}

type transport struct {
	base    http.RoundTripper
	metrics *Metrics
	tracer  trace.Tracer
	name    func(*http.Request) string
}

// RoundTrip sends one request.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r, err := readable(r)
	if err != nil {
		return nil, err
	}
	api := t.name(r)
	begun := time.Now()
	if t.tracer != nil {
		ctx, span := t.tracer.Start(r.Context(), api, trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(attribute.String("http.request.method", r.Method), attribute.String("server.address", r.URL.Host)))
		defer span.End()
		r = r.WithContext(ctx)
	}
	resp, err := t.base.RoundTrip(r)
	status := 0
	if resp != nil {
		status = resp.StatusCode
	}
	if span := trace.SpanFromContext(r.Context()); t.tracer != nil {
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status == 0 || status >= http.StatusBadRequest {
			span.SetStatus(codes.Error, http.StatusText(status))
		}
	}
	t.metrics.sent(api, status, time.Since(begun))
	return resp, err //nolint:wrapcheck // a transport returns what it got
}

// maxForm is the largest body that is kept in memory to be named by. AWS's are far smaller.
const maxForm = 1 << 20

// readable gives a request that is a form a body which can be read more than once: the operation of some APIs stands nowhere else.
func readable(r *http.Request) (*http.Request, error) {
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	if !form || r.Body == nil || r.GetBody != nil || r.ContentLength <= 0 || r.ContentLength > maxForm {
		return r, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm))
	closed := r.Body.Close()
	if err = errors.Join(err, closed); err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	r = r.Clone(r.Context())
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r, nil
}

func (m *Metrics) sent(api string, status int, took time.Duration) {
	if m == nil {
		return
	}
	m.calls.WithLabelValues(api, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(api).Observe(took.Seconds())
}
