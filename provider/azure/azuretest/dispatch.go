package azuretest

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

// call is the parsed path of a request to the control plane.
type call struct {
	subscription, group string
	kind, name          string // empty name: a list
	child, childName    string // subnets/name, or an action such as start
	location            string
	operation           string // ID of the polled operation
	results             bool   // poll of the Location
}

// parseCall parses a path, without case. It reports false for a path that this server does not
// serve.
func parseCall(path string) (c call, ok bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 2 || !strings.EqualFold(parts[0], "subscriptions") || parts[1] == "" {
		return call{}, false
	}
	c.subscription, parts = parts[1], parts[2:]
	if len(parts) >= 1 && strings.EqualFold(parts[0], "resourceGroups") {
		if len(parts) <= 2 {
			c.kind = typeGroup
			if len(parts) == 2 {
				c.group, c.name = parts[1], parts[1]
			}
			return c, true
		}
		c.group, parts = parts[1], parts[2:]
	}
	if len(parts) < 3 || !strings.EqualFold(parts[0], "providers") || !strings.EqualFold(parts[1], provider) {
		return call{}, false
	}
	return c.parseResource(parts[2:])
}

func (c call) parseResource(parts []string) (call, bool) {
	if strings.EqualFold(parts[0], "locations") {
		if c.group != "" || len(parts) != 4 {
			return call{}, false
		}
		c.location, c.operation, c.results = parts[1], parts[3], strings.EqualFold(parts[2], "operationResults")
		return c, c.results || strings.EqualFold(parts[2], "operations")
	}
	kind, ok := knownTypes()[strings.ToLower(parts[0])]
	if !ok || len(parts) > 4 || c.group == "" && len(parts) > 1 {
		return call{}, false
	}
	c.kind = kind
	for i, into := range []*string{&c.name, &c.child, &c.childName} {
		if len(parts) > i+1 {
			*into = parts[i+1]
		}
	}
	return c, true
}

// id returns the ID of the addressed top-level resource.
func (c call) id() string { return resourceID(c.subscription, c.group, c.kind, c.name) }

// describe returns the operation and the kind of a call for the wire.
func (s *Server) describe(r *http.Request, _ []byte) (api string, kind cloudtest.Kind) {
	c, ok := parseCall(r.URL.Path)
	switch {
	case !ok:
		return r.Method + " " + r.URL.Path, cloudtest.Read
	case c.operation != "":
		return "operations/get", cloudtest.Poll
	}
	resource, action := c.kind, strings.ToLower(c.child)
	if strings.EqualFold(c.child, typeSubnet) {
		resource, action = typeSubnet, ""
	}
	switch r.Method {
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		return resource + "/" + strings.ToLower(r.Method), cloudtest.Write
	case http.MethodPost:
		return resource + "/" + action, kindOf(action)
	}
	if c.name == "" || resource == typeSubnet && c.childName == "" {
		return resource + "/list", cloudtest.Read
	}
	return resource + "/get", s.kindOfGet(c)
}

// kindOf returns the kind of an action.
func kindOf(action string) cloudtest.Kind {
	if action == "backendhealth" {
		return cloudtest.Read
	}
	return cloudtest.Write
}

// kindOfGet returns the kind of a GET. Until one has returned the result of the last write of a
// gateway, it is a poll of that write.
func (s *Server) kindOfGet(c call) cloudtest.Kind {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.store.get(c.id()); g != nil && g.gateway != nil && c.child == "" && g.gateway.awaited {
		return cloudtest.Poll
	}
	return cloudtest.Read
}

func throttled(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "1")
	refuse(http.StatusTooManyRequests, "TooManyRequests", "The request is being throttled as the limit has been reached for operation type.").write(w)
}

func broken(w http.ResponseWriter, _ *http.Request) {
	refuse(http.StatusInternalServerError, "InternalServerError", "An error occurred.").write(w)
}

// serve serves the control plane behind the wire. One lock makes each call a transaction.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.admit(r); err != nil {
		if err.Status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		}
		err.write(w)
		return
	}
	c, ok := parseCall(r.URL.Path)
	if !ok {
		refuse(http.StatusNotFound, "InvalidResourceType", "The resource type could not be found for path '%s'.", r.URL.Path).write(w)
		return
	}
	if err := s.scope(c); err != nil {
		err.write(w)
		return
	}
	if err := s.dispatch(w, r, c); err != nil {
		err.write(w)
	}
}

// admit checks the credentials and the API version, as Azure Resource Manager does before it reads
// the resource.
func (s *Server) admit(r *http.Request) *apiError {
	if s.refusing {
		return refuse(http.StatusUnauthorized, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time.")
	}
	version := r.URL.Query().Get("api-version")
	if version == "" {
		return invalid("MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
	}
	if !regexp.MustCompile(`^20[0-9]{2}-[0-9]{2}-[0-9]{2}(-preview)?$`).MatchString(version) {
		return invalid("InvalidApiVersionParameter", "The api-version '%s' is invalid.", version)
	}
	return nil
}

func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, c call) *apiError {
	switch {
	case c.operation != "" && r.Method == http.MethodGet && c.results:
		s.pollResult(w, r, c.operation)
		return nil
	case c.operation != "" && r.Method == http.MethodGet:
		s.poll(w, c.operation)
		return nil
	case c.operation != "":
		return notAllowed(r)
	}
	switch c.kind {
	case typeGateway:
		return s.serveGateway(w, r, c)
	case typeGroup:
		return s.serveGroup(w, r, c)
	case typePublicIP:
		return s.servePublicIP(w, r, c)
	case typeNetwork:
		return s.serveNetwork(w, r, c)
	default:
		return s.serveSecurityGroup(w, r, c)
	}
}

func notAllowed(r *http.Request) *apiError {
	return refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "The requested operation %s is not supported on this resource.", r.Method)
}

// readBody reads a JSON object.
func readBody(r *http.Request) (map[string]any, *apiError) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, invalid("InvalidRequestContent", "The request content could not be read.")
	}
	var document map[string]any
	if err := json.Unmarshal(raw, &document); err != nil || document == nil {
		return nil, invalid("InvalidRequestContent", "The request content was invalid and could not be deserialized.")
	}
	return document, nil
}
