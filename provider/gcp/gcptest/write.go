package gcptest

import (
	"fmt"
)

// change is one insert or update of a resource.
type change struct {
	server *Server
	kind   *kind
	key    key
	old    *object
	doc    document
	typed  any
	next   *object
}

// insert creates a resource.
func (s *Server) insert(c *call, kind *kind) (any, *fault) {
	if c.target.name != "" {
		return nil, noMethod(c.method, c.target.key().path())
	}
	doc, err := parseBody(c.body, kind)
	if err != nil {
		return nil, err
	}
	k := c.target.key()
	k.name, _ = doc["name"].(string)
	if !validName(k.name) {
		return nil, invalid("resource.name", k.name, "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'")
	}
	if _, exists := s.state.effective(k); exists {
		return nil, alreadyExists(k.path())
	}
	if s.state.busy(k) {
		return nil, notReady(k.path())
	}
	if err := s.checkQuota(kind, k); err != nil {
		return nil, err
	}
	if kind.defaults != nil {
		kind.defaults(doc, k)
	}
	return s.commit(c, &change{server: s, kind: kind, key: k, doc: doc})
}

// parseBody returns the resource in a request without its output members.
func parseBody(body []byte, kind *kind) (document, *fault) {
	raw, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	return conformKind(raw, kind)
}

func parseObject(body []byte) (map[string]any, *fault) {
	var raw map[string]any
	if err := unmarshal(body, &raw); err != nil {
		return nil, &fault{status: 400, reason: "parseError", message: "Parse Error"}
	}
	return raw, nil
}

// conformKind checks a body against the schema of a kind, and removes output members, which the API
// ignores in requests.
func conformKind(raw map[string]any, kind *kind) (document, *fault) {
	doc, err := conform(document(raw), kind.model)
	if err != nil {
		return nil, err
	}
	for _, name := range append(common(), kind.output...) {
		delete(doc, name)
	}
	return doc, refuseUnemulated(doc, kind.model.Name())
}

// commit checks the new document of a resource, and starts the operation that stores it.
func (s *Server) commit(c *call, ch *change) (any, *fault) {
	if err := ch.resolve(); err != nil {
		return nil, err
	}
	if ch.next == nil {
		ch.next = &object{}
	}
	if err := ch.kind.check(ch); err != nil {
		return nil, err
	}
	s.state.seal(ch, s.clock.Now())
	typed, err := decode(ch.doc, ch.kind.model)
	if err != nil {
		return nil, err
	}
	certificate := ch.next.certificate
	ch.next = newObject(ch.key, ch.kind, ch.doc, typed)
	ch.next.certificate = certificate
	op := s.newOperation(c, ch.key, ch.doc["id"])
	s.state.pending[ch.key] = ch.next
	s.start(op, func() { s.store(ch.next) })
	return op.document(false), nil
}

// store stores an object. The endpoints of a NEG do not change.
func (s *Server) store(o *object) {
	if old, ok := s.state.objects[o.key]; ok {
		o.endpoints = old.endpoints
	}
	s.state.objects[o.key] = o
}

// resolve replaces partial links by full ones and decodes the document.
func (ch *change) resolve() *fault {
	fullLinks(map[string]any(ch.doc), ch.key.project)
	typed, err := decode(ch.doc, ch.kind.model)
	if err != nil {
		return err
	}
	ch.typed = typed
	return nil
}

// modify patches or updates a resource.
func (s *Server) modify(c *call, kind *kind) (any, *fault) {
	if (c.verb() == "patch" && !kind.patch) || (c.verb() == "update" && !kind.update) {
		return nil, noMethod(c.method, c.target.key().path())
	}
	old, err := s.writable(c.target.key())
	if err != nil {
		return nil, err
	}
	raw, err := parseObject(c.body)
	if err != nil {
		return nil, err
	}
	if err := checkFingerprint(kind, raw, old); err != nil {
		return nil, err
	}
	doc, err := s.modified(c, kind, raw, old)
	if err != nil {
		return nil, err
	}
	ch := &change{server: s, kind: kind, key: old.key, old: old, doc: doc, next: &object{certificate: old.certificate}}
	if err := ch.checkImmutable(); err != nil {
		return nil, err
	}
	return s.commit(c, ch)
}

// modified returns the document after a patch or an update.
func (s *Server) modified(c *call, kind *kind, raw map[string]any, old *object) (document, *fault) {
	if name, ok := raw["name"].(string); ok && name != old.key.name {
		return nil, invalid("resource.name", name, "The name in the body does not match the name in the URL.")
	}
	if c.verb() == "patch" {
		if _, err := conformKind(raw, kind); err != nil {
			return nil, err
		}
		raw = merge(clone(old.doc), raw)
	}
	raw["name"] = old.key.name
	doc, err := conformKind(raw, kind)
	if err == nil && kind.defaults != nil {
		kind.defaults(doc, old.key)
	}
	return doc, err
}

// writable returns a stored resource that has no write in flight.
func (s *Server) writable(k key) (*object, *fault) {
	old, ok := s.state.objects[k]
	if s.state.busy(k) {
		return nil, notReady(k.path())
	}
	if !ok {
		return nil, notFound(k.path())
	}
	return old, nil
}

// checkFingerprint requires the current fingerprint for kinds that have one, as the reference of
// most kinds does. Unverified: the reference of forwarding rules and proxies only recommends it.
func checkFingerprint(kind *kind, raw map[string]any, old *object) *fault {
	if kind.fingerprint && raw["fingerprint"] != old.doc["fingerprint"] {
		return staleFingerprint()
	}
	return nil
}

// checkImmutable rejects changes of immutable members.
func (ch *change) checkImmutable() *fault {
	if err := ch.resolve(); err != nil {
		return err
	}
	for _, name := range ch.kind.immutable {
		was, is := ch.old.doc[name], ch.doc[name]
		if isZero(was) && isZero(is) {
			continue
		}
		if fmt.Sprint(was) != fmt.Sprint(is) {
			return invalid("resource."+name, is, "The field is immutable.")
		}
	}
	return nil
}

// remove deletes an unreferenced resource.
func (s *Server) remove(c *call, _ *kind) (any, *fault) {
	k := c.target.key()
	old, err := s.writable(k)
	if err != nil {
		return nil, err
	}
	if s.state.shared[k] > 0 {
		return nil, notReady(k.path())
	}
	if user, ok := s.state.userOf(k); ok {
		return nil, inUse(k.path(), user.key.path())
	}
	if user, ok := s.addressUser(old); ok {
		return nil, inUse(k.path(), user.key.path())
	}
	op := s.newOperation(c, k, old.doc["id"])
	s.state.pending[k] = nil
	s.start(op, func() { delete(s.state.objects, k) })
	return op.document(false), nil
}

// checkQuota rejects a resource that exceeds a quota. Quotas count zonal resources per region.
func (s *Server) checkQuota(kind *kind, k key) *fault {
	limit, bounded := s.options.Quotas[kind.quota]
	if !bounded {
		return nil
	}
	n := 0
	for o := range s.state.everything() {
		if o.key.project == k.project && o.key.collection == k.collection && o.key.scope.region() == k.scope.region() {
			n++
		}
	}
	if n >= limit {
		return quotaExceeded(kind.quota, limit, k.scope.region())
	}
	return nil
}
