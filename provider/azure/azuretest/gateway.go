package azuretest

import (
	"maps"
	"net/http"
	"strings"
)

// serveGateway serves Microsoft.Network/applicationGateways.
func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request, c call) *apiError {
	switch {
	case c.name == "" && r.Method == http.MethodGet:
		return s.listGateways(w, c)
	case c.child != "" && r.Method == http.MethodPost:
		return s.actOnGateway(w, r, c)
	case c.child != "" || c.name == "":
		return notAllowed(r)
	}
	switch r.Method {
	case http.MethodGet:
		return s.getGateway(w, c)
	case http.MethodPut:
		return s.putGateway(w, r, c)
	case http.MethodPatch:
		return s.tagGateway(w, r, c)
	case http.MethodDelete:
		return s.deleteGateway(w, r, c)
	default:
		return notAllowed(r)
	}
}

func (s *Server) listGateways(w http.ResponseWriter, c call) *apiError {
	list := []any{}
	for _, g := range s.store.list(typeGateway, c.subscription, c.group) {
		list = append(list, s.renderGateway(g))
	}
	writeJSON(w, http.StatusOK, map[string]any{"value": list})
	return nil
}

func (s *Server) getGateway(w http.ResponseWriter, c call) *apiError {
	g := s.store.get(c.id())
	if g == nil {
		return s.missing(c)
	}
	g.gateway.awaited = g.gateway.awaited && g.gateway.operation != nil
	s.replyGateway(w, http.StatusOK, g)
	return nil
}

func (s *Server) replyGateway(w http.ResponseWriter, status int, g *resource) {
	w.Header().Set("Etag", g.etag)
	writeJSON(w, status, s.renderGateway(g))
}

// tagGateway replaces the tags. A PATCH cannot change other properties.
func (s *Server) tagGateway(w http.ResponseWriter, r *http.Request, c call) *apiError {
	patch, err := readBody(r)
	if err != nil {
		return err
	}
	g := s.store.get(c.id())
	if g == nil {
		return s.missing(c)
	}
	if err := s.precondition(r, g.id, g); err != nil {
		return err
	}
	for k := range patch {
		if k != "tags" {
			return malformed("InvalidJson", "Could not find member '%s' on object of type 'TagsObject'. Path '%s'.", k, k)
		}
	}
	if err := s.admitWrite(g); err != nil {
		return err
	}
	tags, _ := patch["tags"].(map[string]any)
	if tags = maps.Clone(tags); tags == nil {
		tags = map[string]any{}
	}
	g.document["tags"] = tags
	s.store.renewETag(g)
	writeJSON(w, http.StatusOK, s.renderGateway(g))
	s.store.renewETag(g) // Unverified: that the reply has another ETag, as that of a PUT does
	s.changed.Fire()
	return nil
}

func (s *Server) deleteGateway(w http.ResponseWriter, r *http.Request, c call) *apiError {
	g := s.store.get(c.id())
	if g == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := s.precondition(r, g.id, g); err != nil {
		return err
	}
	if err := s.admitWrite(g); err != nil {
		return err
	}
	g.state = "Deleting"
	s.store.renewETag(g)
	op := &operation{pace: longPace(), apply: func() { s.store.drop(g) }}
	op.rollback = func(*apiError) {
		g.state, g.gateway.operation = "Failed", nil
		s.store.renewETag(g)
	}
	g.gateway.operation, g.gateway.awaited = op, true
	s.announce(w, r, s.begin(op), c.subscription, true)
	s.changed.Fire()
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// actOnGateway serves start, stop and backendhealth.
func (s *Server) actOnGateway(w http.ResponseWriter, r *http.Request, c call) *apiError {
	g := s.store.get(c.id())
	if g == nil {
		return s.missing(c)
	}
	op := &operation{pace: longPace(), apply: func() {}}
	switch strings.ToLower(c.child) {
	case "start", "stop":
		if err := s.admitWrite(g); err != nil {
			return err
		}
		s.startOrStop(g, op, strings.EqualFold(c.child, "start"))
	case "backendhealth":
		op.result = func() any { return s.plane.healthOf(g.id, g.gateway.effective) }
	default:
		return notAllowed(r)
	}
	s.announce(w, r, s.begin(op), c.subscription, true)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// startOrStop makes op change whether a gateway runs. Unverified: that the ETag changes with the
// operational state.
func (s *Server) startOrStop(g *resource, op *operation, running bool) {
	g.gateway.operation, g.gateway.transition = op, "Stopping"
	if running {
		g.gateway.transition = "Starting"
	}
	s.store.renewETag(g)
	end := func(running bool) {
		g.gateway.operation, g.gateway.transition, g.gateway.running = nil, "", running
		s.store.renewETag(g)
	}
	was := g.gateway.running
	op.apply = func() { end(running) }
	op.rollback = func(*apiError) { end(was) }
}
