package azuretest

import (
	"net/http"
	"strings"
)

// precondition checks If-Match and If-None-Match against the stored ETag. The refusal is as
// recorded from a public IP address, and shows a bare tag as a weak one. Unverified: that gateways
// do the same.
func (s *Server) precondition(r *http.Request, id string, have *resource) *apiError {
	if s.options.IgnoreIfMatch {
		return nil
	}
	etag := ""
	if have != nil {
		etag = have.etag
	}
	match := r.Header.Get("If-Match")
	if match != "" && (match == "*" && have == nil || match != "*" && match != etag) {
		err := refuse(http.StatusPreconditionFailed, "PreconditionFailed", "Precondition failed.")
		err.Details = []apiDetail{{"PreconditionFailedEtagMismatch", "Etag provided in if-match header " + weak(match) + " does not match etag " + etag +
			" of resource " + id + " in NRP data store."}}
		return err
	}
	if r.Header.Get("If-None-Match") == "*" && have != nil {
		return refuse(http.StatusPreconditionFailed, "PreconditionFailed", "Precondition failed.")
	}
	return nil
}

// weak returns an ETag in the form that messages have.
func weak(etag string) string {
	if strings.HasPrefix(etag, `W/"`) || etag == "*" {
		return etag
	}
	return `W/"` + strings.Trim(etag, `"`) + `"`
}

// admitWrite handles a write while the last operation on a gateway is in progress: it refuses the
// write or cancels the operation.
func (s *Server) admitWrite(g *resource) *apiError {
	if g == nil || g.gateway.operation == nil {
		return nil
	}
	deleting := g.state == "Deleting"
	switch {
	case s.options.WhileBusy == BusySupersede && !deleting:
		err := refuse(http.StatusConflict, "Canceled", "Operation was canceled.")
		err.Details = []apiDetail{{"CanceledAndSupersededDueToAnotherOperation",
			"Operation " + g.gateway.operation.id + " was canceled and superseded by another operation."}}
		s.abort(g.gateway.operation, "Canceled", err)
		return nil
	case s.options.WhileBusy == BusyRetry && !deleting:
		err := refuse(http.StatusTooManyRequests, "RetryableError", "A retryable error occurred.")
		err.Details = []apiDetail{{"RetryableErrorDueToAnotherOperation",
			"Operation on resource " + g.id + " is being processed. Try again later: it is locked by operation " + g.gateway.operation.id + "."}}
		return err
	default:
		return refuse(http.StatusConflict, "AnotherOperationInProgress",
			"Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: %s.", g.gateway.operation.id)
	}
}

func (s *Server) putGateway(w http.ResponseWriter, r *http.Request, c call) *apiError {
	document, err := readBody(r)
	if err != nil {
		return err
	}
	have := s.store.get(c.id())
	if err := s.precondition(r, c.id(), have); err != nil {
		return err
	}
	g, err := s.accept(c, have, document)
	if err != nil {
		return err
	}
	if err := s.admitWrite(have); err != nil {
		return err
	}
	status := http.StatusOK
	if have == nil {
		status = http.StatusCreated
		g.gateway.guid = s.store.guid()
	}
	s.store.put(g)
	op, body := s.deploy(g)
	s.announce(w, r, op, c.subscription, false)
	writeJSON(w, status, body)
	return nil
}

// deploy starts the operation that puts an accepted document into effect, and returns it with the
// reply to the request. The ETag in that reply is useless: the stored ETag changes after the reply,
// and again at the end of the operation. No header contains it.
func (s *Server) deploy(g *resource) (*operation, map[string]any) {
	g.state = "Updating"
	s.store.renewETag(g)
	config, certificates := g.gateway.wanted, g.gateway.certificates
	answer := s.renderGateway(g)
	s.store.renewETag(g)
	op := &operation{pace: gatewayPace()}
	op.apply = func() {
		// a write starts a stopped gateway
		g.state, g.gateway.operation, g.gateway.running = "Succeeded", nil, true
		g.gateway.effective, g.gateway.serving = config, certificates
		s.store.renewETag(g)
	}
	op.rollback = func(*apiError) {
		g.state, g.gateway.operation = "Failed", nil
		s.store.renewETag(g)
	}
	g.gateway.operation, g.gateway.awaited = op, true
	s.begin(op)
	s.changed.Fire()
	return op, answer
}
