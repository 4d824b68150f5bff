// Package cloudtest holds what the embedded clouds share. A [Wire] stands before the control plane
// of an embedded cloud. It records every call, and injects the faults of real networks and real
// clouds.
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

// maxBody bounds what one request may carry. It lies above the largest document that a cloud's
// control plane takes.
const maxBody = 16 << 20

// Options say what a Wire must know about the cloud behind it.
type Options struct {
	// Clock is what latency and the times of calls follow; nil is the system's.
	Clock clock.Clock
	// Describe names the API operation of a request and tells what it is for; it may read body,
	// which is already buffered. Nil names a call by its method, and all but GET, HEAD and OPTIONS
	// are writes.
	Describe func(r *http.Request, body []byte) (api string, kind Kind)
	// Throttled writes the cloud's own throttling reply; nil is a bare 429.
	Throttled func(w http.ResponseWriter, r *http.Request)
	// Broken writes the cloud's own reply for an internal error; nil is a bare 500.
	Broken func(w http.ResponseWriter, r *http.Request)
}

// A Wire lies between clients and a control plane. All its methods may be called at any time, from
// any goroutine.
type Wire struct {
	options Options

	mu      sync.Mutex
	calls   []*Call
	faults  []*Fault
	latency time.Duration
	crash   *crash
	writing int // writes that are with the control plane now
}

// New is a wire without faults.
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

// SetLatency delays each reply by d on the wire's clock. The effect of the call is not delayed.
func (w *Wire) SetLatency(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.latency = d
}

// Handler puts the wire before next. Next sees whole requests: the body is read before, and at most
// 16 MiB. Its reply is held back until it has returned, so it cannot stream or hijack.
func (w *Wire) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			bare(http.StatusRequestEntityTooLarge)(rw, r)
			return
		}
		// The client went away in the middle: the request never reached the control plane.
		if err != nil {
			cut(rw)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.serve(rw, r, body, next)
	})
}

// serve takes one whole request through the wire: record, effect, latency, reply.
func (w *Wire) serve(rw http.ResponseWriter, r *http.Request, body []byte, next http.Handler) {
	api, kind := w.options.Describe(r, body)
	call, fate, latency := w.arrive(r, api, kind)
	reply := w.effect(call, fate, r, next)
	if latency > 0 {
		// The wait ends early only when the client is gone, and then nobody misses the reply.
		_ = clock.Wait(r.Context(), w.options.Clock, latency)
	}
	if w.lost(fate) {
		cut(rw)
		return
	}
	w.answered(call, reply.status)
	reply.send(rw)
}

// effect runs what the fate of a call lets happen and returns the reply that the cloud makes.
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

// run lets the control plane handle a call, and counts a write as done even when the handler
// panics.
func (w *Wire) run(call *Call, reply *reply, r *http.Request, next http.Handler) {
	if call.Kind == Write {
		defer w.wrote()
	}
	next.ServeHTTP(reply, r)
}
