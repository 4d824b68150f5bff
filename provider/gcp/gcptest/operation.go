package gcptest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/headgate-io/headgate/clock"
)

// operation is an accepted write. It is done when its effect is visible.
type operation struct {
	key      key
	id       string
	kind     string // operationType
	target   key
	targetID any
	started  time.Time
	ended    time.Time
	failure  *fault
	done     chan struct{}
	request  string
	// api is the method that started it.
	api string
}

// newOperation records an operation in the scope of its target. The server must be locked.
func (s *Server) newOperation(c *call, target key, targetID any) *operation {
	id, requestID := s.state.nextID(), c.query.Get("requestId")
	op := &operation{id: id, kind: c.operationType(), target: target, targetID: targetID, started: s.clock.Now(), done: make(chan struct{}),
		request: requestID, api: c.api()}
	op.key = key{project: target.project, scope: target.scope, collection: "operations",
		name: fmt.Sprintf("operation-%d-%s", op.started.UnixMilli(), id)}
	s.state.operations[op.key] = op
	if requestID != "" {
		s.state.requests[target.project+"/"+requestID] = op
	}
	return op
}

// document returns the operation in the form of the API, running or finished.
func (op *operation) document(finished bool) document {
	doc := document{
		"kind": "compute#operation", "id": op.id, "name": op.key.name, "operationType": op.kind, "progress": 0, "status": "RUNNING",
		"insertTime": stamp(op.started), "startTime": stamp(op.started), "selfLink": op.key.link(), "targetLink": op.target.link(),
		"targetId": op.targetID, "user": "user@example.com",
	}
	switch op.key.scope.level {
	case regional:
		doc["region"] = apiRoot + "projects/" + op.key.project + "/" + op.key.scope.String()
	case zonal:
		doc["zone"] = apiRoot + "projects/" + op.key.project + "/" + op.key.scope.String()
	case global:
	}
	if op.request != "" {
		doc["clientOperationId"] = op.request
	}
	if finished {
		op.close(doc)
	}
	return doc
}

func (op *operation) close(doc document) {
	doc["status"], doc["progress"], doc["endTime"] = "DONE", 100, stamp(op.ended)
	if op.failure == nil {
		return
	}
	doc["httpErrorStatusCode"] = op.failure.status
	doc["httpErrorMessage"] = http.StatusText(op.failure.status)
	doc["error"] = map[string]any{"errors": []any{map[string]any{"code": op.failure.reason, "message": op.failure.message}}}
}

// finished reports whether the operation is done. The server must be locked.
func (op *operation) finished() bool {
	select {
	case <-op.done:
		return true
	default:
		return false
	}
}

// start runs an operation that is alone on its resource. The server must be locked.
func (s *Server) start(op *operation, effect func()) {
	s.run(op, effect, func() { delete(s.state.pending, op.target) })
}

// startShared runs an operation that allows others on its resource. The server must be locked.
func (s *Server) startShared(op *operation, effect func()) {
	s.run(op, effect, func() { s.state.shared[op.target]-- })
}

// run finishes an operation at once or after the configured delay.
func (s *Server) run(op *operation, effect, release func()) {
	if f, ok := s.popFailure(op); ok {
		op.failure, effect = f, func() {}
	}
	finish := func() {
		release()
		effect()
		op.ended = s.clock.Now()
		close(op.done)
		s.stateChanged()
	}
	if s.options.OperationDelay <= 0 {
		finish()
		return
	}
	s.work.Go(func() {
		if clock.Wait(s.life, s.clock, s.options.OperationDelay) != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		finish()
	})
}

// FailOperation makes the next operation of an API method ("backendServices.patch") fail without
// effect. The status is the HTTP status in the operation, and the code is its error code
// ("QUOTA_EXCEEDED").
func (s *Server) FailOperation(api string, status int, code, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures[api] = &fault{status: status, reason: code, message: message}
}

func (s *Server) popFailure(op *operation) (*fault, bool) {
	f, ok := s.failures[op.api]
	delete(s.failures, op.api)
	return f, ok
}

// waitLimit is the longest time that operations.wait waits (reference of globalOperations.wait).
const waitLimit = 2 * time.Minute

// wait blocks until the operation is done, the client disconnects, or the limit ends.
func (s *Server) wait(ctx context.Context, op *operation) {
	select {
	case <-op.done:
	case <-ctx.Done():
	case <-s.life.Done():
	case <-s.clock.After(waitLimit):
	}
}
