package gcptest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxPage is the maximum and the default page size of list methods (reference of any list method).
const maxPage = 500

// page is the parameters of a list call.
type page struct {
	size   int
	after  string
	filter filter
}

func parsePage(q url.Values) (page, *fault) {
	p := page{size: maxPage}
	if text := q.Get("maxResults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > maxPage {
			return page{}, invalid("maxResults", text, "Values must be within the range: [0, 500]")
		}
		if n > 0 {
			p.size = n
		}
	}
	if token := q.Get("pageToken"); token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return page{}, invalid("pageToken", token, "")
		}
		p.after = string(raw)
	}
	f, err := parseFilter(q.Get("filter"))
	if err != nil {
		return page{}, invalid("filter", q.Get("filter"), "Invalid list filter expression.")
	}
	p.filter = f
	return p, nil
}

// cutPage returns one page of sorted items and the token of the next page.
func cutPage[T any](p page, items []T, id func(T) string, match func(T) bool) ([]T, string) {
	var out []T
	for _, item := range items {
		if id(item) <= p.after || !match(item) {
			continue
		}
		if len(out) == p.size {
			return out, base64.RawURLEncoding.EncodeToString([]byte(id(out[len(out)-1])))
		}
		out = append(out, item)
	}
	return out, ""
}

func objectID(o *object) string { return o.path }

// list returns one page of a collection in one scope.
func (s *Server) list(c *call, kind *kind) (any, *fault) {
	p, err := parsePage(c.query)
	if err != nil {
		return nil, err
	}
	t := c.target
	all := s.state.inside(t.project, t.collection, func(in scope) bool { return in == t.scope })
	found, next := cutPage(p, all, objectID, func(o *object) bool { return p.filter.match(s.state.render(o)) })
	out := s.listHead(t, "compute#"+kind.schema+"List")
	if len(found) > 0 {
		out["items"] = s.renderAll(found)
	}
	if next != "" {
		out["nextPageToken"] = next
	}
	return out, nil
}

func (s *Server) listHead(t target, kind string) map[string]any {
	path := "projects/" + t.project + "/" + t.scope.String() + "/" + t.collection
	if t.aggregated {
		path = "projects/" + t.project + "/aggregated/" + t.collection
	} else if t.collection == "zones" || t.collection == "regions" {
		path = "projects/" + t.project + "/" + t.collection
	}
	return map[string]any{"kind": kind, "id": path, "selfLink": apiRoot + path}
}

func (s *Server) renderAll(objects []*object) []any {
	out := make([]any, 0, len(objects))
	for _, o := range objects {
		out = append(out, map[string]any(s.state.render(o)))
	}
	return out
}

// aggregatedList returns one page of a collection in all scopes, grouped by scope. An empty scope
// has a warning.
func (s *Server) aggregatedList(c *call, kind *kind) (any, *fault) {
	if c.method != http.MethodGet || slices.Equal(kind.scopes, []level{global}) || kind.collection == "instances" && c.target.name != "" {
		return nil, noMethod(c.method, c.target.key().path())
	}
	p, err := parsePage(c.query)
	if err != nil {
		return nil, err
	}
	all := s.state.inside(c.target.project, kind.collection, func(scope) bool { return true })
	found, next := cutPage(p, all, objectID, func(o *object) bool { return p.filter.match(s.state.render(o)) })
	out := s.listHead(c.target, "compute#"+kind.schema+"AggregatedList")
	out["items"] = s.grouped(c.target.project, kind, found)
	if next != "" {
		out["nextPageToken"] = next
	}
	return out, nil
}

func (s *Server) grouped(project string, kind *kind, found []*object) map[string]any {
	items := map[string]any{}
	for _, sc := range s.scopesOf(project, kind) {
		items[sc.String()] = map[string]any{"warning": map[string]any{
			"code": "NO_RESULTS_ON_PAGE", "message": "There are no results for scope '" + sc.String() + "' on this page.",
			"data": []any{map[string]any{"key": "scope", "value": sc.String()}}}}
	}
	byScope := map[string][]*object{}
	for _, o := range found {
		byScope[o.key.scope.String()] = append(byScope[o.key.scope.String()], o)
	}
	for name, objects := range byScope {
		items[name] = map[string]any{kind.collection: s.renderAll(objects)}
	}
	return items
}

func (s *Server) scopesOf(project string, kind *kind) []scope {
	var out []scope
	for _, l := range kind.scopes {
		switch l {
		case global:
			out = append(out, scope{})
		case regional, zonal:
			collection := map[level]string{regional: "regions", zonal: "zones"}[l]
			for _, o := range s.state.inside(project, collection, func(scope) bool { return true }) {
				out = append(out, scope{l, o.key.name})
			}
		}
	}
	return out
}

// listOperations sends one page of the operations of a scope, oldest first.
func (s *Server) listOperations(w http.ResponseWriter, c *call) {
	p, err := parsePage(c.query)
	if err != nil {
		err.write(w)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*operation
	for k, op := range s.state.operations {
		if k.project == c.target.project && k.scope == c.target.scope {
			all = append(all, op)
		}
	}
	slices.SortFunc(all, func(a, b *operation) int { return strings.Compare(a.key.name, b.key.name) })
	shown := func(op *operation) document { return op.document(op.finished()) }
	found, next := cutPage(p, all, func(op *operation) string { return op.key.name }, func(op *operation) bool { return p.filter.match(shown(op)) })
	out := s.listHead(c.target, "compute#operationList")
	items := make([]any, 0, len(found))
	for _, op := range found {
		items = append(items, map[string]any(shown(op)))
	}
	out["items"] = items
	if next != "" {
		out["nextPageToken"] = next
	}
	reply(w, http.StatusOK, out)
}
