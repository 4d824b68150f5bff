package azuretest

import (
	"net/http"

	"github.com/headgate-io/headgate/internal/jsonvalue"
)

// plain is how a type of resource without a data plane is served.
type plain struct {
	render func(*resource) map[string]any
	check  func(document map[string]any) *apiError
	made   func(*resource) // called when a write is accepted
	ready  func(*resource) // called when its operation has succeeded; may be nil
	inUse  func(*resource) *apiError
	pace   pace
	// settled makes a write without changes Succeeded at once.
	settled bool
}

// servePlain serves reads, writes and deletions, whose operations end after the operation delay.
func (s *Server) servePlain(w http.ResponseWriter, r *http.Request, c call, p plain) *apiError {
	if c.name == "" {
		return s.listPlain(w, r, c, p)
	}
	have := s.store.get(c.id())
	switch r.Method {
	case http.MethodGet:
		if have == nil {
			return s.missing(c)
		}
		w.Header().Set("Etag", have.etag)
		writeJSON(w, http.StatusOK, p.render(have))
		return nil
	case http.MethodPut:
		return s.putPlain(w, r, c, have, p)
	case http.MethodDelete:
		return s.deletePlain(w, r, c, have, p)
	default:
		return notAllowed(r)
	}
}

func (s *Server) listPlain(w http.ResponseWriter, r *http.Request, c call, p plain) *apiError {
	if r.Method != http.MethodGet {
		return notAllowed(r)
	}
	values := []any{}
	for _, have := range s.store.list(c.kind, c.subscription, c.group) {
		values = append(values, p.render(have))
	}
	writeJSON(w, http.StatusOK, map[string]any{"value": values})
	return nil
}

func (s *Server) putPlain(w http.ResponseWriter, r *http.Request, c call, have *resource, p plain) *apiError {
	document, err := readBody(r)
	if err != nil {
		return err
	}
	if err := s.precondition(r, c.id(), have); err != nil {
		return err
	}
	if err := s.checkEnvelope(c, have, document); err != nil {
		return err
	}
	if err := p.check(document); err != nil {
		return err
	}
	status := http.StatusOK
	now := &resource{id: c.id(), kind: c.kind, name: c.name, subscription: c.subscription, group: c.group, document: stripReadOnly(document), state: "Updating"}
	if have == nil {
		status = http.StatusCreated
	} else {
		now.address = have.address
		if p.settled && have.state == "Succeeded" && canonical(have.document) == canonical(now.document) {
			now.state = "Succeeded"
		}
	}
	p.made(now)
	s.store.renewETag(now)
	s.store.put(now)
	answer := p.render(now)
	s.store.renewETag(now) // Unverified: that the reply has another ETag, as that of a gateway does
	s.announce(w, r, s.begin(p.operation(s.store, now)), c.subscription, false)
	s.refresh()
	writeJSON(w, status, answer)
	return nil
}

// operation returns the operation after a write. Its end changes the ETag again.
func (p plain) operation(store *store, r *resource) *operation {
	op := &operation{pace: p.pace}
	op.apply = func() {
		if r.state == "Succeeded" {
			return
		}
		r.state = "Succeeded"
		store.renewETag(r)
		if p.ready != nil {
			p.ready(r)
		}
	}
	op.rollback = func(*apiError) {
		r.state = "Failed"
		store.renewETag(r)
	}
	return op
}

func (s *Server) deletePlain(w http.ResponseWriter, r *http.Request, c call, have *resource, p plain) *apiError {
	if have == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := s.precondition(r, have.id, have); err != nil {
		return err
	}
	if err := p.inUse(have); err != nil {
		return err
	}
	have.state = "Deleting"
	s.store.renewETag(have)
	op := p.operation(s.store, have)
	op.pace, op.apply = longPace(), func() { s.store.drop(have) }
	s.announce(w, r, s.begin(op), c.subscription, true)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// stripReadOnly removes the properties that only the service sets.
func stripReadOnly(document map[string]any) map[string]any {
	for _, k := range []string{"id", "name", "type", "etag"} {
		delete(document, k)
	}
	for _, k := range []string{"provisioningState", "resourceGuid", "ipConfiguration", "ipAddress"} {
		delete(properties(document), k)
	}
	return document
}

func renderPlain(r *resource) map[string]any {
	document := jsonvalue.CloneObject(r.document)
	document["id"], document["name"], document["etag"] = r.id, r.name, r.etag
	document["type"] = provider + "/" + r.kind
	properties(document)["provisioningState"] = r.state
	return document
}

func accepted(map[string]any) *apiError { return nil }
