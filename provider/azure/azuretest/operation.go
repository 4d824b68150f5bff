package azuretest

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/headgate-io/headgate/clock"
)

// operation is one long-running operation.
type operation struct {
	id       string
	status   string // InProgress, Succeeded, Failed, Canceled
	err      *apiError
	apply    func() // the effect of success, with the server locked
	rollback func(*apiError)
	result   func() any // the body at the Location after success; nil if there is none
	ended    chan struct{}
	pace     pace
	polls    int // that found it in progress
}

// begin starts an operation. Without a delay, it ends before the reply.
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

// finish ends an operation in progress with success, or with the error of FailNextOperation.
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

// announce sets the headers that a client needs to poll an operation (Track asynchronous Azure
// operations). In recorded traffic, replies to DELETE and POST have the Location and those to PUT
// do not, and the ID of the request is that of the operation.
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

// setRetryAfter sets the wait until the next poll, in real time: the service's pause, but at most
// one and a half times the operation's delay. On a fast clock that is less than a second, which
// only the header in milliseconds can express.
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

// pollResult answers a GET of the Location of an operation: 202 with the body null while the
// operation is in progress, then its result.
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
