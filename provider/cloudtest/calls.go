package cloudtest

import (
	"net/http"
	"time"
)

// Call is one request that reached the control plane.
type Call struct {
	// Seq numbers the calls in the order of their arrival, from 1 after each Reset.
	Seq int
	// API is the operation, as Options.Describe names it.
	API string
	// Kind is what the call is for.
	Kind Kind
	// Method and Path are those of the HTTP request.
	Method, Path string
	// Status is what the client was answered; 0 while the call lasts, and for good when its
	// connection was cut.
	Status int
	// At is when the call arrived, on the wire's clock.
	At time.Time
}

// Kind is what a call is for.
type Kind int

// The kinds of call.
const (
	// Read calls ask for state.
	Read Kind = iota
	// Write calls change state, or would have.
	Write
	// Poll calls ask what became of a write that the cloud is still at work on, or was when it was
	// last asked.
	Poll
)

// String names the kind.
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

// arrive records a call and decides what becomes of it.
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

// answered records what the client of a call is told.
func (w *Wire) answered(call *Call, status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	call.Status = status
}

// Calls returns all calls since the last Reset, in the order of their arrival.
func (w *Wire) Calls() []Call { return w.list(func(*Call) bool { return true }) }

// Writes returns the calls since the last Reset that change state, in the order of their arrival.
func (w *Wire) Writes() []Call { return w.list(func(c *Call) bool { return c.Kind == Write }) }

func (w *Wire) list(keep func(*Call) bool) []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []Call
	for _, c := range w.calls {
		if keep(c) {
			list = append(list, *c)
		}
	}
	return list
}

// Reset forgets the calls so far. Faults, latency and a crash stay.
func (w *Wire) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = nil
}
