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
		g.state, g.gateway.operation = "Succeeded", nil
		g.gateway.effective, g.gateway.serving = config, certificates
		s.store.renewETag(g)
	}
	op.rollback = func(*apiError) {
		g.state, g.gateway.operation = "Failed", nil
		s.store.renewETag(g)
	}
	g.gateway.operation, g.gateway.awaited = op, true
	s.begin(op)
	s.changed.fire()
	return op, answer
}

// accept checks a document and returns the resource that it describes. It stores nothing.
func (s *Server) accept(c call, have *resource, document map[string]any) (*resource, *apiError) {
	s.spell("ApplicationGateway", document)
	if err := s.checkEnvelope(c, have, document); err != nil {
		return nil, err
	}
	w := &walker{shapes: s.shapes, extra: s.extra, ref: s.resolve(c.id(), document)}
	if err := w.object(at{"", c.id()}, "ApplicationGateway", document); err != nil {
		return nil, err
	}
	for _, k := range []string{"id", "name", "type"} {
		delete(document, k)
	}
	if zones, _ := document["zones"].([]any); len(zones) == 0 {
		delete(document, "zones")
	}
	fillDefaults(document)
	config, err := readConfig(document)
	if err != nil {
		return nil, invalid("InvalidRequestContent", "%s", err)
	}
	state := &gatewayState{running: true}
	if have != nil {
		*state = *have.gateway
	}
	check := &checker{
		id: c.id(), config: config, stored: state.certificates, network: s.store,
		loopback: s.options.LoopbackTargets, private: !s.options.PublicFrontendRequired,
	}
	if err := check.run(); err != nil {
		return nil, err
	}
	state.wanted, state.certificates = config, check.certificates
	hideSecrets(document, state.certificates)
	return &resource{
		id: c.id(), kind: typeGateway, name: c.name, subscription: c.subscription, group: c.group,
		document: document, gateway: state,
	}, nil
}

// checkEnvelope checks the properties that all resources have, and normalizes the location.
func (s *Server) checkEnvelope(c call, have *resource, document map[string]any) *apiError {
	if !validName(c.name) {
		return invalid("InvalidResourceName", "Resource name %s is invalid.", c.name)
	}
	location, _ := document["location"].(string)
	if location == "" {
		return invalid("LocationRequired", "The location property is required for this definition.")
	}
	location = canonicalLocation(location)
	document["location"] = location
	if have != nil && !strings.EqualFold(location, have.document["location"].(string)) {
		return refuse(http.StatusConflict, "InvalidResourceLocation", "The resource '%s' already exists in location '%s'. A resource with the same name cannot be created in location '%s'.",
			c.name, have.document["location"], location)
	}
	if name, ok := document["name"].(string); ok && !strings.EqualFold(name, c.name) {
		return invalid("InvalidRequestContent", "The name '%s' of the resource does not match the URL.", name)
	}
	if _, ok := document["properties"].(map[string]any); !ok {
		return invalid("InvalidRequestContent", "The resource has no properties.")
	}
	return nil
}

// resolve returns a function that checks references of a document, to its own parts and to other
// resources. Subnets and public addresses must exist. Firewall policies are not stored here, and
// any reference to one is accepted.
func (s *Server) resolve(gatewayID string, document map[string]any) func(id, target, by string) *apiError {
	parts := map[string]bool{}
	for collection, list := range properties(document) {
		items, _ := list.([]any)
		for _, item := range items {
			object, _ := item.(map[string]any)
			if name, ok := object["name"].(string); ok {
				parts[key(collection+"/"+name)] = true
			}
		}
	}
	return func(id, target, by string) *apiError {
		if target == "" {
			outside := s.store.get(id)
			missing := outside == nil && (strings.Contains(key(id), "/"+key(typeSubnet)+"/") || strings.Contains(key(id), "/"+key(typePublicIP)+"/"))
			if missing || !strings.HasPrefix(id, "/subscriptions/") {
				return unresolved(id, by)
			}
			return nil
		}
		collection, name, ok := subResource(gatewayID, id)
		if !ok || !strings.EqualFold(collection, target) || !parts[key(collection+"/"+name)] {
			return unresolved(id, by)
		}
		return nil
	}
}

// list returns the objects in an array.
func list(v any) []map[string]any {
	items, _ := v.([]any)
	objects := make([]map[string]any, 0, len(items))
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			objects = append(objects, object)
		}
	}
	return objects
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
	s.changed.fire()
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
	s.changed.fire()
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
		running := strings.EqualFold(c.child, "start")
		g.gateway.operation = op
		op.apply = func() { g.gateway.operation, g.gateway.running = nil, running }
		op.rollback = func(*apiError) { g.gateway.operation = nil }
	case "backendhealth":
		op.result = func() any { return s.plane.healthOf(g.id, g.gateway.effective) }
	default:
		return notAllowed(r)
	}
	s.announce(w, r, s.begin(op), c.subscription, true)
	w.WriteHeader(http.StatusAccepted)
	return nil
}
