package gcptest

import (
	"reflect"
)

// custom is one call of a custom method with its resource.
type custom struct {
	server *Server
	call   *call
	kind   *kind
	old    *object
}

func (s *Server) runAction(c *call, kind *kind) (any, *fault) {
	a, ok := kind.actions[c.target.action]
	if !ok || c.method != "POST" {
		return nil, noMethod(c.method, c.target.key().path()+"/"+c.target.action)
	}
	if a.read {
		old, ok := s.state.objects[c.target.key()]
		if !ok && c.target.action != "validate" {
			return nil, notFound(c.target.key().path())
		}
		return a.run(&custom{s, c, kind, old})
	}
	old, err := s.writable(c.target.key())
	if err != nil {
		return nil, err
	}
	return a.run(&custom{s, c, kind, old})
}

// body decodes the request of a custom method. It rejects unknown members.
func body[T any](c *custom) (*T, *fault) {
	raw := map[string]any{}
	if len(c.call.body) > 0 {
		var err *fault
		if raw, err = parseObject(c.call.body); err != nil {
			return nil, err
		}
	}
	schema := reflect.TypeFor[T]()
	doc, err := conform(document(raw), schema)
	if err != nil {
		return nil, err
	}
	typed, err := decode(doc, schema)
	if err != nil {
		return nil, err
	}
	out, _ := typed.(*T)
	return out, nil
}

// setMember returns a custom method that replaces one member of a resource by a member of the
// request.
func setMember(from, to string) func(c *custom) (any, *fault) {
	return func(c *custom) (any, *fault) {
		raw, err := parseObject(c.call.body)
		if err != nil {
			return nil, err
		}
		for name := range raw {
			if name != from {
				return nil, unknownField(name, "")
			}
		}
		doc := clone(c.old.doc)
		if value, ok := raw[from]; ok {
			doc[to] = value
		} else {
			delete(doc, to)
		}
		if doc, err = conformKind(doc, c.kind); err != nil {
			return nil, err
		}
		ch := &change{server: c.server, kind: c.kind, key: c.old.key, old: c.old, doc: doc, next: &object{certificate: c.old.certificate}}
		return c.server.commit(c.call, ch)
	}
}

// setLabels replaces the labels. It requires their fingerprint.
func setLabels(c *custom) (any, *fault) {
	raw, err := parseObject(c.call.body)
	if err != nil {
		return nil, err
	}
	for name := range raw {
		if name != "labels" && name != "labelFingerprint" {
			return nil, unknownField(name, "")
		}
	}
	if raw["labelFingerprint"] != c.old.doc["labelFingerprint"] {
		return nil, staleFingerprint()
	}
	doc := clone(c.old.doc)
	doc["labels"] = raw["labels"]
	if doc, err = conformKind(doc, c.kind); err != nil {
		return nil, err
	}
	return c.server.commit(c.call, &change{server: c.server, kind: c.kind, key: c.old.key, old: c.old, doc: doc})
}
