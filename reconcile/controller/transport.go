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

// TransportOptions are the options of a [Transport]. Name is required.
type TransportOptions struct {
	// Base sends requests. The default is that of net/http.
	Base http.RoundTripper
	// Name returns the operation of a request, which becomes a label of metrics: there must be few.
	// It may read the body of a request only by its GetBody.
	Name func(*http.Request) string
	// Metrics records each request. It may be nil.
	Metrics *Metrics
	// Tracer starts a span for each request. It may be nil.
	Tracer trace.Tracer
	// Fence refuses every request while this process does not lead. It may be nil. The controller
	// itself asks the fence before each batch only; a batch may be several requests, and the
	// process may be suspended between two of them.
	Fence *Fence
}

// Transport returns a transport that counts, times, traces and fences the calls of a cloud's SDK.
func Transport(o TransportOptions) http.RoundTripper {
	if o.Base == nil {
		o.Base = http.DefaultTransport
	}
	return &transport{o}
}

type transport struct{ o TransportOptions }

// RoundTrip sends one request.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r, err := readable(r)
	if err != nil {
		return nil, err
	}
	api := t.o.Name(r)
	begun := time.Now()
	if t.o.Tracer != nil {
		ctx, span := t.o.Tracer.Start(r.Context(), api, trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(attribute.String("http.request.method", r.Method), attribute.String("server.address", r.URL.Host)))
		defer span.End()
		r = r.WithContext(ctx)
	}
	resp, err := t.send(r)
	status := 0
	if resp != nil {
		status = resp.StatusCode
	}
	if span := trace.SpanFromContext(r.Context()); t.o.Tracer != nil {
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status == 0 || status >= http.StatusBadRequest {
			span.SetStatus(codes.Error, http.StatusText(status))
		}
	}
	t.o.Metrics.sent(api, status, time.Since(begun))
	return resp, err //nolint:wrapcheck // a transport returns the error of its base
}

// send sends a request if this process leads. It asks right before it sends.
func (t *transport) send(r *http.Request) (*http.Response, error) {
	if t.o.Fence.MayWrite() {
		return t.o.Base.RoundTrip(r) //nolint:wrapcheck // a transport returns the error of its base
	}
	if r.Body != nil {
		_ = r.Body.Close() // a transport closes the body even if it fails (net/http, RoundTripper)
	}
	return nil, errFenced
}

// maxForm is the largest form that is read to name a request. The forms of AWS are far smaller.
const maxForm = 1 << 20

// readable returns a request whose form can be read more than once by GetBody: some APIs have the
// operation only there.
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

func (m *Metrics) sent(api string, status int, d time.Duration) {
	if m == nil {
		return
	}
	m.calls.WithLabelValues(api, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(api).Observe(d.Seconds())
}
