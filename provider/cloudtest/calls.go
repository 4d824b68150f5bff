package cloudtest

import (
	"net/http"
	"time"
)

// Call is one request that reached the control plane.
type Call struct {
	// Seq numbers the calls in the order of their arrival, from 1 after each Reset.
	Seq int
	// API is the operation that Options.Describe returned.
	API string
	// Kind is whether the call reads, writes or polls.
	Kind Kind
	// Method and Path are of the HTTP request.
	Method, Path string
	// Status is the status of the reply. It is 0 while the call is in progress, and if the client
	// got no reply.
	Status int
	// At is the time of arrival, on the wire's clock.
	At time.Time
}

// Kind is whether a call reads, writes or polls.
type Kind int

// The kinds of call.
const (
	// Read calls return state.
	Read Kind = iota
	// Write calls change state, even if a fault prevents their effect.
	Write
	// Poll calls return the progress of a write, until one has returned its result.
	Poll
)

// String returns the name of the kind.
func (k Kind) String() string {
	switch k {
	case Read:
		return "read"
	case Write:
		return "write"
	case Poll:
		return "poll"
	default:
		return "unknown"
	}
}

// arrive records a call and returns its fate and its latency.
func (w *Wire) arrive(r *http.Request, api string, kind Kind) (*Call, fate, time.Duration) {
	call := &Call{API: api, Kind: kind, Method: r.Method, Path: r.URL.Path, At: w.options.Clock.Now()}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, call)
	call.Seq = len(w.calls)
	fate := w.decide(call)
	if kind == Write && fate.runs() {
		w.writing++
	}
	return call, fate, w.latency
}

// answered records the status of the reply to a call.
func (w *Wire) answered(call *Call, status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	call.Status = status
}

// Calls returns all calls since the last Reset, in the order of their arrival.
func (w *Wire) Calls() []Call { return w.list(func(*Call) bool { return true }) }

// Writes returns the writes since the last Reset, in the order of their arrival.
func (w *Wire) Writes() []Call { return w.list(func(c *Call) bool { return c.Kind == Write }) }

func (w *Wire) list(selected func(*Call) bool) []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []Call
	for _, c := range w.calls {
		if selected(c) {
			list = append(list, *c)
		}
	}
	return list
}

// Reset removes all recorded calls. Faults, latency and a crash stay.
func (w *Wire) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = nil
}
