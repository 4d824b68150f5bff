package gcptest

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

// call is one parsed request.
type call struct {
	method string
	target target
	query  url.Values
	body   []byte
}

// verb returns the name of the method: list, get, insert, patch, update, delete, aggregatedList or
// a custom method.
func (c call) verb() string {
	switch {
	case c.target.aggregated:
		return "aggregatedList"
	case c.target.action != "":
		return c.target.action
	}
	switch c.method {
	case http.MethodGet:
		if c.target.name == "" {
			return "list"
		}
		return "get"
	case http.MethodPost:
		return "insert"
	case http.MethodPatch:
		return "patch"
	case http.MethodPut:
		return "update"
	case http.MethodDelete:
		return "delete"
	default:
		return strings.ToLower(c.method)
	}
}

// api returns the full name of the method: "globalForwardingRules.setTarget".
func (c call) api() string { return c.target.service() + "." + c.verb() }

// kind returns whether the call is a poll, a read or a write. Some custom methods are reads
// although they use POST.
func (c call) kind() cloudtest.Kind {
	switch {
	case c.polls():
		return cloudtest.Poll
	case c.method == http.MethodGet, slices.Contains([]string{"getHealth", "listNetworkEndpoints", "validate"}, c.target.action):
		return cloudtest.Read
	default:
		return cloudtest.Write
	}
}

// polls reports whether the call reads one operation.
func (c call) polls() bool {
	return strings.HasSuffix(c.target.service(), "Operations") && (c.verb() == "get" || c.verb() == "wait")
}

// operationType returns the operationType of a write: the verb for insert and delete, the full name
// of the method for others (recordings of networks).
func (c call) operationType() string {
	if v := c.verb(); v == "insert" || v == "delete" {
		return v
	}
	return "compute." + c.api()
}

// handle serves one request to the control plane.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	t, ok := parseTarget(r.URL.Path)
	if !ok {
		noMethod(r.Method, r.URL.Path).write(w)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		wrongType("body", err).write(w)
		return
	}
	c := &call{method: r.Method, target: t, query: r.URL.Query(), body: body}
	if t.collection == "operations" {
		s.serveOperation(w, r, c)
		return
	}
	out, failed := s.dispatch(c)
	if failed != nil {
		failed.write(w)
		return
	}
	reply(w, http.StatusOK, out)
}

// dispatch executes a call with the server locked.
func (s *Server) dispatch(c *call) (any, *fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open(c.target.project)
	kind, err := s.kindOf(c)
	if err != nil {
		return nil, err
	}
	if op, ok := s.state.requests[c.target.project+"/"+c.query.Get("requestId")]; ok && c.kind() == cloudtest.Write {
		return op.document(op.finished()), nil
	}
	if c.target.action != "" {
		return s.runAction(c, kind)
	}
	switch c.verb() {
	case "aggregatedList":
		return s.aggregatedList(c, kind)
	case "list":
		return s.list(c, kind)
	case "get":
		return s.get(c)
	case "insert":
		return s.insert(c, kind)
	case "patch", "update":
		return s.modify(c, kind)
	case "delete":
		return s.remove(c, kind)
	default:
		return nil, noMethod(c.method, c.target.key().path())
	}
}

// kindOf returns the kind of a call's resource. It rejects calls of methods that do not exist.
func (s *Server) kindOf(c *call) (*kind, *fault) {
	kind, ok := s.kinds[c.target.collection]
	if !ok {
		return nil, noMethod(c.method, c.target.key().path())
	}
	if !c.target.aggregated && !slices.Contains(kind.scopes, c.target.scope.level) {
		return nil, noMethod(c.method, c.target.key().path())
	}
	if err := s.checkPlace(c.target); err != nil {
		return nil, err
	}
	if c.kind() == cloudtest.Write && kind.check == nil {
		return nil, noMethod(c.method, c.target.key().path())
	}
	return kind, nil
}

// checkPlace rejects regions and zones that do not exist.
func (s *Server) checkPlace(t target) *fault {
	collection := map[level]string{regional: "regions", zonal: "zones"}[t.scope.level]
	if collection == "" {
		return nil
	}
	if _, ok := s.state.objects[key{project: t.project, collection: collection, name: t.scope.place}]; !ok {
		return invalid(strings.TrimSuffix(collection, "s"), t.scope.place, "Unknown "+strings.TrimSuffix(collection, "s")+".")
	}
	return nil
}

func (s *Server) get(c *call) (any, *fault) {
	o, ok := s.state.objects[c.target.key()]
	if !ok {
		return nil, notFound(c.target.key().path())
	}
	return s.state.render(o), nil
}

// serveOperation serves get, list and wait of operations. It does not lock the server while
// waiting.
func (s *Server) serveOperation(w http.ResponseWriter, r *http.Request, c *call) {
	wait := c.target.action == "wait" && c.method == http.MethodPost
	if !wait && (c.target.action != "" || c.method != http.MethodGet) {
		noMethod(c.method, r.URL.Path).write(w)
		return
	}
	if c.target.name == "" {
		s.listOperations(w, c)
		return
	}
	s.mu.Lock()
	op, ok := s.state.operations[c.target.key()]
	s.mu.Unlock()
	if !ok {
		notFound(c.target.key().path()).write(w)
		return
	}
	if wait {
		s.wait(r.Context(), op)
	}
	s.mu.Lock()
	doc := op.document(op.finished())
	s.mu.Unlock()
	reply(w, http.StatusOK, doc)
}
