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

// TransportOptions say what a [Transport] does with requests. Name is needed.
type TransportOptions struct {
	// Base sends requests; nil is net/http's default.
	Base http.RoundTripper
	// Name gives the operation of a request, of which there must be few; it may read the body of a
	// request through its GetBody alone.
	Name func(*http.Request) string
	// Metrics and Tracer are told of each request, where given.
	Metrics *Metrics
	Tracer  trace.Tracer
	// Fence, where given, refuses every request while this process does not lead. The controller
	// asks it before each batch; a batch may be several requests, and the process may be stopped
	// between two of them.
	Fence *Fence
}

// Transport counts, times, traces and fences the calls of a cloud's SDK to its API.
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
	return resp, err //nolint:wrapcheck // a transport returns what it got
}

// send sends a request unless the fence is down. Nothing comes between the question and the
// request.
func (t *transport) send(r *http.Request) (*http.Response, error) {
	if t.o.Fence.Holds() {
		return t.o.Base.RoundTrip(r) //nolint:wrapcheck // a transport returns what it got
	}
	if r.Body != nil {
		_ = r.Body.Close() // a transport closes it, also when it fails (net/http, RoundTripper)
	}
	return nil, errFenced
}

// maxForm is the largest body that is kept in memory to be named by. AWS's are far smaller.
const maxForm = 1 << 20

// readable gives a request that is a form a body which can be read more than once: the operation of
// some APIs stands nowhere else.
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
