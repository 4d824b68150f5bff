// Package cloudtest contains what the embedded clouds share. A [Wire] is in front of the control
// plane of an embedded cloud: it records every call, and injects the faults of networks and clouds.
// [Routed] describes what a data plane does with a request.
package cloudtest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/headgate-io/headgate/clock"
)

// maxBody limits the body of a request. It exceeds the largest document that a cloud accepts.
const maxBody = 16 << 20

// Options configure a [Wire].
type Options struct {
	// Clock times latency and the records of calls; nil is the system clock.
	Clock clock.Clock
	// Describe returns the API operation and the kind of a request. The body is buffered already.
	// If it is nil, the operation is the method, and all methods but GET, HEAD and OPTIONS are
	// writes.
	Describe func(r *http.Request, body []byte) (api string, kind Kind)
	// Throttled writes the cloud's reply for too many calls; nil is a bare 429.
	Throttled func(w http.ResponseWriter, r *http.Request)
	// Broken writes the cloud's reply for an internal error; nil is a bare 500.
	Broken func(w http.ResponseWriter, r *http.Request)
}

// Wire is between clients and a control plane. All methods are safe for concurrent use.
type Wire struct {
	options Options

	mu      sync.Mutex
	calls   []*Call
	faults  []*Fault
	latency time.Duration
	crash   *crash
	writing int // writes that the control plane is handling
}

// New returns a wire without faults.
func New(o Options) *Wire {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Describe == nil {
		o.Describe = describe
	}
	if o.Throttled == nil {
		o.Throttled = bare(http.StatusTooManyRequests)
	}
	if o.Broken == nil {
		o.Broken = bare(http.StatusInternalServerError)
	}
	return &Wire{options: o}
}

func describe(r *http.Request, _ []byte) (string, Kind) {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return r.Method, Read
	default:
		return r.Method, Write
	}
}

func bare(status int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, http.StatusText(status), status) }
}

// SetLatency delays each reply by d on the wire's clock. It does not delay the effect of a call.
func (w *Wire) SetLatency(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.latency = d
}

// Handler returns a handler that passes calls through the wire to next. It reads the whole body of
// a request first, which is at most 16 MiB. It delays the reply until next has returned, so that
// next cannot stream or hijack.
func (w *Wire) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			bare(http.StatusRequestEntityTooLarge)(rw, r)
			return
		}
		// The client is gone, and the request has not reached the control plane.
		if err != nil {
			cut(rw)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.serve(rw, r, body, next)
	})
}

// serve handles one whole request: it records the call, has its effect, waits, and replies.
func (w *Wire) serve(rw http.ResponseWriter, r *http.Request, body []byte, next http.Handler) {
	api, kind := w.options.Describe(r, body)
	call, fate, latency := w.arrive(r, api, kind)
	reply := w.effect(call, fate, r, next)
	if latency > 0 {
		// The wait ends early only if the client is gone, which then needs no reply.
		_ = clock.Wait(r.Context(), w.options.Clock, latency)
	}
	if w.lost(fate) {
		cut(rw)
		return
	}
	w.answered(call, reply.status)
	reply.send(rw)
}

// effect handles a call as its fate permits, and returns the reply of the cloud.
func (w *Wire) effect(call *Call, fate fate, r *http.Request, next http.Handler) *reply {
	reply := newReply()
	if fate.runs() {
		w.run(call, reply, r, next)
	}
	switch fate {
	case throttled:
		w.options.Throttled(reply, r)
	case failedBefore:
		w.options.Broken(reply, r)
	case failedAfter:
		reply = newReply()
		w.options.Broken(reply, r)
	case passed, lostAfter, refused:
	}
	return reply
}

// run lets the control plane handle a call. It counts a write as done even if the handler panics.
func (w *Wire) run(call *Call, reply *reply, r *http.Request, next http.Handler) {
	if call.Kind == Write {
		defer w.wrote()
	}
	next.ServeHTTP(reply, r)
}
