package azuretest

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/headgate-io/headgate/clock"
)

// operation is one long-running operation. Its reply is the terminal state that a client polls for.
type operation struct {
	id       string
	status   string // InProgress, Succeeded, Failed, Canceled
	err      *apiError
	apply    func() // what success does, under the server's lock
	rollback func(*apiError)
	result   func() any // body at the Location when it has succeeded; nil is none
	ended    chan struct{}
	pace     pace
	polls    int // that have found it at work
}

// begin starts an operation. With no delay it is over before its first reply.
func (s *Server) begin(op *operation) *operation {
	op.id, op.status, op.ended = s.store.guid(), "InProgress", make(chan struct{})
	s.operations[op.id] = op
	if s.options.OperationDelay <= 0 {
		s.finish(op)
		return op
	}
	s.work.Go(func() {
		if clock.Wait(s.life, s.options.Clock, s.options.OperationDelay) != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.finish(op)
	})
	return op
}

// finish ends an operation that still runs: well, or as FailNextOperation has asked for.
func (s *Server) finish(op *operation) {
	if op.status != "InProgress" {
		return
	}
	if len(s.failures) > 0 {
		failure := s.failures[0]
		s.failures = s.failures[1:]
		s.abort(op, "Failed", failure)
		return
	}
	op.status = "Succeeded"
	close(op.ended)
	op.apply()
	s.refresh()
}

// abort ends an operation without its effect.
func (s *Server) abort(op *operation, status string, err *apiError) {
	op.status, op.err = status, err
	close(op.ended)
	if op.rollback != nil {
		op.rollback(err)
	}
	s.refresh()
}

// announce sets the headers by which a client follows an operation (Track asynchronous Azure
// operations). Recorded traffic has the Location with DELETE and POST and never with PUT, and the
// operation's ID as that of the request.
func (s *Server) announce(w http.ResponseWriter, r *http.Request, op *operation, subscription string, location bool) {
	version := r.URL.Query().Get("api-version")
	at := func(kind string) string {
		return fmt.Sprintf("%s/subscriptions/%s/providers/%s/locations/%s/%s/%s?api-version=%s",
			origin(r), subscription, provider, s.options.Location, kind, op.id, version)
	}
	w.Header().Set("Azure-AsyncOperation", at("operations"))
	w.Header().Set("Azure-Asyncnotification", "Enabled")
	w.Header().Set("X-Ms-Request-Id", op.id)
	if location {
		w.Header().Set("Location", at("operationResults"))
	}
	s.setRetryAfter(w, op.pace.first)
}

// setRetryAfter asks for the service's pause or half as much again as the operation's delay,
// whichever is less, in real time. A fast clock makes that less than a second, which only the
// header in milliseconds can say.
func (s *Server) setRetryAfter(w http.ResponseWriter, pause time.Duration) {
	pause = clock.Real(s.options.Clock, min(pause, max(s.options.OperationDelay*3/2, time.Millisecond)))
	if pause < time.Second {
		w.Header().Set("Retry-After-Ms", strconv.Itoa(max(1, int(pause.Milliseconds()))))
		return
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(pause.Seconds()))))
}

func origin(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// poll answers a GET of an operation.
func (s *Server) poll(w http.ResponseWriter, id string) {
	op, ok := s.operations[id]
	if !ok {
		refuse(http.StatusNotFound, "NotFound", "Operation %s was not found.", id).write(w)
		return
	}
	body := map[string]any{"status": op.status}
	if op.err != nil {
		body["error"] = op.err.body()
	}
	if op.status == "InProgress" {
		s.setRetryAfter(w, op.nextPause())
	}
	writeJSON(w, http.StatusOK, body)
}

// pollResult answers a GET of the Location of an operation: 202 with a body of null while it runs,
// then what it has made.
func (s *Server) pollResult(w http.ResponseWriter, r *http.Request, id string) {
	op, ok := s.operations[id]
	switch {
	case !ok:
		refuse(http.StatusNotFound, "NotFound", "Operation %s was not found.", id).write(w)
	case op.status == "InProgress":
		w.Header().Set("Location", origin(r)+r.URL.RequestURI())
		s.setRetryAfter(w, op.nextPause())
		writeJSON(w, http.StatusAccepted, nil)
	case op.err != nil:
		failed := *op.err
		failed.Status = http.StatusConflict
		failed.write(w)
	case op.result == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, http.StatusOK, op.result())
	}
}
